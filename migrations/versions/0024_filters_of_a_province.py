"""Rare cases of a province were looked for among all of its cases, and hits that wait among all that wait in the nation.

Each filter of cases has an index that begins with the province. Hits have an index for those that wait and one for those that
are done, and none that could be taken instead; that of the state serves those who ask for one state.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CASE = {
    "status": "status",
    "report": "report_kind",
    "place_kind": "place_kind",
    "sensitivity": "sensitivity",
}
ORDER = ["occurred_from", "id"]
LATE = {"late": ORDER, "late_there": ["province_code", *ORDER]}
WAITS, DONE = "('waiting', 'longer')", "('confirmed', 'denied', 'ended')"
COMPARED = ["unit_code", "owner_unit_code", "family"]
BEFORE = {"open": ["due_at", "id", *COMPARED], "open_there": ["province_code", "due_at", "id", *COMPARED]}
HITS = {
    **{name: (WAITS, columns) for name, columns in BEFORE.items()},
    "open_of_unit": (WAITS, ["unit_code", "due_at", "id", "owner_unit_code"]),
    "done": (DONE, ["due_at", "id"]),
    "done_there": (DONE, ["province_code", "due_at", "id"]),
}
OPEN = {"custody": ("limit_at", "ended_at"), "detention": ("due_on", "ended_on"), "release": ("track_until", "ended_on")}
DUE = {"due": ["state", "due_at", "id"], "due_there": ["province_code", "state", "due_at", "id"]}


def known_first(columns, order):
    """An index that begins with whose a row is may not answer for the whole nation, which would be sorted then."""
    return "" if columns[0] == order else f" AND {columns[0]} IS NOT NULL"


def index_open(widened):
    """Boards of whoever is held counted from the rows, to which the index led; now it holds all that is compared."""
    for table, (limit, ended) in OPEN.items():
        there = sa.text(f"{ended} IS NULL AND voided_at IS NULL")
        columns = [limit, "id", "person_id", *([ended, "voided_at"] if widened else [])]
        op.drop_index(f"ix_{table}_open", table)
        op.create_index(f"ix_{table}_open", table, columns, sqlite_where=there, postgresql_where=there)


def upgrade():
    index_open(widened=True)
    for name, column in CASE.items():
        op.create_index(f"ix_case_{name}_there", "case", ["province_code", column, *ORDER])
    op.drop_index("ix_case_province_code", "case")
    # Of an index without its numbers SQLite takes too much or too little. Before there are indexes of some rows: it would keep
    # of an empty one that it is empty, and sort what comes later.
    op.execute(sa.text('ANALYZE "case"'))
    for name, columns in LATE.items():
        known = known_first(columns, "occurred_from")
        is_late = {"sqlite_where": sa.text(f"late IS 1{known}"), "postgresql_where": sa.text(f"late IS true{known}")}
        op.create_index(f"ix_case_{name}", "case", columns, **is_late)
    for name in (*BEFORE, *DUE):
        op.drop_index(f"ix_hit_{name}", "hit")
    for name, (states, columns) in HITS.items():
        there = sa.text(f"coalesce(state, '') IN {states}{known_first(columns, 'due_at')}")
        op.create_index(f"ix_hit_{name}", "hit", columns, sqlite_where=there, postgresql_where=there)
    op.create_index("ix_hit_state", "hit", ["state", "id"])


def downgrade():
    index_open(widened=False)
    for name in (*HITS, "state"):
        op.drop_index(f"ix_hit_{name}", "hit")
    for name, columns in BEFORE.items():
        there = sa.text(f"state IN {WAITS}")
        op.create_index(f"ix_hit_{name}", "hit", columns, sqlite_where=there, postgresql_where=there)
    for name, columns in DUE.items():
        op.create_index(f"ix_hit_{name}", "hit", columns)
    op.create_index("ix_case_province_code", "case", ["province_code"])
    for name in LATE:
        op.drop_index(f"ix_case_{name}", "case")
    for name in CASE:
        op.drop_index(f"ix_case_{name}_there", "case")
