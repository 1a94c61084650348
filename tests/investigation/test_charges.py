"""The police ask for a charge; the prosecutor decides once, and the role of the person rests on the decision."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.accounts.models import LoginSession
from app.cases import court_findings
from app.cases.models import Involvement
from app.corrections.correctable_records import find_records_to_void
from app.exports.row_stream import ExportTable
from app.extensions import db
from app.inbox.models import Message
from app.investigation.models import CaseAssignment, CaseReview, Charge, InvestigationAct
from app.investigation.views import ChargeView
from app.kernel.audit.models import AuditEvent
from app.kernel.schema.rules import Facts, check_rules
from app.kernel.text import dates
from tests import sample_rows
from tests.accounts.sample_staff import change_as_system, find_user
from tests.corrections import steps as corrections
from tests.court_orders.test_charge_findings import check_filter
from tests.factories import NOW, make_case, make_involvement
from tests.investigation.test_acts import enter
from tests.investigation.test_assignments import assign
from tests.prepared import prepared

TODAY = dates.now().strftime("%d/%m/%Y")
DECIDED = {
    "decision": "accepted", "prosecutor": "ម៉ៅ សុខា", "document_no": "12/26", "document_date": TODAY, "reason": "មានភស្តុតាង",
}  # fmt: skip


@prepared
def case(db_session):
    with sample_rows.acting_as("clerk.bb"):
        found = sample_rows.add_registered_case()
    db_session.commit()
    return found


def ask(browser, of_case, **over):
    form = {
        "case": of_case.id, "involvement": of_case.involvements[0].id, "case_offence": of_case.offences[0].id,
        "asked_on": TODAY,
    }  # fmt: skip
    return browser.send("/charge/add", form | over)


def decide(browser, **over):
    db.session.expire_all()
    url = f"/charge/edit/{db.session.query(Charge).order_by(Charge.id.desc()).first().id}"
    return browser.send(url, {**browser.page(url).typed(), **DECIDED, **over})


def find_role(case):
    db.session.expire_all()
    row = db.session.get(Involvement, case.involvements[0].id)
    return court_findings.find_current_roles([row])[row.id]


def test_accepted_charge_gives_the_role(client_as, case, db_session, each_database):
    asking, officer = client_as("clerk.bb", "en"), client_as("investigator.bb", "en")
    assert ask(asking, case).status_code == 302
    assert find_role(case).role == "suspect", "a charge that is only asked for changes nothing"
    assert ask(asking, case).status_code in (409, 422), "the charge is open"
    answer = decide(asking)
    assert answer.status_code == 422 and "Another officer enters the decision" in answer.text
    for missing in ("prosecutor", "document_no", "document_date"):
        answer = decide(officer, **{missing: ""})
        assert answer.status_code == 422 and "name of the prosecutor" in answer.text
    assert decide(officer, decision="changed").status_code == 422, "without the offence"
    answer = decide(officer, decision="refused", reason="")
    assert answer.status_code == 422 and "why the prosecutor did not accept" in answer.text
    assert decide(officer).status_code == 302
    found = find_role(case)
    assert (found.role, found.entity) == ("charged", "charge")
    assert "12/26" in officer.page(f"/case/show/{case.id}").by_id("ChargeView").text
    again = decide(officer, decision="refused")
    assert again.status_code == 422 and "Only a correction" in again.text
    assert find_role(case).role == "charged"
    check_filter(db_session, db_session.get(Involvement, case.involvements[0].id))
    assert ask(officer, case).status_code == 302, "a further charge for the same offence"


def test_decided_charge_stays(client_as, case, db_session, each_database):
    officer, clerk = client_as("investigator.bb", "en"), client_as("clerk.bb", "en")
    ask(clerk, case)
    decide(officer, decision="refused")
    charge = db.session.query(Charge).one()
    for over in ({"prosecutor": "សុខ"}, {"document_no": "13/26"}, {"decision": "accepted"}):
        answer = clerk.send(
            f"/charge/edit/{charge.id}", {**clerk.page(f"/charge/edit/{charge.id}").typed(), **over}
        )
        assert answer.status_code == 422 and "Only a correction" in answer.text, over
    answer = clerk.send(f"/charge/withdraw/{charge.id}", {"reason": "ខុស"})
    assert answer.status_code == 422 and "Only a correction" in answer.text
    table = Charge.__table__
    for values in ({"document_no": "13/26"}, {"voided_at": dates.now(), "void_reason": "ខុស"}):
        with pytest.raises(DBAPIError, match="lock: locked"):
            change_as_system(lambda values=values: db.session.execute(table.update().values(values)))
        db.session.rollback()


def test_chief_is_notified_of_a_withdrawn_charge(client_as, case, db_session, each_database):
    ask(client_as("clerk.bb"), case)
    url = f"/charge/withdraw/{db_session.query(Charge).one().id}"
    assert client_as("clerk.bb").send(url, {"reason": "ខុស"}).status_code == 302
    (notice,) = db_session.scalars(select(Message))
    assert (notice.text_key, notice.to_role, notice.to_unit_code, notice.entity_id) == (
        "case.charge_withdrawn", "Provincial chief", "PC-02", case.id,
    )  # fmt: skip


def test_a_second_account_of_the_officer_decides_nothing(client_as, case, db_session):
    ask(client_as("clerk.bb"), case)

    def share_telephone():
        find_user("clerk.bb").phone = find_user("investigator.bb").phone = "012 345 678"

    change_as_system(share_telephone)
    answer = decide(client_as("investigator.bb", "en"))
    assert answer.status_code == 422 and "Another officer enters the decision" in answer.text


def test_the_database_refuses_a_decision_by_the_officer_who_asked(client_as, case, db_session, each_database):
    ask(client_as("clerk.bb"), case)
    table = Charge.__table__
    with pytest.raises(DBAPIError, match="lock: two officers"):
        change_as_system(lambda: db.session.execute(table.update().values(decision="accepted")))
    db.session.rollback()


def test_charge_is_decided_after_the_role_changed():
    case = make_case()
    charge = Charge(
        case=case, involvement=make_involvement("witness", case=case), asked_on=case.occurred_from.date()
    )
    assert check_rules(Charge.__rules__, charge, Facts(NOW))
    charge.id = 1
    assert not check_rules(Charge.__rules__, charge, Facts(NOW))


def test_rows_are_void_with_their_person_or_case(client_as, case, db_session):
    officer, chief = client_as("investigator.bb", "en"), client_as("chief.bb", "en")
    person = case.involvements[0]
    ask(client_as("clerk.bb"), case)
    decide(officer)
    enter(officer, case, "interview", involvement=person.id, signatures="every_page")
    assign(chief, case.id)
    officer.send("/casereview/add", {"case": case.id})
    db.session.expire_all()
    charge, act = db.session.query(Charge).one(), db.session.query(InvestigationAct).one()
    assert {charge, act} <= set(find_records_to_void(person))
    assert charge in find_records_to_void(case.offences[0])
    number = corrections.request_correction(chief, case, kind="void")
    corrections.decide(client_as("planning"), number)
    assert corrections.apply_correction(client_as("twg"), number).status_code == 302
    db.session.expire_all()
    rows = [db.session.query(model).one() for model in (Charge, InvestigationAct, CaseAssignment, CaseReview)]
    assert all(row.is_void for row in rows)
    assert f"/case/show/{case.id}" not in officer.get("/my-cases/").text
    review = rows[-1].id
    assert chief.send(f"/casereview/decide/{review}", {"step": "approve"}).status_code == 422


def test_refused_charge_and_bad_input(client_as, case, db_session):
    officer = client_as("investigator.bb", "en")
    with sample_rows.acting_as("clerk.bb"):
        people = [(sample_rows.make_registered_person(7), "victim")]
        other = sample_rows.add_registered_case(people=people)
    db_session.commit()
    for over, words in (
        ({"involvement": other.involvements[0].id}, "of this case"),
        (
            {"case": other.id, "case_offence": other.offences[0].id, "involvement": other.involvements[0].id},
            "Only a suspect",
        ),
        ({"case_offence": other.offences[0].id}, "of this case"),
        ({"asked_on": "01/01/2099"}, "later than the entry"),
    ):
        answer = ask(officer, case, **over)
        assert answer.status_code == 422 and words in answer.text, over
    assert ask(client_as("warrant.bb"), case).status_code == 403
    assert ask(client_as("clerk.bb"), case).status_code == 302
    assert decide(officer, decision="refused").status_code == 302
    assert find_role(case).role == "suspect"


def read_people(action, entity):
    """Return the people of each event of this action on the table, the newest first."""
    found = (
        db.session.query(AuditEvent).filter_by(action=action, entity=entity).order_by(AuditEvent.seq.desc())
    )
    return [event.facts["people"] for event in found]


def test_names_are_shown_for_a_purpose_and_logged(client_as, case, db_session):
    officer, person = client_as("investigator.bb", "en"), case.involvements[0]
    ask(officer, case)
    enter(officer, case, "interview", involvement=person.id, signatures="every_page")
    lists = "/charge/list/", "/investigationact/list/", "/api/v1/charges/", "/api/v1/investigation-acts/"
    for entity, url in (("charge", "/charge"), ("investigation_act", "/investigationact")):
        assert str(person.person) in officer.get(f"{url}/list/").text
        assert read_people("access.listed", entity)[0] == [person.person_id]
        pk = db.session.query(Charge if entity == "charge" else InvestigationAct).one().id
        assert officer.get(f"{url}/show/{pk}").status_code == 200
        assert read_people("access.viewed", entity)[0] == [person.person_id]
    db.session.execute(LoginSession.__table__.update().values(purpose=None, purpose_until=None))
    db.session.commit()
    assert {url: officer.get(url).status_code for url in lists} == dict.fromkeys(lists, 428)


def test_export_logs_the_people_of_its_involvements(client_as, case, db_session):
    ask(client_as("investigator.bb"), case)
    with sample_rows.acting_as("investigator.bb"):
        table = ExportTable(ChargeView())
        for values in table.iter_batches():
            [column.format_values(some) for column, some in zip(table.columns, values, strict=True)]
    assert table.people == {case.involvements[0].person_id}
