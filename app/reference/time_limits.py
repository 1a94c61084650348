"""The time limits of the law as this process holds them: how much, on which basis, confirmed or not."""

from dataclasses import dataclass

from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema.rules import ERROR, WARNING
from app.reference.models import TimeLimit


@dataclass(frozen=True)
class Limit:
    """One limit. What nobody has confirmed warns and does not refuse."""

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
        return {row[0]: Limit(*row[:4], not row[4]) for row in connection.execute(select(*columns))}


_limits = versioned_cache.Cached("reference", _load)


def held():
    """code → limit."""
    return _limits.get()
