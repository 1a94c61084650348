"""Boards were three times slower with ten times the orders: each count fetched its rows to see which were struck out.

Now the indexes of the work lists end with what a count compares, and each list that a board names has one. Whether somebody is
searched for or held is answered by an index of his own rows that are open, not by all that he ever had, or by all that are open.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ORDERS = "court_order"
# name → the columns that it had; now `voided_at` and `family` follow
WIDENED = {
    "open": ["status", "issued_on", "id"],
    "open_there": ["province_code", "status", "issued_on", "id"],
    "open_here": ["district_code", "status", "issued_on", "id"],
    "due": ["status", "due_on", "id"],
    "due_there": ["province_code", "status", "due_on", "id"],
}
NEW = {
    "validate": ["status", "validate_by", "id"],
    "validate_there": ["province_code", "status", "validate_by", "id"],
    "step": ["next_step", "issued_on", "id"],
    "step_there": ["province_code", "next_step", "issued_on", "id"],
    "own": ["owner_unit_code", "status", "issued_on", "id"],
}
OF_A_PERSON = {"court_order": "status", "detention": "ended_on", "release": "ended_on"}
OF_A_FAMILY = ["family", "status", "issued_on", "id"]


def upgrade():
    for name in (*WIDENED, "family"):
        op.drop_index(f"ix_court_order_{name}", ORDERS)
    for name, columns in (WIDENED | NEW).items():
        op.create_index(f"ix_court_order_{name}", ORDERS, [*columns, "voided_at", "family"])
    op.create_index("ix_court_order_family", ORDERS, [*OF_A_FAMILY, "voided_at"])
    for table, column in OF_A_PERSON.items():
        op.create_index(f"ix_{table}_of_person", table, ["person_id", column])
    op.drop_index("ix_court_order_person_id", ORDERS)


def downgrade():
    op.create_index("ix_court_order_person_id", ORDERS, ["person_id"])
    for table in OF_A_PERSON:
        op.drop_index(f"ix_{table}_of_person", table)
    for name in (*WIDENED, *NEW, "family"):
        op.drop_index(f"ix_court_order_{name}", ORDERS)
    for name, columns in (WIDENED | {"family": OF_A_FAMILY}).items():
        op.create_index(f"ix_court_order_{name}", ORDERS, columns)
