"""The demo has an issued official report."""

from app.demo import official_reports
from app.statistics.models import ISSUED, OfficialReport


def test_demo_has_an_issued_report(app, db_session, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)
    number = official_reports.generate_report()
    (report,) = db_session.query(OfficialReport).all()
    assert (report.number, report.state, report.unit_code) == (number, ISSUED, "PC-02")
    assert report.drafted_by_id != report.reviewed_by_id and len(report.files) == 3
    assert official_reports.generate_report() == "", "only once"
