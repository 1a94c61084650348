"""The status of a case follows from its arrests and judgments, without a step of procedure."""

from datetime import timedelta
from functools import partial
from itertools import permutations
from types import SimpleNamespace

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from app.cases import case_status
from app.cases.models import Case, CaseDisposition, Involvement
from app.cases.models.case import COMPUTED_COLUMNS
from app.custody.models import Arrest, Judgment, JudgmentStep
from app.extensions import db
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.text import dates
from app.people.models import Person
from app.reference.models import Court, Unit
from tests.corrections.steps import void_record
from tests.custody.form_data import (
    enter_arrest,
    enter_judgment,
    format_ago,
    format_day,
    make_suspect,
    send_form,
)
from tests.people.sample_deaths import confirm_death
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

PAPER = {"document_no": "88/26", "document_date": format_day()}


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 20)


def day_ago(days):
    return dates.now().date() - timedelta(days=days)


def read_status(db_session, suspect):
    """Return the computed columns of the case. The check of `run.py status check` finds the same."""
    db_session.rollback()
    assert case_status.find_drift(db_session.connection()) == []
    case = db_session.get(Case, suspect.case_id)
    return {name: value for name in COMPUTED_COLUMNS if (value := getattr(case, name)) is not None}


def enter_step(client, suspect, status=302, **typed):
    answer = client.send(
        "/casedisposition/add", {"case": str(suspect.case_id), "decided_on": format_day()} | typed
    )
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def test_case_is_solved_by_its_arrest_and_judged_by_its_judgment(db_session, clerk, suspect, each_database):
    assert read_status(db_session, suspect) == {"status": "open"}
    enter_arrest(clerk, suspect, at=format_ago(days=6))
    solved = {"clearance": "arrest", "solved_on": day_ago(6)}
    assert read_status(db_session, suspect) == {"status": "solved", **solved}
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-5))
    sent = {"sent_on": day_ago(5), "court_code": "CFI-02"}
    assert read_status(db_session, suspect) == {"status": "judged", **solved, **sent}
    page = clerk.page(f"/case/show/{suspect.case_id}")
    assert page.all("a", href=f"/judgment/show/{judgment}"), "the basis of the status"
    with pytest.raises(DBAPIError, match="lock: computed"):
        db_session.execute(text("UPDATE \"case\" SET status = 'open'"))
    db_session.rollback()
    aside = {"judgment": judgment, "kind": "set_aside", "done_on": format_day(), "document_no": "៧/២៦"}
    send_form(clerk, "judgmentstep", **aside)
    assert read_status(db_session, suspect) == {"status": "at_court", **solved, **sent}


def test_status_follows_an_arrest_that_a_program_enters(db_session, clerk, suspect):
    body = {"involvement": suspect.id, "at": f"{day_ago(4)}T10:00", "ground": "flagrant", "by_unit": "PC-02"}
    Program(clerk).post("arrests/", body)
    assert read_status(db_session, suspect) == {
        "status": "solved",
        "clearance": "arrest",
        "solved_on": day_ago(4),
    }


def test_step_that_arrest_or_judgment_gives_is_refused(db_session, clerk, suspect):
    """V141."""
    enter_arrest(clerk, suspect, at=format_ago(days=6))
    assert "V141" in enter_step(clerk, suspect, 422, kind="solved", clearance="arrest")
    assert "V141" in enter_step(clerk, suspect, 422, kind="unsolved", decided_on=format_day(-5))
    enter_step(clerk, suspect, kind="at_prosecutor", decided_on=format_day(-5), **PAPER)
    for kind in ("final", "judged"):
        page = enter_step(clerk, suspect, 422, kind=kind, court="CFI-02", **PAPER)
        assert "V141" in page
    form = f"/judgment/add?involvement={suspect.id}"
    assert f'href="{form}"' in page and clerk.page(form).typed()["involvement"] == [str(suspect.id)]
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-4))
    for kind in ("judged", "final", "appeal"):
        page = enter_step(clerk, suspect, 422, kind=kind, court="CFI-02", **PAPER)
        assert "V141" in page and "សាលក្រម" in page
        assert ("/judgmentstep/add" in page) == (kind != "judged")
    enter_step_of_judgment(clerk, judgment, "final", -3)
    assert read_status(db_session, suspect)["status"] == "final"


def enter_step_of_judgment(clerk, judgment, kind, days=0, **over):
    step = {"judgment": judgment, "kind": kind, "done_on": format_day(days), "document_no": "៧/២៦"}
    return send_form(clerk, "judgmentstep", **step | over)


def test_step_before_a_judgment_is_entered_late(db_session, clerk, suspect):
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-2))
    enter_step_of_judgment(clerk, judgment, "final", -1)
    enter_step(clerk, suspect, kind="at_prosecutor", decided_on=format_day(-4), **PAPER)
    found = read_status(db_session, suspect)
    assert found == {"status": "final", "sent_on": day_ago(4), "court_code": "CFI-02"}


def test_order_of_arrest_and_steps_of_one_day(db_session, clerk, suspect):
    """An arrest comes after a suspension of its day, and before the other steps."""
    day = (dates.now() - timedelta(hours=6)).strftime("%d-%m-%Y")
    enter_step(clerk, suspect, kind="unsolved", decided_on=day)
    enter_arrest(clerk, suspect)
    assert read_status(db_session, suspect)["status"] == "solved"
    enter_step(clerk, suspect, kind="at_prosecutor", decided_on=day, **PAPER)
    assert read_status(db_session, suspect)["status"] == "at_prosecutor"
    enter_step(clerk, suspect, kind="returned", decided_on=day, **PAPER)
    assert read_status(db_session, suspect)["status"] == "solved", "the arrest is after the return"


def test_order_of_judgment_and_steps_of_one_day(db_session, clerk, suspect):
    """Immediate appearance: the case is before the court and judged on one day."""
    enter_judgment(clerk, suspect, decided_on=format_day(-2))
    enter_step(clerk, suspect, kind="immediate", decided_on=format_day(-2), court="CFI-02", **PAPER)
    assert read_status(db_session, suspect)["status"] == "judged"
    enter_step(clerk, suspect, kind="closed", decided_on=format_day(-2), **PAPER)
    assert read_status(db_session, suspect)["status"] == "closed"


def add_suspect(case_id, number=9, role="suspect"):
    with acting_as("clerk.bb"):
        row = Involvement(
            case=db.session.get(Case, case_id),
            person=make_registered_person(number),
            role=role,
            injury="none",
        )
        db.session.add(row)
        db.session.commit()
    return SimpleNamespace(id=row.id, case_id=case_id, person_id=row.person_id)


def reopen_with_another_suspect(clerk, client_as, suspect):
    """Close the case with a final judgment, reopen it, and return the suspect who was added between."""
    first = enter_judgment(clerk, suspect, decided_on=format_day(-17))
    enter_step_of_judgment(clerk, first, "final", -16)
    enter_step(clerk, suspect, kind="closed", decided_on=format_day(-15), **PAPER)
    other = add_suspect(suspect.case_id)
    reopened = {"decided_on": format_day(-14), "reason": "មានជនសង្ស័យថ្មី"}
    enter_step(client_as("chief.bb"), suspect, kind="open", court="CFI-02", **reopened, **PAPER)
    return other


def test_case_is_judged_when_each_suspect_is(db_session, clerk, suspect, each_database):
    other = add_suspect(suspect.case_id)
    enter_arrest(clerk, suspect, at=format_ago(days=9))
    first = enter_judgment(clerk, suspect, decided_on=format_day(-8))
    facts = {"clearance": "arrest", "solved_on": day_ago(9), "sent_on": day_ago(8), "court_code": "CFI-02"}
    assert read_status(db_session, suspect) == {"status": "solved", **facts}
    page = clerk.page(f"/case/show/{suspect.case_id}")
    assert [
        one["href"] for one in page.all("a", href=True) if one["href"].startswith("/judgment/add?inv")
    ] == [f"/judgment/add?involvement={other.id}"]
    assert "V141" in enter_step(clerk, suspect, 422, kind="judged", court="CFI-02", **PAPER)
    enter_step_of_judgment(clerk, first, "final", -7)
    assert read_status(db_session, suspect)["status"] == "solved"
    second = enter_judgment(clerk, other, decided_on=format_day(-6), court_no="៣០២/២៦")
    assert read_status(db_session, suspect) == {"status": "judged", **facts}
    assert "/judgment/add?inv" not in clerk.get(f"/case/show/{suspect.case_id}").text
    enter_step_of_judgment(clerk, second, "appeal", -5)
    assert read_status(db_session, suspect) == {"status": "at_court", **facts}
    third = enter_judgment(clerk, other, decided_on=format_day(-4), court_no="៣០៣/២៦")
    assert read_status(db_session, suspect)["status"] == "judged"
    enter_step_of_judgment(clerk, third, "final", -3)
    assert read_status(db_session, suspect)["status"] == "final"
    add_suspect(suspect.case_id, 10)
    assert read_status(db_session, suspect)["status"] == "solved", "the new suspect has no decision"


def test_dead_suspect_is_not_judged_any_more(db_session, clerk, suspect, each_database):
    other = add_suspect(suspect.case_id)
    judgment = enter_judgment(clerk, suspect)
    enter_step_of_judgment(clerk, judgment, "final", -4)
    assert read_status(db_session, suspect)["status"] == "open"
    confirm_death(db_session.get(Person, other.person_id), day_ago(1))
    db_session.commit()
    assert read_status(db_session, suspect)["status"] == "final"


def test_step_judges_no_dead_suspect(db_session, clerk, suspect):
    enter_step(clerk, suspect, kind="at_prosecutor", decided_on=format_day(-8), **PAPER)
    confirm_death(db_session.get(Person, suspect.person_id), day_ago(1))
    db_session.commit()
    assert "V141" in enter_step(clerk, suspect, 422, kind="judged", court="CFI-02", **PAPER)
    assert read_status(db_session, suspect)["status"] == "at_prosecutor"
    enter_step(clerk, suspect, kind="filed", **PAPER)
    assert read_status(db_session, suspect)["status"] == "filed"


def test_each_offence_needs_a_judgment(db_session, clerk, suspect):
    first, second = db_session.get(Case, suspect.case_id).offences
    first, second = first.id, second.id
    enter_judgment(clerk, suspect, case_offence=first)
    assert read_status(db_session, suspect)["status"] == "open"
    enter_judgment(clerk, suspect, case_offence=second, court_no="៣០២/២៦")
    assert read_status(db_session, suspect)["status"] == "judged"


def test_step_about_another_suspect_does_not_open_a_final_judgment(db_session, clerk, suspect, each_database):
    other = add_suspect(suspect.case_id)
    enter_step(clerk, suspect, kind="at_prosecutor", decided_on=format_day(-18), **PAPER)
    first = enter_judgment(clerk, suspect, decided_on=format_day(-17))
    enter_step_of_judgment(clerk, first, "final", -16)
    for kind, day in (("introductory", -14), ("indicted", -10)):
        enter_step(clerk, suspect, kind=kind, decided_on=format_day(day), court="CFI-02", **PAPER)
    assert read_status(db_session, suspect)["status"] == "at_court"
    second = enter_judgment(clerk, other, decided_on=format_day(-8), court_no="៣០២/២៦")
    assert read_status(db_session, suspect)["status"] == "judged"
    enter_step_of_judgment(clerk, second, "final", -5)
    assert read_status(db_session, suspect)["status"] == "final"
    enter_step(clerk, suspect, kind="closed", **PAPER)
    assert read_status(db_session, suspect)["status"] == "closed"


def test_judgment_after_a_non_suit_is_final_by_its_own_step(db_session, clerk, suspect):
    """V141. The appeal against the non-suit is a step: a non-suit is no judgment."""
    court = {"court": "CFI-02", **PAPER}
    enter_step(clerk, suspect, kind="non_suit", decided_on=format_day(-18), **court)
    enter_step(clerk, suspect, kind="appeal", decided_on=format_day(-16), **court)
    enter_judgment(clerk, suspect, decided_on=format_day(-8))
    assert "V141" in enter_step(clerk, suspect, 422, kind="final", **court)
    assert read_status(db_session, suspect)["status"] == "judged"


def test_reopened_case_is_final_again_with_its_last_judgment(db_session, clerk, client_as, suspect):
    other = reopen_with_another_suspect(clerk, client_as, suspect)
    court = {"court": "CFI-02", **PAPER}
    assert read_status(db_session, suspect)["status"] == "open"
    enter_step(clerk, suspect, kind="at_court", decided_on=format_day(-11), **court)
    second = enter_judgment(clerk, other, decided_on=format_day(-8), court_no="៣០២/២៦")
    enter_step_of_judgment(clerk, second, "final", -5)
    assert read_status(db_session, suspect)["status"] == "final"


def test_closed_case_is_at_court_again_when_its_judgment_is_set_aside(db_session, clerk, suspect):
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-17))
    enter_step_of_judgment(clerk, judgment, "final", -16)
    enter_step(clerk, suspect, kind="closed", decided_on=format_day(-15), **PAPER)
    enter_step_of_judgment(clerk, judgment, "set_aside", -3)
    assert read_status(db_session, suspect)["status"] == "at_court"
    missing = clerk.page(f"/case/show/{suspect.case_id}").all("a", href=True)
    assert any(one["href"] == f"/judgment/add?involvement={suspect.id}" for one in missing)
    again = enter_judgment(clerk, suspect, decided_on=format_day(-2), court_no="៣០២/២៦")
    enter_step_of_judgment(clerk, again, "final", -1)
    assert read_status(db_session, suspect)["status"] == "final"


def test_case_with_a_pending_appeal_is_not_closed(db_session, clerk, suspect, each_database):
    """V141. Another suspect without a judgment keeps the case open."""
    add_suspect(suspect.case_id)
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-8))
    enter_step_of_judgment(clerk, judgment, "appeal", -7)
    assert read_status(db_session, suspect)["status"] == "open"
    assert "V141" in enter_step(clerk, suspect, 422, kind="closed", **PAPER)
    enter_step(clerk, suspect, kind="closed", decided_on=format_day(-8), **PAPER)
    assert read_status(db_session, suspect)["status"] == "open", "the appeal is entered late"


def test_new_trial_about_each_offence_replaces_a_judgment_that_is_set_aside(db_session, clerk, suspect):
    case = db_session.get(Case, suspect.case_id)
    offences = [one.id for one in case.offences]
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-9))
    enter_step_of_judgment(clerk, judgment, "set_aside", -8)
    for number, offence in enumerate(offences):
        again = enter_judgment(
            clerk, suspect, decided_on=format_day(-6), case_offence=offence, court_no=f"40{number}/26"
        )
        enter_step_of_judgment(clerk, again, "final", -4)
    assert read_status(db_session, suspect)["status"] == "final"


def test_suspect_who_dies_after_a_step_of_the_court_leaves_a_final_case(db_session, clerk, suspect):
    other = add_suspect(suspect.case_id)
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-9))
    enter_step_of_judgment(clerk, judgment, "final", -8)
    enter_step(clerk, suspect, kind="at_court", decided_on=format_day(-7), court="CFI-02", **PAPER)
    confirm_death(db_session.get(Person, other.person_id), day_ago(1))
    db_session.commit()
    assert read_status(db_session, suspect)["status"] == "final"


def test_offence_without_a_judgment_counts_while_a_suspect_is_alive(db_session, clerk, suspect):
    offence = db_session.get(Case, suspect.case_id).offences[0].id
    enter_judgment(clerk, suspect, case_offence=offence)
    assert read_status(db_session, suspect)["status"] == "open"
    confirm_death(db_session.get(Person, suspect.person_id), day_ago(1))
    db_session.commit()
    assert read_status(db_session, suspect)["status"] == "judged"


def test_reopened_case_is_closed_after_the_death_of_its_last_suspect(
    db_session, clerk, client_as, suspect, each_database
):
    """V141. The refused step «Judged» names the step to enter. Before the death the court decides."""
    other = reopen_with_another_suspect(clerk, client_as, suspect)
    court = {"court": "CFI-02", **PAPER}
    enter_step(clerk, suspect, kind="at_court", decided_on=format_day(-11), **court)
    assert "V141" in enter_step(clerk, suspect, 422, kind="closed", **PAPER)
    confirm_death(db_session.get(Person, other.person_id), day_ago(1))
    db_session.commit()
    assert read_status(db_session, suspect)["status"] == "at_court"
    page = enter_step(clerk, suspect, 422, kind="judged", **court)
    form = f"/judgment/add?involvement={other.id}"
    assert "«បានបិទ»" in page and f'href="{form}"' in page, "the court may have decided before the death"
    assert clerk.page(form).typed()["involvement"] == [str(other.id)]
    enter_step(clerk, suspect, kind="closed", **PAPER)
    assert read_status(db_session, suspect)["status"] == "closed"


def test_non_suit_that_is_confirmed_after_an_appeal_ends_the_case_again(db_session, clerk, suspect):
    """V141. Its appeal was entered on the day of a judgment. The refused steps name what to enter."""
    court = {"court": "CFI-02", **PAPER}
    enter_step(clerk, suspect, kind="non_suit", decided_on=format_day(-18), **court)
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-8))
    enter_step(clerk, suspect, kind="appeal", decided_on=format_day(-8), **court)
    enter_step_of_judgment(clerk, judgment, "final", -8)
    assert read_status(db_session, suspect)["status"] == "at_court"
    for kind in ("judged", "closed"):
        assert "មិនទាន់បានសម្រេចទេ" in enter_step(clerk, suspect, 422, kind=kind, **court)
    enter_step(clerk, suspect, kind="non_suit", decided_on=format_day(-5), **court)
    assert read_status(db_session, suspect)["status"] == "ended"
    enter_step(clerk, suspect, kind="closed", **PAPER)
    assert read_status(db_session, suspect)["status"] == "closed"


@pytest.mark.parametrize("end", ["closed", "filed"])
def test_suspect_who_is_added_after_the_end_keeps_the_case_open(
    db_session, clerk, suspect, end, each_database
):
    """A decision after the end opens the case again; the added suspect has none."""
    if end == "filed":
        enter_step(clerk, suspect, kind="at_prosecutor", decided_on=format_day(-19), **PAPER)
    else:
        first = enter_judgment(clerk, suspect, decided_on=format_day(-17))
        enter_step_of_judgment(clerk, first, "final", -16)
    enter_step(clerk, suspect, kind=end, decided_on=format_day(-15), **PAPER)
    other = add_suspect(suspect.case_id)
    assert read_status(db_session, suspect)["status"] == end, "no step and no decision opens it"
    again = enter_judgment(clerk, suspect, decided_on=format_day(-9), court_no="៣០៩/២៦")
    enter_step_of_judgment(clerk, again, "final", -8)
    expected = "at_prosecutor" if end == "filed" else "open"
    assert read_status(db_session, suspect)["status"] == expected
    second = enter_judgment(clerk, other, decided_on=format_day(-7), court_no="៣០២/២៦")
    enter_step_of_judgment(clerk, second, "final", -6)
    assert read_status(db_session, suspect)["status"] == "final"


def list_missing(clerk, suspect):
    """Return the judgments that «Still missing» asks for on the page of the case."""
    notes = clerk.page(f"/case/show/{suspect.case_id}").all("div", css="amber")
    lines = [line for note in notes for line in note.all("li")]
    return [one["href"] for line in lines for one in line.all("a", href=True) if "/judgment/" in one["href"]]


def test_no_judgment_is_missing_about_suspects_who_have_died(db_session, clerk, suspect):
    """Neither about an offence, nor after an appeal."""
    offence = db_session.get(Case, suspect.case_id).offences[0].id
    judgment = enter_judgment(clerk, suspect, case_offence=offence)
    enter_step_of_judgment(clerk, judgment, "appeal", -3)
    assert len(list_missing(clerk, suspect)) == 2
    confirm_death(db_session.get(Person, suspect.person_id), day_ago(1))
    db_session.commit()
    assert list_missing(clerk, suspect) == []


def test_arrest_of_a_person_who_is_cleared_solves_nothing(db_session, clerk, suspect, each_database):
    other = add_suspect(suspect.case_id)
    enter_arrest(clerk, suspect, at=format_ago(days=9))
    judgment = enter_judgment(clerk, suspect, decided_on=format_day(-8), verdict="acquitted")
    final = enter_step_of_judgment(clerk, judgment, "final", -7)
    sent = {"sent_on": day_ago(8), "court_code": "CFI-02"}
    assert read_status(db_session, suspect) == {"status": "open", **sent}
    enter_arrest(clerk, other, at=format_ago(days=6))
    arrested = {"status": "solved", "clearance": "arrest"}
    assert read_status(db_session, suspect) == {**arrested, "solved_on": day_ago(6), **sent}
    void_record(db_session.get(JudgmentStep, final))
    db_session.commit()
    assert read_status(db_session, suspect) == {**arrested, "solved_on": day_ago(9), **sent}


def test_identified_suspect_is_cleared_by_the_arrest(db_session, clerk, suspect):
    enter_step(clerk, suspect, kind="solved", clearance="identified", decided_on=format_day(-8))
    enter_arrest(clerk, suspect, at=format_ago(days=6))
    assert read_status(db_session, suspect) == {
        "status": "solved",
        "clearance": "arrest",
        "solved_on": day_ago(6),
    }


def test_judgment_of_a_step_is_still_missing(db_session, clerk, suspect):
    with acting_as("clerk.bb"):
        then = dates.now() - timedelta(days=20)
        case = add_registered_case(
            people=[(make_registered_person(8), "witness")],
            occurred_from=then, occurred_to=None, reported_at=then, late_reason="reported_late",
        )  # fmt: skip
        db.session.commit()
    enter_step(clerk, SimpleNamespace(case_id=case.id), kind="judged", court="CFI-02", **PAPER)
    suspect = add_suspect(case.id)
    links = clerk.page(f"/case/show/{suspect.case_id}").all("a", href=True)
    (link,) = [one for one in links if one["href"].startswith("/judgment/add?court")]
    form = clerk.page(link["href"]).typed()
    assert (form["involvement"], form["court"], form["court_no"]) == (
        [str(suspect.id)],
        ["CFI-02"],
        ["88/26"],
    )
    enter_judgment(clerk, suspect)
    assert "/judgment/add?court" not in clerk.get(f"/case/show/{suspect.case_id}").text


def test_arrest_by_a_unit_that_only_reads_the_case_solves_it(db_session, client_as, suspect, each_database):
    """The unit has a share for reading, and the person in a case of its own."""
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(suspect.person, "suspect")])
    grant = {"granted_at": dates.now(), "granted_by_id": suspect.recorded_by_id, "may_write": False}
    db_session.add(
        AccessGrant(kind=SHARE, entity="case", entity_id=suspect.case_id, unit_code="PC-12", **grant)
    )
    db_session.commit()
    enter_arrest(client_as("clerk.pp"), suspect, by_unit="PC-12", at=format_ago(days=3))
    assert read_status(db_session, suspect) == {
        "status": "solved",
        "clearance": "arrest",
        "solved_on": day_ago(3),
    }


def _make_acts(db_session, pk):
    """Return functions that each save one act about the suspect; the last act is void again."""
    now = dates.now().replace(microsecond=0)

    def save(model, **values):
        with acting_as("clerk.bb"):
            suspect, unit = db_session.get(Involvement, pk), db_session.get(Unit, "PC-02")
            if model is CaseDisposition:
                values |= {"case": suspect.case}
            elif model is Arrest:
                values |= {"involvement": suspect, "ground": "flagrant", "by_unit": unit}
            else:
                values |= {"involvement": suspect, "court": db_session.get(Court, "CFI-02")}
            row = model(**values)
            db_session.add(row)
            db_session.commit()
        return row

    def save_void_arrest():
        void_record(save(Arrest, at=now - timedelta(days=9)))
        db_session.commit()

    paper = {"document_no": "1/26", "document_date": day_ago(4)}
    return (
        partial(save, CaseDisposition, kind="unsolved", decided_on=day_ago(8)),
        partial(save, Arrest, at=now - timedelta(days=6)),
        partial(save, CaseDisposition, kind="at_prosecutor", decided_on=day_ago(4), **paper),
        partial(save, Judgment, court_no="3/26", decided_on=day_ago(2), verdict="convicted"),
        save_void_arrest,
    )


@pytest.mark.parametrize("first", [0, 4, *(pytest.param(one, marks=pytest.mark.slow) for one in (1, 2, 3))])
def test_status_is_the_same_in_every_order_of_entry(db_session, first):
    found = []
    for order in permutations(range(5)):
        if order[0] == first and order[-1] % 2 == first % 2:
            suspect = make_suspect(hours=24 * 20)
            suspect = SimpleNamespace(id=suspect.id, case_id=suspect.case_id)
            acts = _make_acts(db_session, suspect.id)
            for number in order:
                acts[number]()
            found.append(read_status(db_session, suspect))
    assert found and all(one == found[0] for one in found), found
    assert found[0] == {
        "status": "judged", "clearance": "arrest", "solved_on": day_ago(6), "sent_on": day_ago(4), "court_code": "CFI-02",
    }  # fmt: skip


def test_manual_change_of_a_case_without_steps_is_found(db_session, clerk, suspect):
    enter_arrest(clerk, suspect)
    db_session.rollback()
    db_session.execute(update(Case.__table__).values(clearance=None))
    assert [row[2] for row in case_status.find_drift(db_session.connection())] == ["clearance"]
    db_session.rollback()
