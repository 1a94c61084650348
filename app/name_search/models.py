"""The tables of the name index: the names, their keys, and the persons who bear them.

A name is stored once, however many people bear it. The tables have no row filter and nothing is shown from them:
`person_search` filters the bearers. All rows can be rebuilt from the records (`index_rebuild`).
"""

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column

MAX_PART_LENGTH, MAX_NAME_LENGTH = 80, 160  # characters, as in persons and their aliases
SURNAME = "surname"
PARTS = (SURNAME, "given")
NO_YEAR = 0  # unknown birth year
BLOCK_BITS = 5  # bits of a person id: 32 neighbouring ids are one entry of a PostgreSQL index


class NameKey(Model):
    """A name under one of its keys. The rows of one key are stored next to each other, so a query reads few pages."""

    __tablename__ = "name_key"
    __table_args__ = (
        Index("ix_name_key_name", "name_id"),
        *(Index(f"ix_name_key_{part}", f"{part}_sound") for part in PARTS),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    surname_km: Mapped[str] = mapped_column(String(MAX_PART_LENGTH), nullable=False)
    given_km: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), nullable=False)
    surname_latin: Mapped[str] = mapped_column(String(MAX_PART_LENGTH), nullable=False)
    given_latin: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), nullable=False)
    # The sounds of each part (phonetic_keys.encode_part_sound) for queries of one part; None before a rebuild.
    surname_sound: Mapped[int | None]
    given_sound: Mapped[int | None]


class NameBearer(Model):
    """A person who bears a name as their own name or as an alias. Void persons are left out.

    The row has the birth year of the person, so that the bearers of one year are stored together. The rows of one person
    are found by an index that differs between the databases (migration 0031), see `block_of`.
    """

    __tablename__ = "name_bearer"
    __table_args__ = (
        PrimaryKeyConstraint("name_id", "birth_year", "person_id"),
        {"sqlite_with_rowid": False},
    )

    # In this order a PostgreSQL row has no padding.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), autoincrement=False)
    birth_year: Mapped[int] = mapped_column(autoincrement=False)
    name_id: Mapped[int] = mapped_column(BigInteger, autoincrement=False)


def block_of(person_id):
    """Return the block of 32 persons that this person is in, as a number or as SQL.

    A query for the names of persons must filter by it too. PostgreSQL indexes the blocks, because the rows of neighbouring
    ids are stored together; the index is a third as large as one of the persons. SQLite stores the rows in another order
    and indexes the persons.
    """
    if isinstance(person_id, int):
        return person_id >> BLOCK_BITS
    return person_id.bitwise_rshift(literal_column(str(BLOCK_BITS)))  # exactly the SQL of the index


class NameRebuild(Model):
    """The progress of a rebuild; no row if none is running."""

    __tablename__ = "name_rebuild"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_person: Mapped[int] = mapped_column(Integer, nullable=False)
    last_key: Mapped[int] = mapped_column(BigInteger, nullable=False)
