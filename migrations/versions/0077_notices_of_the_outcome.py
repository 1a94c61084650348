"""Notices of the outcome: how and when a victim was informed of a step of procedure."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

TABLE = "outcome_notice"
AREA = ("province_code", "district_code", "commune_code")
LINKS = {"case_id": "case", "disposition_id": "case_disposition", "involvement_id": "involvement"}


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
        sa.Column("informed_on", sa.Date(), nullable=False),
        sa.Column("means", sa.String(40), nullable=False),
        sa.Column("note", sa.String(400)),
    )
    for name in (*LINKS, *AREA):
        op.create_index(f"ix_{TABLE}_{name}", TABLE, [name])
    op.create_index(f"ix_{TABLE}_informed", TABLE, ["informed_on", "id"])
    lock.lock_table(
        op, TABLE, (*LINKS, *AREA, "informed_on", "means", "note", "unit_code"), withdrawable=True
    )
    rls.protect_table(op, TABLE, *rls.of_case(TABLE))
    rls.show_payloads(op, TABLE)


def downgrade():
    rls.hide_payloads(op, TABLE)
    rls.unprotect_table(op, TABLE)
    op.drop_table(TABLE)
