"""Prevention programmes: entered by chiefs and planners, with the cases before and after."""

from datetime import date, timedelta

import pytest

from app.extensions import db
from app.kernel.text import dates
from app.prevention import figures
from app.prevention.models import PreventionProgramme
from app.statistics import periods, reader, store

TODAY = dates.now().date()
START = periods.add_months(TODAY, -7).replace(day=1)


@pytest.fixture
def planted(db_session, app, tmp_path, monkeypatch):
    """Publish figures in which thefts of one district halve when the programme begins."""
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)
    months, places = [], []
    for back in range(20):
        month = periods.add_months(TODAY.replace(day=1), -back)
        in_area = 10 if month >= START else 30
        for place, count in (("020301", in_area), ("020401", 30), ("120101", 60), (None, 2)):
            months += [periods.month_number(month)] * count
            places += [place] * count
    with store.open_work_file() as work:
        work.execute(
            "INSERT INTO cases (id, month, commune, district, province) SELECT id, month, place, place[:4], place[:2]"
            " FROM (SELECT unnest($1) AS id, unnest($2) AS month, unnest($3) AS place)",
            [list(range(len(months))), months, places],
        )
        work.execute("INSERT INTO offences (id, case_id, family) SELECT id, id, 'property' FROM cases")
    store.publish()


def enter(client, **over):
    form = {
        "title": "ល្បាតពេលយប់", "text": "ល្បាតជាពីរនាក់", "goal": "បន្ថយចោរកម្ម", "place": "0203", "family": "property",
        "starts_on": START.strftime("%d/%m/%Y"),
    }  # fmt: skip
    return client.send("/preventionprogramme/add", form | over)


def test_planted_fall_is_shown_in_plain_words(planted, client_as, each_database):
    chief = client_as("chief.bb", "en")
    assert enter(chief).status_code == 302
    programme = db.session.query(PreventionProgramme).one()
    assert (programme.unit_code, programme.recorded_by_id is not None) == ("PC-02", True)
    page = chief.get(f"/preventionprogramme/show/{programme.id}").text
    assert "There were fewer cases than chance explains." in page
    assert "did not rise at the same time" in page and "A difference does not say why" in page
    assert "<svg" in page and "Cases in the programme" in page
    assert client_as("planning").get(f"/preventionprogramme/show/{programme.id}").status_code == 200
    assert client_as("clerk.bb").get(f"/preventionprogramme/show/{programme.id}").status_code == 403


def test_a_reader_of_an_area_sees_no_numbers_of_another(planted, client_as, each_database):
    chief = client_as("chief.bb", "en")
    enter(chief)
    enter(chief, place="1202", title="ភ្នំពេញ")
    own, foreign = db.session.query(PreventionProgramme).order_by(PreventionProgramme.id)
    page = chief.get(f"/preventionprogramme/show/{own.id}").text
    assert "Areas around it" in page and "Comparison area" not in page
    page = chief.get(f"/preventionprogramme/show/{foreign.id}").text
    assert "outside your area of responsibility" in page and "Cases in the programme" not in page
    page = client_as("planning", "en").get(f"/preventionprogramme/show/{foreign.id}").text
    assert "outside your area of responsibility" not in page


def test_bad_input_is_reported_at_its_field(client_as, db_session):
    chief = client_as("chief.bb", "en")
    earlier = (START - timedelta(days=1)).strftime("%d/%m/%Y")
    for field, value, words in (
        ("ends_on", earlier, "ends before it begins"),
        ("place", "02031001", "Choose a commune, a district or a province."),
        ("comparison", "02", "outside the area of the programme"),
        ("second_family", "property", "Choose another offence family."),
        ("title", "", "required"),
    ):
        answer = enter(chief, **{field: value})
        assert answer.status_code == 422 and words in answer.text, field
        assert "ល្បាតជាពីរនាក់" in answer.text, "the input is kept"
    assert db.session.query(PreventionProgramme).count() == 0


def test_before_is_the_same_season(planted):
    programme = PreventionProgramme(
        starts_on=date(2024, 2, 29), ends_on=date(2025, 4, 10), place_code="0203", family="property"
    )
    months = figures.find_months(programme)
    assert (months.after[0], months.after[-1], len(months.after)) == (202403, 202503, 13)
    assert (months.before[0], months.before[-1]) == (202203, 202303)
    programme.starts_on, programme.ends_on = TODAY, None
    assert figures.find_months(programme) is None


def test_areas_do_not_overlap(planted):
    programme = PreventionProgramme(starts_on=START, place_code="020301", family="property")
    months = figures.find_months(programme)
    counts = figures.count_months(reader.open_reader(), programme, months)
    assert counts[months.after[0]] == {"target": 10, "neighbours": 0, "comparison": 90}, (
        "elsewhere in the country"
    )
    programme.place_code, programme.comparison_code = "0203", "0204"
    counts = figures.count_months(reader.open_reader(), programme, months)
    assert counts[months.after[0]] == {"target": 10, "neighbours": 0, "comparison": 30}
    programme.place_code, programme.comparison_code = "02", None
    counts = figures.count_months(reader.open_reader(), programme, months)
    assert counts[months.after[0]] == {"target": 40, "neighbours": 0, "comparison": 60}
