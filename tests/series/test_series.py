"""A series is proposed by the job and decided by the criminal police monitor; readers see their own cases of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Unit
from app.series import proposals
from app.series.models import CaseSeries, CaseSeriesMember
from app.statistics import update_job
from tests.accounts.sample_staff import find_user, find_user_id
from tests.html_pages import Page
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person


@pytest.fixture
def series(db_session, app, tmp_path, monkeypatch):
    """Return a proposed series of five thefts in Battambang with one suspect, found among other thefts."""
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)
    suspect = make_registered_person()
    with acting_as("clerk.bb"):
        for number in range(5):
            case = add_theft(10 + number * 5, people=[(suspect, "suspect")], place_kind="house")
            case.offences[0].method, case.offences[0].means, case.offences[0].weapon = (
                "breaking_in",
                "tool",
                "gun",
            )
        for number in range(15):
            place = BATTAMBANG if number < 3 else PHNOM_PENH
            case = add_theft(9 + number * 4, hour=6 + number, place=place)
            case.offences[0].method = ("snatching", "climbing", "deceit", "force")[number % 4]
    db_session.commit()
    proposals.propose_series(db_session)
    return db_session.scalars(select(CaseSeries)).one()


def add_theft(days, hour=2, place=BATTAMBANG, **over):
    at = (dates.now() - timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return add_registered_case(place, occurred_from=at, occurred_to=at, reported_at=at, **over)


def decide(client, series, step, members, reason="", version=None):
    form = {
        "step": step,
        "reason": reason,
        "version": version or series.version,
        "case": [one.id for one in members],
    }
    return client.send(f"/caseseries/decide/{series.id}", form)


def load(model, pk):
    db.session.expire_all()
    return db.session.get(model, pk)


def test_page_of_a_case_links_to_its_series(series, client_as, each_database):
    page, case_id = f"/caseseries/show/{series.id}", series.members[0].case_id
    other = db.session.scalar(select(CaseSeriesMember.case_id).where(CaseSeriesMember.case_id != case_id))

    def links(name, pk):
        return [
            one["href"]
            for one in client_as(name).page(f"/case/show/{pk}").all("a")
            if one.get("href") == page
        ]

    assert links("investigator.bb", case_id) == [page]
    assert links("clerk.bb", case_id) == [], "without the right"
    series.members[0].state = "removed"
    db.session.commit()
    assert links("investigator.bb", case_id) == [] and links("investigator.bb", other) == [page]


def test_page_of_a_case_shows_a_series_after_many_rejected_ones(series, client_as):
    case_id, values = series.members[0].case_id, {"common": {}, "found_at": dates.now()}
    values |= {name: getattr(series, name) for name in ("family", "province_code", "first_day", "last_day")}
    for state in (*["rejected"] * 6, "proposed"):
        last = CaseSeries(state=state, members=[CaseSeriesMember(case_id=case_id)], **values)
        db.session.add(last)
        db.session.flush()
    db.session.commit()
    links = [one.get("href") for one in client_as("investigator.bb").page(f"/case/show/{case_id}").all("a")]
    assert [f"/caseseries/show/{pk}" in links for pk in (last.id - 1, last.id)] == [False, True]


def test_monitor_confirms_a_proposed_series(series, client_as, each_database):
    assert (series.state, series.family, series.province_code, len(series.members)) == (
        "proposed",
        "property",
        "02",
        5,
    )
    assert series.common["method"]["value"] == "breaking_in"
    assert proposals.propose_series(db.session) == 0, "the job proposes it once"
    monitor = client_as("monitor", "en")
    page = monitor.get(f"/caseseries/show/{series.id}").text
    assert "Map of the series" in page and "Timeline of the series" in page
    assert page.count('name="case"') == 5
    suspects = page.rpartition("Suspects of several cases")[2]
    assert "/person/show/" in suspects and suspects.count("/case/show/") == 5
    kept, dropped = series.members[:4], series.members[4]
    version = series.version
    assert decide(monitor, series, "confirm", kept, "ដូចគ្នា").status_code == 302
    series = load(CaseSeries, series.id)
    assert (series.state, series.decided_by_id) == ("confirmed", find_user_id("monitor"))
    assert [one.state for one in series.members] == ["confirmed"] * 4 + ["removed"]
    assert decide(monitor, series, "confirm", kept, version=version).status_code == 409, "a second click"
    assert proposals.propose_series(db.session) == 0, "a removed case does not come back"
    with pytest.raises(DatabaseError):
        db.session.execute(update(CaseSeriesMember).values(case_id=dropped.case_id))
    db.session.rollback()
    chief = client_as("chief.bb", "en")
    page = chief.get(f"/caseseries/show/{series.id}").text
    assert page.count("/case/show/") >= 4 and 'name="step"' not in page
    assert decide(chief, series, "reject", [], "x").status_code == 403
    officer = find_user("investigator.bb")
    officer.unit = db.session.get(Unit, "PC-04")
    db.session.commit()
    elsewhere = client_as("investigator.bb")
    assert elsewhere.get(f"/caseseries/show/{series.id}").status_code == 404
    assert "/caseseries/show/" not in elsewhere.get("/caseseries/list/").text


def test_split_and_reject(series, client_as):
    monitor = client_as("monitor", "en")
    answer = decide(monitor, series, "split", series.members[:4])
    assert "At least two cases must remain" in Page.from_response(answer, 422).by_id("case-bad").text
    assert decide(monitor, series, "confirm", series.members[:1]).status_code == 422
    assert decide(monitor, series, "explode", series.members).status_code == 400
    answer = decide(monitor, series, "split", series.members[:2], "កន្លែងផ្សេង")
    assert answer.status_code == 302
    part = load(CaseSeries, int(answer.location.rpartition("/")[2]))
    series = load(CaseSeries, series.id)
    assert (part.state, part.split_from_id, len(part.members)) == ("confirmed", series.id, 2)
    assert [one.state for one in series.members] == ["removed"] * 2 + ["proposed"] * 3
    answer = decide(monitor, series, "reject", [])
    assert "Enter why" in Page.from_response(answer, 422).by_id("reason-bad").text
    assert decide(monitor, series, "reject", [], "ចៃដន្យ").status_code == 302
    series = load(CaseSeries, series.id)
    assert decide(monitor, series, "confirm", series.members).status_code == 422
    assert proposals.propose_series(db.session) == 0, "rejected cases are not proposed again"


def test_repeat_suspects_and_places(series, client_as):
    update_job.update_figures(db.session)
    page = client_as("monitor", "en").get("/caseseries/repeats/").text
    suspects, _heading, rest = page.partition("Suspects of several cases")[2].partition(
        "Victims of several cases"
    )
    assert suspects.count("/person/show/") == 1 and ">5<" in suspects
    assert "Villages with several cases" in rest
