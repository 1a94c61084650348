"""Legal time limits cached in this process: amount, basis, and whether they are confirmed."""

from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema.rules import ERROR, WARNING
from app.reference.models import TimeLimit


@dataclass(frozen=True)
class LegalLimit:
    """One limit. An unconfirmed limit warns and does not refuse."""

    code: str
    amount: int
    measure: str
    basis: str
    confirmed: bool

    @property
    def severity(self):
        return ERROR if self.confirmed else WARNING


def _load():
    columns = (TimeLimit.code, TimeLimit.amount, TimeLimit.measure, TimeLimit.basis, TimeLimit.to_confirm)
    with db.engine.connect() as connection:
        return {row[0]: LegalLimit(*row[:4], not row[4]) for row in connection.execute(select(*columns))}


_limits = versioned_cache.VersionedCache("reference", _load)


def get_limits():
    """Return code → limit."""
    return _limits.get()
