"""An offence entered on one page and with one save."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.cases.drafts import Draft
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.kernel.validation.warning_overrides import PassedWarning
from app.people.models import Person, PersonPhoto
from tests.cases.form_data import drug, hours_ago, person, phone, row, theft, victim
from tests.html_pages import Page
from tests.sample_rows import (
    BATTAMBANG,
    PHNOM_PENH,
    a_registered_case,
    a_registered_person,
    with_photo,
    written_by,
)
from tests.statement_counts import counted

ENTRY = "/entry/token-of-a-test"


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def saved(answer):
    """The id of the case that the answer leads to; what stood in the way, where it was refused."""
    assert answer.status_code == 302, Page(answer.text).by_id("summary").text
    return int(answer.location.rsplit("/", 1)[1])


def case_number(session, case):
    return session.get(Case, case).number


def a_photo():
    stream = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(stream, "JPEG")
    return stream.getvalue()


def upload(browser):
    """The word that the register gives for a photo."""
    file = {"file": (BytesIO(a_photo()), "scene.jpg")}
    answer = browser.send("/file/upload", file, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    return answer.json["token"]


def others(serial, people=2):
    """Boxes that make other people of the people typed, and tell whoever asks that they are others."""
    documents = {f"people-{n}-document-number": f"{serial}7765432{n}" for n in range(people)}
    reasons = {f"people-{n}-person-surname_km__reason": "another_person" for n in range(people)}
    return documents | reasons | {"case-occurred_from__reason": "another_event"}


def large_case(photo):
    """Four people, two offences, two exhibits, one photo."""
    drugs = row("offences-1", offence="DRUG2012-45", offence_class="misdemeanour")
    others = person(2, "witness", **{"person-surname_km": "កែវ", "person-given_km": "មុនី"}) | victim(
        3, **{"person-surname_km": "លី", "person-given_km": "ស្រីនាង", "person-given_latin": "Sreyneang"}
    )
    files = {
        "files-0-kind": "scene_photo",
        "files-0-note": "កន្លែងកើតហេតុ",
        "files-0-held": photo,
        "case-photo_missing": "",
    }
    return theft(drugs, others, drug(1), files)


def test_a_new_entry_has_an_address_of_its_own(clerk):
    one, other = clerk.get("/entry/"), clerk.get("/entry/")
    assert one.status_code == other.status_code == 302
    assert one.location != other.location
    page = clerk.page(one.location)
    assert page.typed()["case-reported_at"][0].startswith(f"{dates.now():%d/%m/%Y}")


def test_a_whole_case_is_saved_with_one_post(clerk, db_session, each_database):
    answer = clerk.send(ENTRY, large_case(upload(clerk)))
    case = db_session.get(Case, saved(answer))
    assert case.number == f"02-{dates.now().year}-000001"
    assert (case.province_code, case.district_code, case.commune_code) == ("02", "0203", "020310")
    assert [involvement.role for involvement in case.involvements] == [
        "suspect",
        "victim",
        "witness",
        "victim",
    ]
    assert [offence.offence_code for offence in case.offences] == ["PC2009-353_356", "DRUG2012-45"]
    assert [(exhibit.kind, exhibit.province_code) for exhibit in case.exhibits] == [
        ("phone", "02"),
        ("drug", "02"),
    ]
    assert [file.mime for file in case.files] == ["image/jpeg"]
    suspect = case.involvements[0]
    assert str(suspect.person) == "សុខ វិបុល"
    assert suspect.person.documents[0].number_key == "012345670"
    assert suspect.person.names[0].text_km == "វិបុលតូច"
    assert (suspect.minor, suspect.restricted, case.involvements[2].restricted) == (False, False, True)
    assert {row.unit_code for row in (case, suspect, suspect.person, *case.exhibits)} == {"PC-02"}
    written = select(func.count(AuditEvent.seq)).where(AuditEvent.action == "add")
    # case, offences, people with name and card …
    assert db_session.scalar(written) == 1 + 2 + 4 + 4 + 4 + 4 + 2 + 1


# Of them two for the index of names, two to look up likely duplicates, and three to keep those of four people of one sound.
MOST_STATEMENTS = 30


def test_a_whole_case_takes_few_statements_however_many_rows_it_has(clerk, register, each_database):
    form = large_case(upload(clerk))
    clerk.send("/entry/a-first-one", theft())  # the caches of this process are filled
    with counted(register) as statements:
        answer = clerk.send(ENTRY, form | others(9, people=4))
    saved(answer)
    assert len(statements) <= MOST_STATEMENTS, "\n".join(" ".join(one.split())[:110] for one in statements)


def test_the_number_and_what_is_still_missing_are_told_after_the_save(clerk):
    answer = clerk.send(ENTRY, theft(), follow_redirects=True)
    page = Page.of(answer)
    assert f"02-{dates.now().year}-000001" in page.text
    assert "រូបថត" in page.text


def test_numbers_are_counted_for_each_province_and_year(clerk, client_as, db_session):
    saved(clerk.send("/entry/one", theft()))
    saved(clerk.send("/entry/two", theft(others(9))))
    elsewhere = {"case-place": "120101", "case-place__text": "…"}
    saved(client_as("clerk.pp").send("/entry/three", theft(others(8), elsewhere)))
    year = dates.now().year
    numbers = db_session.scalars(select(Case.number).order_by(Case.id)).all()
    assert numbers == [f"02-{year}-000001", f"02-{year}-000002", f"12-{year}-000001"]


def test_eight_clerks_who_save_at_once_get_eight_numbers(client_as, db_session, each_database):
    def enter(number):
        return saved(browsers[number].send(f"/entry/of-clerk-{number}", theft(others(number))))

    browsers = [client_as("clerk.bb") for _number in range(8)]
    for browser in browsers:
        browser.get("/entry/")  # the caches are filled before the race
    with ThreadPoolExecutor(8) as clerks:
        cases = list(clerks.map(enter, range(8)))
    assert len(set(cases)) == 8
    numbers = sorted(db_session.scalars(select(Case.number)))
    assert numbers == [f"02-{dates.now().year}-{number:06d}" for number in range(1, 9)]


def test_four_clicks_on_save_make_one_case(clerk, db_session, each_database):
    form = theft()
    cases = {saved(clerk.send(ENTRY, form)) for _click in range(4)}
    assert len(cases) == 1
    assert (count(db_session, Case), count(db_session, Person)) == (1, 2)


def test_four_clicks_at_once_make_one_case(client_as, db_session, each_database):
    form = theft()
    browsers = [client_as("clerk.bb") for _click in range(4)]
    with ThreadPoolExecutor(4) as clicks:
        cases = {saved(answer) for answer in clicks.map(lambda browser: browser.send(ENTRY, form), browsers)}
    assert len(cases) == 1
    assert count(db_session, Case) == 1


def test_the_address_of_a_saved_entry_leads_to_its_case(clerk):
    case = saved(clerk.send(ENTRY, theft()))
    assert clerk.get(ENTRY).location == f"/case/show/{case}"


def test_a_draft_is_kept_and_shown_again_with_every_row(clerk, client_as):
    form = theft(drug(4))
    assert clerk.send(f"{ENTRY}/draft", form).json == {"kept": True}
    typed = client_as("clerk.bb").page(ENTRY).typed()
    assert {name: typed.get(name) for name in form} == {name: [value] for name, value in form.items()}
    assert "/entry/token-of-a-test" in client_as("clerk.bb").page("/").html


def test_a_draft_of_somebody_else_is_not_there(clerk, client_as, db_session):
    clerk.send(f"{ENTRY}/draft", theft())
    other = client_as("investigator.bb")
    assert other.get(ENTRY).status_code == 404
    assert other.send(f"{ENTRY}/draft", {"case-summary": "…"}).status_code == 409
    assert other.send(f"{ENTRY}/drop").status_code == 404
    kept = dict(map(tuple, db_session.scalars(select(Draft)).one().payload["boxes"]))
    assert kept["case-summary"] == theft()["case-summary"]
    assert ENTRY not in other.page("/").html


def test_nobody_saves_under_the_draft_of_somebody_else(clerk, client_as, db_session):
    clerk.send(f"{ENTRY}/draft", theft())
    assert client_as("investigator.bb").send(ENTRY, theft()).status_code == 404
    assert (count(db_session, Draft), count(db_session, Case)) == (1, 0)


def test_who_changes_a_page_after_its_save_is_told_that_it_was_saved_before(clerk, db_session):
    case = saved(clerk.send(ENTRY, theft()))
    page = Page.of(clerk.send(ENTRY, theft({"case-place_text": "កន្លែងផ្សេង"}), follow_redirects=True))
    assert case_number(db_session, case) in " ".join(
        note.text for note in page.all(css="note") if note.has_class("amber")
    )
    assert db_session.get(Case, case).place_text == theft()["case-place_text"]


def test_more_rows_than_a_case_holds_are_refused_and_stay_on_the_page(clerk, db_session):
    crowd = {}
    for number in range(2, 62):
        crowd |= person(number, "witness", **{"document-number": "", "document-kind": ""})
    answer = clerk.send(ENTRY, theft(crowd))
    assert answer.status_code == 422
    assert "people-61-person-surname_km" in Page(answer.text).typed()
    assert count(db_session, Case) == 0


@pytest.mark.parametrize("empty", ["kind", "number"])
def test_half_a_document_is_neither_dropped_nor_a_fault(clerk, empty):
    answer = clerk.send(ENTRY, theft({f"people-0-document-{empty}": ""}))
    assert answer.status_code == 422
    assert Page(answer.text).by_id(f"people-0-document-{empty}-bad")


def test_a_document_without_its_country_is_known_again(clerk):
    saved(clerk.send("/entry/one", theft()))
    again = theft(others(9), {"people-0-document-number": "012345670", "people-0-document-country": ""})
    answer = clerk.send("/entry/two", again)
    assert answer.status_code == 422
    assert "V036" in Page(answer.text).by_id("people-0-document-number-bad").text


def test_a_person_is_never_taken_by_a_name_alone(clerk, db_session):
    with written_by("clerk.bb"):
        known = a_registered_person()
        db_session.commit()
    answer = clerk.send(ENTRY, theft({"people-0-known-known__text": str(known)}))
    assert answer.status_code == 422
    assert Page(answer.text).by_id("people-0-known-known-bad")


@pytest.mark.parametrize("key", ["²", "x", "9" * 50, "0", "-1"])
def test_a_person_who_is_none_is_refused_in_words(clerk, key):
    answer = clerk.send(ENTRY, theft({"people-0-known-known": key}))
    assert answer.status_code == 422
    assert "literal" not in Page(answer.text).by_id("people-0-known-known-bad").text


def test_a_draft_ends_with_the_save_or_when_it_is_dropped(clerk, db_session):
    clerk.send(f"{ENTRY}/draft", theft())
    clerk.send(ENTRY, theft())
    assert count(db_session, Draft) == 0
    clerk.send("/entry/another/draft", theft())
    clerk.send("/entry/another/drop")
    assert count(db_session, Draft) == 0


def test_a_refused_save_is_kept_as_a_draft(clerk, db_session):
    assert clerk.send(ENTRY, theft({"case-place": "", "case-place__text": ""})).status_code == 422
    assert count(db_session, Case) == 0
    assert clerk.page(ENTRY).typed()["case-summary"] == [theft()["case-summary"]]


def test_a_draft_that_is_too_long_is_refused(clerk):
    answer = clerk.send(f"{ENTRY}/draft", {"case-summary": "ក" * 400_001})
    assert answer.status_code == 413


def test_checking_says_what_is_wrong_and_writes_nothing(clerk, register, db_session):
    form = theft({"case-occurred_to": hours_ago(10)})
    clerk.send(f"{ENTRY}/check", form)
    with counted(register) as statements:
        problems = clerk.send(f"{ENTRY}/check", form).json["problems"]
    assert [(p["box"], p["rule"], p["stops"]) for p in problems] == [("case-occurred_to", "V002", True)]
    assert not [one for one in statements if not one.startswith(("SELECT", "WITH"))]


def test_a_known_person_is_taken_and_not_written_again(clerk, db_session, each_database):
    with written_by("clerk.bb"):
        known = a_registered_person()
        a_registered_case(people=[(known, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    before = count(db_session, Person)
    answer = clerk.send(
        ENTRY, theft({"people-0-known-known": str(known.id), "people-0-known-known__text": str(known)})
    )
    case = db_session.get(Case, saved(answer))
    assert case.involvements[0].person_id == known.id
    assert count(db_session, Person) == before + 1  # the victim
    assert known.surname_km == "សុខ" and known.given_km == "ដារ៉ា"


def test_a_passed_warning_is_kept_with_its_reason(clerk, db_session, each_database):
    outside = {"case-place": "120101", "case-place__text": "…", "case-place__reason": "reported_here"}
    case = saved(clerk.send(ENTRY, theft(outside)))
    passed = db_session.scalars(select(PassedWarning)).one()
    assert (passed.entity, passed.entity_id, passed.rule, passed.field_name) == (
        "case",
        case,
        "V008",
        "place",
    )
    assert (passed.reason, passed.reason_list) == ("reported_here", "outside_area_reason")
    assert passed.passed_by_id


def test_a_warning_passed_at_a_row_is_kept_with_that_row(clerk, db_session, each_database):
    short = {"people-1-document-number": "1234", "people-1-document-number__reason": "as_in_paper"}
    saved(clerk.send(ENTRY, theft(short)))
    passed = db_session.scalars(select(PassedWarning)).one()
    assert (passed.entity, passed.rule, passed.reason) == ("person_document", "V035", "as_in_paper")
    victim_of_the_case = (
        db_session.scalars(select(Involvement).where(Involvement.role == "victim")).one().person
    )
    assert passed.entity_id == victim_of_the_case.documents[0].id


def test_a_reason_that_its_list_does_not_know_passes_nothing(clerk):
    outside = {"case-place": "120101", "case-place__text": "…", "case-place__reason": "because"}
    assert clerk.send(ENTRY, theft(outside)).status_code == 422


def test_a_late_entry_keeps_its_reason_in_the_case(clerk, db_session, each_database):
    late = {
        "case-occurred_from": hours_ago(90), "case-occurred_to": hours_ago(89), "case-reported_at": hours_ago(80),
        "case-reported_at__reason": "no_connection",
    }  # fmt: skip
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft(late))))
    assert (case.late, case.late_reason) == (True, "no_connection")


def test_a_case_in_time_is_not_late(clerk, db_session):
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft())))
    assert (case.late, case.late_reason) == (False, None)


def test_a_photo_of_a_person_belongs_to_the_person(clerk, db_session):
    photo = {"people-0-held": upload(clerk), "people-0-photo_missing": ""}
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft(photo))))
    assert len(case.involvements[0].person.photos) == 1
    assert (count(db_session, PersonPhoto), count(db_session, CaseFile)) == (1, 0)


@pytest.mark.parametrize("username", ["clerk.bb", "clerk.pp"], ids=["his own", "of another province"])
def test_a_photo_of_somebody_known_already_is_his(clerk, db_session, username, each_database):
    with written_by(username):
        place = {"clerk.bb": BATTAMBANG, "clerk.pp": PHNOM_PENH}[username]
        known = a_registered_person(surname_km="ទេព", given_km="វណ្ណៈ", home_code=place)
        a_registered_case(
            place=place, people=[(known, "suspect")], occurred_from=dates.now() - timedelta(days=30)
        )
        db_session.commit()
    (found,) = clerk.send("/lookup/card", {"q": "ទេព វណ្ណៈ"}).json["items"]
    boxes = {"people-0-known-known": found["id"], "people-0-known-known__text": found["text"]}
    boxes |= {"people-0-held": upload(clerk), "people-0-photo_missing": ""}
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft(boxes))))
    assert case.involvements[0].person_id == known.id
    assert [photo.person_id for photo in db_session.scalars(select(PersonPhoto))] == [known.id]


def test_a_page_that_comes_back_shows_the_photo_that_is_held_in_the_line_of_its_person(clerk):
    page = Page.of(clerk.send(ENTRY, theft({"people-0-held": upload(clerk), "case-place": ""})), 422)
    (line,) = [one for one in page.by_id("people-0").children if getattr(one, "tag", "") == "summary"]
    assert [bool(one.get("src")) for one in line.all("img", css="face")] == [True]
    assert "hidden" in line.all("span", data_faceless=True)[0].attributes


def test_a_page_that_comes_back_shows_the_face_of_a_person_whom_the_register_knows(clerk, db_session):
    with written_by("clerk.bb"):
        known = with_photo(a_registered_person())
        a_registered_case(people=[(known, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    boxes = {
        "people-0-known-known": str(known.id),
        "people-0-known-known__text": str(known),
        "case-place": "",
    }
    page = Page.of(clerk.send(ENTRY, theft(boxes)), 422)
    (line,) = [one for one in page.by_id("people-0").children if getattr(one, "tag", "") == "summary"]
    (face,) = line.all("img", css="face")
    assert f"/file/person-photo/{known.photo.id}/64" in face["src"]


def test_a_photo_that_somebody_else_uploaded_is_not_taken(clerk, client_as, db_session):
    photo = {"people-0-held": upload(client_as("investigator.bb")), "people-0-photo_missing": "not_met"}
    saved(clerk.send(ENTRY, theft(photo)))
    assert count(db_session, PersonPhoto) == 0


@pytest.mark.parametrize(("role", "state"), [("stolen", "missing"), ("seized", "seized"), ("used", "seized")])
def test_a_thing_whose_state_is_not_told_is_not_said_to_lie_where_it_cannot(clerk, db_session, role, state):
    things = phone(0, state="") | phone(1, state="", property_role=role, serial="356938035643810")
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft(things))))
    assert case.exhibits[1].state == state


def test_rows_may_be_numbered_with_gaps(clerk, db_session):
    gone = dict.fromkeys(phone(0))
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft(gone, phone(17)))))
    assert len(case.exhibits) == 1


def test_numbers_dates_and_text_may_be_typed_in_khmer(clerk, db_session):
    khmer = {
        "people-0-person-born_on": "២០-០១-១៩៩៤", "exhibits-0-value_khr": "៨០០.០០០", "people-0-person-age_stated": "៣២",
        "people-0-person-given_km": "វិ​បុល\u200b", "people-0-person-age_stated__reason": "checked",
    }  # fmt: skip
    case = db_session.get(Case, saved(clerk.send(ENTRY, theft(khmer))))
    suspect = case.involvements[0].person
    assert f"{suspect.born_on:%d-%m-%Y}" == "20-01-1994"
    assert suspect.given_km == "វិបុល"
    assert case.exhibits[0].value_khr == 800000


def test_a_clerk_without_the_right_enters_nothing(client_as, client):
    assert client_as("manager").get("/entry/", follow_redirects=False).status_code in (302, 403)
    assert client_as("manager").send(ENTRY, theft()).status_code in (302, 403)
    assert client.send(ENTRY, theft()).status_code in (302, 401, 403)


@pytest.mark.parametrize("model", [Case, CaseOffence, Involvement, Exhibit, Person])
def test_a_refused_case_leaves_no_row_behind(clerk, db_session, model, each_database):
    before = count(db_session, model)
    assert clerk.send(ENTRY, theft({"people-1-role": "convicted"})).status_code == 422
    assert (
        clerk.send("/entry/another/draft", {"case-summary": "…"}).status_code == 200
    )  # commits something else
    assert count(db_session, model) == before


def test_a_case_of_another_province_is_not_touched(clerk, db_session, noise):
    def told():
        return db_session.get(Case, noise).version, count(db_session, AuditEvent)

    version, _events = told()
    saved(clerk.send(ENTRY, theft()))
    assert told()[0] == version
