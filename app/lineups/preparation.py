"""The preparation of a line-up: its facts, the proposed photos, the checks below the forms, and what follows."""
# unrestricted: compares with all rows of the case and all protected people, and reads which officers opened the case

from datetime import timedelta

from flask import has_request_context
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, case, exists, func, inspect, or_, select

from app.accounts.chain_of_command import find_responsible_chief
from app.accounts.identity_traits import find_accounts_of_one_person, find_own_accounts
from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.cases.rules import ADULT_AGE
from app.cases.rules.people import SUSPECT_ROLES
from app.duplicates.models import DISMISSED, Duplicate
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.inbox.staff_messages import AUDITOR_ROLE
from app.investigation.actions import may_assign, name_officer
from app.investigation.models import CaseAssignment, Charge, InvestigationAct
from app.investigation.rules import LEAD
from app.kernel.access.access_grants import BLIND, AccessGrant
from app.kernel.actor import UNRESTRICTED, actor_of, unrestricted
from app.kernel.audit import recorder
from app.kernel.audit.models import AuditEvent
from app.kernel.audit.rate_limit import NATIONWIDE, count_question
from app.kernel.schema import code_lists
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import ERROR, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.lineups import steps
from app.lineups.models import PREPARED, SESSION, Lineup, LineupEvent, LineupFace
from app.lineups.rules import KNOWS_SUSPECT, NOT_OF_TEAM, LineupFacts
from app.lineups.sessions import ENDED, compute_hash
from app.people.models import Person, PersonPhoto
from app.people.rules import get_ages_on
from app.people.status import CLEARED, PersonStatus
from app.people.visibility import Visibility
from app.printouts.typesetting import LANGUAGE

PROPOSED, CANDIDATES = 30, 120  # some of the candidates are barred
ACT_KIND = "lineup"  # of an investigation act
AGE_BAND, WIDE_AGE_BAND = 5, 10  # years below and above the suspect
BLIND_DURATION = timedelta(days=14)  # from the preparation, the choice of the photos and the start
NAMED_AGAIN = "lineup.named_again"
CHANGED = "line-ups just prepared, ended or withdrawn"  # a key in `Session.info`
NEW = "line-ups just entered"  # a key in `Session.info`
SHOWN_COLUMNS = tuple(one for one in SESSION if one not in ("result", "reason", "ended_at", "sha256"))
SESSION_PAGE = "lineup_session"  # the page of the presenter, in a message

register_texts(
    **{
        "lineup.assigned": _("Show the photos of line-up %(number)s to the witness."),
        "lineup.ended": _("Line-up %(number)s of case %(case)s has ended."),
        NAMED_AGAIN: _(
            "Line-up %(number)s hides a case from %(officer)s again, who showed no photo before. Check why."
        ),
    }
)


def load_facts(session, lineup):
    """Return the facts about a new line-up that the actor of the session prepares."""
    if lineup.id is not None or lineup.case is None:
        return LineupFacts(dates.now())
    author_id, suspect = actor_of(session).user_id, lineup.suspect
    with session.no_autoflush:
        has_photo = suspect is None or find_photo(session, suspect.person_id) is not None
        if has_request_context() and _get_presenter_id(lineup) is not None:
            count_question(NATIONWIDE)  # the answer tells whether an officer has opened the case
        with unrestricted(session):
            return LineupFacts(
                dates.now(),
                presenter_knows_case=_get_presenter_id(lineup) is not None
                and _knows_case(session, lineup, author_id),
                times_named=_count_named(session, lineup),
                author_is_of_case=_is_of_case(session, author_id, lineup.case),
                has_photo=has_photo,
                suspect_is_minor=suspect is not None and _is_minor(suspect.person),
                was_shown_before=_was_shown(session, lineup),
            )


def _is_of_case(session, user_id, of_case):
    is_open = CaseAssignment.until.is_(None), CaseAssignment.voided_at.is_(None)
    assigned = select(CaseAssignment.id).where(
        CaseAssignment.case_id == of_case.id, CaseAssignment.officer_id == user_id, *is_open
    )
    return of_case.recorded_by_id == user_id or session.scalar(assigned.limit(1)) is not None


def may_prepare(session, lineup):
    """Return whether the actor is an officer of the case, and not the presenter with this or another account."""
    user_id = actor_of(session).user_id
    with session.no_autoflush, unrestricted(session):
        return not find_own_accounts(lineup.presenter, {user_id}) and _is_of_case(
            session, user_id, lineup.case
        )


def may_cancel(session, lineup):
    """Return whether the actor is the author, the officer in charge or a chief, and not the presenter with any account."""
    user = session.get(User, actor_of(session).user_id or 0)
    if user is None or lineup.state not in (steps.DRAFT, steps.PREPARED):
        return False
    is_lead = select(CaseAssignment.id).where(
        CaseAssignment.case_id == lineup.case_id, CaseAssignment.officer_id == user.id, CaseAssignment.kind == LEAD,
        CaseAssignment.until.is_(None), CaseAssignment.voided_at.is_(None),
    )  # fmt: skip
    with session.no_autoflush, unrestricted(session):
        if find_own_accounts(lineup.presenter, {user.id}):
            return False
        return (
            user.id == lineup.recorded_by_id
            or session.scalar(is_lead) is not None
            or may_assign(user, lineup.case)
        )


def cancel(session, lineup, reason):
    """End a line-up whose photos were not shown, with a reason. The case is shown to the presenter again."""
    problems = [] if reason else [Problem("reason", _("Enter why the line-up is cancelled."), row=lineup)]
    _refuse(problems if may_cancel(session, lineup) else [Problem("", steps.NOT_CANCELLING, row=lineup)])
    with session.no_autoflush:  # one flush: the result is recorded once
        lineup.result, lineup.reason, lineup.ended_at = steps.CANCELLED, reason, dates.now()
        lineup.events.append(LineupEvent(kind=ENDED, at=dates.now(), made_by_id=actor_of(session).user_id))
        lineup.sha256 = compute_hash(lineup)
    session.flush()


def _is_minor(person):
    ages = get_ages_on(person, dates.now()) if person is not None else None
    return ages is not None and ages[0] < ADULT_AGE


def _get_presenter_id(lineup):
    return lineup.presenter.id if lineup.presenter is not None else lineup.presenter_id


def _find_accounts_of_presenter(lineup):
    presenter_id = _get_presenter_id(lineup)
    return find_accounts_of_one_person({presenter_id})[presenter_id]


def _knows_case(session, lineup, author_id):
    """Return whether the presenter knows who is the suspect.

    That is an officer of the team, one who wrote a row of the case or opened the case, the suspect or a line-up of the
    case, and the presenter of an earlier line-up of the suspect. A chief of the case counts too: who names one would
    hide the case from its supervision. All accounts of one person count as the officer.
    """
    accounts, of_case, suspect = _find_accounts_of_presenter(lineup), lineup.case, lineup.suspect
    if accounts & {author_id, of_case.recorded_by_id, of_case.changed_by_id}:
        return True
    if any(may_assign(session.get(User, one), of_case) for one in accounts):
        return True
    rows = [
        select(model.id).where(
            model.case_id == of_case.id,
            or_(model.recorded_by_id.in_(accounts), model.changed_by_id.in_(accounts)),
        )
        for model in (Involvement, InvestigationAct, Charge, CaseAssignment)
    ]
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


def _count_named(session, lineup):
    """Return the number of other line-ups of the case that name an account of the presenter and were not shown."""
    if _get_presenter_id(lineup) is None:
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


def _was_shown(session, lineup):
    if lineup.suspect is None or lineup.witness is None:
        return False
    row = Involvement.__table__.alias()
    shown = _find_earlier(lineup, lineup.suspect.person_id).join(row, row.c.id == Lineup.witness_id)
    return session.scalar(shown.where(row.c.person_id == lineup.witness.person_id).limit(1)) is not None


def find_photo(session, person_id):
    """Return the newest valid photo of a person, or None."""
    found = select(PersonPhoto).where(PersonPhoto.person_id == person_id, PersonPhoto.voided_at.is_(None))
    return session.scalars(found.order_by(PersonPhoto.id.desc()).limit(1)).unique().one_or_none()


def _may_be_filler(lineup, suspect):
    """Return the conditions of people in the scope of the reader whose photo may be beside that of the suspect."""
    photo, today = PersonPhoto.__table__.c, dates.now().date()
    return (
        Person.sex == suspect.sex,
        Person.birth_year < today.year - ADULT_AGE,  # an age that is not known may be that of a child
        Person.voided_at.is_(None), Person.merged_into_id.is_(None), Person.deceased_on.is_(None),
        exists().where(photo.person_id == Person.id, photo.voided_at.is_(None)),
    )  # fmt: skip


def _exclude_barred(session, lineup, ids):
    """Return the people among these who may be in the line-up, as a set of ids.

    Never a protected or hidden person, a suspect below 18, a victim or witness of any case, a person of this case, one
    who was acquitted, or a likely duplicate of the suspect. A row outside the scope of the reader counts too.
    """
    row, seen, status = Involvement.__table__.c, Visibility.__table__.c, PersonStatus.__table__.c
    pair, suspect_id = Duplicate.__table__.c, lineup.suspect.person_id
    is_suspect = or_(
        and_(pair.first_id == suspect_id, pair.second_id == Person.id),
        and_(pair.second_id == suspect_id, pair.first_id == Person.id),
    )
    is_barred = or_(
        row.case_id == lineup.case_id, row.protection.is_not(None), row.role.not_in(SUSPECT_ROLES)
    )
    with unrestricted(session):
        found = select(Person.id).where(
            Person.id.in_(ids),
            ~exists().where(row.person_id == Person.id, row.voided_at.is_(None), is_barred),
            ~exists().where(seen.person_id == Person.id, or_(seen.hidden, seen.minor)),
            ~exists().where(status.person_id == Person.id, status.status == CLEARED),
            ~exists().where(is_suspect, pair.state != DISMISSED),
        )
        return set(session.scalars(found))


def propose_fillers(session, lineup, is_wide=False):
    """Return people in the scope of the reader who look like the suspect on paper: sex, age and nationality."""
    suspect, today = lineup.suspect.person, dates.now().date()
    if suspect is None:
        return []
    found = select(Person).where(*_may_be_filler(lineup, suspect))
    ages, nearest = get_ages_on(suspect, today), ()
    if ages is not None:
        born, band = today.year - sum(ages) // 2, WIDE_AGE_BAND if is_wide else AGE_BAND
        found = found.where(Person.birth_year.between(born - band, born + band))
        nearest = (func.abs(Person.birth_year - born),)
    same = case((Person.nationality == suspect.nationality, 0), else_=1)
    found = found.order_by(same, *nearest, Person.id.desc()).limit(CANDIDATES)
    people = session.scalars(found).unique().all()
    may_be = _exclude_barred(session, lineup, [one.id for one in people])
    return [one for one in people if one.id in may_be][:PROPOSED]


def fix_faces(session, lineup, person_ids):
    """Fix the photos of the suspect and of these people."""
    if lineup.state != steps.DRAFT:
        raise RuleViolation([Problem("faces", steps.FIXED, "V137", row=lineup)])
    suspect_id = lineup.suspect.person_id
    people = sorted([*person_ids, suspect_id])
    photos = {one: find_photo(session, one) for one in people}
    if problems := list(
        steps.check_faces(people, suspect_id, {one for one in people if photos[one] is not None})
    ):
        raise RuleViolation(problems)
    lineup.faces += [
        LineupFace(
            person_id=one, photo_id=photos[one].id, sha256=photos[one].sha256, is_suspect=one == suspect_id
        )
        for one in people
    ]


def _hide_case(session, lineup):
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


def enter_act(session, lineup):
    """Enter the recorded line-up as an investigation act of its case, and return the act."""
    if lineup.result not in steps.STATEMENTS or lineup.act_id is not None:
        raise RuleViolation([Problem("", steps.NOT_NOW, row=lineup)])
    with force_locale(LANGUAGE):
        outcome = str(_describe_choice(lineup))
    lineup.act = InvestigationAct(
        case=lineup.case, kind=ACT_KIND, begun_at=lineup.started_at, ended_at=lineup.ended_at, officer=lineup.presenter,
        involvement=lineup.witness, other_involvement=lineup.suspect, place_text=lineup.place_text,
        document_no=lineup.number, result=f"{outcome}\n{lineup.words}",
    )  # fmt: skip
    session.add(lineup.act)
    session.flush()
    return lineup.act


def _describe_choice(lineup):
    if lineup.result != steps.PICKED:
        return code_lists.label("lineup_result", lineup.result)
    if steps.has_chosen_suspect(lineup):
        return _("The witness chose the suspect.")
    return _("The witness chose another person, not the suspect.")


def check_lineups(session, _context, _instances):
    """Refuse a line-up, its photos or its result if they break a rule, from every entry point."""
    with session.no_autoflush:
        for one in (*session.new, *session.dirty):
            if isinstance(one, Lineup):
                _check_lineup(session, one)
                if one in session.new and not one.is_void:
                    _hide_case(session, one)
        new_faces = [one for one in session.new if isinstance(one, LineupFace)]
        for lineup in {one.lineup for one in new_faces}:
            _check_faces(session, lineup, [one for one in new_faces if one.lineup is lineup])


def _check_lineup(session, lineup):
    if lineup in session.new:
        if actor_of(session).scope == UNRESTRICTED:
            return
        problems = check_rules(lineup.__rules__, lineup, load_facts(session, lineup))
        _refuse([one for one in problems if one.severity == ERROR])
        return
    if EXEMPTIONS in session.info:
        return
    has_ended = _value_before(lineup, "result") is not None
    was_shown = has_ended or _value_before(lineup, "started_at") is not None
    if has_changed(lineup, PREPARED) or (was_shown and has_changed(lineup, ("voided_at",))):
        _refuse([Problem("", steps.FIXED, "V137", row=lineup)])
    if has_changed(lineup, ("act_id",)):
        _check_author(session, lineup)
    if has_changed(lineup, SESSION):
        if has_ended or lineup.is_void:
            _refuse([Problem("", steps.FIXED, "V137", row=lineup)])
        if lineup.result == steps.CANCELLED:
            _check_cancellation(session, lineup, was_shown)
        elif actor_of(session).user_id != lineup.presenter_id:
            _refuse([Problem("", steps.NOT_PRESENTER, "V138", row=lineup)])
    if has_changed(lineup, ("started_at",)):
        _check_start(session, lineup)


def _check_cancellation(session, lineup, was_shown):
    result, lineup.result = lineup.result, None  # the state before
    may = may_cancel(session, lineup) and not was_shown and not has_changed(lineup, SHOWN_COLUMNS)
    lineup.result = result
    if not may:
        _refuse([Problem("", steps.NOT_CANCELLING, "V138", row=lineup)])


def _check_author(session, lineup):
    if not may_prepare(session, lineup):
        _refuse([Problem("", NOT_OF_TEAM, "V138", row=lineup)])


def _check_start(session, lineup):
    """Refuse to show a line-up whose presenter knows the case now, or whose case or people have changed."""
    faces = lineup.faces
    others = {one.person_id for one in faces if not one.is_suspect}
    with unrestricted(session):
        rows = lineup.case, lineup.suspect, lineup.witness
        has_changed_since = (
            any(one.is_void for one in rows)
            or [one.person_id for one in faces if one.is_suspect] != [lineup.suspect.person_id]
            or _exclude_barred(session, lineup, others) != others
        )
        if has_changed_since or _knows_case(session, lineup, lineup.recorded_by_id):
            _refuse([Problem("", steps.NOT_FIT, "V138", row=lineup)])
    _hide_case(session, lineup)  # another account of the presenter may be new


def _value_before(record, name):
    history = inspect(record).attrs[name].load_history()
    return next(iter((*history.deleted, *history.unchanged)), None)


def _check_faces(session, lineup, new):
    _check_author(session, lineup)
    suspect = lineup.suspect.person
    if suspect is None or len(new) < len(lineup.faces) or lineup.started_at is not None or lineup.is_void:
        _refuse([Problem("faces", steps.FIXED, "V137", row=lineup)])
    with unrestricted(session):
        if _knows_case(session, lineup, lineup.recorded_by_id):
            _refuse([Problem("faces", KNOWS_SUSPECT, "V138", row=lineup)])
    _hide_case(session, lineup)  # another account of the presenter may be new
    people = [one.person_id for one in new]
    found = select(Person.id).where(Person.id.in_(people), *_may_be_filler(lineup, suspect))
    eligible = _exclude_barred(session, lineup, session.scalars(found).all())
    for face in new:
        photo = session.get(PersonPhoto, face.photo_id)
        if photo is None or photo.is_void or (photo.person_id, photo.sha256) != (face.person_id, face.sha256):
            eligible.discard(face.person_id)
        if face.is_suspect != (face.person_id == suspect.id):
            people.append(suspect.id)
    _refuse(steps.check_faces(people, suspect.id, eligible))


def _refuse(problems):
    if problems := list(problems):
        raise RuleViolation(problems)


def collect_changes(session, _context):
    """Collect line-ups whose photos were fixed, that ended or were withdrawn. Nothing can be added during a flush."""
    for one in (*session.new, *session.dirty):
        if isinstance(one, LineupFace) and one in session.new:
            session.info.setdefault(CHANGED, {})[one.lineup] = "lineup.assigned"
        elif isinstance(one, Lineup) and one in session.new:
            session.info.setdefault(NEW, []).append(one)
        elif isinstance(one, Lineup) and has_changed(one, ("result", "voided_at")):
            session.info.setdefault(CHANGED, {})[one] = "lineup.ended"


def send_messages(session, _context):
    """Notify the presenter and the author, and show the case to the presenter again after the end."""
    for lineup in session.info.pop(NEW, ()):
        with session.no_autoflush, unrestricted(session):
            _alert_named_again(session, lineup)
    for lineup, text_key in session.info.pop(CHANGED, {}).items():
        about = {"entity": Lineup.__tablename__, "entity_id": lineup.id, "number": lineup.number}
        with session.no_autoflush, unrestricted(session):
            if text_key == "lineup.assigned":
                about["entity"] = SESSION_PAGE
                send_message(session, TASK, text_key=text_key, to_user=lineup.presenter_id, **about)
                continue
            complete_tasks(session, SESSION_PAGE, lineup.id)
            _end_blindness(session, lineup)
            if not lineup.is_void:
                number = lineup.case.number
                send_message(
                    session, NOTICE, text_key=text_key, to_user=lineup.recorded_by_id, case=number, **about
                )


def _end_blindness(session, lineup):
    """End the grants that hide the case, except for the officers of other line-ups of the case that wait."""
    waiting = select(Lineup.presenter_id).where(
        Lineup.case_id == lineup.case_id, Lineup.id != lineup.id, Lineup.result.is_(None), Lineup.voided_at.is_(None)
    )  # fmt: skip
    blind = set().union(*find_accounts_of_one_person(set(session.scalars(waiting))).values())
    for grant in _find_blind_grants(session, lineup.case_id):
        if grant.user_id not in blind:
            grant.expires_at = dates.now()


def _alert_named_again(session, lineup):
    """Alert the chief and the auditors when a case is hidden again from an officer who showed no photo before."""
    if not (times := _count_named(session, lineup)):
        return
    recorder.record(
        session, NAMED_AGAIN, Lineup.__tablename__, lineup.id, outcome="alarm", presenter=lineup.presenter_id, count=times
    )  # fmt: skip
    role, unit = find_responsible_chief(lineup.case.unit_code)
    facts = {"number": lineup.number, "officer": name_officer(lineup.presenter)}
    about = {"entity": Lineup.__tablename__, "entity_id": lineup.id}
    send_message(session, NOTICE, text_key=NAMED_AGAIN, to_role=role, to_unit=unit, **about, **facts)
    send_message(session, NOTICE, text_key=NAMED_AGAIN, to_role=AUDITOR_ROLE, **about, **facts)
