"""A court reads the file of a person with its accesses, after two officers have confirmed its document."""

import pytest
from flask_babel import gettext

from app.audit_review import court_access
from app.confirmations.models import CONFIRMED
from app.extensions import db
from app.retention import acts
from app.retention.models import RetentionAct
from tests.printouts.pdf_text import collect_text, find_part, read_as
from tests.retention.sample_acts import add_act, confirm, days_ago
from tests.special_access.sample_cases import find_user, protected  # noqa: F401


@pytest.fixture
def person(case):
    return case.involvements[0].person


def read_file(app, username, act):
    """Return (the texts of the printout, the rows of its accesses), or the reason why there is none."""
    number = act.id
    with read_as(app, username):
        found = court_access.load_record(number)
        if found is None or court_access.explain_refusal(found):
            return None
        printout = court_access.build_printout(found)
        return collect_text(printout), find_part(printout, gettext("Accesses to the file"))["rows"]


def test_file_is_printed_after_a_second_officer_has_confirmed(
    client_as, person, db_session, log, each_database
):
    act = add_act("access", person=person)
    db_session.commit()
    url, page = f"/printout/court-access/{act.id}", f"/retentionact/show/{act.id}"
    chief = client_as("chief.bb")
    assert chief.get(url).status_code == 302 and url not in chief.page(page).html
    assert not log("access.printed")
    confirm(act)
    db_session.commit()
    assert url in chief.page(page).html
    assert chief.get(url).mimetype == "application/pdf"
    (event,) = log("access.printed")
    assert (event.entity, event.entity_id) == ("retention_act", act.id)
    assert event.facts["people"] == [person.id] and event.facts["paper"] == "court-access"
    assert client_as("clerk.bb").get(url).status_code in (302, 403)
    assert len(log("access.printed")) == 1


def test_file_names_each_officer_who_opened_the_person_or_a_case(app, client_as, case, person, db_session):
    client_as("investigator.bb").get(f"/person/show/{person.id}")
    client_as("manager").get(f"/case/show/{case.id}")
    client_as("clerk.bb").get(f"/person/show/{case.involvements[1].person_id}")
    act = confirm(add_act("access", person=person))
    db_session.commit()
    text, rows = read_file(app, "chief.bb", act)
    names = {name: find_user(name).name_km for name in ("investigator.bb", "manager", "clerk.bb")}
    officers = [row[2] for row in rows]
    assert names["investigator.bb"] in str(officers) and names["manager"] in str(officers)
    assert names["clerk.bb"] not in str(officers), "this officer opened another person of the case"
    assert act.document_no in text and act.authority in text and person.number in text


def test_person_whose_identity_is_protected_stays_protected(app, protected, db_session):  # noqa: F811
    victim = next(row.person for row in protected.involvements if row.role == "victim")
    act = confirm(add_act("access", writer="clerk.bb", person=victim), officer="chief.bb")
    db_session.commit()
    assert read_file(app, "chief.bb", act) is None


def test_file_is_not_printed_after_the_last_day(app, db_session):
    for until in (days_ago(1), None):
        over = RetentionAct(kind="access", until=until, confirmation=CONFIRMED)
        with read_as(app, "chief.bb"):
            assert court_access.explain_refusal(over) == gettext(
                "The access of the court has ended. A new one needs a document of the court again."
            )
            assert not acts.is_in_effect(db.session, over)
    assert not acts.is_over(RetentionAct(kind="access", until=days_ago(0)))
    assert not acts.is_over(RetentionAct(kind="hold"))


def test_other_acts_have_no_file(app, person, db_session):
    hold = add_act("hold", person=person)
    db_session.commit()
    assert read_file(app, "chief.bb", hold) is None
    rejected = confirm(add_act("access", person=person), decision="rejected", reason="គ្មានដីកា")
    db_session.commit()
    assert read_file(app, "chief.bb", rejected) is None
