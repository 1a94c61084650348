"""Lists use keyset pagination: the sort columns are indexed and never NULL. Otherwise rows are lost and
pages are slow.
"""

import pytest
from sqlalchemy import UniqueConstraint

from app.kernel.screens.record_view import RecordView

SMALL = {"unit", "court", "prison", "law", "offence", "code"}  # tables of a few hundred rows: no index needed


def lists(app):
    return [view for view in app.extensions["appbuilder"].baseviews if isinstance(view, RecordView)]


def ordered_columns(view):
    names = {view.order_by.get(name, name) for name in view.order_columns}
    names |= {view.order_by.get(view.base_order[0], view.base_order[0])} if view.base_order else set()
    table = view.datamodel.obj.__table__
    return [table.c[view.datamodel.obj.__mapper__.column_attrs[name].columns[0].name] for name in names]


def leads_an_index(column):
    table = column.table
    if column.primary_key or column.unique:
        return True
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]  # each has an index
    return any(list(one.columns)[0] is column for one in (*table.indexes, *unique))


def test_sort_columns_of_lists_are_never_null(registers):
    for view in lists(registers("sqlite").app):
        for column in ordered_columns(view):
            assert not column.nullable, (
                f"{type(view).__name__} is ordered by {column}, which may be NULL: pages would lose rows."
            )


def test_sort_columns_of_large_lists_are_indexed(registers):
    for view in lists(registers("sqlite").app):
        for column in ordered_columns(view):
            if column.table.name not in SMALL:
                assert leads_an_index(column), (
                    f"{type(view).__name__} is ordered by {column}: give it an index."
                )


def test_lists_do_not_sort_by_personal_or_hidden_columns(registers):
    for view in lists(registers("sqlite").app):
        shown = {*view.list_columns, *view.show_columns}
        hidden = [name for name in view.order_columns if name not in shown]
        assert not hidden, f"{type(view).__name__} can be ordered by {hidden}, which nobody sees."


@pytest.mark.parametrize("kind", ["foreign keys"])
def test_foreign_keys_of_large_tables_are_indexed(registers, kind):
    from app.extensions import db

    searched = {"case_id", "person_id", "place_code", "user_id"}
    bare = [
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
        if column.foreign_keys and column.name in searched and not leads_an_index(column)
    ]
    allowed = {
        "person_address.place_code",
        "order_event.place_code",
        "ab_user_role.user_id",
    }  # never searched by home address; there are few users
    assert set(bare) <= allowed, f"{bare}: every page of a person or a case asks these."
