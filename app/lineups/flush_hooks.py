"""The checks of a line-up below the forms, and what follows its choice of photos, its end and its withdrawal."""
# unrestricted: compares with all rows of the case and all accounts of the presenter

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.chain_of_command import find_responsible_chief
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.inbox.staff_messages import AUDITOR_ROLE
from app.investigation.actions import name_officer
from app.investigation.models import InvestigationAct
from app.kernel.actor import UNRESTRICTED, actor_of, unrestricted
from app.kernel.audit import recorder
from app.kernel.database.pending import Pending
from app.kernel.schema.record import get_value_before, has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import ERROR, Problem, check_rules
from app.lineups import steps
from app.lineups.actions import load_facts, may_cancel, may_prepare, refuse
from app.lineups.blindness import count_named, end_blindness, hide_case, knows_case
from app.lineups.fillers import exclude_barred, is_proposed_at_all, may_be_filler
from app.lineups.models import PREPARED, SESSION, Lineup, LineupFace
from app.lineups.rules import KNOWS_SUSPECT, NOT_OF_TEAM
from app.lineups.sessions import SESSION_PAGE
from app.people.models import Person, PersonPhoto

NAMED_AGAIN = "lineup.named_again"
CHANGED = Pending(dict)  # line-ups just prepared, ended or withdrawn
NEW = Pending(list)  # line-ups just entered
# What the act of a line-up has from it, besides times, whose seconds a form does not have.
OF_ACT = (
    "kind", "officer_id", "involvement_id", "other_involvement_id", "place_text", "document_no", "result",
)  # fmt: skip
SHOWN_COLUMNS = tuple(one for one in SESSION if one not in ("result", "reason", "ended_at", "sha256"))

register_texts(
    **{
        "lineup.assigned": _("Show the photos of line-up %(number)s to the witness."),
        "lineup.ended": _("Line-up %(number)s of case %(case)s has ended."),
        NAMED_AGAIN: _(
            "Line-up %(number)s hides a case from %(officer)s again, who showed no photo before. Check why."
        ),
    }
)


def check_lineups(session, _context, _instances):
    """Refuse a line-up, its photos, its result or its act if they break a rule, from every entry point."""
    with session.no_autoflush:
        _check_acts(session)
        for one in (*session.new, *session.dirty):
            if isinstance(one, Lineup):
                _check_lineup(session, one)
                if one in session.new and not one.is_void:
                    hide_case(session, one)
        new_faces = [one for one in session.new if isinstance(one, LineupFace)]
        for lineup in {one.lineup for one in new_faces}:
            _check_faces(session, lineup, [one for one in new_faces if one.lineup is lineup])


def _check_acts(session):
    """Refuse another text of an act that has the result of a line-up: its author would change what the witness said."""
    changed = {
        one.id: one for one in session.dirty if isinstance(one, InvestigationAct) and has_changed(one, OF_ACT)
    }
    if not changed or EXEMPTIONS in session.info:
        return
    with unrestricted(session):
        found = session.scalars(select(Lineup).where(Lineup.act_id.in_(changed))).unique().all()
    for lineup in found:
        text = _(
            "This act has the result of line-up %(number)s and does not change. A correction changes it.",
            number=lineup.number,
        )
        refuse([Problem("result", text, "V137", row=changed[lineup.act_id])])


def _check_lineup(session, lineup):
    if lineup in session.new:
        if actor_of(session).scope == UNRESTRICTED:
            return
        problems = check_rules(lineup.__rules__, lineup, load_facts(session, lineup))
        refuse([one for one in problems if one.severity == ERROR])
        return
    if EXEMPTIONS in session.info:
        return
    has_ended = get_value_before(lineup, "result") is not None
    was_shown = has_ended or get_value_before(lineup, "started_at") is not None
    if has_changed(lineup, PREPARED) or (was_shown and has_changed(lineup, ("voided_at",))):
        refuse([Problem("", steps.FIXED, "V137", row=lineup)])
    if has_changed(lineup, ("act_id",)):
        _check_author(session, lineup)
    if has_changed(lineup, SESSION):
        if has_ended or lineup.is_void:
            refuse([Problem("", steps.FIXED, "V137", row=lineup)])
        if lineup.result == steps.CANCELLED:
            _check_cancellation(session, lineup, was_shown)
        elif actor_of(session).user_id != lineup.presenter_id:
            refuse([Problem("", steps.NOT_PRESENTER, "V138", row=lineup)])
    if has_changed(lineup, ("started_at",)):
        _check_start(session, lineup)


def _check_cancellation(session, lineup, was_shown):
    result, lineup.result = lineup.result, None  # the state before
    may = may_cancel(session, lineup) and not was_shown and not has_changed(lineup, SHOWN_COLUMNS)
    lineup.result = result
    if not may:
        refuse([Problem("", steps.NOT_CANCELLING, "V138", row=lineup)])


def _check_author(session, lineup):
    if not may_prepare(session, lineup):
        refuse([Problem("", NOT_OF_TEAM, "V138", row=lineup)])


def _check_start(session, lineup):
    """Refuse to show a line-up whose presenter knows the case now, or whose case or people have changed."""
    faces = lineup.faces
    others = {one.person_id for one in faces if not one.is_suspect}
    with unrestricted(session):
        suspect = lineup.suspect.person
        rows = lineup.case, lineup.suspect, lineup.witness, suspect
        found = select(Person.id).where(Person.id.in_(others), *may_be_filler(lineup, suspect))
        has_changed_since = (
            any(one.is_void for one in (*rows, *_load_photos(session, faces)))
            or [one.person_id for one in faces if one.is_suspect] != [lineup.suspect.person_id]
            or exclude_barred(session, lineup, session.scalars(found).all()) != others
        )
        if has_changed_since or knows_case(session, lineup, lineup.recorded_by_id):
            refuse([Problem("", steps.NOT_FIT, "V138", row=lineup)])
    hide_case(session, lineup)  # another account of the presenter may be new


def _load_photos(session, faces):
    photo = PersonPhoto.id.in_([one.photo_id for one in faces])
    return session.scalars(select(PersonPhoto).where(photo)).unique().all()


def _check_faces(session, lineup, new):
    _check_author(session, lineup)
    suspect = lineup.suspect.person
    if suspect is None or len(new) < len(lineup.faces) or lineup.started_at is not None or lineup.is_void:
        refuse([Problem("faces", steps.FIXED, "V137", row=lineup)])
    with unrestricted(session):
        if knows_case(session, lineup, lineup.recorded_by_id):
            refuse([Problem("faces", KNOWS_SUSPECT, "V138", row=lineup)])
    hide_case(session, lineup)  # another account of the presenter may be new
    people = [one.person_id for one in new]
    found = select(Person.id).where(Person.id.in_(people), *may_be_filler(lineup, suspect))
    eligible = set(filter(is_proposed_at_all, exclude_barred(session, lineup, session.scalars(found).all())))
    for face in new:
        photo = session.get(PersonPhoto, face.photo_id)
        if photo is None or photo.is_void or (photo.person_id, photo.sha256) != (face.person_id, face.sha256):
            eligible.discard(face.person_id)
        if face.is_suspect != (face.person_id == suspect.id):
            people.append(suspect.id)
    refuse(steps.check_faces(people, suspect.id, eligible))


def collect_changes(session, _context):
    """Collect line-ups whose photos were fixed, that ended or were withdrawn. Nothing can be added during a flush."""
    for one in (*session.new, *session.dirty):
        if isinstance(one, LineupFace) and one in session.new:
            CHANGED.get(session)[one.lineup] = "lineup.assigned"
        elif isinstance(one, Lineup) and one in session.new:
            NEW.get(session).append(one)
        elif isinstance(one, Lineup) and has_changed(one, ("result", "voided_at")):
            CHANGED.get(session)[one] = "lineup.ended"


def send_messages(session, _context):
    """Notify the presenter and the author, and show the case to the presenter again after the end."""
    for lineup in NEW.take(session):
        with session.no_autoflush, unrestricted(session):
            _alert_named_again(session, lineup)
    for lineup, text_key in CHANGED.take(session).items():
        about = {"entity": Lineup.__tablename__, "entity_id": lineup.id, "number": lineup.number}
        with session.no_autoflush, unrestricted(session):
            if text_key == "lineup.assigned":
                about["entity"] = SESSION_PAGE
                send_message(session, TASK, text_key=text_key, to_user=lineup.presenter_id, **about)
                continue
            complete_tasks(session, SESSION_PAGE, lineup.id)
            end_blindness(session, lineup)
            if not lineup.is_void:
                number = lineup.case.number
                send_message(
                    session, NOTICE, text_key=text_key, to_user=lineup.recorded_by_id, case=number, **about
                )


def _alert_named_again(session, lineup):
    """Alert the chief and the auditors when a case is hidden again from an officer who showed no photo before."""
    if not (times := count_named(session, lineup)):
        return
    recorder.record(
        session, NAMED_AGAIN, Lineup.__tablename__, lineup.id, outcome="alarm", presenter=lineup.presenter_id, count=times
    )  # fmt: skip
    role, unit = find_responsible_chief(lineup.case.unit_code)
    facts = {"number": lineup.number, "officer": name_officer(lineup.presenter)}
    about = {"entity": Lineup.__tablename__, "entity_id": lineup.id}
    send_message(session, NOTICE, text_key=NAMED_AGAIN, to_role=role, to_unit=unit, **about, **facts)
    send_message(session, NOTICE, text_key=NAMED_AGAIN, to_role=AUDITOR_ROLE, **about, **facts)
