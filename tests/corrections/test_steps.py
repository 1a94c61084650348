"""A chief asks, planning decides, the technical group carries out: three people, and nothing else opens."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.cases.models import Case, Involvement
from app.corrections.models import Correction
from app.extensions import db
from app.kernel.access.access_grants import SHARE, Opening
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.record_lock import Door
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.people.models import Person
from tests.cases.test_row_filter import seen_by
from tests.corrections.steps import NEW, REASON, ask, asked, carry_out, decide, the, user, waiting
from tests.html_pages import Page
from tests.locked_records import OPEN, SHUT, a_case_of
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_person


def test_three_people_correct_one_field_and_it_is_shut_again(case, chief, planner, group):
    before = case.summary
    number = asked(chief, case, summary=NEW)
    assert waiting() == [("correction.asked", "Head of planning")]

    assert decide(planner, number).status_code == 302
    assert the(number).open_until - dates.now() > timedelta(hours=3, minutes=59)
    assert db.session.get(Case, case.id).summary == before

    assert carry_out(group, number).status_code == 302
    done = the(number)
    assert (done.state, db.session.get(Case, case.id).summary) == ("carried", NEW)
    assert [(f.column_name, f.before, f.after, f.derived) for f in done.fields] == [
        ("summary", before, NEW, False)
    ]
    assert db.session.scalars(select(Door)).all() == []
    with pytest.raises(IntegrityError):
        db.session.connection().execute(text('update "case" set summary = :new'), {"new": before})
    db.session.rollback()


def test_whoever_thinks_better_of_it_is_led_back_to_the_record(case, chief):
    page = chief.page(f"/correction/ask/case/{case.id}")
    assert [one.text for one in page.all("a", href=f"/case/show/{case.id}")][-1] == "បោះបង់"
    assert case.number in page.all("nav", css="crumbs")[0].text


def test_what_stands_now_is_told_in_the_digits_of_the_reader(case, chief):
    stands = [one.text for one in chief.page(f"/correction/ask/case/{case.id}").all("td", css="lines")]
    assert " ".join(dates.say_moment(case.occurred_from, "km").split()) in stands


def test_everybody_concerned_is_told(case, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    decide(planner, number)
    carry_out(group, number)

    told = {who for text_key, who in waiting() if text_key == "correction.carried"}
    assert told == {user("chief.bb").id, user("planning").id, user("clerk.bb").id, "PC-02"}
    assert not [one for one in waiting() if one[0] in ("correction.asked", "correction.approved")]


def test_each_step_leaves_its_trace(case, chief, planner, group):
    number = asked(chief, case, summary=NEW)
    decide(planner, number)
    carry_out(group, number)

    steps = select(AuditEvent.action, AuditEvent.actor_id).where(AuditEvent.action.startswith("correction."))
    found = db.session.execute(steps.order_by(AuditEvent.seq)).all()
    actors = [user(name).id for name in ("chief.bb", "planning", "twg")]
    assert [tuple(row) for row in found] == list(
        zip(("correction.asked", "correction.decided", "correction.carried"), actors, strict=True)
    )


def test_a_corrected_birth_reaches_the_age_in_every_case(case, chief, planner, group):
    person = case.involvements[0].person
    number = asked(chief, person, born_on=f"{case.occurred_from.year - 16}-01-01")
    derived = {f.column_name: f.after for f in the(number).fields if f.derived}
    assert derived["age"] == 16 and derived["minor"] is True
    decide(planner, number)
    assert carry_out(group, number).status_code == 302

    row = db.session.scalars(select(Involvement).where(Involvement.person_id == person.id)).one()
    assert (row.age, row.minor, row.restricted) == (16, True, True)
    assert db.session.get(Person, person.id).born_on == date(case.occurred_from.year - 16, 1, 1)


def test_a_corrected_place_reaches_everything_in_the_case(case, chief, planner, group):
    number = asked(chief, case, place="02020101")
    decide(planner, number)
    assert carry_out(group, number).status_code == 302

    found = db.session.get(Case, case.id)
    assert {row.commune_code for row in (found, *found.offences, *found.involvements, *found.exhibits)} == {
        "020201"
    }


def test_a_case_that_a_correction_moves_to_another_province_stays_with_who_entered_it(
    db_session, client_as, chief, planner, group, each_database
):
    """It is of the other province from now on; its number stays, and its chief can ask for the way back."""
    made = a_case_of(SHUT, people=[(a_registered_person(number=4), "suspect")])
    number, suspect = made.number, made.involvements[0].person_id
    db_session.commit()
    move(chief, planner, group, made, PHNOM_PENH, occurred_from__reason="another_event")

    for who, sees in (("chief.bb", True), ("clerk.bb", True), ("clerk.pp", True), ("warrant.pp", True)):
        with seen_by(who) as session:
            assert (session.get(Case, made.id) is not None) is sees, who
            assert session.get(Person, suspect) is not None, who
            rows = session.scalars(select(Involvement).where(Involvement.case_id == made.id)).all()
            assert [row.province_code for row in rows] == ["12"], who
    assert db_session.get(Case, made.id).number == number
    assert client_as("clerk.pp").get(f"/share/{made.id}").status_code == 403

    move(chief, planner, group, made, BATTAMBANG, occurred_from__reason="another_event")
    with seen_by("clerk.pp") as session:
        assert session.get(Case, made.id) is None and session.get(Person, suspect) is None
    with seen_by("clerk.bb") as session:
        assert session.get(Case, made.id) is not None
    kept = select(Opening.unit_code).where(Opening.kind == SHARE, Opening.entity_id == made.id)
    assert db_session.scalars(kept).all() == ["PC-02"]


def move(chief, planner, group, case, place, **passed):
    number = asked(chief, case, place=place, place__reason="transferred", **passed)
    assert decide(planner, number).status_code == 302
    assert carry_out(group, number).status_code == 302


def test_what_follows_reaches_a_protected_victim_whom_nobody_is_shown(db_session, chief, planner, group):
    victim = a_registered_person(surname_km="ទេព", number=9, sex="F", born_on=date(2012, 1, 1))
    suspect = a_registered_person(number=8)
    case = a_case_of(SHUT, sensitivity="sexual", people=[(suspect, "suspect"), (victim, "victim")])
    db_session.commit()
    number = asked(chief, case, place="02020101")
    assert {f.entity_id for f in the(number).fields if f.entity == "involvement"} == {1, 2}
    decide(planner, number)
    assert carry_out(group, number).status_code == 302

    rows = db.session.scalars(select(Involvement).where(Involvement.case_id == case.id)).all()
    assert [row.commune_code for row in rows] == ["020201", "020201"]
    assert "ទេព" not in group.page(f"/correction/show/{number}").text


def test_a_case_is_struck_out_with_its_rows_and_kept(case, chief, planner, group):
    number = asked(chief, case, kind="void")
    decide(planner, number)
    assert carry_out(group, number).status_code == 302

    found = db.session.get(Case, case.id)
    rows = (found, *found.offences, *found.involvements, *found.exhibits, *found.files, *found.supplements)
    assert all(row.is_void and row.void_reason == REASON for row in rows)
    page = chief.page(f"/case/show/{case.id}")
    assert page.all("h1")[0].has_class("struck") and REASON in page.text
    assert chief.page("/case/list/").all("tr", css="struck")
    assert not [board for board in chief.page("/").all(css="wide-board") if case.number in board.text]


def test_what_was_struck_out_stays_as_it_is(case, chief, planner, group):
    row = case.supplements[0]
    number = asked(chief, row, kind="void")
    decide(planner, number)
    carry_out(group, number)

    ask(chief, row, 409, kind="void")
    row.text = "x"
    with pytest.raises(RuleBroken):
        db.session.flush()
    db.session.rollback()
    assert not db.session.get(Case, case.id).is_void


def test_a_person_who_stands_in_cases_is_not_struck_out(case, chief):
    answer = ask(chief, case.involvements[0].person, 422, kind="void")
    assert db.session.scalars(select(Correction)).all() == [] and "plum" in answer.text


def test_the_rules_are_asked_with_the_new_values(case, chief):
    late = dates.say_moment(case.reported_at + timedelta(hours=1), "en")
    page = Page.of(ask(chief, case, 422, occurred_to=late), 422)
    assert [rule for _text, rule, _kind in page.said_at("reported_at")] == ["V003"]
    assert db.session.scalars(select(Correction)).all() == []


@pytest.mark.parametrize(
    "wrong", [{"reason": "short"}, {"letter_no": " "}, {"reason": "១២៣៤៥៦៧៨៩០១២៣៤៥៦៧៨៩"}, {}], ids=str
)
def test_without_reason_letter_or_change_nothing_is_asked(case, chief, wrong):
    ask(chief, case, 422 if wrong else 409, **({"summary": NEW} if wrong else {}), **wrong)
    assert db.session.scalars(select(Correction)).all() == []


def test_a_decision_without_a_reason_is_told_at_its_box(case, chief, planner):
    number = asked(chief, case, place_kind="house")
    page = Page.of(decide(planner, number, decision="ល្អ"), 422)
    (box,) = page.all("textarea", name="decision")
    assert box.text.strip() == "ល្អ" and box["aria-invalid"] == "true"
    assert box.up("bad"), "the mistake stands beside the box"


def test_the_page_of_a_correction_names_its_record(case, chief, planner):
    number = asked(chief, case, place_kind="house")
    assert case.number in planner.page(f"/correction/show/{number}").text


def test_a_correction_is_told_in_the_life_of_its_record(case, chief, planner):
    number = asked(chief, case, place_kind="house")
    page = chief.page(f"/case/show/{case.id}")
    told = [line for line in page.all("li") if line.all("a", href=f"/correction/show/{number}")]
    assert told and "មិនបង្ហាញនៅទីនេះ" not in page.text


def test_a_mistake_is_struck_out_before_it_is_shut_too(db_session, chief, planner, group):
    case = a_case_of(OPEN)
    db_session.commit()
    number = asked(chief, case, kind="void")
    decide(planner, number)
    assert carry_out(group, number).status_code == 302
    assert db.session.get(Case, case.id).is_void


def test_an_open_record_is_changed_without_a_correction(db_session, chief):
    case = a_case_of(OPEN)
    db_session.commit()
    ask(chief, case, 409, summary=NEW)
