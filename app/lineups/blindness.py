"""Which officers know a case, and the grants that hide the case from the presenter of its line-up."""
# unrestricted: reads which officers wrote, opened or lead the case, and hides it from all accounts of the presenter

from datetime import timedelta
from functools import cache

from flask_appbuilder import Model
from sqlalchemy import and_, func, literal, or_, select, union_all

from app.accounts.identity_traits import find_accounts_of_one_person
from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.investigation.actions import may_assign
from app.investigation.models import CaseAssignment
from app.kernel.access.access_grants import BLIND, AccessGrant
from app.kernel.actor import actor_of, unrestricted
from app.kernel.audit.models import AuditEvent
from app.kernel.schema.record import Record
from app.kernel.text import dates
from app.lineups.models import Lineup
from app.people.models import Person

BLIND_DURATION = timedelta(days=14)  # from the preparation, the choice of the photos and the start


def get_presenter_id(lineup):
    return lineup.presenter.id if lineup.presenter is not None else lineup.presenter_id


def _find_accounts_of_presenter(lineup):
    presenter_id = get_presenter_id(lineup)
    return find_accounts_of_one_person({presenter_id})[presenter_id]


def is_of_case(session, user_id, of_case):
    is_open = CaseAssignment.until.is_(None), CaseAssignment.voided_at.is_(None)
    assigned = select(CaseAssignment.id).where(
        CaseAssignment.case_id == of_case.id, CaseAssignment.officer_id == user_id, *is_open
    )
    return of_case.recorded_by_id == user_id or session.scalar(assigned.limit(1)) is not None


@cache
def _list_models_of_cases():
    """Return the classes of records about a case, besides line-ups, which their presenter writes too."""
    models = (mapper.class_ for mapper in Model.registry.mappers)
    found = (
        one for one in models if issubclass(one, Record) and hasattr(one, "case_id") and one is not Lineup
    )
    return sorted(found, key=lambda one: one.__tablename__)


def knows_case(session, lineup, author_id):
    """Return whether the presenter knows who is the suspect.

    That is an officer of the team, one who wrote or opened a record of the case, the case or the suspect, and the presenter of
    an earlier line-up of the suspect. A chief of the case counts too: who names one would hide the case from its supervision.
    All accounts of one person count as the officer.
    """
    accounts, of_case, suspect = _find_accounts_of_presenter(lineup), lineup.case, lineup.suspect
    if accounts & {author_id, of_case.recorded_by_id, of_case.changed_by_id}:
        return True
    if any(may_assign(session.get(User, one), of_case) for one in accounts):
        return True
    is_of_case = {model: model.case_id == of_case.id for model in _list_models_of_cases()}
    by_accounts = [
        select(literal(1)).where(
            condition, or_(model.recorded_by_id.in_(accounts), model.changed_by_id.in_(accounts))
        )
        for model, condition in is_of_case.items()
    ]
    rows = [union_all(*by_accounts)]
    rows.append(
        select(CaseAssignment.id).where(
            CaseAssignment.case_id == of_case.id, CaseAssignment.officer_id.in_(accounts)
        )
    )
    # A presenter writes the session of a line-up that is theirs; an event of this one before its start is a view.
    seen = select(Lineup.id).where(
        Lineup.case_id == of_case.id, or_(Lineup.id == lineup.id, Lineup.presenter_id.not_in(accounts))
    )
    opened = [
        and_(AuditEvent.entity == Case.__tablename__, AuditEvent.entity_id == of_case.id),
        and_(AuditEvent.entity == Lineup.__tablename__, AuditEvent.entity_id.in_(seen)),
        *(
            and_(
                AuditEvent.entity == model.__tablename__,
                AuditEvent.entity_id.in_(select(model.id).where(condition)),
            )
            for model, condition in is_of_case.items()
        ),
    ]
    if suspect is not None and suspect.person_id is not None:
        opened.append(
            and_(AuditEvent.entity == Person.__tablename__, AuditEvent.entity_id == suspect.person_id)
        )
        rows.append(_find_earlier(lineup, suspect.person_id).where(Lineup.presenter_id.in_(accounts)))
    by_presenter = (
        AuditEvent.actor_id.in_(accounts),
        AuditEvent.outcome == "ok",
    )  # a refused request shows nothing
    rows.append(select(AuditEvent.seq).where(*by_presenter, or_(*opened)))
    return any(session.scalar(one.limit(1)) is not None for one in rows)


def count_named(session, lineup):
    """Return the number of other line-ups of the case that name an account of the presenter and were not shown."""
    if get_presenter_id(lineup) is None:
        return 0
    named = select(func.count()).where(
        Lineup.case_id == lineup.case.id,
        Lineup.presenter_id.in_(_find_accounts_of_presenter(lineup)),
        Lineup.started_at.is_(None),
    )
    return session.scalar(named if lineup.id is None else named.where(Lineup.id < lineup.id))


def _find_earlier(lineup, person_id):
    """Return the SELECT of earlier line-ups of a suspect that were shown or wait to be shown."""
    row = Involvement.__table__.alias()
    found = (
        select(Lineup.id)
        .join(row, row.c.id == Lineup.suspect_id)
        .where(
            row.c.person_id == person_id,
            Lineup.voided_at.is_(None),
            or_(Lineup.started_at.is_not(None), Lineup.result.is_(None)),
        )
    )
    return found if lineup.id is None else found.where(Lineup.id < lineup.id)


def was_shown_before(session, lineup):
    if lineup.suspect is None or lineup.witness is None:
        return False
    row = Involvement.__table__.alias()
    shown = _find_earlier(lineup, lineup.suspect.person_id).join(row, row.c.id == Lineup.witness_id)
    return session.scalar(shown.where(row.c.person_id == lineup.witness.person_id).limit(1)) is not None


def hide_case(session, lineup):
    """Let no account of the presenter see a row of the case for the next days.

    The days are limited, so that a line-up that is never shown does not hide a case permanently.
    """
    until = dates.now() + BLIND_DURATION
    with unrestricted(session):
        grants = {one.user_id: one for one in _find_blind_grants(session, lineup.case.id)}
        for user_id in sorted(_find_accounts_of_presenter(lineup)):
            if user_id in grants:
                grants[user_id].expires_at = until
            else:
                session.add(
                    AccessGrant(
                        kind=BLIND, entity=Case.__tablename__, entity_id=lineup.case.id, user_id=user_id,
                        granted_at=dates.now(), granted_by_id=actor_of(session).user_id, expires_at=until,
                    )
                )  # fmt: skip


def _find_blind_grants(session, case_id):
    return session.scalars(
        select(AccessGrant).where(
            AccessGrant.kind == BLIND, AccessGrant.entity == Case.__tablename__, AccessGrant.entity_id == case_id,
            AccessGrant.expires_at > dates.now(),
        )
    )  # fmt: skip


def end_blindness(session, lineup):
    """End the grants that hide the case, except for the officers of other line-ups of the case that wait."""
    waiting = select(Lineup.presenter_id).where(
        Lineup.case_id == lineup.case_id, Lineup.id != lineup.id, Lineup.result.is_(None), Lineup.voided_at.is_(None)
    )  # fmt: skip
    blind = set().union(*find_accounts_of_one_person(set(session.scalars(waiting))).values())
    for grant in _find_blind_grants(session, lineup.case_id):
        if grant.user_id not in blind:
            grant.expires_at = dates.now()
