"""Field declarations: label, screens and options of a column."""

import pytest
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from app.kernel.i18n.yes_no import WAS_DONE
from app.kernel.schema.fields import code_field, field, field_names_on, fields_of, flag, link


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
    kind: Mapped[str] = code_field("book_kind", label="Kind", on="list edit")
    pages: Mapped[int | None] = field(Integer, label="Pages", help="With the cover", private=True)
    lent: Mapped[bool] = flag(WAS_DONE, label="Lent")
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf] = link(shelf_id, lookup="shelf", label="Shelf", on="show")
    others: Mapped[list[Shelf]] = relationship(
        viewonly=True, primaryjoin="Book.shelf_id == Shelf.id", uselist=True
    )


def test_fields_of_returns_parent_fields_first():
    assert list(fields_of(Book)) == ["title", "kind", "pages", "lent", "shelf"]


def test_field_names_on_returns_fields_of_screen():
    assert field_names_on(Book, "list") == ["title", "kind"]
    assert field_names_on(Book, "order") == ["title"]
    assert field_names_on(Book, "add") == ["pages", "lent"]
    assert field_names_on(Book, "show") == ["title", "pages", "lent", "shelf"]


def test_field_names_on_adds_every_field_that_is_not_omitted():
    omitted = {"title": "is the heading"}
    assert field_names_on(Book, "add show", order=["shelf"], omitted=omitted) == ["shelf", "pages", "lent"]


@pytest.mark.parametrize("names", [{"order": ["pagse"]}, {"omitted": {"pagse": "typing error"}}])
def test_field_names_on_refuses_name_of_no_field(names):
    with pytest.raises(KeyError):
        field_names_on(Book, "show", **names)


def test_field_keeps_its_options():
    meanings = fields_of(Book)
    assert (meanings["kind"].codes, meanings["shelf"].lookup) == ("book_kind", "shelf")
    assert (meanings["pages"].help, meanings["pages"].private) == ("With the cover", True)
    assert not meanings["title"].private


def test_flag_default_is_no():
    column = Book.__table__.c.lent
    assert column.default.arg is False and not column.nullable


@pytest.mark.parametrize("name", ["id", "shelf_id", "others"])
def test_undeclared_column_is_not_a_field(name):
    assert name not in fields_of(Book)
