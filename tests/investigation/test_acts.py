"""Investigation acts: entered by the officers of the unit, answered, withdrawn, and reminded."""

from datetime import timedelta
from io import BytesIO

import pytest

from app.accounts.user_scope import build_user_scope
from app.exports.row_stream import ExportTable
from app.extensions import db
from app.inbox.models import TASK, Message
from app.investigation.jobs import send_reminders
from app.investigation.lookups import find_people
from app.investigation.models import InvestigationAct
from app.investigation.views import InvestigationActView
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.actor import Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.validation.warning_overrides import WarningOverride
from app.printouts import act_records, dossier_indices
from tests import sample_rows
from tests.accounts.sample_staff import find_user, find_user_id
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_files import PDF
from tests.sql_calls import Program

RESULT = "សាក្សីបានឃើញម៉ូតូនៅផ្សារ"


def show(moment):
    return moment.strftime("%d/%m/%Y %H:%M")


BEGUN = show((dates.now() - timedelta(days=1)).replace(hour=9, minute=0))


@prepared
def case(db_session):
    with sample_rows.acting_as("clerk.bb"):
        found = sample_rows.add_registered_case()
    db_session.commit()
    return found


def enter(browser, case, kind="site_visit", **over):
    form = {
        "case": case.id, "kind": kind, "begun_at": BEGUN, "officer": find_user_id("investigator.bb"), "result": RESULT,
    }  # fmt: skip
    return browser.send("/investigationact/add", form | over)


def read_acts():
    db.session.expire_all()
    return db.session.query(InvestigationAct).order_by(InvestigationAct.id).all()


def test_act_is_on_the_page_of_its_case(client_as, case, db_session, each_database):
    officer = client_as("investigator.bb", "en")
    assert "Enter an investigation act" in officer.page(f"/investigationact/add?case={case.id}").text
    person = case.involvements[0].id
    for _number in range(6):
        assert enter(officer, case).status_code == 302
    answer = enter(officer, case, "interview", involvement=person, signatures="every_page")
    assert answer.status_code == 302
    page = officer.page(f"/case/show/{case.id}").by_id("InvestigationActView")
    assert "Interview" in page.text and "Only the first 5 are shown here." in page.text
    everything = officer.page(f"/case/show/{case.id}/procedure").by_id("InvestigationActView")
    assert everything.text.count("Site visit") == 6
    assert client_as("clerk.pp").get(f"/investigationact/show/{read_acts()[0].id}").status_code == 404


def test_request_is_reminded_once_and_answered(client_as, case, db_session, each_database):
    officer = client_as("investigator.bb", "en")
    assert (
        enter(officer, case, "expert_request", due_at=show(dates.now() + timedelta(days=3))).status_code
        == 302
    )
    (request,) = read_acts()
    assert "Enter the answer" in officer.page(f"/investigationact/show/{request.id}").text
    assert send_reminders(db.session) == 0
    late = dates.now() - timedelta(hours=1)
    with sample_rows.acting_as("clerk.bb"):
        request.due_at = late
        db.session.commit()
    assert (send_reminders(db.session), send_reminders(db.session)) == (1, 0)
    message = db.session.query(Message).filter_by(kind=TASK, text_key="act.overdue").one()
    assert message.to_user_id == find_user_id("investigator.bb") and RESULT not in str(message.facts)
    assert "Overdue requests" in officer.page("/my-cases/").text
    form = officer.page(f"/investigationact/add?answers={request.id}").typed()
    assert (form["kind"], form["case"]) == (["expert_answer"], [str(case.id)])
    sent = form | {"begun_at": show(dates.now()), "result": RESULT}
    assert officer.send("/investigationact/add", sent).status_code == 302
    request, answer = read_acts()
    assert request.answered_at == answer.begun_at
    db.session.refresh(message)
    assert message.done_at is not None
    again = enter(officer, case, "other", answers=request.id, begun_at=show(dates.now()))
    assert again.status_code == 422 and "answered already" in again.text and RESULT in again.text
    assert officer.send(f"/investigationact/withdraw/{answer.id}", {"reason": "ខុស"}).status_code == 302
    assert read_acts()[0].answered_at is None


def test_unlawful_search_is_recorded_with_a_reason(client_as, case, db_session):
    officer = client_as("investigator.bb", "en")
    night = show((dates.now() - timedelta(days=2)).replace(hour=23, minute=0))
    answer = enter(officer, case, "search", begun_at=night)
    assert answer.status_code == 422
    for words in ("Choose a ground of article 91", "authorisation of the prosecutor"):
        assert words in answer.text
    assert RESULT in answer.text
    warned = Page.from_response(answer, 422)
    reasons = dict.fromkeys(
        ("hour_ground__V120__reason", "authorised_by__V121__reason", "first_witness__V121__reason"), "checked"
    )
    assert reasons.keys() <= warned.typed().keys() and not read_acts()
    assert enter(officer, case, "search", begun_at=night, **reasons).status_code == 302
    assert sorted(one.rule for one in db.session.query(WarningOverride)) == ["V120", "V121", "V121"]


def test_bad_input_is_refused_and_kept(client_as, case, db_session):
    officer = client_as("investigator.bb", "en")
    with sample_rows.acting_as("clerk.bb"):
        other = sample_rows.add_registered_case(people=[(sample_rows.make_registered_person(7), "suspect")])
    with sample_rows.acting_as("clerk.pp"):
        foreign = sample_rows.add_registered_case(sample_rows.PHNOM_PENH)
    db_session.commit()
    future = show(dates.now() + timedelta(days=2))
    for over, words in (
        ({"begun_at": future}, "later than the entry"),
        ({"result": ""}, "Enter the result"),
        ({"kind": "interview"}, "Choose the person of this act"),
        ({"involvement": other.involvements[0].id}, "in another case"),
        ({"involvement": foreign.involvements[0].id}, "not in E-Crime"),
        ({"kind": "request"}, "when the answer is due"),
        ({"due_at": future}, "Only a request"),
        ({"officer": find_user_id("clerk.pp")}, "not in E-Crime"),
    ):
        answer = enter(officer, case, **over)
        assert answer.status_code == 422 and words in answer.text, over
    assert not read_acts()
    assert enter(client_as("warrant.bb"), case).status_code == 403
    assert enter(client_as("clerk.pp"), case).status_code == 422


def test_protected_person_is_chosen_without_a_name(client_as, case, db_session, each_database):
    """An act may name a person that the officer does not see by name; then its helpers are not shown either."""
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(7)
        other = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
        db_session.commit()
    number, pk = other.number, other.id
    officer, helper = client_as("investigator.bb", "en"), "ជា សុផល"
    user, name = find_user("investigator.bb"), str(victim)
    reader = Actor(user.id, user.unit_code, scope=build_user_scope(user))
    db.session.expunge_all()
    act_as(db.session, reader)
    (found,) = find_people(number)
    assert name not in found["text"] and "·" in found["text"] and "about" not in found
    answer = officer.send("/lookup/case_person", {"q": number, "draft": "token-of-a-test"})
    assert answer.status_code == 200 and [one["id"] for one in answer.json["items"]] == [found["id"]]
    assert name not in answer.text
    sent = {"involvement": found["id"], "signatures": "every_page", "support_person": helper}
    assert enter(officer, sample_rows.Case(id=pk), "interview", **sent).status_code == 302
    act_id = read_acts()[0].id
    page = officer.get(f"/investigationact/show/{act_id}").text
    assert helper not in page and name not in page and RESULT in page
    assert officer.get(f"/investigationact/edit/{act_id}").status_code == 302
    answer = officer.get(f"/api/v1/investigation-acts/{act_id}")
    assert answer.status_code == 200 and answer.json["result"]["support_person"] is None
    db.session.expunge_all()
    act_as(db.session, reader)
    table = ExportTable(InvestigationActView())
    values = [some for batch in table.iter_batches() for some in batch]
    assert values and not any(helper in some for some in values) and not table.people
    for change in ({"support_person": "សុខ"}, {"involvement": None}, {"involvement_id": None}):
        for name, value in change.items():
            setattr(db.session.get(InvestigationAct, act_id), name, value)
        with pytest.raises(RuleViolation):
            db.session.flush()
        db.session.rollback()
    program = Program(officer)
    sent = {"involvement": None, "kind": "site_visit", "version": answer.json["result"]["version"]}
    refused = program.put(f"investigation-acts/{act_id}", sent, 422)
    assert "identity is hidden from you" in str(refused) and helper not in str(refused)


def test_signed_record_is_a_document_of_its_act(client_as, case, db_session, each_database):
    officer, act_url = client_as("investigator.bb", "en"), "/investigationact/show/{}"
    enter(officer, case)
    (act,) = read_acts()
    assert "Add a document of the act" in officer.get(act_url.format(act.id)).text

    def send(browser):
        sent = {"scan": (BytesIO(PDF), "record.pdf"), "csrf_token": browser.token}
        return browser.post(f"/investigationact/scan/{act.id}", data=sent)

    assert send(client_as("clerk.pp")).status_code == 404
    assert send(officer).status_code == 302
    (file,) = read_acts()[0].files
    assert (file.case_id, file.kind, file.act_id) == (case.id, "record", act.id)
    assert f"/file/case-file/{file.id}/full" in officer.get(act_url.format(act.id)).text
    record = act_records.build_printout(act_records.load_record(act.id))
    assert any("កំណត់ហេតុ" in str(part.get("rows")) for part in record.parts)
    index = dossier_indices.build_printout(dossier_indices.load_record(case.id))
    assert sum("ការពិនិត្យកន្លែងកើតហេតុ" in str(row[2]) for row in index.parts[0]["rows"]) == 2


def test_document_of_a_void_act_or_of_a_case_opened_for_reading_is_refused(
    client_as, case, db_session, each_database
):
    officer, reader = client_as("investigator.bb", "en"), client_as("clerk.pp", "en")
    enter(officer, case)
    (act,) = read_acts()
    share_with_unit(case, "PC-12")

    def send(browser):
        sent = {"scan": (BytesIO(PDF), "record.pdf"), "csrf_token": browser.token}
        return browser.post(f"/investigationact/scan/{act.id}", data=sent)

    answer = send(reader)
    assert answer.status_code == 422 and "opened for reading only" in answer.text
    assert officer.send(f"/investigationact/withdraw/{act.id}", {"reason": "ខុស"}).status_code == 302
    answer = send(officer)
    assert answer.status_code == 422 and "This record is void" in answer.text
    assert not read_acts()[0].files


def share_with_unit(case, unit_code):
    """Share the case with a unit for reading only."""
    with sample_rows.acting_as("clerk.bb"):
        grant = {"owner_unit": "PC-02", "may_write": False, "reason": "x", "granted_at": dates.now()}
        db.session.add(
            AccessGrant(kind=SHARE, entity="case", entity_id=case.id, unit_code=unit_code, **grant)
        )
        db.session.commit()
