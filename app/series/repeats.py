"""Repeat suspects, victims and places: two cases or more in the last 365 days. Counts of cases only, in the reader's scope."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Place

PERIOD = timedelta(days=365)
MOST = 50  # rows of a list
VILLAGE_DIGITS = 8
ROLES = {"suspect": SUSPECT_ROLES, "victim": ("victim",)}


def find_repeat_people(figures, limits, kind):
    """Return [(involvement, cases)] of the people with the most cases in these roles; protected people are left out."""
    roles = ", ".join(f"'{role}'" for role in ROLES[kind])
    counts = dict(
        figures.fetch_rows(
            f"""SELECT max(p.id), count(DISTINCT p.case_id) FROM people p JOIN cases c ON c.id = p.case_id
            WHERE c.day >= $since AND p.role IN ({roles}) AND NOT p.hidden AND NOT p.minor AND {limits.of_cases()}
            GROUP BY p.who HAVING count(DISTINCT p.case_id) > 1 ORDER BY 2 DESC, 1 DESC LIMIT {MOST}""",
            {"since": (dates.now() - PERIOD).date()},
        )
    )
    rows = db.session.scalars(
        select(Involvement)
        .where(Involvement.id.in_(counts), Involvement.voided_at.is_(None))
        .options(joinedload(Involvement.person))
    )
    visible = [row for row in rows if row.person is not None]
    return [(row, counts[row.id]) for row in sorted(visible, key=lambda row: (-counts[row.id], -row.id))]


def find_repeat_places():
    """Return [(place, cases)] of the villages with the most cases."""
    count = func.count().label("cases")
    found = db.session.execute(
        select(Case.place_code, count)
        .where(
            Case.occurred_from >= dates.now() - PERIOD, Case.voided_at.is_(None),
            func.length(Case.place_code) == VILLAGE_DIGITS,
        )
        .group_by(Case.place_code)
        .having(count > 1)
        .order_by(count.desc(), Case.place_code)
        .limit(MOST)
    ).all()  # fmt: skip
    places = db.session.scalars(select(Place).where(Place.code.in_([code for code, _cases in found])))
    by_code = {place.code: place for place in places}
    return [(by_code[code], cases) for code, cases in found]
