"""The demo has reports of people and property, and their matches."""

from app.demo import missing
from app.missing.models import PersonReport, ReportMatch


def test_demo_has_reports_and_matches(db_session):
    assert missing.generate_reports() == 2
    assert missing.generate_reports() == 0, "only once"
    states = sorted(one.state for one in db_session.query(PersonReport))
    assert states == ["found_alive", "open", "open", "open"]
    assert sorted(one.kind for one in db_session.query(ReportMatch)) == ["person", "property"]
