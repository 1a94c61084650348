"""Steps of a session of a course: enrolment, attendance, tests, results and certificates. The caller commits.

Each step checks who takes it, so a page cannot allow more. The clock of the server decides about the time of a test.
"""
# unrestricted: inserts or replaces an answer of a sitting that the row filter has found; checks certificates of all units

import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select, union, update
from sqlalchemy.orm import joinedload

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import find_responsible_chief
from app.accounts.identity_traits import find_own_accounts
from app.accounts.lockout import SignInAttempt
from app.accounts.models import User
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.actor import unrestricted
from app.kernel.audit import recorder
from app.kernel.audit.models import AuditEvent
from app.kernel.database import engine
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.kernel.text.khmer import to_latin_digits
from app.training import practice_results
from app.training.choices import draw_questions
from app.training.models import (
    FIRST,
    RESITS,
    SECOND,
    TEST_NAMES,
    Certificate,
    CertificateCounter,
    CourseSession,
    CourseTest,
    Participant,
    Question,
    Sitting,
    TestAnswer,
)
from app.training.results import NOT_YET, find_band

LEAST_QUESTIONS, MOST_QUESTIONS, MOST_MINUTES, MOST_PARTICIPANTS = 10, 100, 240, 500
# Steps in the audit log after which an officer issues no certificate of the session.
HANDLING = ("record.added", "record.changed", "course.attendance_saved", "course.result_corrected")
LATE_DAYS = 60  # a result on paper is entered within this time after the last day of the session
RESIT_AFTER = timedelta(days=7)  # since the end of the test before, and since the participant's result

register_texts(
    **{
        "question.requested": _("Question %(number)s waits for the review by another officer."),
        "course.enrolled": _("You take part in %(course)s from %(when)s. Read where on the page «Training»."),
        "course.participant_removed": _("You no longer take part in %(course)s."),
        "certificate.issued": _("You have certificate %(number)s. It is valid until %(until)s."),
        "certificate.revoked": _(
            "Your certificate %(number)s was revoked. Read the reason on the page «Training»."
        ),
        "certificate.revoked_of_officer": _(
            "Certificate %(number)s of an officer of unit %(unit)s was revoked. The officer may lose the right to enter data."
        ),
        "certificate.expires": _(
            "Your certificate %(number)s is valid until %(until)s. Register for the refresher course."
        ),
    }
)


TOO_EARLY = _("A resit begins seven days after the end of the test before and its result, at the earliest.")
NO_RESIT = _(
    "A resit is for a participant with all results before it, who has not reached those of the course."
)


class InvalidStep(RuleViolation):
    """Raised with the message for the reader, the field and the number of the rule."""

    def __init__(self, text, field="", rule=""):
        super().__init__([Problem(field, f"{text} ({rule})" if rule else text)])


def may_teach(user, course_session):
    """Return whether the user is a trainer of the session."""
    return user.id in course_session.trainer_ids


def _record(step, course_session, **facts):
    recorder.record(db.session, f"course.{step}", "course_session", course_session.id, **facts)


# Participants


def enrol(course_session, users):
    """Add these accounts to the session. Return how many are new; trainers and participants are left out."""
    rows = db.session.scalars(select(Participant).where(Participant.session_id == course_session.id)).all()
    removed = {row.user_id: row for row in rows if row.removed_at is not None}
    known = {row.user_id for row in rows} - set(removed)
    last = max((row.number for row in rows), default=0)
    teaching = set().union(
        *(find_own_accounts(one, {user.id for user in users}) for one in course_session.trainers)
    )
    new = [one for one in users if one.id not in known | teaching and one.active]
    if not new:
        raise InvalidStep(
            _("There is no account to add: all take part already, teach, or have left."), "unit"
        )
    if len(rows) - len(removed) + len(new) > MOST_PARTICIPANTS:
        raise InvalidStep(_("A session has at most %(n)s participants.", n=MOST_PARTICIPANTS), "unit")
    for user in new:
        if user.id in removed:
            again = removed[user.id]
            again.removed_at, again.rank, again.unit_code = None, user.rank, user.unit_code
        else:
            last += 1
            db.session.add(
                Participant(
                    session_id=course_session.id, number=last, user_id=user.id, rank=user.rank,
                    unit_code=user.unit_code, present="0" * course_session.half_days,
                )
            )  # fmt: skip
        facts = {"course": course_session.name, "when": f"{course_session.starts_on:%d/%m/%Y}"}
        send_message(
            db.session, NOTICE, text_key="course.enrolled", to_user=user.id, entity="course_session",
            entity_id=course_session.id, **facts,
        )  # fmt: skip
    db.session.flush()
    _record("enrolled", course_session, accounts=[one.id for one in new])
    return len(new)


def remove_participant(course_session, number, reason):
    """Remove a participant who has begun no test and has no result, with the reason."""
    if not reason:
        raise InvalidStep(_("Enter the reason."), "reason")
    found = select(Participant).where(
        Participant.session_id == course_session.id, Participant.number == number, Participant.removed_at.is_(None)
    )  # fmt: skip
    participant = db.session.scalar(found.with_for_update(of=Participant))
    if participant is None:
        raise InvalidStep(_("This session has no participant with that number."), "line")
    if db.session.scalar(select(Sitting.id).where(Sitting.participant_id == participant.id).limit(1)):
        raise InvalidStep(_("A participant who has begun a test or has a result stays."), "line")
    participant.removed_at = dates.now()
    db.session.flush()
    if participant.user_id is not None:
        send_message(
            db.session, NOTICE, text_key="course.participant_removed", to_user=participant.user_id,
            course=course_session.name,
        )  # fmt: skip
    _record(
        "participant_removed", course_session, participant=number, account=participant.user_id,
        private={"reason": reason},
    )  # fmt: skip


def check_trainers(session, _context, _instances):
    """Refuse a trainer who takes part in the session."""
    for record in session.dirty:
        if isinstance(record, CourseSession) and session.is_modified(record):
            with session.no_autoflush:
                found = select(Participant.user_id).where(
                    Participant.session_id == record.id, Participant.removed_at.is_(None)
                )
                taking_part = set(session.scalars(found)) - {None}
                if any(find_own_accounts(one, taking_part) for one in record.trainers):
                    raise RuleViolation([Problem("trainer", _("A trainer takes no part in the session."))])


def _refuse_own(user, participants, field):
    """Refuse a step about the user, or about another account of the same person."""
    if find_own_accounts(user, {one.user_id for one in participants} - {None}):
        raise InvalidStep(_("You take part in this session. Another officer does this."), field)


def save_attendance(user, course_session, present):
    """Save the half-days of participants: {participant id: set of half-days, from 0}. Future half-days are refused."""
    passed = 2 * ((dates.now().date() - course_session.starts_on).days + 1)
    changed = {}
    for one in list_participants(course_session):
        if one.id not in present:
            continue
        days = "".join("1" if at in present[one.id] else "0" for at in range(course_session.half_days))
        if "1" in days[max(passed, 0) :]:
            raise InvalidStep(_("Attendance of a day that has not begun cannot be entered."), "attendance")
        if days != one.present:
            changed[one] = {"participant": one.number, "before": one.present, "after": days}
            one.present = days
    _refuse_own(user, changed, "attendance")
    db.session.flush()
    if changed:
        _record("attendance_saved", course_session, changes=list(changed.values()))
    return len(changed)


def list_participants(course_session):
    """Return the participants of a session with their accounts, units, results and certificates."""
    found = (
        select(Participant)
        .where(Participant.session_id == course_session.id, Participant.removed_at.is_(None))
        .options(
            joinedload(Participant.user), joinedload(Participant.unit), joinedload(Participant.certificate),
            joinedload(Participant.sittings).joinedload(Sitting.test),
        )
        .order_by(Participant.number)
    )  # fmt: skip
    return db.session.scalars(found).unique().all()


# Tests


def prepare_test(user, course_session, ordinal, topics, number, minutes, opens_at, closes_at, has_code=False):
    """Draw the questions of a test or a resit. It prefers questions that the other tests of the session lack.

    With `has_code` a participant begins it with the code that the trainer shows in the room.
    """
    if ordinal not in TEST_NAMES:
        raise InvalidStep(_("A session has two tests and two resits."), "ordinal")
    if find_test(course_session.id, ordinal) is not None:
        raise InvalidStep(_("This test exists already. Its questions no longer change."), "ordinal")
    _refuse_own(user, list_participants(course_session), "ordinal")
    if not LEAST_QUESTIONS <= number <= MOST_QUESTIONS:
        text = _("Enter a number from %(least)s to %(most)s.", least=LEAST_QUESTIONS, most=MOST_QUESTIONS)
        raise InvalidStep(text, "number")
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidStep(_("Enter a number from 1 to %(most)s.", most=MOST_MINUTES), "minutes")
    if closes_at < opens_at + timedelta(minutes=minutes):
        raise InvalidStep(_("The time between opening and end is shorter than the test."), "closes_at")
    if closes_at <= dates.now():
        raise InvalidStep(_("The end of the test is in the past."), "closes_at")
    _check_days(course_session, opens_at, "opens_at")
    _check_days(course_session, closes_at, "closes_at")
    _check_resit_day(course_session, ordinal, opens_at, "opens_at")
    drawn_before = select(CourseTest.question_ids).where(
        CourseTest.session_id == course_session.id, CourseTest.cancelled_at.is_(None)
    )
    used = {one for ids in db.session.scalars(drawn_before) for one in ids}
    fresh, known = {}, {}
    for question in db.session.scalars(select(Question).where(Question.topic.in_(topics))):
        if question.is_usable:
            (known if question.id in used else fresh).setdefault(question.topic, []).append(question.id)
    seed = secrets.randbelow(2**31)
    drawn = draw_questions(fresh, number, seed)
    drawn += draw_questions(known, number - len(drawn), seed)
    if len(drawn) < number:
        raise InvalidStep(
            _("The bank has only %(n)s confirmed questions of these topics.", n=len(drawn)), "number", "V147"
        )
    test = CourseTest(
        session_id=course_session.id, ordinal=ordinal, minutes=minutes, opens_at=opens_at, closes_at=closes_at,
        seed=seed, question_ids=drawn, made_by_id=user.id,
        start_code=f"{secrets.randbelow(10**6):06d}" if has_code else None,
    )  # fmt: skip
    db.session.add(test)
    db.session.flush()
    _record("test_prepared", course_session, test=ordinal, questions=len(drawn))
    return test


def cancel_test(course_session, ordinal):
    """Cancel a test that no participant has begun. The session can then have another one in its place."""
    found = select(CourseTest).where(
        CourseTest.session_id == course_session.id, CourseTest.ordinal == ordinal, CourseTest.cancelled_at.is_(None)
    )  # fmt: skip
    test = db.session.scalar(found.with_for_update(of=CourseTest))
    if test is None:
        raise InvalidStep(_("This test is cancelled already, or was never prepared."))
    if db.session.scalar(select(Sitting.id).where(Sitting.test_id == test.id).limit(1)):
        raise InvalidStep(_("A participant has begun this test or has its result. You cannot cancel it."))
    test.cancelled_at = dates.now()
    db.session.flush()
    _record("test_cancelled", course_session, test=ordinal, questions=len(test.question_ids))


def _check_days(course_session, when, field):
    """Refuse a moment outside the session and the days after it, such as one with a wrong year."""
    last_day = course_session.starts_on + timedelta(days=course_session.days + LATE_DAYS)
    if not course_session.starts_on <= when.date() <= last_day:
        raise InvalidStep(
            _("Tests and results belong between the first day and sixty days after the session."), field
        )


def _check_resit_day(course_session, ordinal, day, field):
    """Refuse a resit that does not follow the test before by seven days."""
    if ordinal not in RESITS:
        return
    before = find_test(course_session.id, ordinal - 1)
    if before is None or day < before.closes_at + RESIT_AFTER:
        raise InvalidStep(TOO_EARLY, field)


def _check_resit(participant, ordinal, field=""):
    """Refuse a resit of a participant who needs none, or whose own result before is younger than seven days."""
    if ordinal not in RESITS:
        return
    if not needs_resit(participant, ordinal):
        raise InvalidStep(NO_RESIT, field)
    if dates.now() < participant.get_sitting(ordinal - 1).finished_at + RESIT_AFTER:
        raise InvalidStep(TOO_EARLY, field)


def needs_resit(participant, ordinal):
    """Return whether the participant has all results before this resit, and has not reached those of the course."""
    taken = [participant.get_sitting(one) for one in range(FIRST, ordinal)]
    return all(one is not None and one.percent is not None for one in taken) and not has_reached(participant)


def may_see_answers(participant, test):
    """Return whether the right answers are shown: never to a participant who can still take a test of the session."""
    is_last = participant.get_sitting(RESITS[-1]) is not None
    return dates.now() >= test.closes_at and (is_last or has_reached(participant))


def has_reached(participant):
    """Return whether both tests reached the results of the course, or a resit did."""
    course = participant.session.course

    def is_enough(ordinal):
        one = participant.get_sitting(ordinal)
        percent = one.percent if one is not None else None
        return find_band(percent, course.good_percent, course.average_percent) not in (None, NOT_YET)

    return (is_enough(FIRST) and is_enough(SECOND)) or any(map(is_enough, RESITS))


def find_test(session_id, ordinal):
    found = select(CourseTest).where(
        CourseTest.session_id == session_id, CourseTest.ordinal == ordinal, CourseTest.cancelled_at.is_(None)
    )
    return db.session.scalar(found)


def start_sitting(participant, test, code=""):
    """Begin the test for a participant, or return the work that was begun, also on another computer.

    `code` is what the participant typed as the code of the room. The locks refuse a removal at the same moment.
    """
    now = dates.now()
    sitting = find_sitting(participant.id, test.id)
    if sitting is not None:
        return sitting
    if reads_bank(participant):
        raise InvalidStep(_("You may read the right answers of the question bank. Take this test on paper."))
    _check_resit(participant, test.ordinal)
    if now < test.opens_at:
        raise InvalidStep(_("The test has not begun."))
    if now >= test.closes_at:
        raise InvalidStep(_("The test has ended. No answer is accepted any more."))
    _check_code(participant, test, code)
    _lock_begun(participant, test)
    ends_at = min(now + timedelta(minutes=test.minutes), test.closes_at)
    sitting = Sitting(test_id=test.id, participant_id=participant.id, started_at=now, ends_at=ends_at)
    db.session.add(sitting)
    db.session.flush()
    _record("test_started", test.session, test=test.ordinal, participant=participant.number)
    return sitting


def _check_code(participant, test, code):
    """Refuse a wrong code of the room, and every code after five wrong ones within 15 minutes.

    The history of the session has each wrong one. The others in the room, with the same address, go on.
    """
    if test.start_code is None:
        return
    attempt = SignInAttempt(f"code of test {test.id} for participant {participant.id}", address="")
    if attempt.locked:
        attempt.mark_locked()
        raise InvalidStep(_("Too many wrong codes. Wait 15 minutes, or ask the trainer."), "code")
    typed = "".join(to_latin_digits(code).split())
    if secrets.compare_digest(typed.encode(), test.start_code.encode()):
        attempt.mark_succeeded()
        return
    recorder.record_now(
        "course.code_refused", "course_session", test.session_id, outcome="refused", test=test.ordinal,
        participant=participant.number,
    )  # fmt: skip
    raise InvalidStep(_("This is not the code of the room. The trainer shows it."), "code")


def _lock_begun(participant, test):
    """Refuse a participant who was removed, and a test that was cancelled, also at this moment."""
    locked = {"read": True, "key_share": False}
    removed = db.session.scalar(
        select(Participant.removed_at).where(Participant.id == participant.id).with_for_update(**locked)
    )
    cancelled = db.session.scalar(
        select(CourseTest.cancelled_at).where(CourseTest.id == test.id).with_for_update(**locked)
    )
    if removed is not None or cancelled is not None:
        raise InvalidStep(_("The test was cancelled, or you no longer take part in this session."))


def reads_bank(participant):
    """Return whether the participant may read the questions with their right answers."""
    table = current_app.extensions["ecrime.permission_table"]
    user = participant.user
    return user is not None and table.get_permissions(get_role_names(user)).may("can_show", "Question")


def find_sitting(participant_id, test_id):
    """Return the work of a participant on a test, or None."""
    found = select(Sitting).where(Sitting.participant_id == participant_id, Sitting.test_id == test_id)
    return db.session.scalar(found)


def save_answer(sitting, question_id, chosen):
    """Save one answer, which replaces an earlier one. Raise InvalidStep after the end of the test.

    The statement that keeps the test open takes the lock of its row: an end in between is seen.
    """
    question = db.session.get(Question, question_id)
    if question is None or question_id not in sitting.test.question_ids:
        raise InvalidStep(_("This question is not in the test."))
    now = dates.now()
    is_open = (
        update(Sitting)
        .where(
            Sitting.id == sitting.id, Sitting.finished_at.is_(None), Sitting.ends_at > now, Sitting.started_at <= now
        )
        .values(test_id=Sitting.test_id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    if db.session.execute(is_open).rowcount != 1:
        raise InvalidStep(_("The test has ended. No answer is accepted any more."))
    table = TestAnswer.__table__
    values = {
        "chosen": ",".join(map(str, sorted(chosen))), "answered_at": now,
        "is_right": frozenset(chosen) == question.right_choices,
    }  # fmt: skip
    insert = engine.dialect_insert(db.session, table).values(
        sitting_id=sitting.id, question_id=question_id, **values
    )
    db.session.execute(
        insert.on_conflict_do_update(index_elements=["sitting_id", "question_id"], set_=values)
    )


def finish_sitting(sitting):
    """End the work: count the right answers once. A second end changes nothing."""
    right = db.session.scalar(
        select(func.count(TestAnswer.id)).where(
            TestAnswer.sitting_id == sitting.id, TestAnswer.is_right.is_(True)
        )
    )
    percent = 100 * right // len(sitting.test.question_ids)
    ended = (
        update(Sitting)
        .where(Sitting.id == sitting.id, Sitting.finished_at.is_(None))
        .values(finished_at=min(dates.now(), sitting.ends_at), percent=percent)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(ended).rowcount:
        _record(
            "test_finished", sitting.test.session, test=sitting.test.ordinal,
            participant=sitting.participant.number, percent=percent,
        )  # fmt: skip
    db.session.expire(sitting)


def is_over(sitting):
    """Return whether no answer is accepted any more. What ended stays ended, whatever the clock says later."""
    return sitting.finished_at is not None or dates.now() >= sitting.ends_at


def enter_paper_results(user, course_session, ordinal, percents):
    """Enter the results of a test on paper: number of the participant → percent. Return how many are new or corrected."""
    people = {one.number: one for one in list_participants(course_session)}
    for number, percent in percents.items():
        if number not in people:
            raise InvalidStep(_("This session has no participant with that number."))
        enter_paper_result(user, people[number], ordinal, percent)
    return len(percents)


def enter_paper_result(user, participant, ordinal, percent):
    """Enter the result of a test on paper. Another officer corrects it, until the certificate is issued."""
    course_session, field = participant.session, f"percent-{participant.number}"
    if ordinal not in TEST_NAMES:
        raise InvalidStep(_("A session has two tests and two resits."), "ordinal")
    _check_resit(participant, ordinal, field)
    _refuse_own(user, [participant], field)
    if not 0 <= percent <= 100:
        raise InvalidStep(_("Enter a number from 0 to %(most)s.", most=100), field)
    now = dates.now()
    _check_days(course_session, now, field)
    test = find_test(course_session.id, ordinal)
    if test is None:
        _check_resit_day(course_session, ordinal, now, "ordinal")
        test = CourseTest(
            session_id=course_session.id, ordinal=ordinal, minutes=0, opens_at=now, closes_at=now, seed=0,
            question_ids=[], made_by_id=user.id,
        )  # fmt: skip
        db.session.add(test)
        db.session.flush()
    if test.question_ids and now < test.closes_at and not reads_bank(participant):
        raise InvalidStep(
            _("This test is taken in the system. A result on paper can be entered after its end."), "ordinal"
        )
    if (earlier := find_sitting(participant.id, test.id)) is not None:
        _correct_paper_result(user, participant, earlier, percent, field)
        return
    db.session.add(
        Sitting(
            test_id=test.id, participant_id=participant.id, started_at=now, ends_at=now, finished_at=now,
            percent=percent, entered_by_id=user.id,
        )
    )  # fmt: skip
    db.session.flush()
    _record("result_entered", course_session, test=ordinal, participant=participant.number, percent=percent)


def _correct_paper_result(user, participant, sitting, percent, field):
    if sitting.entered_by_id is None or sitting.percent == percent:
        raise InvalidStep(_("This participant has a result of this test already."), field)
    if find_own_accounts(user, {sitting.entered_by_id}):
        raise InvalidStep(_("Another officer corrects a result that you have entered."), field)
    if participant.certificate is not None:
        raise InvalidStep(_("The certificate is issued: the result no longer changes."), field)
    before, sitting.percent = sitting.percent, percent
    db.session.flush()
    _record(
        "result_corrected", participant.session, test=sitting.test.ordinal, participant=participant.number,
        before=before, after=percent,
    )  # fmt: skip


def find_practice_code(course_session):
    """Return the code with which the practice system seals its results for this session."""
    return practice_results.make_code(current_app.config["SECRET_KEY"], course_session.id)


def enter_practice_results(user, course_session, text):
    """Save the results of a text of the practice system, and return their number. A later text replaces the results."""
    try:
        results = practice_results.read_results(find_practice_code(course_session), course_session.id, text)
    except practice_results.InvalidText:
        raise InvalidStep(
            _(
                "This text has another code or was changed. Copy the whole text from the practice system again."
            ),
            "practice",
        ) from None
    participants = {one.number: one for one in list_participants(course_session)}
    for one in results:
        if one.number not in participants:
            raise InvalidStep(
                _("This session has no participant with the number %(number)s.", number=one.number),
                "practice",
            )
    _refuse_own(user, [participants[one.number] for one in results], "practice")
    for one in results:
        row = participants[one.number]
        row.practice_exercises, row.practice_percent = one.exercises, one.percent
    db.session.flush()
    entered = [{"participant": one.number, "percent": one.percent} for one in results]
    _record("practice_entered", course_session, results=entered)
    return len(results)


# Certificates


def list_obstacles(user, course_session, participants):
    """Return participant id → why this officer cannot issue the certificate (rule V148), or None."""
    handlers = _find_handlers(course_session)
    own = find_own_accounts(user, handlers | {one.user_id for one in participants} - {None})
    return {one.id: _find_obstacle(one, own, bool(own & handlers)) for one in participants}


def _find_handlers(course_session):
    """Return the accounts that taught, recorded or changed the session, or entered what its certificates depend on."""
    tests = select(CourseTest.made_by_id).where(CourseTest.session_id == course_session.id)
    entered = select(Sitting.entered_by_id).join(CourseTest, CourseTest.id == Sitting.test_id)
    logged = select(AuditEvent.actor_id).where(
        AuditEvent.entity == "course_session", AuditEvent.entity_id == course_session.id,
        AuditEvent.action.in_(HANDLING),
    )  # fmt: skip
    found = union(tests, entered.where(CourseTest.session_id == course_session.id), logged)
    handlers = {course_session.recorded_by_id, course_session.changed_by_id, *db.session.scalars(found)}
    return (handlers | course_session.trainer_ids) - {None}


def _find_obstacle(participant, own, is_handler):
    course = participant.session.course
    if participant.certificate is not None:
        return _("has a certificate")
    if not participant.session.has_ended:
        return _("the session has not ended")
    if participant.user_id is None:
        return _("has no account")
    if participant.user_id in own:
        return _("a participant cannot issue their own certificate")
    if is_handler:
        return _(
            "who planned or taught the session, drew its tests or entered attendance or results cannot issue it"
        )
    if 100 * participant.present.count("1") < course.attendance_percent * participant.session.half_days:
        return _("was absent too often")
    results = [participant.get_sitting(ordinal) for ordinal in (FIRST, SECOND)]
    if any(one is None or one.percent is None for one in results):
        return _("lacks a result")
    if not has_reached(participant):
        return _("has not reached the results of the course")
    return None


def issue_certificates(user, course_session):
    """Issue a certificate to each participant who meets the settings of the course. Return their number."""
    participants = list_participants(course_session)
    obstacles = list_obstacles(user, course_session, participants)
    entitled = [one for one in participants if obstacles[one.id] is None]
    if not entitled:
        raise InvalidStep(
            _(
                "No participant meets the settings of the course, or another officer must issue the certificates."
            ),
            rule="V148",
        )
    today = dates.now().date()
    until = dates.add_months(today, course_session.course.validity_months)
    numbers = next_numbers(today.year, len(entitled))
    for participant, number in zip(entitled, numbers, strict=True):
        certificate = Certificate(
            number=number, code=secrets.token_hex(4).upper(), participant_id=participant.id,
            user_id=participant.user_id, holder_name=participant.name, issued_on=today, valid_until=until, issued_by_id=user.id,
        )  # fmt: skip
        db.session.add(certificate)
        db.session.flush()
        recorder.record(
            db.session, "certificate.issued", "certificate", certificate.id, number=number,
            account=participant.user_id,
        )  # fmt: skip
        _notify(certificate, "certificate.issued")
    return len(entitled)


def next_numbers(year, count):
    """Return the next numbers of the year. The counter row stays locked until the commit."""
    table = CertificateCounter.__table__
    statement = (
        engine.dialect_insert(db.session, table)
        .values(year=year, last=count)
        .on_conflict_do_update(index_elements=["year"], set_={"last": table.c.last + count})
    )
    last = db.session.scalar(statement.returning(table.c.last))
    return [f"EC-{year}-{number:05d}" for number in range(last - count + 1, last + 1)]


def revoke_certificate(user, certificate, reason):
    """Revoke a certificate with a reason. The right to enter data ends with it."""
    if not reason:
        raise InvalidStep(_("Enter the reason for the revocation."), "reason")
    row = Certificate.__table__.c
    revoked = (
        update(Certificate.__table__)
        .where(row.id == certificate.id, row.revoked_at.is_(None))
        .values(revoked_at=dates.now(), revoked_by_id=user.id, revoke_reason=reason)
    )
    if not db.session.execute(revoked).rowcount:
        raise InvalidStep(_("This certificate is revoked already."), "reason")
    db.session.expire(certificate)
    recorder.record(
        db.session, "certificate.revoked", "certificate", certificate.id, number=certificate.number,
        account=certificate.user_id, private={"reason": reason},
    )  # fmt: skip
    _notify(certificate, "certificate.revoked")
    holder = db.session.get(User, certificate.user_id or 0)
    if holder is not None and holder.unit_code:  # one planner alone ends the right to enter data
        role, chief_unit = find_responsible_chief(holder.unit_code)
        facts = {"number": certificate.number, "unit": holder.unit_code}
        text_key = "certificate.revoked_of_officer"
        send_message(db.session, NOTICE, text_key=text_key, to_role=role, to_unit=chief_unit, **facts)


def _notify(certificate, text_key):
    if certificate.user_id is None:
        return
    facts = {"number": certificate.number, "until": f"{certificate.valid_until:%d/%m/%Y}"}
    send_message(db.session, NOTICE, text_key=text_key, to_user=certificate.user_id, **facts)


def find_certificate(typed):
    """Return the certificate of a typed or scanned number with its code, or None."""
    number, _dash, code = to_latin_digits("".join(typed.upper().split())).rpartition("-")
    named = select(Certificate).where(Certificate.number == number)
    shown = joinedload(Certificate.participant).joinedload(Participant.unit), joinedload(Certificate.user)
    with unrestricted(db.session):  # the paper names the holder and the unit
        found = db.session.scalar(named.options(*shown))
    if found is None or not secrets.compare_digest(found.code.encode(), code.encode()):
        return None
    return found


def list_accounts(unit_codes):
    """Return the active accounts of these units."""
    found = select(User).where(User.unit_code.in_(unit_codes), User.active.is_(True)).order_by(User.username)
    return db.session.scalars(found).unique().all()


def find_accounts(names):
    """Return (the accounts with these user names, the names without an account)."""
    found = (
        db.session.scalars(select(User).where(User.username.in_(names[:MOST_PARTICIPANTS]))).unique().all()
    )
    known = {one.username for one in found}
    return found, [name for name in names if name not in known]
