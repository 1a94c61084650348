"""The course of 2020 in the demo."""

from collections import Counter

from sqlalchemy import func, select

from app.accounts import entry_right
from app.demo import training
from app.training import actions, reports
from app.training.models import Certificate, CourseSession, Participant, Question
from app.training.results import AVERAGE, GOOD, NOT_YET


def test_course_has_the_shares_of_the_press(db_session, client_as):
    training.generate_training(report=lambda _text: None)
    training.generate_training()  # a second run adds nothing
    session = db_session.scalars(select(CourseSession).order_by(CourseSession.starts_on)).first()
    report = reports.build_report(session, actions.list_participants(session))
    shares = [[report.share(ordinal, band) for band in (GOOD, AVERAGE, NOT_YET)] for ordinal in (1, 2)]
    assert (report.total, shares) == (193, [[60, 40, 0], [70, 30, 0]])
    units = Counter(one.unit_code for one in db_session.query(Participant).filter_by(session_id=session.id))
    assert (units["D-CRIM"], units["D-PLAN"], units["PC-25"], len(units)) == (31, 12, 6, 27)
    assert db_session.scalar(select(func.count()).select_from(Question)) >= 12
    holders = db_session.scalars(select(Certificate.user_id)).all()
    assert len(set(holders)) == len(training.TRAINED)
    affected = {user.username for user, _until in db_session.execute(entry_right.select_affected()).unique()}
    assert not affected & set(training.TRAINED), "the demo accounts hold a certificate"
    page = client_as("planning", "en").get(f"/coursesession/results/{session.id}").text
    assert "ប្រឌិត" in page and "60 %" in page and "108" in page
    assert "Take the test" in client_as("clerk.bb", "en").get("/training/list/").text
