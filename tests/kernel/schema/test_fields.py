"""One line declares a column, its label, its screens."""

import pytest
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from app.kernel.i18n.yes_no import DONE
from app.kernel.schema.fields import coded, declared, field, flag, link, names_on


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)


class Titled:
    title: Mapped[str] = field(String(20), label="Title", on="list show order")


class Book(Titled, Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = coded("book_kind", label="Kind", on="list edit")
    pages: Mapped[int | None] = field(Integer, label="Pages", help="With the cover", private=True)
    lent: Mapped[bool] = flag(DONE, label="Lent")
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf] = link(shelf_id, lookup="shelf", label="Shelf", on="show")
    others: Mapped[list[Shelf]] = relationship(
        viewonly=True, primaryjoin="Book.shelf_id == Shelf.id", uselist=True
    )


def test_fields_are_told_in_the_order_they_are_written_those_of_the_parent_first():
    assert list(declared(Book)) == ["title", "kind", "pages", "lent", "shelf"]


def test_a_screen_has_the_fields_that_name_it():
    assert names_on(Book, "list") == ["title", "kind"]
    assert names_on(Book, "order") == ["title"]
    assert names_on(Book, "add") == ["pages", "lent"]
    assert names_on(Book, "show") == ["title", "pages", "lent", "shelf"]


def test_a_field_keeps_what_it_means():
    meanings = declared(Book)
    assert (meanings["kind"].codes, meanings["shelf"].lookup) == ("book_kind", "shelf")
    assert (meanings["pages"].help, meanings["pages"].private) == ("With the cover", True)
    assert not meanings["title"].private


def test_a_flag_is_no_unless_somebody_says_yes():
    column = Book.__table__.c.lent
    assert column.default.arg is False and not column.nullable


@pytest.mark.parametrize("name", ["id", "shelf_id", "others"])
def test_what_declares_nothing_is_no_field(name):
    assert name not in declared(Book)
