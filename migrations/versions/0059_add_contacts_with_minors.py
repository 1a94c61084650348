"""Add contacts with minors."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "minor_contact",
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("place_code", sa.String(length=8), nullable=False),
        sa.Column("met_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("place_text", sa.String(length=200), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column("guardian", sa.String(length=200), nullable=True),
        sa.Column("guardian_phone", sa.String(length=40), nullable=True),
        sa.Column("guardian_informed_at", sa.DateTime(), nullable=True),
        sa.Column("heard_with", sa.String(length=200), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("minor_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minor_contact_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_minor_contact_met", ["met_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minor_contact_place_code"), ["place_code"], unique=False)
        batch_op.create_index("ix_minor_contact_state", ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minor_contact_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "minor_step",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("receiver", sa.String(length=200), nullable=True),
        sa.Column("document_no", sa.String(length=60), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["minor_contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("minor_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minor_step_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_minor_step_done", ["done_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_minor_step_unit_code"), ["unit_code"], unique=False)
    lock.lock_table(
        op,
        "minor_contact",
        (
            "age",
            "case_id",
            "guardian",
            "guardian_informed_at",
            "guardian_phone",
            "heard_with",
            "met_at",
            "name",
            "needs",
            "place_code",
            "place_text",
            "reason",
            "sex",
            "text",
            "unit_code",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "minor_contact", *rls.of_juvenile_officers("minor_contact"))
    rls.show_payloads(op, "minor_contact")
    lock.lock_table(
        op,
        "minor_step",
        (
            "contact_id",
            "document_date",
            "document_no",
            "done_on",
            "kind",
            "note",
            "receiver",
            "unit_code",
            "until_on",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "minor_step", *rls.of_juvenile_officers("minor_step"))
    rls.show_payloads(op, "minor_step")


def downgrade():
    rls.hide_payloads(op, "minor_contact")
    rls.unprotect_table(op, "minor_contact")
    rls.hide_payloads(op, "minor_step")
    rls.unprotect_table(op, "minor_step")
    with op.batch_alter_table("minor_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minor_step_unit_code"))
        batch_op.drop_index("ix_minor_step_done")
        batch_op.drop_index(batch_op.f("ix_minor_step_contact_id"))

    op.drop_table("minor_step")
    with op.batch_alter_table("minor_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minor_contact_unit_code"))
        batch_op.drop_index("ix_minor_contact_state")
        batch_op.drop_index(batch_op.f("ix_minor_contact_place_code"))
        batch_op.drop_index("ix_minor_contact_met")
        batch_op.drop_index(batch_op.f("ix_minor_contact_case_id"))

    op.drop_table("minor_contact")
