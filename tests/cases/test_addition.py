"""The page that adds rows to a registered case."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.cases import rules
from app.cases.drafts import Draft
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.court_orders.models import OrderMatch
from app.kernel.schema import record_lock
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.validation.warning_overrides import WarningOverride
from app.people.models import PersonDocument
from app.people.visibility import Visibility
from app.reference.models import Offence
from tests.cases.form_data import hours_ago, make_drug, make_person, make_phone, make_row
from tests.cases.test_entry import count_rows, upload_photo
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.court_orders.sample_orders import make_active_order
from tests.factories import SUMMARY
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program
from tests.statement_counts import counted

MOST_STATEMENTS = 60
# The rules of a case that no new row can break: they are about the case itself, or kept better by more rows.
KEPT_BY_NEW_ROWS = {
    "beginning_is_known", "end_is_after_beginning", "report_is_after_end", "times_are_not_in_the_future",
    "case_is_entered_in_time", "date_is_plausible", "place_exists", "happened_in_one_country",
    "unit_covers_the_place", "position_is_in_cambodia", "position_is_near_the_place", "case_has_an_offence",
    "case_is_not_a_duplicate", "summary_is_long_enough", "solved_case_has_a_suspect",
    "exceptional_clearance_has_a_known_suspect", "case_at_court_names_the_court",
}  # fmt: skip


@prepared
def case(app, db_session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case()
    db_session.commit()
    return case.id


def url_of(case, token="token-of-addition"):
    return f"/addition/{case}/{token}"


def assert_saved(answer, case):
    assert answer.status_code == 302, Page(answer.text).by_id("summary").text
    assert answer.location.startswith(f"/case/show/{case}")


def test_each_visit_begins_a_page_of_its_own(clerk, case):
    one, other = clerk.get(f"/addition/{case}"), clerk.get(f"/addition/{case}?add=exhibits")
    assert one.status_code == other.status_code == 302 and one.location != other.location
    assert "exhibits-0-kind" in clerk.page(other.location).typed()
    assert "case-summary" not in clerk.page(one.location).typed()


def test_empty_offence_beside_a_person_is_not_saved(clerk, db_session, case):
    before = count_rows(db_session, CaseOffence)
    empty = {"offences-0-offence": "", "offences-0-attempt__shown": "1"}
    assert_saved(clerk.send(url_of(case), empty | make_person(0)), case)
    assert count_rows(db_session, CaseOffence) == before


def test_rows_of_every_kind_are_added_with_one_post(clerk, db_session, case):
    files = {"files-0-kind": "scene_photo", "files-0-uploads": upload_photo(clerk)}
    offence = make_row("offences-0", offence="DRUG2012-45", offence_class="misdemeanour")
    form = offence | make_person(0) | make_phone(0) | make_drug(1) | files
    before = {model: count_rows(db_session, model) for model in (CaseOffence, Involvement, Exhibit, CaseFile)}
    version = db_session.get(Case, case).version
    assert_saved(clerk.send(url_of(case), form), case)
    db_session.expire_all()
    added = {model: count_rows(db_session, model) - count for model, count in before.items()}
    assert added == {CaseOffence: 1, Involvement: 1, Exhibit: 2, CaseFile: 1}
    stored = db_session.get(Case, case)
    assert stored.version == version
    suspect = stored.involvements[-1]
    assert (suspect.role, suspect.province_code, suspect.unit_code) == ("suspect", "02", stored.unit_code)
    assert suspect.person.documents[0].number == "012345670"


def test_rows_of_a_locked_case_have_their_own_48_hours(clerk, db_session, each_database):
    locked = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    assert_saved(clerk.send(url_of(locked.id), make_phone(0)), locked.id)
    db_session.expire_all()
    assert record_lock.is_locked(locked)
    assert not record_lock.is_locked(locked.exhibits[-1])
    assert clerk.get(f"/exhibit/edit/{locked.exhibits[-1].id}").status_code == 200
    assert "ដកវិញបាន៖ ១" in clerk.get(f"/case/show/{locked.id}").text


def test_added_offence_protects_the_victim_of_a_locked_case(clerk, db_session, each_database):
    people = [(make_registered_person(number=1), "victim"), (make_registered_person(number=2), "suspect")]
    locked = add_case_of_age(LOCKED_AGE, people=people)
    db_session.commit()
    victim, suspect = locked.involvements
    assert victim.protection is None
    sexual = db_session.scalars(select(Offence.code).where(Offence.family == "sexual")).first()
    form = make_row("offences-0", offence=sexual, offence_class="felony")
    assert_saved(clerk.send(url_of(locked.id), form), locked.id)
    db_session.expire_all()
    assert (victim.protection, suspect.protection) == ("victim", None)
    rows = select(Visibility.hidden).where(Visibility.person_id == victim.person_id)
    assert set(db_session.scalars(rows)) == {True}
    lowered = text("UPDATE involvement SET protection = NULL WHERE id = :pk")
    with pytest.raises(DBAPIError):
        db_session.execute(lowered, {"pk": victim.id})


def test_wanted_suspect_who_is_added_raises_a_match(clerk, db_session, case):
    person = make_registered_person(number=7)
    make_active_order(person)
    db_session.commit()
    form = make_person(0, **{"known-known": str(person.id)})
    assert_saved(clerk.send(url_of(case), form), case)
    assert db_session.scalars(select(OrderMatch.person_id)).all() == [person.id]


def test_second_post_of_the_same_page_adds_nothing(clerk, db_session, case):
    assert_saved(clerk.send(url_of(case), make_phone(0)), case)
    count = count_rows(db_session, Exhibit)
    assert_saved(clerk.send(url_of(case), make_phone(0, description="ផ្សេង")), case)
    assert count_rows(db_session, Exhibit) == count


def test_simultaneous_posts_of_one_page_add_the_rows_once(client_as, db_session, case):
    clients = [client_as("clerk.bb"), client_as("clerk.bb")]
    count = count_rows(db_session, Exhibit)
    db_session.rollback()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda client: client.send(url_of(case), make_phone(0)), clients))
    for answer in answers:
        assert_saved(answer, case)
    assert count_rows(db_session, Exhibit) == count + 1


def test_refused_rows_are_shown_again_and_kept_as_draft(clerk, db_session, case):
    count = count_rows(db_session, Involvement)
    form = make_person(0, role="") | make_phone(0) | {"added_to": str(case)}
    answer = clerk.send(url_of(case), form)
    assert answer.status_code == 422
    assert Page(answer.text).typed()["exhibits-0-serial"] == ["356938035643809"]
    assert count_rows(db_session, Involvement) == count
    again = clerk.get("/entry/token-of-addition")
    assert again.location == url_of(case)
    assert clerk.page(again.location).typed()["exhibits-0-serial"] == ["356938035643809"]
    assert_saved(clerk.send(url_of(case), form | {"people-0-role": "suspect"}), case)
    assert count_rows(db_session, Draft) == 0
    assert clerk.send("/entry/token-of-addition/draft", form).status_code == 409


def test_nothing_to_add_is_refused(clerk, case):
    answer = clerk.send(url_of(case), {"added_to": str(case)})
    assert answer.status_code == 422
    assert "សូមបន្ថែម" in Page(answer.text).by_id("summary").text


def test_row_without_its_file_is_refused(clerk, db_session, case):
    before = count_rows(db_session, CaseFile)
    page = Page.from_response(clerk.send(url_of(case), make_row("files-0", kind="scene_photo")), 422)
    assert page.get_messages("files-0-note")
    assert count_rows(db_session, CaseFile) == before


def test_old_problems_of_the_case_do_not_stop_new_rows(clerk, db_session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case(summary="ខ្លី")
    db_session.commit()
    assert_saved(clerk.send(url_of(case.id), make_phone(0)), case.id)


def test_every_rule_of_a_case_says_whether_a_new_row_can_break_it():
    """`check_rows` checks each row: of a new one its own rules, of the others the victim who is the only suspect."""
    broken = {rule for some in rules.BROKEN_BY_NEW.values() for rule in some}
    assert {one.__name__ for one in rules.CASE} == KEPT_BY_NEW_ROWS | {"check_rows"} | {
        one.__name__ for one in broken & set(rules.CASE)
    }


@pytest.mark.parametrize(("section", "statements"), [("exhibits", 16), ("files", 14)])
def test_new_row_reads_only_the_rows_that_its_rules_compare(clerk, register, case, section, statements):
    """The save of a file or an exhibit costs the same in a case with forty people."""
    upload = upload_photo(clerk)
    form = {
        "exhibits": make_phone(0),
        "files": {"files-0-kind": "scene_photo", "files-0-uploads": upload},
    }[section]
    with counted(register) as asked:
        assert_saved(clerk.send(url_of(case), form), case)
    assert not [one for one in asked if "FROM involvement" in one or "FROM person" in one]
    assert len(asked) <= statements


def test_new_person_with_the_document_of_a_person_of_the_case_is_refused(
    app, clerk, db_session, case, monkeypatch
):
    """Also without the nationwide comparison, which a practice system does not have."""
    monkeypatch.setitem(app.config, "IS_PRACTICE", True)
    assert_saved(clerk.send(url_of(case), make_person(0)), case)
    count = count_rows(db_session, Involvement)
    same = {"document-number": "០១២ ៣៤៥ ៦៧០", "person-given_km": "ដារ៉ា", "person-given_latin": "Dara"}
    page = Page.from_response(clerk.send(url_of(case, "token-of-other"), make_person(1, **same)), 422)
    assert "V036" in page.by_id("summary").text
    assert count_rows(db_session, Involvement) == count


def test_number_of_a_withdrawn_document_stops_nobody(clerk, db_session, case):
    """The number was typed at the wrong person; then its owner is added to the same case."""
    suspect = next(row for row in db_session.get(Case, case).involvements if row.role == "suspect")
    with acting_as("clerk.bb"):
        document = PersonDocument(kind="national_id", number="012345671", country="KH")
        suspect.person.documents.append(document)
        db_session.commit()
        document.voided_at, document.void_reason = dates.now(), "បញ្ចូលច្រឡំ"
        db_session.commit()
    assert_saved(clerk.send(url_of(case), make_person(1)), case)


def test_new_victim_who_is_the_only_suspect_is_refused(clerk, db_session, case):
    suspect = next(row for row in db_session.get(Case, case).involvements if row.role == "suspect")
    form = make_person(0, "victim", **{"known-known": str(suspect.person_id), "injury": "none"})
    count = count_rows(db_session, Involvement)
    page = Page.from_response(clerk.send(url_of(case), form), 422)
    assert "V047" in page.by_id("summary").text
    assert count_rows(db_session, Involvement) == count


def test_refused_choice_of_a_person_has_one_message(clerk, db_session, case):
    """The fields of a new person are empty beside a choice: their messages would ask for what the clerk must not type."""
    empty = dict.fromkeys(("person-surname_km", "person-given_km", "person-sex", "person-born_on"), "")
    page = Page.from_response(
        clerk.send(url_of(case), make_person(0, **{"known-known": "99999"}, **empty)), 422
    )
    assert [one["href"] for one in page.by_id("summary").all("a")] == ["#people-0-known-known"]


def test_new_role_of_a_person_keeps_who_else_is_visible(clerk, db_session, case):
    """Only the rows of that person are written again: the same ones as if all people of the case were."""
    people = {row.person_id for row in db_session.get(Case, case).involvements}
    seen = list_visibility(db_session, case)
    suspect = next(row for row in db_session.get(Case, case).involvements if row.role == "suspect")
    form = make_person(0, "complainant", **{"known-known": str(suspect.person_id)})
    assert_saved(clerk.send(url_of(case), form), case)
    assert list_visibility(db_session, case) == seen
    assert_saved(clerk.send(url_of(case, "token-of-other"), make_person(0)), case)
    grown = list_visibility(db_session, case)
    assert seen <= grown and {row[0] for row in grown} > people


def list_visibility(db_session, case):
    row = Visibility.__table__.c
    columns = (row.person_id, row.province_code, row.hidden, row.minor, row.family)
    return {tuple(one) for one in db_session.execute(select(*columns).where(row.case_id == case))}


def test_overridden_warning_of_a_new_row_is_stored_with_the_row(clerk, db_session, case):
    form = make_row("offences-0", offence="PC2009-353_356", offence_class="felony")
    refused = clerk.send(url_of(case), form)
    assert refused.status_code == 422
    name = next(
        name
        for name in Page(refused.text).typed()
        if name.startswith("offences-0-") and name.endswith("__reason")
    )
    reason = "aggravated" if "class" in name else "checked"
    answer = clerk.send(url_of(case), form | {name: reason, "offences-0-class_reason": reason})
    assert_saved(answer, case)
    override = db_session.scalars(select(WarningOverride)).all()
    assert {one.entity for one in override} <= {"case_offence"}


def test_case_of_another_province_is_not_found(client_as, case):
    other = client_as("clerk.pp")
    assert other.get(url_of(case)).status_code == 404
    assert other.send(url_of(case), make_phone(0)).status_code == 404
    assert other.send(f"{url_of(case)}/check", make_phone(0)).status_code == 404


def test_reader_without_the_right_to_register_is_refused(client_as, case):
    assert client_as("auditor").send(url_of(case), make_phone(0)).status_code in (302, 403)


def test_nothing_is_added_to_a_void_case(clerk, client_as, db_session, case):
    typed = clerk.page(f"/supplement/add?case={case}").typed()
    number = request_correction(client_as("chief.bb"), db_session.get(Case, case), kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    assert clerk.send(url_of(case), make_phone(0)).location == f"/case/show/{case}"
    Program(clerk).post(f"cases/{case}/add", {"exhibits": [{"kind": "phone"}]}, 422)
    supplement = {"case": str(case), "text": SUMMARY, "learned_on": typed["learned_on"] or hours_ago(1)[:10]}
    assert clerk.post("/supplement/add", data=typed | supplement).status_code == 422
    db_session.expire_all()
    with (
        acting_as("clerk.bb"),
        pytest.raises(RuleViolation),
    ):  # a page that was saved before the case was void
        db_session.add(Exhibit(kind="phone", case=db_session.get(Case, case)))
        db_session.flush()
    assert "/supplement/add" not in clerk.get(f"/case/show/{case}").text


def test_draft_of_another_user_is_not_found(clerk, client_as, case):
    form = make_person(0, role="") | {"added_to": str(case)}
    assert clerk.send(url_of(case), form).status_code == 422
    answer = client_as("investigator.bb").get(url_of(case))
    assert answer.status_code == 404 or "people-0-role" not in Page(answer.text).typed()


def test_check_reports_problems_and_writes_nothing(clerk, db_session, case):
    count = count_rows(db_session, Involvement)
    answer = clerk.send(f"{url_of(case)}/check", make_person(0, role=""))
    assert {one["box"] for one in answer.json["problems"]} >= {"people-0-role"}
    assert count_rows(db_session, Involvement) == count


def test_addition_needs_few_statements(clerk, register, case):
    with counted(register) as statements:
        assert_saved(clerk.send(url_of(case), make_person(0) | make_phone(0)), case)
    assert len(statements) <= MOST_STATEMENTS


def test_page_of_the_case_adds_each_kind_of_row_by_a_key(clerk, client_as, case):
    links = [
        link
        for link in clerk.page(f"/case/show/{case}").all("a", **{"data-alt-key": True})
        if link["data-alt-key"] != "KeyN"
    ]
    assert [link["href"] for link in links] == [
        f"/supplement/add?case={case}",
        *(f"/addition/{case}?add={rows}" for rows in ("people", "offences", "exhibits", "files")),
    ]
    assert f"/addition/{case}" not in client_as("auditor").get(f"/case/show/{case}").text


def test_row_is_added_to_a_case_locked_a_second_ago(clerk, db_session, each_database):
    locked = add_case_of_age(record_lock.EDIT_WINDOW + timedelta(seconds=1))
    db_session.commit()
    summary = locked.summary
    assert_saved(clerk.send(url_of(locked.id), make_phone(0)), locked.id)
    clerk.send(f"/case/edit/{locked.id}", {"summary": SUMMARY * 2, "version": str(locked.version)})
    db_session.expire_all()
    assert locked.summary == summary


@pytest.mark.parametrize("username", ["clerk.bb", "clerk.pp"], ids=["own area", "another province"])
def test_second_officer_cannot_add_the_same_suspect(clerk, client_as, db_session, case, username):
    place = {"clerk.bb": BATTAMBANG, "clerk.pp": PHNOM_PENH}[username]
    with acting_as(username):
        person = make_registered_person(number=9, surname_km="ទេព", given_km="វណ្ណៈ", home_code=place)
        add_registered_case(place=place, people=[(person, "suspect")])
        db_session.commit()
    count = count_rows(db_session, Involvement)
    officers = clerk, client_as("investigator.bb")
    forms = []
    for number, officer in enumerate(officers):
        (found,) = officer.send("/lookup/card", {"q": "ទេព វណ្ណៈ"}).json["items"]
        known = {"known-known": found["id"], "known-known__text": found["text"]}
        forms.append((officer, f"token-of-{number}", make_person(0, **known)))
    (first, token, form), (second, other_token, same) = forms
    assert_saved(first.send(url_of(case, token), form), case)
    page = Page.from_response(second.send(url_of(case, other_token), same), 422)
    assert "V142" in page.by_id("summary").text
    assert "V142" in page.by_id("people-0-role").up("field").text
    assert page.typed()["people-0-known-known__text"] == [same["people-0-known-known__text"]]
    assert count_rows(db_session, Involvement) == count + 1


def test_two_officers_who_add_one_suspect_at_the_same_moment(clerk, client_as, db_session, case):
    with acting_as("clerk.bb"):
        person = make_registered_person(number=9)
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    count, form = count_rows(db_session, Involvement), make_person(0, **{"known-known": str(person.id)})
    posts = (clerk, "token-of-one"), (client_as("investigator.bb"), "token-of-two")
    db_session.rollback()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda post: post[0].send(url_of(case, post[1]), form), posts))
    saved, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert_saved(saved, case)
    assert refused.status_code in (409, 422)
    assert "V142" in Page(refused.text).by_id("people-0-role").up("field").text
    assert count_rows(db_session, Involvement) == count + 1


def test_database_refuses_a_second_row_of_a_person_and_role(db_session, case):
    row = db_session.get(Case, case).involvements[0]
    values = {column.key: getattr(row, column.key) for column in Involvement.__table__.columns}
    values |= {"id": None, "insert_order": None}
    copy = Involvement.__table__.insert().values({k: v for k, v in values.items() if v is not None})
    with pytest.raises(IntegrityError, match="one_role|role"):
        db_session.execute(copy)


def add_suspect_of_another_case(clerk, db_session, case, role):
    with acting_as("clerk.bb"):
        person = make_registered_person(number=9)
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    assert_saved(clerk.send(url_of(case), make_person(0, role, **{"known-known": str(person.id)})), case)
    added = Involvement.case_id == case, Involvement.person_id == person.id
    return db_session.scalar(select(Involvement.id).where(*added))


def test_author_does_not_learn_that_another_officer_protects_a_person(clerk, client_as, db_session, case):
    row = add_suspect_of_another_case(clerk, db_session, case, "complainant")
    program = Program(client_as("investigator.bb"))
    version = program.get(f"involvements/{row}")["result"]["version"]
    assert clerk.get(f"/involvement/show/{row}").status_code == 200
    answer = program.put(f"involvements/{row}", {"version": version, "role": "witness"})
    assert list(answer) == ["message"]  # saved, and no longer visible
    db_session.expire_all()
    assert db_session.get(Involvement, row).protection == "witness"
    assert clerk.get(f"/involvement/show/{row}").status_code == 404


def test_author_takes_back_a_witness_who_is_visible_elsewhere(clerk, client_as, db_session, case):
    row = add_suspect_of_another_case(clerk, db_session, case, "witness")
    assert client_as("investigator.bb").get(f"/involvement/show/{row}").status_code == 404
    assert clerk.get(f"/involvement/show/{row}").status_code == 200
    assert clerk.send(f"/involvement/withdraw/{row}", {"reason": "ខុស"}).status_code == 302
    assert db_session.get(Involvement, row).is_void


def test_one_page_names_a_person_once_in_each_role(clerk, db_session, case):
    person = str(db_session.get(Case, case).involvements[0].person_id)
    count = count_rows(db_session, Involvement)
    twice = make_person(0, **{"known-known": person}) | make_person(1, **{"known-known": person})
    page = Page.from_response(clerk.send(url_of(case), twice), 422)
    assert "V142" in page.by_id("summary").text
    assert count_rows(db_session, Involvement) == count


def test_photo_above_the_limit_is_refused_with_the_limit(clerk, case):
    """The page checks the size before it sends the file; the server checks it again."""
    form = clerk.page(clerk.get(f"/addition/{case}?add=files").location).by_id("entry")
    assert (form["data-photo-limit"], form["data-file-limit"]) == ("10", "25")
    assert "{limit} MB" in form["data-too-large"]
    photo = {"file": (BytesIO(b"\xff\xd8\xff\xe0" + bytes(10 * 1024**2)), "scene.jpg")}
    answer = clerk.send("/file/upload", photo, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "scene.jpg" in answer.json["error"] and "១០ MB" in answer.json["error"]


def test_exhibit_stays_in_its_case(clerk, db_session, case):
    with acting_as("clerk.bb"):
        other = add_registered_case(people=[(make_registered_person(number=9), "suspect")])
    db_session.commit()
    exhibit = db_session.get(Case, case).exhibits[0]
    url = f"/exhibit/edit/{exhibit.id}"
    typed = clerk.page(url).typed()
    clerk.post(url, data=typed | {"case": str(other.id), "case_id": str(other.id), "description": "ម៉ូតូ"})
    db_session.expire_all()
    assert (exhibit.case_id, exhibit.description) == (case, "ម៉ូតូ")
