"""A second officer confirms the end of a search: the recall, replacement, acquittal or return of an order.

Before, one officer with the number of any document could end it, and the person was no longer wanted. A case solved by
an arrest stayed solved when the arrest was voided. The questions of a user in a minute were counted by each process for
itself, and a changed telephone hid that two accounts are of one person.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A step "solved" by an arrest counts as long as the case has a valid arrest.
STEPS = "FROM case_disposition d WHERE d.case_id = NEW.id"
BY_ARREST = (
    " AND NOT (d.kind = 'solved' AND coalesce(d.clearance, '') = 'arrest' AND NOT EXISTS"
    " (SELECT 1 FROM arrest a WHERE a.case_id = NEW.id AND a.voided_at IS NULL))"
)
CASE_STATUS = (
    "SELECT coalesce((SELECT d.kind {steps} AND d.voided_at IS NULL{counting} ORDER BY d.id DESC LIMIT 1),"
    " (SELECT d.previous_status {steps} ORDER BY d.id LIMIT 1), OLD.status)"
)

DECISION = ("confirmation", "decided_at", "decided_by_id", "decision_reason")


def upgrade():
    op.add_column("order_event", sa.Column("confirmation", sa.String(40)))
    op.add_column("order_event", sa.Column("decided_at", sa.DateTime()))
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE order_event ADD COLUMN decided_by_id INTEGER REFERENCES ab_user (id)")
    op.add_column("order_event", sa.Column("decision_reason", sa.String(400)))
    facts, _immutable = lock.locked_columns(op.get_bind(), "order_event")
    lock.require_second_officer(op, "order_event", sorted(facts))
    _compute_status(BY_ARREST)
    op.create_table(
        "question_count",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("minute", sa.DateTime(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind"),
    )
    op.create_table(
        "former_trait",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("ab_user.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.String(320), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_former_trait_user_id", "former_trait", ["user_id"])


def _compute_status(counting):
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", CASE_STATUS.format(steps=STEPS, counting=counting))


def downgrade():
    op.drop_table("former_trait")
    op.drop_table("question_count")
    _compute_status("")
    lock.forget_second_officer(op, "order_event")
    for name in DECISION:
        op.drop_column("order_event", name)
