"""What one hook of a session collects in a flush and another one uses after the flush or before the commit.

A rollback forgets what the refused flush, the savepoint or the transaction collected; what was collected before the
savepoint remains.
"""

from copy import copy

_COLLECTED = "collected"  # keys of `session.info`
_SAVEPOINTS = "collected before a savepoint, by its transaction"


class Pending:
    """A list, set or dict of each session that waits for the next hook."""

    def __init__(self, kind):
        self.kind = kind

    def get(self, session):
        """Return what this session has collected, to add to it."""
        return session.info.setdefault(_COLLECTED, {}).setdefault(self, self.kind())

    def take(self, session):
        """Return what this session has collected, and forget it."""
        return session.info.get(_COLLECTED, {}).pop(self, None) or self.kind()


def remember_collected(session, transaction):
    """Store what is collected at the begin of a savepoint. The next savepoint of the same transaction replaces it."""
    if transaction.nested:
        before = {pending: copy(rows) for pending, rows in session.info.get(_COLLECTED, {}).items()}
        session.info.setdefault(_SAVEPOINTS, {})[transaction.parent] = before


def forget_rolled_back(session, transaction):
    """Return to what was collected before a transaction or savepoint that is rolled back. A failed flush also ends here."""
    if transaction.nested:
        session.info[_COLLECTED] = session.info[_SAVEPOINTS].pop(transaction.parent, {})
    elif transaction.parent is None:
        session.info.pop(_COLLECTED, None)


def forget_savepoints(session, transaction):
    """Forget what was stored for savepoints at the end of their transaction."""
    if transaction.parent is None:
        session.info.pop(_SAVEPOINTS, None)
