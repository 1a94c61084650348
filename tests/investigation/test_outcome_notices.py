"""When and how a victim was informed of a step of procedure is a row of that step."""

from datetime import timedelta

from app.cases.models import Involvement
from app.extensions import db
from app.investigation.lookups import find_steps
from app.investigation.models import OutcomeNotice
from app.kernel.text import dates
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person, take_step


@prepared
def case(db_session):
    with acting_as("clerk.bb"):
        victim = make_registered_person(7)
        people = [(make_registered_person(), "suspect"), (victim, "victim")]
        found = add_registered_case(people=people)
        db_session.commit()
    take_step(found, "at_prosecutor", decided_on=dates.now().date())
    db_session.commit()
    return found


def enter(officer, case, **over):
    step, victim = case.dispositions[-1], next(one for one in case.involvements if one.role == "victim")
    today = dates.now().strftime("%d-%m-%Y")
    form = {"disposition": step.id, "involvement": victim.id, "informed_on": today, "means": "telephone"}
    return officer.send("/outcomenotice/add", form | over)


def count():
    db.session.expire_all()
    return db.session.query(OutcomeNotice).count()


def test_notice_is_on_the_page_of_its_step(client_as, case, each_database):
    officer, step = client_as("investigator.bb", "en"), case.dispositions[-1].id
    victim = next(one for one in case.involvements if one.role == "victim").id
    form = officer.page(f"/outcomenotice/add?disposition={step}").typed()
    assert (form["disposition"], form["involvement"]) == ([str(step)], [str(victim)])
    assert enter(officer, case).status_code == 302
    assert "By telephone" in officer.page(f"/casedisposition/show/{step}").text
    assert db.session.query(OutcomeNotice).one().case_id == case.id
    assert [one["id"] for one in find_steps(case.number)] == [str(step)]
    assert enter(client_as("warrant.bb"), case).status_code == 403
    assert enter(client_as("clerk.pp"), case).status_code == 422
    assert count() == 1


def test_wrong_person_day_and_missing_note_are_refused(client_as, case, db_session):
    officer = client_as("investigator.bb", "en")
    with acting_as("clerk.bb"):
        other = add_registered_case(people=[(make_registered_person(9), "victim")])
        db_session.commit()
    suspect = next(one for one in case.involvements if one.role == "suspect")
    before, after = ((dates.now() + timedelta(days=days)).strftime("%d-%m-%Y") for days in (-1, 2))
    for over, words in (
        ({"involvement": suspect.id}, "Choose a victim"),
        ({"involvement": other.involvements[0].id}, "in another case"),
        ({"informed_on": before}, "before the step"),
        ({"informed_on": after}, "later than the entry"),
        ({"means": "not_reached"}, "why the person was not reached"),
    ):
        answer = enter(officer, case, **over)
        assert answer.status_code == 422 and words in answer.text, over
    assert not count()
    assert enter(officer, case, means="not_reached", note="ទូរស័ព្ទបិទ").status_code == 302


def test_protected_victim_is_not_named(client_as, db_session, each_database):
    with acting_as("clerk.bb"):
        victim = make_registered_person(8)
        case = add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
        db_session.commit()
    take_step(case, "at_prosecutor")
    db_session.commit()
    name, step, pk = str(victim), case.dispositions[-1].id, db.session.query(Involvement.id).scalar()
    officer = client_as("investigator.bb", "en")
    form = {
        "disposition": step,
        "involvement": pk,
        "informed_on": dates.now().strftime("%d-%m-%Y"),
        "means": "letter",
    }
    assert officer.send("/outcomenotice/add", form).status_code == 302
    page = officer.page(f"/casedisposition/show/{step}").text
    assert "By letter" in page and name not in page
