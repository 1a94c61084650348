"""Movements, seals and quantities of exhibits that a unit holds for a case elsewhere.

An officer who received such an exhibit could not pass it on: only officers of the case added rows.
"""

from alembic import op

from migrations import row_level_security as rls

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

TABLES = ("exhibit_movement", "exhibit_seal", "quantity_change")


def upgrade():
    for table in TABLES:
        op.create_index(f"ix_{table}_unit", table, ["unit_code", "id"])
        _protect(table, rls.of_held_exhibit(table))


def downgrade():
    for table in TABLES:
        _protect(table, rls.of_case(table))
        op.drop_index(f"ix_{table}_unit", table)


def _protect(table, conditions):
    visible, changeable, addable = conditions
    if table == "exhibit_movement":  # the receiving unit sees it too, and its officer writes the decision
        received = f"{table}.to_unit_code = {rls.UNITS}"
        visible, changeable = f"{visible} OR {received}", f"{changeable} OR {received}"
        addable = f"{addable} OR ({received} AND decided_by_id IS NOT NULL)"
    rls.unprotect_table(op, table)
    rls.protect_table(op, table, visible, changeable, addable)
