"""Saves the course of 2020 with its 193 participants, a question bank, and a refresher course of the demo accounts.

The press gives the number of participants and the shares of both tests: 60 % good and 40 % average, then 70 % and 30 %.
Everything else about that course is invented, and its note says so.
"""
# unrestricted: writes synthetic records
# commits: one transaction for the courses

import random
from datetime import date, datetime, time, timedelta

from sqlalchemy import insert, select

from app.accounts.models import User
from app.confirmations.models import CONFIRMED
from app.extensions import db
from app.kernel.actor import SYSTEM, UNRESTRICTED, Actor, act_as, actor_of
from app.kernel.audit import recorder
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.training import actions, supplied_questions
from app.training.models import (
    FIRST,
    SECOND,
    Certificate,
    Course,
    CourseSession,
    CourseTest,
    Participant,
    Question,
    Sitting,
)
from app.training.results import AVERAGE, GOOD

PLANNER, REVIEWER, TRAINER, REFRESHER = "planning", "twg", "investigator.bb", "monitor"
TRAINED = (
    "clerk.pp", "clerk.bb", "warrant.bb", "warrant.pp", "chief.bb", "investigator.bb", "planning", "twg",
)  # fmt: skip
# From the first to the second test. The sums are those of the press; the pairs are invented.
PAIRS = {(GOOD, GOOD): 108, (AVERAGE, GOOD): 27, (GOOD, AVERAGE): 8, (AVERAGE, AVERAGE): 50}
PERCENT = {GOOD: (80, 97), AVERAGE: (50, 79)}
UNITS = [
    *(f"PC-{number:02d}" for number in range(1, 26) for _officer in range(6)),
    *["D-CRIM"] * 31,
    *["D-PLAN"] * 12,
]
FIRST_DAY, DAYS = date(2020, 6, 22), 5
NOTE = (
    "ចំនួនសិក្ខាកាម និងភាគរយនៃតេស្តទាំងពីរមកពីសារព័ត៌មាន។ ថ្ងៃ ទីកន្លែង អង្គភាព និងការប្តូរកម្រិតរវាងតេស្តទាំងពីរ"
    " ជាទិន្នន័យប្រឌិតសម្រាប់ការបង្ហាញ។"
)
SYLLABUS = "ច្បាប់ និងវិធាន\nការបញ្ចូលសំណុំរឿង\nបុគ្គល និងអត្តសញ្ញាណ\nការឃាត់ខ្លួន និងដីកា\nការស្វែងរក និងរបាយការណ៍"


def generate_training(report=print):
    """Save the courses once; a later run adds nothing."""
    before = actor_of(db.session)
    act_as(db.session, SYSTEM)
    people = {one.username: one for one in db.session.scalars(select(User)).unique()}
    named = {PLANNER, REVIEWER, TRAINER, REFRESHER, *TRAINED}
    is_there = db.session.scalar(select(Course.id).limit(1)) is not None
    if is_there or not people.keys() >= named:
        return
    planner = people[PLANNER]
    _act_as(planner)
    course = Course(
        title_km="វគ្គបំប៉នជំនាញស្តីពីការប្រើប្រាស់ E-Crime", title_en="Use of E-Crime", syllabus=SYLLABUS, hours=30,
        validity_months=24, attendance_percent=80, good_percent=80, average_percent=50,
    )  # fmt: skip
    db.session.add(course)
    db.session.flush()
    _add_questions(planner, people[REVIEWER])
    _add_course_of_2020(course, people[TRAINER])
    _add_refresher(course, planner, people[REFRESHER], [people[name] for name in TRAINED])
    commit()
    act_as(db.session, before)
    report(f"{len(UNITS)} participants of the course of 2020")


def _act_as(user):
    act_as(db.session, Actor(user.id, user.unit_code, scope=UNRESTRICTED))


def _add_questions(author, reviewer):
    rows = supplied_questions.list_missing()
    db.session.add_all(rows)
    db.session.flush()
    _act_as(reviewer)
    for row in rows:
        row.confirmation = CONFIRMED
    db.session.flush()
    _act_as(author)


def _add_session(course, name, first_day, days, trainer, note=None):
    session = CourseSession(
        course=course, name=name, place="ភ្នំពេញ", starts_on=first_day, days=days, trainer=trainer, note=note
    )
    db.session.add(session)
    db.session.flush()
    return session


def _add_tests(session, day):
    """Add both tests as taken on paper and return their ids."""
    at = datetime.combine(day, time(16))
    tests = [
        CourseTest(
            session_id=session.id,
            ordinal=ordinal,
            minutes=0,
            opens_at=at,
            closes_at=at,
            seed=0,
            question_ids=[],
        )
        for ordinal in (FIRST, SECOND)
    ]
    db.session.add_all(tests)
    db.session.flush()
    return [test.id for test in tests], at


def _add_results(session, participants, percents, day):
    """Insert participants and both results of each, with one statement for each table."""
    tests, at = _add_tests(session, day)
    rows = [one | {"session_id": session.id, "present": "1" * session.half_days} for one in participants]
    db.session.execute(insert(Participant.__table__), rows)
    ids = db.session.scalars(
        select(Participant.id).where(Participant.session_id == session.id).order_by(Participant.number)
    ).all()
    sittings = [
        {
            "test_id": test,
            "participant_id": key,
            "started_at": at,
            "ends_at": at,
            "finished_at": at,
            "percent": percent,
        }
        for key, both in zip(ids, percents, strict=True)
        for test, percent in zip(tests, both, strict=True)
    ]
    db.session.execute(insert(Sitting.__table__), sittings)
    recorder.record(db.session, "course.enrolled", "course_session", session.id, count=len(rows))
    return ids


def _add_course_of_2020(course, trainer):
    draw = random.Random(2020)
    pairs = [pair for pair, number in PAIRS.items() for _one in range(number)]
    draw.shuffle(pairs)
    percents = [[draw.randint(*PERCENT[band]) for band in pair] for pair in pairs]
    participants = [{"number": number, "unit_code": unit} for number, unit in enumerate(UNITS, 1)]
    session = _add_session(course, "វគ្គឆ្នាំ២០២០", FIRST_DAY, DAYS, trainer, NOTE)
    _add_results(session, participants, percents, FIRST_DAY + timedelta(days=DAYS - 1))


def _add_refresher(course, planner, trainer, users):
    """Give the demo accounts a certificate of a refresher course, and a session with a test that is open now."""
    today = dates.now().date()
    day = today - timedelta(days=90)
    session = _add_session(course, "វគ្គរំឭក", day, 1, trainer)
    participants = [
        {"number": number, "user_id": user.id, "unit_code": user.unit_code}
        for number, user in enumerate(users, 1)
    ]
    ids = _add_results(session, participants, [[70, 90]] * len(users), day)
    numbers = actions.next_numbers(day.year, len(users))
    issued = [
        {
            "number": number, "code": f"{random.Random(number).getrandbits(32):08X}", "participant_id": key,
            "user_id": user.id, "holder_name": user.name_km or user.get_full_name(), "issued_on": day, "valid_until": dates.add_months(day, 24),
        }
        for number, key, user in zip(numbers, ids, users, strict=True)
    ]  # fmt: skip
    db.session.execute(insert(Certificate.__table__), issued)
    now = dates.now().replace(second=0, microsecond=0)
    session = _add_session(course, "វគ្គរំឭកបន្ទាប់", today, 2, trainer)
    actions.enrol(
        session, [user for user in users if user.username in ("clerk.bb", "warrant.bb", "chief.bb")]
    )
    topics = {question.topic for question in db.session.scalars(select(Question))}
    actions.prepare_test(planner, session, FIRST, sorted(topics), 10, 20, now, now + timedelta(days=30))
