"""The job that proposes series. It compares the cases of the last months, so its work does not grow with the register."""
# commits: each family and province is complete in itself

from collections import defaultdict
from datetime import timedelta

from sqlalchemy import select

from app.cases.models import Case, CaseOffence, Exhibit
from app.kernel.access.row_filter import read_columns
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.series.models import CONFIRMED, PROPOSED, REJECTED, REMOVED, CaseSeries, CaseSeriesMember
from app.series.similarity import SMALLEST, CaseFacts, find_common, find_series, split_text
from app.statistics import map_figures, store

WINDOW = timedelta(days=120)
MOST_CASES = 60_000  # of one run; the newest are compared
IDS_PER_STATEMENT = 500
WITHOUT_MEANING = ("unknown", "other")  # codes that two cases do not have in common


def propose_series(session):
    """Propose new series, add new cases to the open ones, and return the number of both."""
    with store.hold_lock() as held:  # one process at a time
        if not held:
            return 0
        changed, groups, countries = 0, load_groups(session), defaultdict(list)
        for (family, _province), cases in groups.items():
            countries[family] += cases
        for (family, province), cases in groups.items():
            for group in find_series(cases, countries[family]):
                changed += _save_group(session, family, province, group, countries[family])
            commit(session)
        return changed


def load_groups(session):
    """Return {(family, province): facts of the cases} of the last months."""
    recent = (
        select(Case.id)
        .where(
            Case.voided_at.is_(None),
            Case.occurred_from > dates.now() - WINDOW,
            Case.province_code.is_not(None),
        )
        .order_by(Case.occurred_from.desc())
        .limit(MOST_CASES)
    )
    ids = list(read_columns(session, recent).scalars())
    groups = defaultdict(list)
    for first in range(0, len(ids), IDS_PER_STATEMENT):
        for (family, province), facts in load_facts(session, ids[first : first + IDS_PER_STATEMENT]):
            groups[family, province].append(facts)
    return groups


def load_facts(session, ids):
    """Return ((family, province), CaseFacts) of the cases, one for each family of a case."""
    cases = read_columns(
        session,
        select(
            Case.id, Case.occurred_from, Case.time_unknown, Case.province_code, Case.district_code, Case.commune_code,
            Case.place_kind, Case.latitude, Case.longitude, Case.modus_operandi_text,
        ).where(Case.id.in_(ids)),
    )  # fmt: skip
    by_id = {row.id: row for row in cases}
    objects = defaultdict(set)
    of_cases = Exhibit.case_id.in_(ids), Exhibit.voided_at.is_(None)
    for case_id, kind in read_columns(session, select(Exhibit.case_id, Exhibit.kind).where(*of_cases)):
        objects[case_id].add(kind)
    offences = select(
        CaseOffence.case_id, CaseOffence.family, CaseOffence.method, CaseOffence.means, CaseOffence.weapon
    ).where(CaseOffence.case_id.in_(ids), CaseOffence.voided_at.is_(None), CaseOffence.family.is_not(None))
    found = {}
    for offence in read_columns(session, offences.order_by(CaseOffence.id)):
        row = by_id.get(offence.case_id)
        if row is not None:
            key = offence.family, row.province_code
            found.setdefault((key, row.id), _build_facts(row, offence, objects[row.id]))
    return [(key, facts) for (key, _id), facts in found.items()]


def _build_facts(row, offence, objects):
    point = (row.latitude, row.longitude) if row.latitude is not None and row.longitude is not None else None
    if point is None and row.commune_code:
        held = map_figures.find_point(row.commune_code)
        point = held[1:] if held else None
    codes = (offence.method, offence.means, offence.weapon, row.place_kind)
    known = [None if code in WITHOUT_MEANING else code for code in codes]
    return CaseFacts(
        row.id, row.occurred_from.date(), None if row.time_unknown else row.occurred_from.hour, *known,
        row.district_code, row.commune_code, point,
        frozenset(objects), split_text(row.modus_operandi_text),
    )  # fmt: skip


def _save_group(session, family, province, group, cases):
    """Add the new cases of the group to its open series, or propose a new one. Return whether a row was added."""
    ids = [case.id for case in group]
    held = session.scalars(
        select(CaseSeriesMember).join(CaseSeries)
        .where(CaseSeriesMember.case_id.in_(ids), CaseSeries.family == family)
    ).all()  # fmt: skip
    refused = {one.case_id for one in held if one.series.state == REJECTED or one.state == REMOVED}
    opened = [one for one in held if one.series.state in (PROPOSED, CONFIRMED) and one.state != REMOVED]
    if opened:
        series = max({one.series for one in opened}, key=lambda one: sum(row.series is one for row in opened))
        taken = {one.case_id for one in held}
        new = [case for case in group if case.id not in taken]
        _add(series, new)
        return bool(new)
    new = [case for case in group if case.id not in refused]
    if len(new) < SMALLEST:
        return False
    series = CaseSeries(
        state=PROPOSED, family=family, province_code=province, first_day=new[0].day, last_day=new[-1].day,
        common=find_common(new, cases), found_at=dates.now(),
    )  # fmt: skip
    session.add(series)
    _add(series, new)
    session.flush()
    return True


def _add(series, cases):
    for case in cases:
        series.members.append(CaseSeriesMember(case_id=case.id, state=PROPOSED))
        series.first_day = min(series.first_day, case.day)
        series.last_day = max(series.last_day, case.day)
