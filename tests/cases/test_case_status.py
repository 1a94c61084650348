"""The status of a case follows from steps with document and author. Nobody types it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases import case_status, status_notices
from app.cases.models import Case, CaseDisposition, Exhibit
from app.extensions import db
from app.inbox.actions import open_message
from app.inbox.models import Message
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference.models import Unit
from app.special_access import case_sharing
from app.tasks.models import Task
from tests.accounts.sample_staff import find_user
from tests.custody.form_data import enter_arrest, make_suspect
from tests.custody.sample_rows import imprison
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

TODAY = dates.now().date()
DAY = TODAY.strftime("%d-%m-%Y")
PAPER = {"document_no": "88/26", "document_date": DAY}


@prepared
def case(db_session, each_database):
    record = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    return record


def enter_step(client, case, status=302, **typed):
    answer = client.send("/casedisposition/add", {"case": str(case.id), "decided_on": DAY} | typed)
    assert answer.status_code == status, answer.text[-2000:]
    db.session.expire_all()
    return answer


def test_typed_status_is_refused_everywhere(case, clerk, db_session):
    page = clerk.page(f"/case/edit/{case.id}")
    typed = page.typed()
    assert not {"status", "clearance", "solved_on", "sent_on", "court"} & typed.keys()
    clerk.send(f"/case/edit/{case.id}", typed | {"status": "void"})
    Program(clerk).put(f"cases/{case.id}", {"status": "closed", "version": case.version}, 422)
    for values in ({"status": "void"}, {"status": "solved"}, {"clearance": "arrest"}):
        with acting_as("clerk.bb"), pytest.raises(RuleViolation):
            for name, value in values.items():
                setattr(case, name, value)
            db_session.flush()
        db_session.rollback()
    with pytest.raises(DBAPIError, match="lock: computed"):
        db_session.execute(text("""UPDATE "case" SET status = 'closed'"""))
    db_session.rollback()
    assert case.status == "open"


def test_closing_and_filing_need_their_document(case, clerk, client_as):
    """V141."""
    for kind in ("closed", "filed"):
        assert "V141" in Page.from_response(enter_step(clerk, case, 422, kind=kind), 422).text
    enter_step(clerk, case, kind="filed", **PAPER)
    assert case.status == "filed"
    assert "88/26" in clerk.page(f"/case/show/{case.id}").text
    chief = client_as("chief.bb")
    enter_step(chief, case, 422, kind="open")
    enter_step(clerk, case, 422, kind="open", reason="មានភស្តុតាងថ្មី")
    enter_step(chief, case, kind="open", reason="មានភស្តុតាងថ្មី")
    assert case.status == "open"


def test_ending_a_case_asks_about_open_matters(clerk, db_session, each_database):
    """V179. The page links what the reader may open; a reason overrides it. A step that ends nothing asks nothing."""
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(1), "suspect")])
        suspect = case.involvements[0]
        detention = imprison(suspect.person, TODAY, involvement=suspect)
        exhibit = Exhibit(case=case, kind="phone", description="ទូរស័ព្ទ")
        task = Task(case=case, to_unit_code="PC-02", text="សួរសាក្សី", due_at=dates.now() + timedelta(days=2))
        db_session.add_all([exhibit, task])
        db_session.flush()
        of_exhibit = {"entity": "exhibit", "entity_id": exhibit.id, "to_unit_code": "PC-02"}
        db_session.add(Task(text="យកត្រាថ្មី", due_at=dates.now() + timedelta(days=2), **of_exhibit))
        db_session.commit()
    page = Page.from_response(enter_step(clerk, case, 422, kind="closed", **PAPER), 422)
    (warning,) = [one for one in page.all("div", css="warn") if "V179" in one.text]
    assert all(name in warning.text for name in ("ទូរស័ព្ទ", "សួរសាក្សី", "យកត្រាថ្មី"))
    assert "សាមីខ្លួនមិនព្រមប្រាប់" not in warning.text, "no reason to leave a matter open"
    links = [one["href"] for one in page.all("a", href=True)]
    assert detention.number in warning.text
    assert f"/exhibit/show/{exhibit.id}" in links and f"/task/show/{task.id}" in links
    step = {"kind": "closed", "decided_on": TODAY.isoformat()}
    paper = {"document_no": "89/26", "document_date": TODAY.isoformat()}
    assert "V179" in str(Program(clerk).post(f"cases/{case.id}/disposition", step | paper, 422))
    enter_step(clerk, case, kind="unsolved")
    enter_step(clerk, case, kind="closed", kind__V179__reason="court_decides", **PAPER)
    assert db_session.get(Case, case.id).status == "closed"


def test_chief_is_notified_if_another_unit_changes_the_status(client_as, db_session, each_database):
    """By a step or by an arrest, of a unit that may write to the case. The unit of the case notifies nobody."""
    suspect = make_suspect()
    case = suspect.case
    unit = db_session.get(Unit, "PC-12")
    case_sharing.share_case(find_user("investigator.bb"), case, unit, "ស៊ើបអង្កេត", None, may_write=True)
    db_session.commit()
    there, clerk = client_as("clerk.pp"), client_as("clerk.bb")
    enter_arrest(there, suspect, by_unit="PC-12")
    enter_step(there, case, kind="at_prosecutor", **PAPER)
    enter_step(clerk, case, kind="returned", **PAPER)
    assert list_notified(db_session) == [("PC-02", "Provincial chief")] * 2


def test_chief_is_notified_if_one_officer_ends_the_work_on_a_case(client_as, db_session, each_database):
    """An invented number of a document is enough for the step. The chief needs no notice of an own step."""
    ended = [add_case_of_age(LOCKED_AGE) for _one in range(4)]
    db_session.commit()
    clerk, chief = client_as("clerk.bb"), client_as("chief.bb")
    filed, closed, unsolved, by_chief = ended
    enter_step(clerk, filed, kind="filed", **PAPER)
    step = {"kind": "closed", "decided_on": TODAY.isoformat()}
    Program(clerk).post(
        f"cases/{closed.id}/disposition", step | {"document_no": "1", "document_date": TODAY.isoformat()}, 201
    )
    enter_step(clerk, unsolved, kind="unsolved")
    enter_step(chief, by_chief, kind="filed", **PAPER)
    assert list_notified(db_session, status_notices.ENDED) == [("PC-02", "Provincial chief")] * 3


def test_chief_is_notified_once_a_day_of_steps_of_the_prosecutor_and_the_court(
    client_as, db_session, each_database
):
    """An opened notice stops no later one: the chief has not seen the later step."""
    case, by_chief = (add_case_of_age(LOCKED_AGE) for _one in range(2))
    db_session.commit()
    clerk, chief = client_as("clerk.bb"), client_as("chief.bb")
    enter_step(clerk, case, kind="at_prosecutor", **PAPER)
    enter_step(clerk, case, kind="introductory", court="CFI-02", **PAPER)
    enter_step(chief, by_chief, kind="at_prosecutor", **PAPER)
    assert list_notified(db_session, status_notices.SENT) == [("PC-02", "Provincial chief")]
    (notice,) = db_session.scalars(select(Message).where(Message.text_key == status_notices.SENT))
    assert notice.entity_id == case.id and notice.facts["document"] == PAPER["document_no"]
    open_message(db_session, notice, find_user("chief.bb").id)
    db_session.commit()
    enter_step(clerk, case, kind="at_court", court="CFI-02", **PAPER)
    assert list_notified(db_session, status_notices.SENT) == [("PC-02", "Provincial chief")] * 2


def list_notified(db_session, text_key=status_notices.CHANGED_ELSEWHERE):
    found = db_session.scalars(select(Message).where(Message.text_key == text_key))
    return [(one.to_unit_code, one.to_role) for one in found]


def test_final_case_is_reopened_with_a_document_of_the_court(db_session, client_as, each_database):
    """V141. A step entered late counts on its day, and the status is the same. No suspect is known."""
    case = add_case_of_age(LOCKED_AGE, people=[(make_registered_person(), "witness")])
    db_session.commit()
    chief = client_as("chief.bb")
    earlier = (TODAY - timedelta(days=1)).strftime("%d-%m-%Y")
    enter_step(chief, case, kind="at_prosecutor", decided_on=earlier, **PAPER)
    enter_step(chief, case, 422, kind="appeal", court="CFI-02", **PAPER)
    enter_step(chief, case, kind="judged", court="CFI-02", **PAPER)
    enter_step(chief, case, kind="citation", decided_on=earlier, court="CFI-02", **PAPER)
    assert case.status == "judged"
    enter_step(chief, case, kind="final", **PAPER)
    assert case.status == "final"
    reason = {"kind": "open", "reason": "មានភស្តុតាងថ្មី"}
    assert "V141" in enter_step(chief, case, 422, **reason).text
    enter_step(chief, case, court="CFI-02", **reason, **PAPER)
    assert (case.status, case.sent_on) == ("open", TODAY - timedelta(days=1))
    assert case_status.find_drift(db.session.connection()) == []


def test_case_is_voided_by_a_correction_only(case, clerk, db_session):
    enter_step(clerk, case, 422, kind="void", reason="ខុស", **PAPER)
    with acting_as("clerk.bb"), pytest.raises(RuleViolation):
        db_session.add(CaseDisposition(case=case, kind="void", decided_on=TODAY))
        db_session.flush()


def test_clearance_by_arrest_needs_a_registered_arrest(case, clerk):
    assert "V141" in enter_step(clerk, case, 422, kind="solved", clearance="arrest").text
    enter_step(clerk, case, kind="solved", clearance="identified")
    assert (case.status, case.clearance, case.solved_on) == ("solved", "identified", TODAY)


def test_exceptional_clearance_is_the_chiefs_with_a_reason(case, clerk, client_as):
    death = {"kind": "solved", "clearance": "exceptional_death"}
    enter_step(clerk, case, 422, reason="ជនសង្ស័យបានស្លាប់", **death)
    chief = client_as("chief.bb")
    enter_step(chief, case, 422, **death)
    enter_step(chief, case, reason="ជនសង្ស័យបានស្លាប់", **death)
    assert (case.status, case.clearance) == ("solved", "exceptional_death")


def test_step_at_court_names_the_court(case, clerk):
    """V027."""
    assert "V027" in enter_step(clerk, case, 422, kind="at_court", **PAPER).text
    enter_step(clerk, case, kind="at_court", court="CFI-02", **PAPER)
    assert (case.status, case.court_code, case.sent_on) == ("at_court", "CFI-02", TODAY)


def test_step_from_another_province_is_refused(case, client_as):
    enter_step(client_as("clerk.pp"), case, 422, kind="filed", **PAPER)
    assert case.status == "open"


def test_api_takes_the_same_steps(case, clerk):
    program = Program(clerk)
    body = {"kind": "closed", "decided_on": TODAY.isoformat()}
    program.post(f"cases/{case.id}/disposition", body, 422)
    paper = {"document_no": "88/26", "document_date": TODAY.isoformat()}
    program.post(f"cases/{case.id}/disposition", body | paper)
    db.session.expire_all()
    assert case.status == "closed"


def test_new_case_is_open(db_session):
    with acting_as("clerk.bb"), pytest.raises(RuleViolation):
        add_case_of_age(LOCKED_AGE, status="closed")
    db_session.rollback()
    assert db_session.scalars(select(Case)).all() == []
