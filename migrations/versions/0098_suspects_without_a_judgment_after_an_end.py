"""A suspect without a judgment keeps a case open that a decision after its end opens again.

The case had the status of its end for a suspect who was added later: it was judged or final without a decision about
that person.
"""

from importlib import import_module  # a name that begins with a digit

from alembic import op

from migrations import lock

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None

REWRITTEN = ("case",)  # their row hashes are computed again

before = import_module("migrations.versions.0097_status_from_every_decision")
ENDS = "('filed', 'non_suit', 'closed')"


def _by_steps(step):
    """Return the status of the case by this last step and the arrests: one after it solves an open case."""
    return (
        f"CASE WHEN coalesce({step}.status, 'open') IN ('open', 'unsolved') AND EXISTS (SELECT 1 FROM arrest a"
        f" WHERE a.case_id = {{case}} AND {before.ARREST} AND ({step}.decided_on IS NULL OR date(a.at) >= {step}.decided_on)"
        f" AND (u.day IS NULL OR date(a.at) > u.day)) THEN 'solved' ELSE coalesce({step}.status, 'open') END"
    )


# The last step; the last one that ends no case, or is of an import; the last one that counts for all suspects.
LAST_STEPS = {
    "l": "",
    "b": f" AND (d.kind NOT IN {ENDS} OR d.source_row IS NOT NULL)",
    "n": f" AND d.kind NOT IN {before._list(before.BEFORE_JUDGMENT)}",
}
BY_STEPS = (
    f"SELECT {_by_steps('l')} AS status, {_by_steps('b')} AS before_ends, n.kind, n.decided_on, u.day AS imported_until"
    " FROM (SELECT 1 AS one) z"
    + "".join(
        f" LEFT JOIN ({before._select_last_step(condition)}) {name} ON 1 = 1"
        for name, condition in LAST_STEPS.items()
    )
    + f" LEFT JOIN ({before.IMPORTED_UNTIL}) u ON 1 = 1"
)
UNDECIDED = before.UNDECIDED.replace("SELECT NULL, NULL", "SELECT 'undecided', NULL")
# A step after the last decision counts for all suspects. A pending appeal is never ended.
COMPUTED = (
    "SELECT s.status FROM (SELECT CASE e.status WHEN 'undecided' THEN c.before_ends ELSE coalesce(e.status, c.status) END"
    f" AS status FROM ({BY_STEPS}) c CROSS JOIN (SELECT max(x.day) AS day FROM ({before.DECISIONS}) x) m"
    f" LEFT JOIN ({before.DECISIONS} UNION ALL {UNDECIDED}) e ON ((c.kind IS NULL OR m.day > c.decided_on"
    f" OR (m.day = c.decided_on AND c.kind NOT IN {before._list(before.AFTER_JUDGMENT)}))"
    " AND m.day IS NOT NULL AND (c.imported_until IS NULL OR m.day > c.imported_until))"
    f" OR (e.status = 'at_court' AND c.status IN {before._list(before.STATUSES_OF_ENDS)}"
    " AND (c.imported_until IS NULL OR e.day > c.imported_until))) s"
    f" ORDER BY {before.RANK} LIMIT 1"
)
# The cases that ended before a judgment; of the others no status changes.
_STATUS = COMPUTED.format(case='"case".id')
UPDATE = (
    f'UPDATE "case" SET status = ({_STATUS}) WHERE voided_at IS NULL'
    ' AND EXISTS (SELECT 1 FROM judgment t WHERE t.case_id = "case".id) AND EXISTS (SELECT 1 FROM case_disposition t'
    f' WHERE t.case_id = "case".id AND t.kind IN {ENDS}) AND status <> ({_STATUS})'
)


def upgrade():
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", COMPUTED.format(case="NEW.id"))
    lock.execute(op, UPDATE)


def downgrade():
    """Compare with the status of revision 0097 again. It is computed by the statement of that migration."""
    lock.uncompute_column(op, "case", "status")
    lock.compute_column(op, "case", "status", before.COMPUTED.format(case="NEW.id"))
    lock.execute(op, UPDATE.replace(_STATUS, before.COMPUTED.format(case='"case".id')))
