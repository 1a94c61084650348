"""The facts of records: coded values without names, as rows for the tables of `store.TABLES`.

A case is read again as a whole whenever a row of it changes. Each function takes a condition on an id column, so that the
rebuild reads ranges and the update reads single ids.
"""

import hashlib
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from sqlalchemy import func, select

from app.accounts.models import User
from app.cases import court_findings
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.corrections.models import APPLIED, Correction
from app.court_orders.models import CourtOrder, OrderEvent, OrderMatch
from app.custody.models import Custody
from app.imports.models import ImportRun
from app.kernel.access.row_filter import read_columns
from app.kernel.schema.origin import IMPORTED
from app.kernel.schema.record_lock import EDIT_WINDOW
from app.people.models import Person, PersonDocument, PersonPhoto
from app.reference.models import Offence

ON_TIME = timedelta(hours=48)
PICTURED, DOCUMENTED = ("suspect", "victim"), ("suspect", "charged", "accused")
# A protected case is in the first of these groups that fits. Its figures are shown by group, province and time only.
SEXUAL, TRAFFICKING, STATE = "sexual", "trafficking", "state_security"
CHILDREN, DOMESTIC, HIDDEN = "children", "domestic", "hidden"
PROTECTED_GROUPS = (SEXUAL, TRAFFICKING, STATE, CHILDREN, DOMESTIC, HIDDEN)
FAMILY_RELATIONS = {"spouse", "former_spouse", "partner", "parent", "child", "sibling", "relative"}
VIOLENT = {"killing", "violence", "sexual"}
# No figure says that a case ended because its suspect is a child below 14.
CHILD_CLEARANCE, OTHER_CLEARANCE = "exceptional_child", "exceptional_other"
_AGE_BANDS = ((14, "0-13"), (18, "14-17"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (60, "45-59"))
UNKNOWN = "unknown"
# Weights in grams and volumes in litres; every other measure stays as it is.
_GRAMS = {"gram": ("gram", "1"), "kilogram": ("gram", "1000"), "milligram": ("gram", "0.001")}
_LITRES = {"litre": ("litre", "1"), "millilitre": ("litre", "0.001")}
_MEASURES = _GRAMS | _LITRES


def month_of(moment):
    """Return the month as a number: 202611."""
    return moment.year * 100 + moment.month if moment is not None else None


def age_band(age):
    """Return the band of an age in years."""
    if age is None:
        return UNKNOWN
    return next((band for limit, band in _AGE_BANDS if age < limit), "60+")


def convert_quantity(quantity, measure):
    """Return the quantity with grams for weights and litres for volumes, and its measure."""
    name, factor = _MEASURES.get(measure, (measure, "1"))
    return (None if quantity is None else Decimal(str(quantity)) * Decimal(factor)), name


def read_cases(session, matches, key):
    """Return {table: rows} of the cases whose id meets `matches`, a function of a column. `key` hashes the people."""

    def read_rows(model, *columns):
        of_case = model.id if model is Case else model.case_id
        found = select(*columns).where(model.voided_at.is_(None), matches(of_case))
        return read_columns(session, found).all()

    offences = read_rows(
        CaseOffence, CaseOffence.id, CaseOffence.case_id, CaseOffence.family, CaseOffence.offence_code,
        CaseOffence.offence_class, CaseOffence.attempt, CaseOffence.method, CaseOffence.means, CaseOffence.motive,
        CaseOffence.weapon, CaseOffence.second_weapon,
    )  # fmt: skip
    involved = read_columns(session, _select_people(matches)).all()
    items = read_rows(
        Exhibit, Exhibit.id, Exhibit.case_id, Exhibit.kind, Exhibit.property_role, Exhibit.substance, Exhibit.weapon,
        Exhibit.quantity, Exhibit.measure,
    )  # fmt: skip
    cases = read_rows(
        Case, Case.id, Case.occurred_from, Case.occurred_to, Case.time_unknown, Case.reported_at, Case.province_code,
        Case.district_code, Case.commune_code, Case.place_code, Case.place_kind, Case.report_kind, Case.status,
        Case.clearance, Case.recorded_at, Case.unit_code, Case.recorded_by_id, Case.late_reason, Case.origin,
        Case.sensitivity,
    )  # fmt: skip
    offences_of, people_of = defaultdict(list), defaultdict(list)
    for row in offences:
        offences_of[row.case_id].append(row)
    for row in involved:
        people_of[row.case_id].append(row)
    lacking = _find_lacking(session, matches, cases, people_of)
    valid, roles = {row.id for row in cases}, _find_current_roles(involved, cases, offences)
    group_of = read_offence_groups(session)
    return {
        "cases": [
            _build_case(
                row,
                find_group(row.sensitivity, offences_of[row.id], people_of[row.id], group_of),
                lacking[row.id],
            )
            for row in cases
        ],
        "offences": [tuple(row) for row in offences if row.case_id in valid],
        "people": [
            _build_person(row, roles.get(row.id, row.role), key) for row in involved if row.case_id in valid
        ],
        "items": [
            (*row[:6], *convert_quantity(row.quantity, row.measure)) for row in items if row.case_id in valid
        ],
    }  # fmt: skip


def _select_people(matches):
    return (
        select(
            Involvement.id, Involvement.case_id, Involvement.person_id, Involvement.role, Involvement.age, Involvement.minor,
            Involvement.protection, Involvement.schooling, Involvement.work, Involvement.relation, Involvement.injury,
            Involvement.intoxication, Involvement.participation, Involvement.family, Involvement.state, Involvement.end_reason,
            func.coalesce(Person.merged_into_id, Person.id).label("person"), Person.sex,
            Person.nationality, Involvement.recorded_at,
            func.coalesce(Involvement.photo_missing, Person.photo_missing).is_not(None).label("excused"),
        )
        .join(Person, Person.id == Involvement.person_id)
        .where(Involvement.voided_at.is_(None), matches(Involvement.case_id))
    )  # fmt: skip


def _find_current_roles(involved, cases, offences):
    """Return involvement id → role of the suspects by the decisions in force: the entered role is a fact of its day."""
    of_case = {
        row.id: SimpleNamespace(id=row.id, occurred_from=row.occurred_from, offences=[]) for row in cases
    }
    for row in offences:
        if row.case_id in of_case:
            offence = SimpleNamespace(offence_code=row.offence_code, voided_at=None)
            of_case[row.case_id].offences.append(offence)
    rows = [
        SimpleNamespace(
            id=row.id, role=row.role, person_id=row.person_id, case_id=row.case_id, case=of_case[row.case_id]
        )
        for row in involved
        if row.case_id in of_case
    ]
    return {pk: current.role for pk, current in court_findings.find_current_roles(rows).items()}


def read_offence_groups(session):
    """Return {code: group} of the offences that alone make a case a protected one."""
    found = select(Offence.code, Offence.protected_group).where(Offence.protected_group.is_not(None))
    return dict(read_columns(session, found).all())


def find_group(sensitivity, offences, people, group_of):
    """Return the group of a protected case, or None. `group_of` is {code: group} of the protected offences."""
    groups = {group_of.get(one.offence_code) for one in offences}
    if any(one.role == "victim" and one.minor for one in people):
        groups.add(CHILDREN)
    is_of_family = any(one.relation in FAMILY_RELATIONS for one in people)
    if is_of_family and any(one.family in VIOLENT for one in offences):
        groups.add(DOMESTIC)
    is_hidden = any(one.protection not in (None, "minor") for one in people)
    if is_hidden or sensitivity not in (None, "normal", "minor"):
        groups.add(HIDDEN)
    return next((one for one in PROTECTED_GROUPS if one in groups), None)


def _build_case(row, group, lacking):
    counts_from = max(row.occurred_to or row.occurred_from, row.reported_at)
    delay = row.recorded_at - counts_from
    known = not row.time_unknown
    return (
        row.id, row.occurred_from.date(), month_of(row.occurred_from), row.occurred_from.hour if known else None,
        row.occurred_from.isoweekday(), row.province_code, row.district_code, row.commune_code, row.place_kind,
        row.report_kind, row.status, OTHER_CLEARANCE if row.clearance == CHILD_CLEARANCE else row.clearance, row.reported_at.date(), row.recorded_at, month_of(row.recorded_at),
        row.unit_code, row.recorded_by_id, delay.total_seconds() / 3600, delay <= ON_TIME, row.late_reason,
        (row.origin or "").startswith(IMPORTED), group, "file" not in lacking,
        row.place_code is None or len(row.place_code) == 8, "photo" not in lacking, "document" not in lacking,
    )  # fmt: skip


def _build_person(row, role, key):
    who = hashlib.blake2b(str(row.person).encode(), key=key, digest_size=8).digest()
    foreign = None if row.nationality is None else row.nationality != "KH"
    return (
        row.id, row.case_id, int.from_bytes(who, signed=True), role, row.sex, age_band(row.age), bool(row.minor),
        row.protection not in (None, "minor"), foreign, row.schooling, row.work, row.relation, row.injury, row.intoxication,
        row.participation, row.family, row.state, row.end_reason,
    )  # fmt: skip


def _read_first(session, model, of, matching):
    """Return {id in the column `of`: time of the first valid row of `model`}."""
    found = select(of, func.min(model.recorded_at)).where(model.voided_at.is_(None), matching).group_by(of)
    return dict(read_columns(session, found).all())


def _find_lacking(session, matches, cases, people_of):
    """Return {case id: what it lacked 48 hours after its registration}: "file", "photo", "document"."""
    people = select(func.coalesce(Person.merged_into_id, Person.id)).join(
        Involvement, Involvement.person_id == Person.id
    )
    people = people.where(matches(Involvement.case_id))
    files = _read_first(session, CaseFile, CaseFile.case_id, matches(CaseFile.case_id))
    photos = _read_first(session, PersonPhoto, PersonPhoto.person_id, PersonPhoto.person_id.in_(people))
    documents = _read_first(
        session, PersonDocument, PersonDocument.person_id, PersonDocument.person_id.in_(people)
    )
    lacking = {}
    for case in cases:
        lock = case.recorded_at + EDIT_WINDOW
        there = [one for one in people_of[case.id] if one.recorded_at <= lock]
        lacking[case.id] = {
            name
            for name, is_there in (
                ("file", files.get(case.id, lock) < lock),
                (
                    "photo",
                    all(
                        one.excused or photos.get(one.person, lock) < lock
                        for one in there
                        if one.role in PICTURED
                    ),
                ),
                (
                    "document",
                    all(documents.get(one.person, lock) < lock for one in there if one.role in DOCUMENTED),
                ),
            )
            if not is_there
        }
    return lacking


def read_custodies(session, matches, _key=None):
    """Return {"custodies": rows} of the custodies whose id meets `matches`."""
    found = select(
        Custody.id, Custody.held_by_code, Custody.province_code, Custody.district_code, Custody.commune_code, Custody.arrived_at,
        Custody.limit_at, Custody.ended_at,
    ).where(Custody.voided_at.is_(None), matches(Custody.id))  # fmt: skip
    rows = read_columns(session, found)
    return {"custodies": [(*row[:5], month_of(row.arrived_at), row.limit_at, row.ended_at) for row in rows]}


def read_orders(session, matches, _key=None):
    """Return {"orders": rows} of the orders whose id meets `matches`, with the time of the verification."""
    checked = (
        select(OrderEvent.order_id, func.min(OrderEvent.recorded_at).label("at"))
        .where(OrderEvent.kind == "checked", OrderEvent.voided_at.is_(None), matches(OrderEvent.order_id))
        .group_by(OrderEvent.order_id)
        .subquery()
    )
    found = (
        select(
            CourtOrder.id, func.coalesce(CourtOrder.owner_unit_code, CourtOrder.unit_code).label("unit"),
            CourtOrder.province_code, CourtOrder.district_code, CourtOrder.commune_code, CourtOrder.family, CourtOrder.recorded_at, checked.c.at,
            CourtOrder.origin,
        )
        .outerjoin(checked, checked.c.order_id == CourtOrder.id)
        .where(CourtOrder.voided_at.is_(None), matches(CourtOrder.id))
    )  # fmt: skip
    return {
        "orders": [
            (
                *row[:6],
                month_of(row.recorded_at),
                row.recorded_at,
                row.at,
                (row.origin or "").startswith(IMPORTED),
            )
            for row in read_columns(session, found)
        ]
    }


def read_matches(session, matches, _key=None):
    """Return {"matches": rows} of the matches whose id meets `matches`."""
    found = select(
        OrderMatch.id, OrderMatch.owner_unit_code, OrderMatch.province_code, OrderMatch.district_code,
        OrderMatch.commune_code, OrderMatch.family, OrderMatch.due_at, OrderMatch.answered_at, OrderMatch.state,
    ).where(matches(OrderMatch.id))  # fmt: skip
    return {"matches": [(*row[:6], month_of(row.due_at), *row[6:]) for row in read_columns(session, found)]}


def read_corrections(session, matches, _key=None):
    """Return {"corrections": rows} of the applied corrections whose id meets `matches`, with the entry of their case."""
    protected = _find_protected(session, matches)
    found = (
        select(
            Correction.id, Correction.province_code, Case.district_code, Case.commune_code, Case.unit_code, Case.recorded_by_id,
            Case.recorded_at, Correction.case_id, Correction.kind, Correction.entity, Correction.cause,
            Correction.applied_at,
        )
        .outerjoin(Case, Case.id == Correction.case_id)
        .where(Correction.state == APPLIED, Correction.voided_at.is_(None), matches(Correction.id))
    )  # fmt: skip
    return {
        "corrections": [
            (
                *row[:6],
                month_of(row.recorded_at),
                *row[7:11],
                month_of(row.applied_at),
                row.case_id in protected,
            )
            for row in read_columns(session, found)
        ]
    }


def _find_protected(session, matches):
    """Return the ids of the protected cases of these corrections. A void case, and a void row of a case, count too."""
    corrected = select(Correction.case_id).where(matches(Correction.id), Correction.case_id.is_not(None))
    offences, people, group_of = defaultdict(list), defaultdict(list), read_offence_groups(session)
    for rows, model, columns in (
        (offences, CaseOffence, (CaseOffence.family, CaseOffence.offence_code)),
        (
            people,
            Involvement,
            (Involvement.role, Involvement.minor, Involvement.relation, Involvement.protection),
        ),
    ):
        found = select(model.case_id, *columns).where(model.case_id.in_(corrected))
        for row in read_columns(session, found):
            rows[row.case_id].append(row)
    cases = read_columns(session, select(Case.id, Case.sensitivity).where(Case.id.in_(corrected)))
    return {
        row.id for row in cases if find_group(row.sensitivity, offences[row.id], people[row.id], group_of)
    }


def read_rejected(session):
    """Return the rows of `rejected`: the entries of imported files that wait to be fixed, by the unit of the upload."""
    found = (
        select(ImportRun.id, User.unit_code, ImportRun.read_at, ImportRun.waiting)
        .join(User, User.id == ImportRun.uploaded_by_id)
        .where(ImportRun.waiting > 0)
        .order_by(ImportRun.id)
    )
    return [
        (row.id, row.unit_code, month_of(row.read_at), row.waiting) for row in read_columns(session, found)
    ]


# The root of each group of tables, its reader, and the tables that are replaced with it.
ROOTS = {
    Case: (read_cases, ("cases", "offences", "people", "items")),
    Custody: (read_custodies, ("custodies",)),
    CourtOrder: (read_orders, ("orders",)),
    OrderMatch: (read_matches, ("matches",)),
    Correction: (read_corrections, ("corrections",)),
}
