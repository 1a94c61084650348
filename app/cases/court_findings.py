"""People with a registered charge or judgment in a case, for rules V051 to V053.

The features of orders and judgments are its providers (app/wiring.py); the rules of cases read the result.
"""
# unrestricted: compares each involvement with its own case, inside a statement that the row filter limits

from collections import defaultdict
from datetime import date
from functools import cache, partial
from typing import NamedTuple

from flask import has_request_context, request
from sqlalchemy import Date, and_, case, exists, false, func, or_, select, union_all
from sqlalchemy.orm import selectinload

from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules.facts import exclude_voided
from app.cases.rules.people import CONVICTED_ROLES, DECIDED_ROLES, SUSPECT_ROLES
from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_name
from app.kernel.schema import code_lists
from app.kernel.screens import related_rows
from app.people.nationwide import nationwide_session

CHARGED, CONVICTED, FINAL = "charged", "convicted", "final"
# Each finding with the weaker findings it implies.
_IMPLIED = {FINAL: (CHARGED, CONVICTED, FINAL), CONVICTED: (CHARGED, CONVICTED), CHARGED: (CHARGED,)}
_ROLE_OF_FINDING = {CONVICTED: "convicted_not_final", FINAL: "convicted"}
# The documents that bring a charged person to trial.
_TRIAL_KINDS = ("judgment", "indictment", "default_judgment", "appeal_judgment")
_providers = []


class CurrentRole(NamedTuple):
    """The role of a person in a case that the decisions in force give, with the record it is based on."""

    role: str
    entity: str = ""  # the table of the record; empty if the role is as entered
    record_id: int | None = None
    decided_on: date | None = None


def _get_offence_code(row):
    offence = row.__dict__.get("offence")  # chosen, but not yet written; not loaded for this alone
    return offence.code if offence is not None else row.offence_code


def set_providers(*selects):
    """Set the functions that return the statements for rows of `Finding`.

    Each gets two functions of a column: the conditions that it is one of the cases, and one of the people.
    """
    _providers[:] = selects


class Finding(NamedTuple):
    """A decision about a person: CHARGED, CONVICTED or FINAL, and the record that contains it.

    A decision without a case was registered before the case was entered. It counts for the cases of the person with its
    offence, if they are not later.
    """

    case_id: int | None
    person_id: int
    finding: str
    entity: str
    record_id: int
    kind: str
    offence_code: str | None
    decided_on: date

    @property
    def role(self):
        charged = "accused" if self.kind in _TRIAL_KINDS else "charged"
        return _ROLE_OF_FINDING.get(self.finding, charged)

    def is_about(self, case):
        """Return whether the decision is about this case, or can be: the same offence, and not before it."""
        if self.case_id is not None:
            return self.case_id == case.id
        offences = set(map(_get_offence_code, exclude_voided(case.offences)))
        occurred = case.occurred_from
        return self.offence_code in offences and (occurred is None or self.decided_on >= occurred.date())


def find_for_cases(cases):
    """Return case → the sets `charged`, `convicted` and `final` of `CaseFacts`.

    Runs no query when every person in the cases is at most a suspect.
    """
    ids = {case: _ids_above_suspect(exclude_voided(case.involvements)) for case in cases}
    people = set().union(*ids.values())
    rows = _query_providers([case.id for case in ids if case.id is not None], people) if people else ()
    return {case: _group_by_finding(rows, case, persons) for case, persons in ids.items()}


def find_for_case(case):
    """Return the same sets for one case."""
    return find_for_cases([case])[case]


def find_for_rows(case, involvements):
    """Return the same sets for some people of a registered case, which need not contain their rows yet."""
    people = _ids_above_suspect(involvements)
    return _group_by_finding(_query_providers([case.id], people) if people else (), case, people)


def find_current_roles(involvements):
    """Return involvement id → `CurrentRole` of the suspects among the rows. Runs no query without suspects.

    The entered role is a fact of its day: a judgment can become final later, be set aside or voided. The role of a
    convicted person needs a judgment in force; a lower role stays as entered without a stronger decision.
    """
    suspects = [row for row in involvements if row.role in SUSPECT_ROLES and row.case is not None]
    if not suspects:
        return {}
    found = _query_providers({row.case_id for row in suspects}, {row.person_id for row in suspects})
    if any(one.case_id is None for one in found):
        _load_offences({row.case_id: row.case for row in suspects}.values())
    of_person = defaultdict(list)
    for one in found:
        of_person[one.person_id].append(one)
    return {row.id: _find_current_role(row, of_person[row.person_id]) for row in suspects}


def _load_offences(cases):
    """Load the offences of the cases with one statement, if they are not loaded: `Finding.is_about` compares them."""
    unloaded = [case for case in cases if "offences" not in case.__dict__]
    related_rows.preload(unloaded, related_rows.RelatedQuery(CaseOffence, "case"))


def find_roles_of_page(involvements):
    """Return the current roles of these rows and of earlier ones of the page: lists and timeline ask once."""
    known = request.environ.setdefault("current_roles", {}) if has_request_context() else {}
    unknown = [row for row in involvements if row.id not in known]
    known |= find_current_roles(unknown)
    return known


def name_role(role, end_reason):
    """Return a role in words, with the final decision that has ended the accusation."""
    name = code_lists.label("role", role)
    return f"{name} · {code_lists.label('verdict', end_reason)}" if end_reason else name


def name_roles(involvements):
    """Return involvement id → the current role in words, of each of these rows."""
    known = find_roles_of_page(involvements)
    return {
        row.id: name_role(known[row.id].role if row.id in known else row.role, row.end_reason)
        for row in involvements
    }


def load_current_roles(ids):
    """Return involvement id → role that the decisions in force give, for the suspects among these rows."""
    offences = selectinload(Involvement.case).selectinload(Case.offences)
    found = select(Involvement).where(Involvement.id.in_(ids), Involvement.role.in_(SUSPECT_ROLES))
    rows = db.session.scalars(found.options(offences)).unique().all()
    return {pk: current.role for pk, current in find_current_roles(rows).items()}


def _find_current_role(row, found):
    """Return the role that the findings about the person of the row give in its case."""
    own = [one for one in found if one.is_about(row.case)]
    strongest = max(own, key=lambda one: (SUSPECT_ROLES.index(one.role), one.decided_on), default=None)
    role = get_current_role(row.role, strongest.role if strongest is not None else "")
    if strongest is None or role != strongest.role:
        return CurrentRole(role)
    return CurrentRole(role, strongest.entity, strongest.record_id, strongest.decided_on)


def get_current_role(entered, decided):
    """Return the role for an entered role and the strongest role that the decisions in force give, "" for none."""
    if entered not in SUSPECT_ROLES:
        return entered
    own = "suspect" if entered in CONVICTED_ROLES else entered
    return max(own, decided or own, key=SUSPECT_ROLES.index)


def has_current_role(role):
    """Return the condition that the decisions in force give a person in a case this role, as `find_current_roles` does."""
    if role not in SUSPECT_ROLES:
        return Involvement.role == role
    rank = SUSPECT_ROLES.index(role)
    own = {one: SUSPECT_ROLES.index(get_current_role(one, "")) for one in SUSPECT_ROLES}
    is_entered = Involvement.role.in_([one for one in own if own[one] == rank])
    weaker = Involvement.role.in_([one for one in own if own[one] < rank])
    stronger = _has_decision(rank + 1) if rank + 1 < len(SUSPECT_ROLES) else false()
    return and_(or_(is_entered, and_(weaker, _has_decision(rank))), ~stronger)


def _has_decision(rank):
    """Return the condition that a decision gives the person in the case a role of this rank or a stronger one."""
    if not rank:
        return false()
    of_row = (lambda column: column == Involvement.case_id), (lambda column: column == Involvement.person_id)
    return or_(*(_gives_role(one, rank) for select_from in _providers for one in select_from(*of_row)))


def _gives_role(statement, rank):
    """Return the condition that a row of the statement gives the role, and is about the case (`Finding.is_about`)."""
    case_id, _person, finding, _entity, _pk, kind, offence, decided_on = statement.selected_columns
    given = case(
        (finding == FINAL, SUSPECT_ROLES.index(_ROLE_OF_FINDING[FINAL])),
        (finding == CONVICTED, SUSPECT_ROLES.index(_ROLE_OF_FINDING[CONVICTED])),
        (kind.in_(_TRIAL_KINDS), SUSPECT_ROLES.index("accused")),
        else_=SUSPECT_ROLES.index("charged"),
    )
    row, of_case = CaseOffence.__table__.c, Case.__table__.c
    same_offence = exists().where(
        row.case_id == Involvement.case_id, row.offence_code == offence, row.voided_at.is_(None)
    )
    occurred = select(func.date(of_case.occurred_from, type_=Date)).where(of_case.id == Involvement.case_id)
    occurred = occurred.correlate_except(Case.__table__).scalar_subquery()
    may_be = and_(
        case_id.is_(None), same_offence.correlate_except(CaseOffence.__table__), decided_on >= occurred
    )
    found = statement.where(given >= rank, or_(case_id == Involvement.case_id, may_be))
    return found.correlate(Involvement.__table__).exists()


def _ids_above_suspect(rows):
    """Return the ids of people with a role above suspect."""
    people = {row.person.id for row in rows if row.role in DECIDED_ROLES and row.person is not None}
    return people - {None}


def _group_by_finding(rows, case, people):
    groups = {finding: set() for finding in _IMPLIED}
    for row in rows:
        if row.person_id in people and row.is_about(case):
            for implied in _IMPLIED[row.finding]:
                groups[implied].add(row.person_id)
    return groups


def _query_providers(cases, people):
    """Return the findings of all providers, nationwide: court and prison may be in another province."""
    with nationwide_session(protected_too=True) as session:
        rows = session.execute(
            _select_findings(dialect_name(session)), {"cases": list(cases), "people": list(people)}
        )
        return [Finding(*row) for row in rows]


@cache
def _select_findings(dialect):
    in_cases, in_people = (partial(in_bound_array, dialect, name=name) for name in ("cases", "people"))
    return cacheable(
        union_all(
            *(statement for select_from in _providers for statement in select_from(in_cases, in_people))
        )
    )
