"""Orders against people below 18, and row-level security of their identity.

An order named its person to every reader. `court_order.minor` marks the orders that name the person to their units only,
and `visibility.minor` follows it. On PostgreSQL the policies of the tables of people ask for it too.
"""

import sqlalchemy as sa
from alembic import op

from migrations import row_level_security as rls

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PERSONS = (
    "person", "person_name", "person_document", "person_address", "person_mark", "person_photo", "death_report",
)  # fmt: skip
LIST = "province_person"
ADULT_AGE = 18
# A birth that is known by its year counts from the last day of the year: the person may have been below 18.
UNDER_AGE = """UPDATE court_order SET minor = {yes} WHERE EXISTS (
  SELECT 1 FROM (SELECT coalesce(court_order.occurred_on, court_order.issued_on) AS day) d
  LEFT JOIN person p ON p.id = court_order.person_id
  WHERE {ages})"""
# The day and the birth as a number such as 20260131: their difference in whole years is the age.
DAY_NUMBER = {
    "sqlite": "CAST(strftime('%Y%m%d', {day}) AS integer)",
    "postgresql": "CAST(to_char({day}, 'YYYYMMDD') AS integer)",
}


def _conditions(dialect):
    """Return the condition that the named or the registered person may have been below 18."""
    number = DAY_NUMBER[dialect].format

    def is_below(born):
        return f"({number(day='d.day')} - ({born})) BETWEEN 0 AND {ADULT_AGE * 10000 - 1}"

    year = f"{number(day='p.born_on')} / 10000 * 10000 + 1231"
    month = f"{number(day='p.born_on')} / 100 * 100 + 31"
    born = f"CASE p.birth_precision WHEN 'month' THEN {month} WHEN 'year' THEN {year} WHEN 'estimated' THEN {year}"
    born += f" ELSE {number(day='p.born_on')} END"
    return " OR ".join(
        (
            f"(court_order.born_on IS NOT NULL AND {is_below(number(day='court_order.born_on'))})",
            f"(court_order.born_on IS NULL AND court_order.age_stated < {ADULT_AGE})",
            f"(p.born_on IS NOT NULL AND {is_below(born)})",
            f"(p.born_on IS NULL AND p.birth_year IS NOT NULL AND {is_below('p.birth_year * 10000 + 1231')})",
            "(p.born_on IS NULL AND p.birth_year IS NULL"
            f" AND coalesce(p.age_from, p.age_to, p.age_stated) < {ADULT_AGE})",
        )
    )


def upgrade():
    dialect = op.get_bind().dialect.name
    op.add_column("court_order", sa.Column("minor", sa.Boolean(), nullable=False, server_default=sa.false()))
    yes = "1" if dialect == "sqlite" else "true"
    op.execute(sa.text(UNDER_AGE.format(yes=yes, ages=_conditions(dialect)).replace(":", r"\:")))
    op.execute(
        f"UPDATE visibility SET minor = {yes} WHERE order_id IN (SELECT id FROM court_order WHERE minor = {yes})"
    )
    if dialect != "sqlite":
        op.execute(sa.text(rls.NAMES_MINOR.replace(":", r"\:")))
    _protect(by_age=True)


def _protect(by_age):
    for table in PERSONS:
        rls.unprotect_table(op, table)
        rls.protect_table(op, table, *rls.of_person(table, by_age))
    person_id = f"{LIST}.person_id"
    visible = (
        f"{rls.in_setting('revealed', person_id)} OR {rls.within_person(person_id, rls.TO_READ, by_age)}"
    )
    rls.unprotect_table(op, LIST)
    rls.protect_table(op, LIST, visible, command="SELECT")


def downgrade():
    _protect(by_age=False)
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION {rls.NAMED_MINOR}")
    false = "0" if op.get_bind().dialect.name == "sqlite" else "false"
    op.execute(f"UPDATE visibility SET minor = {false} WHERE order_id IS NOT NULL")
    op.drop_column("court_order", "minor")
