"""How many hits are open

PostgreSQL knew nothing of the expression by which the indexes of open and of done hits are asked, and took the three thousand
that waited in a province for thirty: it read them all, with their orders, and sorted them. Now it counts that too.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE STATISTICS hit_state_among ON (coalesce(state, '')) FROM hit")
        op.execute("ANALYZE hit")


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP STATISTICS hit_state_among")
