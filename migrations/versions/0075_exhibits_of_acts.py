"""Exhibits of investigation acts, and the mark of an item that may help the suspect.

A request to a laboratory did not name its exhibits. What helps the suspect was marked on paper only.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

TABLE = "act_exhibit"
MARKED = ("investigation_act", "exhibit", "case_file")
AREA = ("province_code", "district_code", "commune_code")
LINKS = {"case_id": "case", "act_id": "investigation_act", "exhibit_id": "exhibit"}
INDEXED = (*LINKS, *AREA)
IS_VALID = sa.text("voided_at IS NULL")


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("recorded_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        *(
            sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=False)
            for name, table in LINKS.items()
        ),
        *(sa.Column(name, sa.String(length)) for name, length in zip(AREA, (2, 4, 6), strict=True)),
        sa.Column("note", sa.String(400)),
    )
    for name in INDEXED:
        op.create_index(f"ix_{TABLE}_{name}", TABLE, [name])
    op.create_index(
        f"ix_{TABLE}_once", TABLE, ["act_id", "exhibit_id"], unique=True, sqlite_where=IS_VALID, postgresql_where=IS_VALID
    )  # fmt: skip
    lock.lock_table(op, TABLE, (*LINKS, *AREA, "note", "unit_code"), withdrawable=True)
    rls.protect_table(op, TABLE, *rls.of_case(TABLE))
    rls.show_payloads(op, TABLE)
    # The mark stays open after the lock, so no trigger names it.
    for table in MARKED:
        op.add_column(
            table, sa.Column("helps_suspect", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade():
    for table in MARKED:
        op.drop_column(table, "helps_suspect")
    rls.hide_payloads(op, TABLE)
    rls.unprotect_table(op, TABLE)
    op.drop_table(TABLE)
