"""What a list reads of its rows, and of the records that they point to."""

from functools import cache

from sqlalchemy.orm import load_only

from app.kernel.schema import lookups
from app.kernel.schema.display import foreign_key
from app.kernel.schema.fields import declared


@cache
def loads_of(model, names, order, without, load_link, along=()):
    """What a list of these columns reads: nothing else of its rows, and the links whose words are in no memory, or of which a
    cell of the view's own tells (`along`)."""
    meanings, attributes = declared(model), model.__mapper__.column_attrs
    columns, links = [model.__mapper__.primary_key[0].key, order], []
    if "voided_at" in attributes:  # a row that was struck out, or is shut, is marked wherever it stands
        columns += ["voided_at", "recorded_at"]
    for name in names:
        meaning = meanings.get(name)
        if meaning is not None and meaning.lookup:
            columns.append(foreign_key(model, name))
            if lookups.named(meaning.lookup).words is None and name != without:
                links.append(_in_brief(load_link(getattr(model, name)), model, name))
        elif name in attributes:
            columns.append(name)
        elif name in along:
            links.append(load_link(getattr(model, name)))
    return [load_only(*(getattr(model, name) for name in dict.fromkeys(columns))), *links]


def _in_brief(load, model, name):
    """Of a record that others point to only what they say of it, where its model tells what that is (`__brief__`)."""
    other = model.__mapper__.relationships[name].mapper.class_
    brief = getattr(other, "__brief__", None)
    return load.load_only(*(getattr(other, one) for one in brief)) if brief else load
