"""The index of names: which names are borne, under which keys they are found, and who bears them.

Names are kept once, however many people bear them. Nothing here has rights of its own and nothing is shown from here:
`finding` asks of each bearer whether he is seen. Everything can be made anew from the records (`rebuild`).
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

PART, WHOLE = 80, 160  # characters, as persons and their other names have them
SURNAME = "surname"
PARTS = (SURNAME, "given")
NO_YEAR = 0  # of whom it is not known when he was born
BESIDE = 5  # bits of a person's number: thirty-two neighbours are one entry of an index of PostgreSQL


class NameKey(Model):
    """A name under one of its keys. One key is one stretch of the table, so that a question reads no other pages."""

    __tablename__ = "name_key"
    __table_args__ = (
        Index("ix_name_key_name", "name_id"),
        *(Index(f"ix_name_key_{part}", f"{part}_sound") for part in PARTS),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    surname_km: Mapped[str] = mapped_column(String(PART), nullable=False)
    given_km: Mapped[str] = mapped_column(String(WHOLE), nullable=False)
    surname_latin: Mapped[str] = mapped_column(String(PART), nullable=False)
    given_latin: Mapped[str] = mapped_column(String(WHOLE), nullable=False)
    # What each part sounds like by itself (keys.sound), for whoever asks for one alone; None before a rebuild.
    surname_sound: Mapped[int | None]
    given_sound: Mapped[int | None]


class NameBearer(Model):
    """Somebody who bears a name, as his own or as another of his names, and stands: nobody who was struck out.

    The year of birth is his, so that of a name that thousands bear those of one year are one stretch. What one person
    bears is found by an index of whose kind each database has its own (migration 0031): see `beside`.
    """

    __tablename__ = "name_bearer"
    __table_args__ = (
        PrimaryKeyConstraint("name_id", "birth_year", "person_id"),
        {"sqlite_with_rowid": False},
    )

    # In this order a row of PostgreSQL has no gap.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), autoincrement=False)
    birth_year: Mapped[int] = mapped_column(autoincrement=False)
    name_id: Mapped[int] = mapped_column(BigInteger, autoincrement=False)


def beside(person_id):
    """Which thirty-two persons somebody is among, as a number or as SQL; whoever asks for the names of people asks for it too.

    PostgreSQL finds a person's rows by it, as those of neighbours lie side by side: an index a third as large as one of
    each person. SQLite keeps the rows in another order, and has one of each.
    """
    if isinstance(person_id, int):
        return person_id >> BESIDE
    return person_id.bitwise_rshift(literal_column(str(BESIDE)))  # in the very words of the index


class NameRebuild(Model):
    """How far a rebuild has come; no row where none is under way."""

    __tablename__ = "name_rebuild"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_person: Mapped[int] = mapped_column(Integer, nullable=False)
    last_key: Mapped[int] = mapped_column(BigInteger, nullable=False)
