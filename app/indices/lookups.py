"""Lookups of items by a number of their exhibits, and of organisations by name."""

from sqlalchemy import select

from app.extensions import db
from app.indices.models import Item, ItemExhibit, Organisation
from app.kernel.schema import code_lists, lookups
from app.kernel.text import collation, khmer
from app.search.record_lookup import find_exhibits

MAX_ROWS = 8


def find_items(text):
    """Return lookup items of the items with an exhibit in the user's scope of which a number starts with `text`."""
    numbers = {one["id"]: one for one in find_exhibits(text)}
    rows = select(ItemExhibit.id, Item).join(Item, Item.id == ItemExhibit.item_id)
    found = {
        item.id: (item, numbers[pk])
        for pk, item in db.session.execute(rows.where(ItemExhibit.id.in_(numbers)))
    }
    return [
        {
            "id": str(pk), "text": f"{item} · {one['text']}", "detail": code_lists.label("exhibit_kind", item.kind),
            "mark": None, "icon": "package",
        }
        for pk, (item, one) in found.items()
    ]  # fmt: skip


def find_organisations(text):
    """Return lookup items of the organisations with a name that starts with `text`."""
    text = khmer.normalize(text)
    if not text:
        return []
    fits = Organisation.name_sort.between(*collation.prefix_range(text)), Organisation.voided_at.is_(None)
    rows = db.session.scalars(
        select(Organisation).where(*fits).order_by(Organisation.name_sort).limit(MAX_ROWS)
    )
    return [
        {
            "id": str(one.id), "text": one.name, "detail": code_lists.label("organisation_kind", one.kind),
            "mark": None, "icon": "building-2",
        }
        for one in rows
    ]  # fmt: skip


def _make_get(model):
    def get(key):
        """Return the record with this id as text, or None."""
        if not key.isdecimal() or len(key) >= 10:
            return None
        return db.session.scalar(select(model).where(model.id == int(key)))

    return get


def register():
    """Register the lookups of this package."""
    lookups.register("item", find_items, _make_get(Item), resource="Item")
    lookups.register("organisation", find_organisations, _make_get(Organisation), resource="Organisation")
