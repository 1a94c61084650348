"""The record of an investigation act, with the signatures of its kind."""

from datetime import timedelta

from app.extensions import db
from app.investigation.models import InvestigationAct
from app.kernel.text import dates
from app.printouts import act_records
from tests.accounts.sample_staff import find_user
from tests.sample_rows import acting_as

DONE = "បានពិនិត្យផ្ទះ"


def add_act(case, kind, **over):
    with acting_as("clerk.bb"):
        values = {"case": case, "kind": kind, "begun_at": dates.now() - timedelta(hours=3), "result": DONE}
        act = InvestigationAct(officer=find_user("investigator.bb"), **values | over)
        db.session.add(act)
        db.session.commit()
    return act


def test_record_of_an_act_is_printed_by_officers_of_cases(client_as, own):
    act = add_act(own, "search", first_witness="ជា សុខ", authorised_by="ព្រះរាជអាជ្ញា")
    url = f"/printout/act-record/{act.id}"
    assert client_as("investigator.bb").get(url).mimetype == "application/pdf"
    assert client_as("manager").get(url).status_code == 403
    assert client_as("clerk.pp").get(url).status_code == 404
    assert url in client_as("investigator.bb").get(f"/investigationact/show/{act.id}").text


def test_signers_and_authorisation_follow_the_kind(own):
    search = act_records.build_printout(add_act(own, "search", authorised_by="ព្រះរាជអាជ្ញា"))
    person = own.involvements[0]
    interview = act_records.build_printout(add_act(own, "interview", involvement=person, interpreter="សុខ"))
    assert (len(search.signers), len(interview.signers)) == (3, 3)
    assert "ព្រះរាជអាជ្ញា" in str(search.parts) and DONE in str(search.parts)
    assert len(search.parts) == len(interview.parts) + 1


def test_request_to_another_unit_has_no_record(own):
    due = dates.now() + timedelta(days=3)
    assert act_records.explain_refusal(add_act(own, "request", due_at=due))
