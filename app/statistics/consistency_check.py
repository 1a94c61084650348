"""The check of the figures: recounts from the register in plain Python and compares with the published file.

The recount has its own rules, and counts by the most important columns. Then each row of the file is compared with the row
that the job would write now, so that no column can be falsified.
"""

from collections import Counter

from sqlalchemy import and_, case, func, select

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
from app.reference.models import Offence
from app.statistics import facts, reader, store

# Table of the file → the columns to count by.
_COUNTED = {
    "cases": "month, province, district, commune, status, clearance, unit, recorded_month, imported, on_time, hour, weekday,"
    " place_kind, protected",
    "offences": "family, offence, attempt, method, second_weapon",
    "people": "role, minor, participation, family_status, state_of_mind, decision, sex",
    "items": "kind, role, substance",
    "custodies": "unit, month, province, district, commune",
    "orders": "month, imported",
    "matches": "unit, state",
    "corrections": "province, kind, entity, cause, district, commune, unit, hidden",
    "rejected": "month, entries",
}
ROWS = 5000  # roots that one step of the comparison of rows reads


def find_drift(session):
    """Return (number of rows recounted, [(table, values, in the file, in the register)]). Nothing published: all differ.

    The values are those that rows are counted by, or the id and the column of one row.
    """
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
    if figures is not None:
        found += _find_wrong_values(session, figures)
    return counted, found


def _find_wrong_values(session, figures):
    """Yield (table, (id, column), value in the file, value in the register) of the values that differ."""
    for model, (read, tables) in facts.ROOTS.items():
        last = read_columns(session, select(func.max(model.id))).scalar() or 0
        for after in range(0, last, ROWS):
            until = after + ROWS
            rows = read(
                session,
                lambda column, after=after, until=until: and_(column > after, column <= until),
                store.load_key(),
            )
            for table in tables:
                key = "id" if table == tables[0] else "case_id"
                condition = f"{key} > {after} AND {key} <= {until}"
                yield from _compare_rows(figures, table, condition, rows[table])
    yield from _compare_rows(figures, "rejected", "TRUE", facts.read_rejected(session))


def _compare_rows(figures, table, condition, rows):
    columns = [name for name, *_type in figures.fetch_rows(f"DESCRIBE {table}")]
    registered = {row[0]: row for row in rows}
    for row in figures.fetch_rows(f"SELECT * FROM {table} WHERE {condition}"):
        for column, held, now in zip(columns, row, registered.get(row[0], row), strict=True):
            if held != (None if now == "" else now):  # the file has no empty text
                yield table, (row[0], column), held, now


def _select(session, model, *columns):
    return read_columns(session, select(*columns).where(model.voided_at.is_(None)))


def _month(moment):
    return int(f"{moment:%Y%m}")


def _is_imported(origin):
    return bool(origin) and origin.startswith(IMPORTED)


def _find_groups(session, with_void=False):
    """Return {case id: group} of the protected cases, also of void cases and rows `with_void`. Groups hide numbers."""

    def find(model, *conditions):
        key = model.id if model is Case else model.case_id
        found = select(key).where(*conditions)
        return set(
            read_columns(session, found if with_void else found.where(model.voided_at.is_(None))).scalars()
        )

    def of_offence(group):
        of_code = CaseOffence.offence_code == Offence.code
        found = select(CaseOffence.case_id).join(Offence, of_code).where(Offence.protected_group == group)
        return set(
            read_columns(
                session, found if with_void else found.where(CaseOffence.voided_at.is_(None))
            ).scalars()
        )

    is_hidden = Involvement.protection.is_not(None), Involvement.protection != "minor"
    is_sensitive = Case.sensitivity.is_not(None), Case.sensitivity.not_in(("normal", "minor"))
    members = {
        facts.CHILDREN: find(Involvement, Involvement.role == "victim", Involvement.minor.is_(True)),
        facts.DOMESTIC: find(CaseOffence, CaseOffence.family.in_(facts.VIOLENT))
        & find(Involvement, Involvement.relation.in_(facts.FAMILY_RELATIONS)),
        facts.HIDDEN: find(Involvement, *is_hidden) | find(Case, *is_sensitive),
    }
    groups = {}
    for group in facts.PROTECTED_GROUPS:
        groups = dict.fromkeys(members.get(group, set()) | of_offence(group), group) | groups
    return groups


def _recount_cases(session):
    groups = _find_groups(session)
    for row in _select(
        session, Case, Case.occurred_from, Case.occurred_to, Case.reported_at, Case.recorded_at, Case.province_code,
        Case.district_code, Case.commune_code, Case.status, Case.clearance, Case.unit_code, Case.origin, Case.id,
        Case.time_unknown, Case.place_kind,
    ):  # fmt: skip
        hours = (
            row.recorded_at - max(row.occurred_to or row.occurred_from, row.reported_at)
        ).total_seconds() / 3600
        yield (
            _month(row.occurred_from), row.province_code, row.district_code, row.commune_code, row.status,
            facts.OTHER_CLEARANCE if row.clearance == facts.CHILD_CLEARANCE else row.clearance,
            row.unit_code, _month(row.recorded_at), _is_imported(row.origin), hours <= 48,
            None if row.time_unknown else row.occurred_from.hour, row.occurred_from.isoweekday(), row.place_kind,
            groups.get(row.id),
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
    place = Custody.province_code, Custody.district_code, Custody.commune_code
    found = _select(session, Custody, Custody.held_by_code, Custody.arrived_at, *place)
    return ((unit, _month(at), *codes) for unit, at, *codes in found)


def _recount_orders(session):
    found = _select(session, CourtOrder, CourtOrder.recorded_at, CourtOrder.origin)
    return ((_month(at), _is_imported(origin)) for at, origin in found)


def _recount_matches(session):
    return map(tuple, read_columns(session, select(OrderMatch.owner_unit_code, OrderMatch.state)))


def _recount_corrections(session):
    columns = (
        Correction.province_code, Correction.kind, Correction.entity, Correction.cause, Case.district_code,
        Case.commune_code, Case.unit_code, Correction.case_id, Correction.state,
    )  # fmt: skip
    protected = _find_groups(session, with_void=True)
    found = select(*columns).outerjoin(Case, Case.id == Correction.case_id)
    for row in read_columns(session, found.where(Correction.voided_at.is_(None))):
        if row.state == APPLIED:
            yield *row[:7], row.case_id in protected


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
