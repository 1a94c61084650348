"""Steps of a correction: the chief requests, planning decides, the technical group applies."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.cases.models import Case, Involvement
from app.corrections.models import Correction
from app.extensions import db
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.record_lock import LockExemption
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.models import Person
from tests.cases.test_row_filter import session_as
from tests.corrections.steps import (
    NEW_SUMMARY,
    REASON,
    apply_correction,
    decide,
    find_user,
    find_waiting_messages,
    load_correction,
    post_request,
    request_correction,
)
from tests.html_pages import Page
from tests.locked_records import EDITABLE_AGE, LOCKED_AGE, add_case_of_age
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, make_registered_person


def test_three_people_correct_one_field_and_it_locks_again(case, chief, planner, group):
    before = case.summary
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    assert find_waiting_messages() == [("correction.requested", "Head of planning")]

    assert decide(planner, number).status_code == 302
    assert load_correction(number).exempt_until - dates.now() > timedelta(hours=3, minutes=59)
    assert db.session.get(Case, case.id).summary == before

    assert apply_correction(group, number).status_code == 302
    done = load_correction(number)
    assert (done.state, db.session.get(Case, case.id).summary) == ("applied", NEW_SUMMARY)
    assert [(f.column_name, f.before, f.after, f.derived) for f in done.fields] == [
        ("summary", before, NEW_SUMMARY, False)
    ]
    assert db.session.scalars(select(LockExemption)).all() == []
    with pytest.raises(IntegrityError):
        db.session.connection().execute(text('update "case" set summary = :new'), {"new": before})
    db.session.rollback()


def test_request_page_links_back_to_the_record(case, chief):
    page = chief.page(f"/correction/request/case/{case.id}")
    assert [one.text for one in page.all("a", href=f"/case/show/{case.id}")][-1] == "បោះបង់"
    assert case.number in page.all("nav", css="crumbs")[0].text


def test_current_value_is_shown_in_the_readers_digits(case, chief):
    values = [one.text for one in chief.page(f"/correction/request/case/{case.id}").all("td", css="lines")]
    assert " ".join(dates.format_datetime(case.occurred_from, "km").split()) in values


def test_applied_correction_notifies_all_participants(case, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    decide(planner, number)
    apply_correction(group, number)

    notified = {who for text_key, who in find_waiting_messages() if text_key == "correction.applied"}
    assert notified == {find_user("chief.bb").id, find_user("planning").id, find_user("clerk.bb").id, "PC-02"}
    assert not [
        one for one in find_waiting_messages() if one[0] in ("correction.requested", "correction.approved")
    ]


def test_each_step_is_audited(case, chief, planner, group):
    number = request_correction(chief, case, summary=NEW_SUMMARY)
    decide(planner, number)
    apply_correction(group, number)

    steps = select(AuditEvent.action, AuditEvent.actor_id).where(AuditEvent.action.startswith("correction."))
    found = db.session.execute(steps.order_by(AuditEvent.seq)).all()
    actors = [find_user(name).id for name in ("chief.bb", "planning", "twg")]
    assert [tuple(row) for row in found] == list(
        zip(("correction.requested", "correction.decided", "correction.applied"), actors, strict=True)
    )


def test_corrected_birth_updates_the_age_in_every_case(case, chief, planner, group):
    person = case.involvements[0].person
    number = request_correction(chief, person, born_on=f"{case.occurred_from.year - 16}-01-01")
    derived = {f.column_name: f.after for f in load_correction(number).fields if f.derived}
    assert derived["age"] == 16 and derived["minor"] is True
    decide(planner, number)
    assert apply_correction(group, number).status_code == 302

    row = db.session.scalars(select(Involvement).where(Involvement.person_id == person.id)).one()
    assert (row.age, row.minor, row.protection) == (16, True, "minor")
    assert db.session.get(Person, person.id).born_on == date(case.occurred_from.year - 16, 1, 1)


def test_corrected_place_updates_all_rows_of_the_case(case, chief, planner, group):
    number = request_correction(chief, case, place="02020101")
    decide(planner, number)
    assert apply_correction(group, number).status_code == 302

    found = db.session.get(Case, case.id)
    assert {row.commune_code for row in (found, *found.offences, *found.involvements, *found.exhibits)} == {
        "020201"
    }


def test_case_moved_by_correction_stays_visible_to_its_author(
    db_session, client_as, chief, planner, group, each_database
):
    """The case now belongs to the other province. Its number stays, and a correction can move it back."""
    record = add_case_of_age(LOCKED_AGE, people=[(make_registered_person(number=4), "suspect")])
    number, suspect = record.number, record.involvements[0].person_id
    db_session.commit()
    move_case(chief, planner, group, record, PHNOM_PENH, occurred_from__reason="another_event")

    for who, sees in (("chief.bb", True), ("clerk.bb", True), ("clerk.pp", True), ("warrant.pp", True)):
        with session_as(who) as session:
            assert (session.get(Case, record.id) is not None) is sees, who
            assert session.get(Person, suspect) is not None, who
            rows = session.scalars(select(Involvement).where(Involvement.case_id == record.id)).all()
            assert [row.province_code for row in rows] == ["12"], who
    assert db_session.get(Case, record.id).number == number
    assert client_as("clerk.pp").get(f"/share/{record.id}").status_code == 403

    move_case(chief, planner, group, record, BATTAMBANG, occurred_from__reason="another_event")
    with session_as("clerk.pp") as session:
        assert session.get(Case, record.id) is None and session.get(Person, suspect) is None
    with session_as("clerk.bb") as session:
        assert session.get(Case, record.id) is not None
    shares = select(AccessGrant.unit_code).where(
        AccessGrant.kind == SHARE, AccessGrant.entity_id == record.id
    )
    assert db_session.scalars(shares).all() == ["PC-02"]


def move_case(chief, planner, group, case, place, **reasons):
    number = request_correction(chief, case, place=place, place__reason="transferred", **reasons)
    assert decide(planner, number).status_code == 302
    assert apply_correction(group, number).status_code == 302


def test_derived_changes_reach_a_hidden_protected_victim(db_session, chief, planner, group):
    victim = make_registered_person(surname_km="ទេព", number=9, sex="F", born_on=date(2012, 1, 1))
    suspect = make_registered_person(number=8)
    case = add_case_of_age(
        LOCKED_AGE, sensitivity="sexual", people=[(suspect, "suspect"), (victim, "victim")]
    )
    db_session.commit()
    number = request_correction(chief, case, place="02020101")
    assert {f.entity_id for f in load_correction(number).fields if f.entity == "involvement"} == {1, 2}
    decide(planner, number)
    assert apply_correction(group, number).status_code == 302

    rows = db.session.scalars(select(Involvement).where(Involvement.case_id == case.id)).all()
    assert [row.commune_code for row in rows] == ["020201", "020201"]
    assert "ទេព" not in group.page(f"/correction/show/{number}").text


def test_voided_case_and_its_rows_are_kept(case, chief, planner, group):
    number = request_correction(chief, case, kind="void")
    decide(planner, number)
    assert apply_correction(group, number).status_code == 302

    found = db.session.get(Case, case.id)
    rows = (found, *found.offences, *found.involvements, *found.exhibits, *found.files, *found.supplements)
    assert all(row.is_void and row.void_reason == REASON for row in rows)
    page = chief.page(f"/case/show/{case.id}")
    assert page.all("h1")[0].has_class("voided") and REASON in page.text
    assert chief.page("/case/list/").all("tr", css="voided")
    assert not [board for board in chief.page("/").all(css="wide-card") if case.number in board.text]


def test_voided_record_cannot_be_changed(case, chief, planner, group):
    row = case.supplements[0]
    number = request_correction(chief, row, kind="void")
    decide(planner, number)
    apply_correction(group, number)

    post_request(chief, row, 409, kind="void")
    row.text = "x"
    with pytest.raises(RuleViolation):
        db.session.flush()
    db.session.rollback()
    assert not db.session.get(Case, case.id).is_void


def test_person_linked_to_cases_cannot_be_voided(case, chief):
    response = post_request(chief, case.involvements[0].person, 422, kind="void")
    assert db.session.scalars(select(Correction)).all() == [] and "plum" in response.text


def test_rules_check_the_new_values(case, chief):
    late = dates.format_datetime(case.reported_at + timedelta(hours=1), "en")
    page = Page.from_response(post_request(chief, case, 422, occurred_to=late), 422)
    assert [rule for _text, rule, _kind in page.get_messages("reported_at")] == ["V003"]
    assert db.session.scalars(select(Correction)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "short"},
        {"cause": ""},
        {"cause": "not_stated"},
        {"letter_no": " "},
        {"reason": "១២៣៤៥៦៧៨៩០១២៣៤៥៦៧៨៩"},
        {},
    ],
    ids=str,
)
def test_request_without_reason_letter_or_change_is_refused(case, chief, wrong):
    post_request(chief, case, 422 if wrong else 409, **({"summary": NEW_SUMMARY} if wrong else {}), **wrong)
    assert db.session.scalars(select(Correction)).all() == []


def test_kind_of_the_correction_is_not_that_of_the_record(case, chief, planner, group):
    exhibit = case.exhibits[0]
    number = request_correction(chief, exhibit, description="ម៉ូតូពណ៌ខៀវ")
    assert [one.column_name for one in load_correction(number).fields if not one.derived] == ["description"]
    decide(planner, number)
    assert apply_correction(group, number).status_code == 302
    db.session.refresh(exhibit)
    assert (exhibit.kind, exhibit.description) == ("vehicle", "ម៉ូតូពណ៌ខៀវ")


def test_decision_without_a_reason_is_refused_at_its_field(case, chief, planner):
    number = request_correction(chief, case, place_kind="house")
    page = Page.from_response(decide(planner, number, decision="ល្អ"), 422)
    (field,) = page.all("textarea", name="decision")
    assert field.text.strip() == "ល្អ" and field["aria-invalid"] == "true"
    assert field.up("bad"), "the error is shown at the field"


def test_correction_page_names_its_record(case, chief, planner):
    number = request_correction(chief, case, place_kind="house")
    assert case.number in planner.page(f"/correction/show/{number}").text


def test_correction_is_in_the_history_of_its_record(case, chief, planner):
    number = request_correction(chief, case, place_kind="house")
    page = chief.page(f"/case/show/{case.id}")
    lines = [line for line in page.all("li") if line.all("a", href=f"/correction/show/{number}")]
    assert lines and "មិនបង្ហាញនៅទីនេះ" not in page.text


def test_editable_case_can_be_voided(db_session, chief, planner, group):
    case = add_case_of_age(EDITABLE_AGE)
    db_session.commit()
    number = request_correction(chief, case, kind="void")
    decide(planner, number)
    assert apply_correction(group, number).status_code == 302
    assert db.session.get(Case, case.id).is_void


def test_editable_record_needs_no_correction(db_session, chief):
    case = add_case_of_age(EDITABLE_AGE)
    db_session.commit()
    post_request(chief, case, 409, summary=NEW_SUMMARY)
