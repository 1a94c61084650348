"""The demo has series of cases and prevention programmes."""

import pytest
from sqlalchemy import select

from app.demo import prevention, series
from app.prevention.models import PreventionProgramme
from app.series.models import CaseSeries


@pytest.fixture(autouse=True)
def statistics_folder(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)


def test_planted_series_are_found_and_no_others(small_country, client_as):
    assert series.generate_series() == 2
    assert series.generate_series() == 0, "only once"
    found = small_country.scalars(select(CaseSeries).order_by(CaseSeries.state)).unique().all()
    assert [(one.state, one.family, one.province_code, len(one.members)) for one in found] == [
        ("confirmed", "property", "12", series.CASES), ("proposed", "property", "02", series.CASES),
    ]  # fmt: skip
    assert client_as("monitor").get(f"/caseseries/show/{found[0].id}").status_code == 200


def test_programmes_have_a_page(db_session, client_as):
    assert prevention.generate_programmes() == 2
    assert prevention.generate_programmes() == 0, "only once"
    for one in db_session.query(PreventionProgramme):
        assert client_as("chief.bb").get(f"/preventionprogramme/show/{one.id}").status_code == 200
