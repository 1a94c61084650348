"""What a reader may count: the area and the offence families of the scope, as conditions on the facts."""

import json
import threading
from dataclasses import dataclass
from datetime import datetime

from flask import g

from app.extensions import db
from app.kernel.access.area import LEVELS
from app.kernel.actor import actor_of
from app.statistics import store

AREA_COLUMNS = {digits: column.removesuffix("_code") for digits, column in LEVELS.items()}


@dataclass(frozen=True)
class Limits:
    """The area code and offence families that limit a reader; both empty: nationwide."""

    area: str = ""
    families: tuple = ()

    @property
    def province(self):
        """Return the province of the area, or ""."""
        return self.area[:2]

    def __post_init__(self):
        if not self.area.isdecimal() and self.area or any(not one.isidentifier() for one in self.families):
            raise ValueError("Limits are written into the question, so they are codes.")

    def of_area(self, alias="c"):
        """Return the SQL condition on the area columns of a table."""
        return f"{alias}.{AREA_COLUMNS[len(self.area)]} = '{self.area}'" if self.area else "TRUE"

    def of_cases(self, alias="c", key="id"):
        """Return the SQL condition on the table of cases, or on a table with their id as `key`."""
        if not self.families:
            return self.of_area(alias)
        in_families = f"{alias}.{key} IN (SELECT case_id FROM offences f WHERE {self.of_offences('f')})"
        return f"{self.of_area(alias)} AND {in_families}"

    def of_offences(self, alias):
        """Return the SQL condition on the table of offences: of the reader's families."""
        if not self.families:
            return "TRUE"
        families = ", ".join(f"'{one}'" for one in self.families)
        return f"{alias}.family IN ({families})"


NATIONWIDE = Limits()


def find_limits():
    """Return the limits of the current user, or None if the user has no scope."""
    scope = actor_of(db.session).scope
    return None if scope is None else Limits(scope.area, tuple(sorted(scope.offence_families)))


def reads_country():
    """Return whether the current user counts the whole country and every offence family."""
    return find_limits() == NATIONWIDE


def find_officer():
    """Return the number of the current user."""
    return g.user.id


class QuestionTooLarge(Exception):
    """Raised for a question that takes too much time or memory."""


class Figures:
    """An open copy of the facts for one request, with the time of the copy."""

    def __init__(self, cursor):
        self.cursor = cursor
        self.path = self.fetch_rows("SELECT path FROM duckdb_databases() WHERE NOT internal")[0][
            0
        ]  # with its number
        found = self.fetch_rows("SELECT value FROM state WHERE name = 'as_of'")
        self.as_of = datetime.fromisoformat(json.loads(found[0][0])) if found else None

    def fetch_rows(self, sql, values=None):
        """Return the rows of a question; `values` are the parameters, as a list or by name."""
        return self.cursor.execute(sql, values or []).fetchall()

    def fetch_rows_within(self, seconds, sql, values):
        """Return the rows of a question that a reader made; raise QuestionTooLarge if it takes too much time or memory."""
        import duckdb

        timer = threading.Timer(seconds, self.cursor.interrupt)
        timer.start()
        try:
            return self.fetch_rows(sql, values)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise QuestionTooLarge from error
        finally:
            timer.cancel()


def open_reader():
    """Return the Figures of this request, or None before the first copy."""
    cursor = store.open_figures()
    return Figures(cursor) if cursor is not None else None
