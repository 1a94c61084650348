"""A course with a session, a bank of confirmed questions, and the steps of its participants."""

from datetime import timedelta

from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, act_as, actor_of
from app.kernel.text import dates
from app.training import actions
from app.training.models import Certificate, Course, CourseSession, Question

TOPICS = ("law", "entry")


def find_user(username):
    return db.session.query(User).filter_by(username=username).one()


def make_session(trainer="investigator.bb", days=2, starts=None):
    """Return a new session of a new course that ended yesterday."""
    course = Course(
        title_km="វគ្គ E-Crime", syllabus="ការបញ្ចូលទិន្នន័យ", hours=12, validity_months=24, attendance_percent=80,
        good_percent=80, average_percent=50,
    )  # fmt: skip
    session = CourseSession(
        course=course, name="ភ្នំពេញ ១", place="ភ្នំពេញ", days=days, trainer=find_user(trainer),
        starts_on=starts or dates.now().date() - timedelta(days=days),
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    return session


def find_issuer():
    """Return an officer who issues certificates and has not run the session: the manager as a second planner."""
    issuer = find_user("manager")
    issuer.roles = find_user("planning").roles[:]
    db.session.flush()
    return issuer


def add_questions(number=6):
    """Add questions by the head of planning that the working group has confirmed. The first choice is right."""
    before = actor_of(db.session)
    author, reviewer = find_user("planning"), find_user("twg")
    act_as(db.session, Actor(author.id, author.unit_code, scope=SYSTEM.scope))
    rows = [
        Question(topic=TOPICS[at % 2], kind="one", text_km=f"សំណួរ {at}", choices_km="* ត្រូវ\nខុស\nមិនដឹង")
        for at in range(number)
    ]
    db.session.add_all(rows)
    db.session.flush()
    act_as(db.session, Actor(reviewer.id, reviewer.unit_code, scope=SYSTEM.scope))
    for row in rows:
        row.confirmation = "confirmed"
    db.session.flush()
    act_as(db.session, before)
    return rows


def prepare(session, ordinal=1, number=4, minutes=30, has_code=False):
    """Return a test of the session that is open now."""
    now = dates.now()
    return actions.prepare_test(
        find_user("planning"), session, ordinal, TOPICS, number, minutes, now - timedelta(minutes=1),
        now + timedelta(hours=1), has_code,
    )  # fmt: skip


def take(participant, test, right):
    """Answer all questions, the first `right` ones rightly, and end the test."""
    sitting = actions.start_sitting(participant, test)
    for at, key in enumerate(test.question_ids):
        actions.save_answer(sitting, key, {0 if at < right else 1})
    actions.finish_sitting(sitting)
    return sitting


def give_certificate(user, valid_until):
    """Return a certificate of the account, from a session of its own."""
    session = make_session()
    actions.enrol(session, [user])
    (participant,) = actions.list_participants(session)
    certificate = Certificate(
        number=f"EC-2020-{participant.id:05d}", code="0A1B2C3D", participant_id=participant.id, user_id=user.id,
        holder_name=participant.name, issued_on=valid_until - timedelta(days=730), valid_until=valid_until,
    )  # fmt: skip
    db.session.add(certificate)
    db.session.flush()
    return certificate
