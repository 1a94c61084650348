"""Loader options of lists: which columns of a row and of its linked records a list reads."""

from functools import cache

from sqlalchemy.orm import joinedload, load_only

from app.kernel.schema import lookups
from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.fields import fields_of


@cache
def list_load_options(model, names, order, without, load_link, extra_links=()):
    """Return the loader options of a list of the columns `names`.

    The list loads only these columns. It loads a link if no lookup keeps its labels in memory, except the link `without`.
    It also loads `extra_links`, the links of cells that the view renders itself. `load_link` builds the loader option of a link.
    """
    fields, attributes = fields_of(model), model.__mapper__.column_attrs
    columns, links = [model.__mapper__.primary_key[0].key, order], []
    if "voided_at" in attributes:  # every list marks void and locked rows
        columns += ["voided_at", "recorded_at"]
    columns += [flag for name, flag in getattr(model, "__day_flags__", {}).items() if name in names]
    for name in names:
        field = fields.get(name)
        if field is not None and field.lookup:
            columns.append(foreign_key_column(model, name))
            if lookups.get_lookup(field.lookup).words is None and name != without:
                link = _load_summary(load_link(getattr(model, name)), model, name)
                # The page of a record has loaded what the labels of its rows read.
                links.append(link if without else _load_label(link, model, name))
        elif name in attributes:
            columns.append(name)
        elif name in extra_links:
            links.append(load_link(getattr(model, name)))
    return [load_only(*(getattr(model, name) for name in dict.fromkeys(columns))), *links]


def _load_label(load, model, name):
    """Also load the links that the label of a linked record reads (`__label_links__`)."""
    target = model.__mapper__.relationships[name].mapper.class_
    names = getattr(target, "__label_links__", ())
    return load.options(*(joinedload(getattr(target, one)) for one in names))


def _load_summary(load, model, name):
    """Limit the load of a linked record to its `__summary_columns__`, if its model declares them."""
    target = model.__mapper__.relationships[name].mapper.class_
    columns = getattr(target, "__summary_columns__", None)
    return load.load_only(*(getattr(target, column) for column in columns)) if columns else load
