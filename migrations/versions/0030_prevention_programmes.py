"""Prevention programmes: what a unit does in an area against offence families, with a comparison area."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

FACTS = (
    "title", "text", "goal", "place_code", "family", "second_family", "starts_on", "comparison_code", "owner_id",
    "unit_code",
)  # fmt: skip
BEFORE = (*rls.RECORDS, "death_report", "case_disposition", "exhibit_movement", "task")


def upgrade():
    op.create_table(
        "prevention_programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("recorded_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("goal", sa.String(400), nullable=False),
        sa.Column("place_code", sa.String(8), sa.ForeignKey("place.code"), nullable=False),
        sa.Column("family", sa.String(40), nullable=False),
        sa.Column("second_family", sa.String(40)),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("comparison_code", sa.String(8), sa.ForeignKey("place.code")),
        sa.Column("owner_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("unit_code", "owner_id", "place_code"):
        op.create_index(f"ix_prevention_programme_{name}", "prevention_programme", [name])
    op.create_index("ix_prevention_programme_starts", "prevention_programme", ["starts_on", "id"])
    lock.lock_table(op, "prevention_programme", FACTS)
    rls.protect_table(op, "prevention_programme", *rls.of_unit("prevention_programme"))
    _protect_payloads(*BEFORE, "prevention_programme")


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    rls.unprotect_table(op, "prevention_programme")
    op.drop_table("prevention_programme")
