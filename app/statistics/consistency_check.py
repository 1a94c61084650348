"""The check of the figures: recounts from the register in plain Python and compares with the published file."""

from collections import Counter

from sqlalchemy import case, select

from app.cases import court_findings
from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.corrections.models import APPLIED, Correction
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Custody
from app.imports.models import ImportRun
from app.kernel.access.row_filter import read_columns
from app.kernel.schema.origin import IMPORTED
from app.people.models import Person
from app.statistics import reader

# Table of the file → the columns to count by.
_COUNTED = {
    "cases": "month, province, district, commune, status, clearance, unit, recorded_month, imported, on_time",
    "offences": "family, offence, attempt, method, second_weapon",
    "people": "role, minor, participation, family_status, state_of_mind, decision, sex",
    "items": "kind, role, substance",
    "custodies": "unit, month",
    "orders": "month, imported",
    "matches": "unit, state",
    "corrections": "province, kind, entity, cause",
    "rejected": "month, entries",
}


def find_drift(session):
    """Return (number of rows recounted, [(table, values, in the file, in the register)]). Nothing published: all differ."""
    figures, found, counted = reader.open_reader(), [], 0
    for table, columns in _COUNTED.items():
        held = Counter()
        if figures is not None:
            for *values, count in figures.fetch_rows(f"SELECT {columns}, count(*) FROM {table} GROUP BY ALL"):
                held[tuple(values)] = count
        recounted = Counter(_RECOUNTS[table](session))
        counted += recounted.total()
        found += [
            (table, values, held[values], recounted[values])
            for values in held.keys() | recounted.keys()
            if held[values] != recounted[values]
        ]
    return counted, found


def _select(session, model, *columns):
    return read_columns(session, select(*columns).where(model.voided_at.is_(None)))


def _month(moment):
    return int(f"{moment:%Y%m}")


def _is_imported(origin):
    return bool(origin) and origin.startswith(IMPORTED)


def _recount_cases(session):
    for row in _select(
        session, Case, Case.occurred_from, Case.occurred_to, Case.reported_at, Case.recorded_at, Case.province_code,
        Case.district_code, Case.commune_code, Case.status, Case.clearance, Case.unit_code, Case.origin,
    ):  # fmt: skip
        hours = (
            row.recorded_at - max(row.occurred_to or row.occurred_from, row.reported_at)
        ).total_seconds() / 3600
        yield (
            _month(row.occurred_from), row.province_code, row.district_code, row.commune_code, row.status, row.clearance,
            row.unit_code, _month(row.recorded_at), _is_imported(row.origin), hours <= 48,
        )  # fmt: skip


def _of_valid_case(model, *columns):
    return (
        select(*columns)
        .join(Case, Case.id == model.case_id)
        .where(Case.voided_at.is_(None), model.voided_at.is_(None))
    )


def _recount_rows(model, *columns):
    return lambda session: map(tuple, read_columns(session, _of_valid_case(model, *columns)))


def _recount_people(session):
    role = case(
        *((court_findings.has_current_role(one), one) for one in SUSPECT_ROLES), else_=Involvement.role
    )
    found = _of_valid_case(
        Involvement, role, Involvement.minor, Involvement.participation, Involvement.family, Involvement.state,
        Involvement.end_reason, Person.sex,
    )  # fmt: skip
    return map(tuple, read_columns(session, found.join(Person, Person.id == Involvement.person_id)))


def _recount_custodies(session):
    return (
        (unit, _month(at)) for unit, at in _select(session, Custody, Custody.held_by_code, Custody.arrived_at)
    )


def _recount_orders(session):
    found = _select(session, CourtOrder, CourtOrder.recorded_at, CourtOrder.origin)
    return ((_month(at), _is_imported(origin)) for at, origin in found)


def _recount_matches(session):
    return map(tuple, read_columns(session, select(OrderMatch.owner_unit_code, OrderMatch.state)))


def _recount_corrections(session):
    columns = (
        Correction.province_code, Correction.kind, Correction.entity, Correction.cause, Correction.state
    )  # fmt: skip
    return (tuple(row[:4]) for row in _select(session, Correction, *columns) if row.state == APPLIED)


def _recount_rejected(session):
    found = read_columns(session, select(ImportRun.read_at, ImportRun.waiting).where(ImportRun.waiting > 0))
    return ((_month(at), waiting) for at, waiting in found)


_RECOUNTS = {
    "cases": _recount_cases,
    "offences": _recount_rows(
        CaseOffence,
        CaseOffence.family,
        CaseOffence.offence_code,
        CaseOffence.attempt,
        CaseOffence.method,
        CaseOffence.second_weapon,
    ),
    "people": _recount_people,
    "items": _recount_rows(Exhibit, Exhibit.kind, Exhibit.property_role, Exhibit.substance),
    "custodies": _recount_custodies,
    "orders": _recount_orders,
    "matches": _recount_matches,
    "corrections": _recount_corrections,
    "rejected": _recount_rejected,
}
