"""A day without a time stays without a time: midnight and "no time" differ everywhere."""

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.kernel.text import dates, khmer
from app.kernel.validation.warning_overrides import WarningOverride
from tests.cases.form_data import hours_ago, make_row, make_theft
from tests.html_pages import Page
from tests.sql_calls import Program

ENTRY = "/entry/a-day-without-a-time"
YESTERDAY = hours_ago(24)[:10]  # its midnight is less than 48 hours ago at each time of day
DAY = make_row("case", occurred_from=YESTERDAY, occurred_to="")
MIDNIGHT = make_row("case", occurred_from=f"{YESTERDAY} 00:00", occurred_to="")


def enter(clerk, db_session, change):
    """Enter a theft and return its case."""
    assert clerk.send(ENTRY, make_theft(change)).status_code == 302
    return db_session.scalars(select(Case).order_by(Case.id.desc())).first()


@pytest.mark.parametrize(("change", "unknown"), [(DAY, True), (MIDNIGHT, False)], ids=["day", "midnight"])
def test_entry_keeps_a_day_without_a_time(clerk, db_session, each_database, change, unknown):
    case = enter(clerk, db_session, change)
    assert case.time_unknown is unknown
    for url in (f"/case/show/{case.id}", "/case/list/"):
        text = khmer.to_latin_digits(clerk.page(url).text)
        assert ("00:00" in text) is not unknown, url
    answer = Program(clerk).get("cases/")
    assert [one["time_unknown"] for one in answer["result"]] == [unknown]


def test_time_typed_later_is_known_again(clerk, db_session):
    case = enter(clerk, db_session, DAY)
    page = clerk.page(f"/case/edit/{case.id}")
    typed = {name: values[-1] for name, values in page.typed().items() if name not in ("q", "csrf_token")}
    typed |= {"occurred_from": f"{YESTERDAY} 08:15"}
    typed.pop("time_unknown", None)
    assert clerk.send(f"/case/edit/{case.id}", typed).status_code == 302
    db_session.expire_all()
    assert not case.time_unknown and case.occurred_from.hour == 8


def test_report_without_a_time_is_asked_for_and_counts_from_midnight(clerk, db_session, each_database):
    """The worst case is assumed and said: the limit of entry runs from 00:00."""
    change = DAY | make_row("case", reported_at=YESTERDAY)
    page = Page.from_response(clerk.send(ENTRY, make_theft(change)), 422)
    ((text, _rule, kind),) = [one for one in page.get_messages("case-reported_at") if one[1] == "V001"]
    assert kind == "warning" and "ពេលដំបូងបំផុត" in text
    case = enter(clerk, db_session, change | {"case-reported_at__reason": "not_stated"})
    assert case.reported_at == dates.parse_datetime(YESTERDAY)[0] and case.report_time_unknown
    for url in (f"/case/show/{case.id}", "/case/list/"):
        assert "00:00" not in khmer.to_latin_digits(clerk.page(url).text), url
    (kept,) = db_session.scalars(select(WarningOverride).where(WarningOverride.rule == "V001"))
    assert (kept.field_name, kept.reason) == ("reported_at", "not_stated")


def test_edit_of_a_report_without_a_time_is_asked_for(clerk, db_session):
    case = enter(clerk, db_session, DAY)
    program, path = Program(clerk), f"cases/{case.id}"
    body = {"version": case.version, "reported_at": YESTERDAY}
    errors = program.put(path, body, 422)["errors"]
    assert {(one["rule"], one["severity"]) for one in errors["reported_at"]} == {("V001", "warning")}
    program.put(path, body | {"reported_at__reason": "not_stated"})
