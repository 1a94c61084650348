"""The exhibits of an act are named in it, on its paper and on their own pages. What helps the suspect is marked."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from app.cases.models import CaseFile, Exhibit
from app.extensions import db
from app.investigation.lookups import find_acts
from app.investigation.models import ActExhibit, InvestigationAct
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.printouts import act_records, dossier_indices
from tests.accounts.sample_staff import find_user
from tests.corrections import steps
from tests.html_pages import Page
from tests.kernel.files.test_store import make_picture
from tests.locked_records import LOCKED_AGE, add_case_of_age, registered_before
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case
from tests.sql_calls import Program

QUESTION = "តើមានសារធាតុញៀនឬទេ?"


@prepared
def case(db_session):
    with acting_as("clerk.bb"):
        found = add_registered_case()
        found.exhibits.append(
            Exhibit(kind="drug", property_role="seized", substance="ice", quantity=10, measure="gram")
        )
        db_session.commit()
    return found


def add_request(case, kind="expert_request"):
    due = dates.now() + timedelta(days=3)
    begun = dates.now() - timedelta(hours=2)
    with acting_as("clerk.bb"):
        act = InvestigationAct(
            case=case, kind=kind, begun_at=begun, due_at=due, result="សូមពិនិត្យ",
            officer=find_user("investigator.bb"),
        )  # fmt: skip
        db.session.add(act)
        db.session.commit()
    return act


def rows():
    db.session.expire_all()
    return db.session.query(ActExhibit).order_by(ActExhibit.id).all()


def test_request_to_the_laboratory_names_its_exhibits(client_as, case, db_session, each_database):
    officer, act, drug = client_as("investigator.bb", "en"), add_request(case), case.exhibits[-1]
    url, code, pk = f"/investigationact/show/{act.id}", drug.code, drug.id
    assert code in officer.get(url).text
    sent = {"exhibit": [str(pk)], "note": QUESTION}
    assert officer.send(f"/investigationact/choose/{act.id}", sent).status_code == 302
    (row,) = rows()
    assert (row.exhibit_id, row.note, row.case_id) == (pk, QUESTION, case.id)
    page = officer.page(url)
    assert "Exhibits and acts" in page.text and QUESTION in page.text and code in page.text
    assert not page.all(value=str(pk), name="exhibit"), "what is in the act is not offered again"
    assert "Expert request" in officer.page(f"/exhibit/show/{pk}").text
    paper = act_records.build_printout(act_records.load_record(act.id))
    table = next(part for part in paper.parts if "exhibits" in str(part).lower() or QUESTION in str(part))
    assert code in str(table) and f"{case.number}/2" in str(table) and "១០" in str(table)
    assert len(paper.signers) == 2 and not act_records.explain_refusal(act)
    assert officer.get(f"/printout/act-record/{act.id}").mimetype == "application/pdf"
    assert client_as("clerk.pp").send(f"/investigationact/choose/{act.id}", sent).status_code == 404


def test_an_exhibit_is_named_once_and_taken_back(client_as, case, db_session):
    officer, act, pk = client_as("investigator.bb", "en"), add_request(case), case.exhibits[-1].id
    program, body = Program(officer), {"act": act.id, "exhibit": pk}
    row = program.post("act-exhibits/", body, 201)
    assert "in the act already" in str(program.post("act-exhibits/", body, 409))
    answer = officer.send(f"/investigationact/choose/{act.id}", {"exhibit": [str(pk)]})
    assert "Choose at least one" in Page.from_response(answer, 422).by_id("exhibit-bad").text
    refused = officer.send(f"/exhibit/withdraw/{pk}", {"reason": "ខុស"})
    assert refused.status_code in (403, 422)
    program.post(f"act-exhibits/{row['result']['id']}/withdraw", {"reason": "ខុស"}, 200)
    assert rows()[0].is_void
    program.post("act-exhibits/", body, 201)


def test_exhibit_of_another_case_and_void_rows_are_refused(client_as, case, db_session):
    act = add_request(case)
    with acting_as("clerk.bb"):
        other = add_registered_case()
        db_session.commit()
    with acting_as("clerk.pp"):
        foreign = add_registered_case(PHNOM_PENH)
        db_session.commit()
    program = Program(client_as("investigator.bb", "en"))
    for exhibit in (other.exhibits[0], foreign.exhibits[0]):
        program.post("act-exhibits/", {"act": act.id, "exhibit": exhibit.id}, 422)
    assert not rows()
    with acting_as("investigator.bb"), pytest.raises(RuleViolation):
        db.session.add(ActExhibit(act=db.session.get(InvestigationAct, act.id), exhibit=other.exhibits[0]))
        db.session.flush()
    db.session.rollback()
    assert [one["id"] for one in find_acts(case.number)] == [str(act.id)]


def test_photo_of_a_void_exhibit_is_refused(client_as, case, db_session, each_database):
    clerk, pk = client_as("clerk.bb", "en"), case.exhibits[-1].id
    picture = {"scan": (BytesIO(make_picture()), "photo.jpg"), "csrf_token": clerk.token}
    assert clerk.send(f"/exhibit/withdraw/{pk}", {"reason": "ខុស"}).status_code == 302
    answer = clerk.post(f"/exhibit/scan/{pk}", data=picture)
    assert answer.status_code == 422 and "This record is void" in answer.text
    program = Program(clerk)
    sent = {"file": (BytesIO(make_picture()), "photo.jpg")}
    token = clerk.post("/api/v1/uploads/", data=sent, headers={"X-CSRFToken": clerk.token}).json["result"][
        "token"
    ]
    refused = program.post(f"exhibits/{pk}/photo", {"file": token}, 422)
    assert "This record is void" in str(refused)
    db.session.expire_all()
    assert db.session.query(CaseFile).filter_by(exhibit_id=pk).count() == 0


def test_what_helps_the_suspect_is_marked_also_after_the_lock(client_as, case, db_session, each_database):
    officer = client_as("investigator.bb", "en")
    act, exhibit, file = add_request(case), case.exhibits[-1], case.files[0]
    for view, row in (("investigationact", act), ("exhibit", exhibit), ("casefile", file)):
        url = f"/{view}/edit/{row.id}"
        form = officer.page(url).typed() | {"helps_suspect": "y"}
        answer = officer.send(url, form)
        assert answer.status_code == 302, answer.text
    db.session.expire_all()
    assert act.helps_suspect and exhibit.helps_suspect and file.helps_suspect
    index = dossier_indices.build_printout(dossier_indices.load_record(case.id))
    marks = [row[-1] for row in index.parts[0]["rows"]]
    assert sum(not one.isspace() for one in marks) == 3 and len(marks) > 3
    assert "May help the suspect" in officer.page(f"/exhibit/show/{exhibit.id}").text


def test_only_a_correction_removes_the_mark_after_the_lock(client_as, db_session, each_database):
    with registered_before(LOCKED_AGE):
        case = add_case_of_age(LOCKED_AGE)
        act = add_request(case)
    rows = {"investigationact": act, "exhibit": case.exhibits[0], "casefile": case.files[0]}
    db_session.commit()
    officer = client_as("investigator.bb", "en")
    for view, row in rows.items():
        url = f"/{view}/edit/{row.id}"
        assert officer.send(url, officer.page(url).typed() | {"helps_suspect": "y"}).status_code == 302
        cleared = {
            name: value for name, value in officer.page(url).typed().items() if name != "helps_suspect"
        }
        answer = officer.send(url, cleared)
        assert answer.status_code == 422 and "Only a correction removes this mark" in answer.text
        db_session.expire_all()
        assert row.helps_suspect
        clear = update(type(row).__table__).where(type(row).id == row.id).values(helps_suspect=False)
        with pytest.raises(DBAPIError, match="lock: locked"):
            db_session.connection().execute(clear)
        db_session.rollback()
    correct = steps.request_correction(client_as("chief.bb"), act, helps_suspect="")
    steps.decide(client_as("planning"), correct)
    steps.apply_correction(client_as("twg"), correct)
    db_session.expire_all()
    assert not act.helps_suspect
