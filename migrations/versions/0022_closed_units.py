"""Units and courts end: their periods, the successor of a closed unit, and its access to the rows of that unit."""

import sqlalchemy as sa
from alembic import op

from migrations import row_level_security as rls

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COMMISSARIATS = "kind IN ('capital_commissariat', 'provincial_commissariat')"
# As PostgreSQL writes the expressions of a policy.
OWN_UNIT = "= current_setting('ecrime.unit'::text, true)"
OWN_UNITS = "= ANY (string_to_array(current_setting('ecrime.units'::text, true), ','::text))"


def upgrade():
    for table in ("unit", "court"):
        op.add_column(table, sa.Column("valid_from", sa.Date()))
        op.add_column(table, sa.Column("valid_to", sa.Date()))
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE unit ADD COLUMN successor_code VARCHAR(20) REFERENCES unit (code)")
    op.create_index("ix_unit_successor_code", "unit", ["successor_code"])
    _index_commissariats(f"{COMMISSARIATS} AND valid_to IS NULL")
    _change_policies(OWN_UNIT, OWN_UNITS)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text(rls.NAMES_MINOR.replace("CREATE", "CREATE OR REPLACE", 1).replace(":", r"\:")))


def downgrade():
    _change_policies(OWN_UNITS, OWN_UNIT)
    _index_commissariats(COMMISSARIATS)
    op.drop_index("ix_unit_successor_code", "unit")
    op.drop_column("unit", "successor_code")
    for table in ("court", "unit"):
        op.drop_column(table, "valid_to")
        op.drop_column(table, "valid_from")


def _index_commissariats(condition):
    op.drop_index("uq_unit_commissariat_area", "unit")
    where = {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
    op.create_index("uq_unit_commissariat_area", "unit", ["area_code"], unique=True, **where)


def _change_policies(before, after):
    """Replace a comparison in every policy that contains it."""
    if op.get_bind().dialect.name != "postgresql":
        return
    policies = sa.text(
        "SELECT tablename, policyname, qual, with_check FROM pg_policies WHERE schemaname = current_schema()"
        " AND (strpos(qual, :before) > 0 OR strpos(with_check, :before) > 0)"
    )
    for row in op.get_bind().execute(policies, {"before": before}).all():
        parts = ("USING", row.qual), ("WITH CHECK", row.with_check)
        rule = " ".join(f"{name} ({text.replace(before, after)})" for name, text in parts if text)
        statement = f'ALTER POLICY {row.policyname} ON "{row.tablename}" {rule}'
        op.execute(sa.text(statement.replace(":", r"\:")))
