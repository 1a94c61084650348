"""Requests for a second person: also changes of who sees what, the values before and after, and a note of the decision.

A request named an account and a role only. It was approved without a reason, for whatever the account had become.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_staff_request_decided_with_note": "(state = 'requested') = (note IS NULL)",
    "ck_staff_request_one_subject": "(user_id IS NULL) = (entity IS NOT NULL)",
}
OPEN_KEY = "uq_staff_request_open_key"


def upgrade():
    with op.batch_alter_table("staff_request") as table:
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("entity", sa.String(length=20)))
        table.add_column(sa.Column("entity_key", sa.String(length=40)))
        table.add_column(sa.Column("changes", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("open_key", sa.String(length=140)))
        table.add_column(sa.Column("note", sa.String(length=300)))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    _fill_requests()
    with op.batch_alter_table("staff_request") as table:
        table.alter_column("changes", existing_type=sa.JSON(), server_default=None)
        table.alter_column("version", existing_type=sa.Integer(), server_default=None)
        table.create_unique_constraint(OPEN_KEY, ["open_key"])
        for name, condition in CHECKS.items():
            table.create_check_constraint(name, condition)


def _fill_requests():
    """Give each request the unit of its account, each open one its key, and each decided one an empty note."""
    function = "json_object" if lock.is_sqlite(op) else "json_build_object"
    array = "json_array" if lock.is_sqlite(op) else "json_build_array"
    op.execute(
        f"UPDATE staff_request SET changes = (SELECT {function}('unit_code', {array}(unit_code, unit_code))"
        " FROM ab_user WHERE ab_user.id = staff_request.user_id)"
    )
    op.execute("UPDATE staff_request SET note = '' WHERE state <> 'requested'")
    op.execute(
        "UPDATE staff_request SET open_key = act || '/' || user_id || '/' || coalesce(role, '') WHERE id IN"
        " (SELECT min(id) FROM staff_request WHERE state = 'requested' GROUP BY act, user_id, role)"
    )


def downgrade():
    op.execute("DELETE FROM staff_request WHERE user_id IS NULL")
    with op.batch_alter_table("staff_request") as table:
        for name in CHECKS:
            table.drop_constraint(name, type_="check")
        table.drop_constraint(OPEN_KEY, type_="unique")
        for name in ("entity", "entity_key", "changes", "open_key", "note", "version"):
            table.drop_column(name)
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
