"""The entry page: a whole case with one save."""

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
from app.kernel.validation.warning_overrides import WarningOverride
from app.people.models import Person, PersonPhoto
from tests.cases.form_data import (
    hours_ago,
    make_drug,
    make_person,
    make_phone,
    make_row,
    make_theft,
    make_victim,
)
from tests.html_pages import Page
from tests.sample_rows import (
    BATTAMBANG,
    PHNOM_PENH,
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
)
from tests.statement_counts import counted

ENTRY = "/entry/token-of-a-test"


def count_rows(session, model):
    return session.scalar(select(func.count()).select_from(model))


def find_saved_id(answer):
    """Return the id of the case that the response redirects to. Fails with the error summary if refused."""
    assert answer.status_code == 302, Page(answer.text).by_id("summary").text
    return int(answer.location.rsplit("/", 1)[1])


def get_case_number(session, case):
    return session.get(Case, case).number


def make_photo():
    stream = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(stream, "JPEG")
    return stream.getvalue()


def upload_photo(browser):
    """Return the token of an uploaded photo."""
    file = {"file": (BytesIO(make_photo()), "scene.jpg")}
    answer = browser.send("/file/upload", file, content_type="multipart/form-data")
    assert answer.status_code == 200, answer.text
    return answer.json["token"]


def make_other_people(serial, people=2):
    """Return fields that make the typed people different ones, with override reasons for duplicates."""
    documents = {f"people-{n}-document-number": f"{serial}7765432{n}" for n in range(people)}
    reasons = {f"people-{n}-person-surname_km__reason": "another_person" for n in range(people)}
    return documents | reasons | {"case-occurred_from__reason": "another_event"}


def make_large_case(photo):
    """Return a form with four people, two offences, two exhibits and one photo."""
    drugs = make_row("offences-1", offence="DRUG2012-45", offence_class="misdemeanour")
    others = make_person(2, "witness", **{"person-surname_km": "កែវ", "person-given_km": "មុនី"}) | make_victim(
        3, **{"person-surname_km": "លី", "person-given_km": "ស្រីនាង", "person-given_latin": "Sreyneang"}
    )
    files = {
        "files-0-kind": "scene_photo",
        "files-0-note": "កន្លែងកើតហេតុ",
        "files-0-uploads": photo,
        "case-photo_missing": "",
    }
    return make_theft(drugs, others, make_drug(1), files)


def test_new_entry_has_its_own_address(clerk):
    one, other = clerk.get("/entry/"), clerk.get("/entry/")
    assert one.status_code == other.status_code == 302
    assert one.location != other.location
    page = clerk.page(one.location)
    assert page.typed()["case-reported_at"][0].startswith(f"{dates.now():%d/%m/%Y}")


def test_summary_of_problems_names_the_row_and_counts_warnings_apart(client_as):
    clerk = client_as("clerk.bb", "en")
    wrong = make_person(
        1, "suspect", **{"person-surname_km": "កែវ", "person-given_km": "មុនី", "person-sex": ""}
    )
    summary = Page.from_response(clerk.send(ENTRY, make_theft(wrong)), 422).by_id("summary")
    assert "Problems to fix: 1." in summary.text and "Warnings" not in summary.text
    (line,) = summary.all("li")
    assert line.text.startswith("Person 2 (កែវ មុនី) – ") and not line.all("a")[0].all("a")
    assert clerk.send(ENTRY, make_theft()).status_code == 302
    summary = Page.from_response(clerk.send("/entry/token-of-another", make_theft()), 422).by_id("summary")
    assert "Problems to fix: 2. Warnings that need a reason: 5." in summary.text


def test_whole_case_is_saved_with_one_post(clerk, db_session, each_database):
    answer = clerk.send(ENTRY, make_large_case(upload_photo(clerk)))
    case = db_session.get(Case, find_saved_id(answer))
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
    assert (suspect.minor, suspect.protection, case.involvements[2].protection) == (False, None, "witness")
    assert {row.unit_code for row in (case, suspect, suspect.person, *case.exhibits)} == {"PC-02"}
    written = select(func.count(AuditEvent.seq)).where(AuditEvent.action == "record.added")
    # case, offences, people with name and document …
    assert db_session.scalar(written) == 1 + 2 + 4 + 4 + 4 + 4 + 2 + 1


# Includes two for the name index, two to look up likely duplicates, and three to store those of four people
# with similar-sounding names.
MOST_STATEMENTS = 31  # one queues the exhibits for the index of items


def test_whole_case_save_needs_few_statements(clerk, register, each_database):
    form = make_large_case(upload_photo(clerk))
    first = clerk.send(
        "/entry/a-first-one", make_theft()
    )  # with its page it fills the caches of this process
    clerk.page(first.location)
    with counted(register) as statements:
        answer = clerk.send(ENTRY, form | make_other_people(9, people=4))
    find_saved_id(answer)
    assert len(statements) <= MOST_STATEMENTS, "\n".join(" ".join(one.split())[:110] for one in statements)


def test_saved_case_shows_number_and_missing_items(clerk):
    answer = clerk.send(ENTRY, make_theft(), follow_redirects=True)
    page = Page.from_response(answer)
    assert f"02-{dates.now().year}-000001" in page.text
    assert "រូបថត" in page.text


def test_case_numbers_count_by_province_and_year(clerk, client_as, db_session):
    find_saved_id(clerk.send("/entry/one", make_theft()))
    find_saved_id(clerk.send("/entry/two", make_theft(make_other_people(9))))
    elsewhere = {"case-place": "120101", "case-place__text": "…"}
    find_saved_id(client_as("clerk.pp").send("/entry/three", make_theft(make_other_people(8), elsewhere)))
    year = dates.now().year
    numbers = db_session.scalars(select(Case.number).order_by(Case.id)).all()
    assert numbers == [f"02-{year}-000001", f"02-{year}-000002", f"12-{year}-000001"]


def test_eight_simultaneous_saves_get_distinct_numbers(client_as, db_session, each_database):
    def enter(number):
        return find_saved_id(
            browsers[number].send(f"/entry/of-clerk-{number}", make_theft(make_other_people(number)))
        )

    browsers = [client_as("clerk.bb") for _number in range(8)]
    for browser in browsers:
        browser.get("/entry/")  # fills the caches before the race
    with ThreadPoolExecutor(8) as clerks:
        cases = list(clerks.map(enter, range(8)))
    assert len(set(cases)) == 8
    numbers = sorted(db_session.scalars(select(Case.number)))
    assert numbers == [f"02-{dates.now().year}-{number:06d}" for number in range(1, 9)]


def test_repeated_saves_register_one_case(clerk, db_session, each_database):
    form = make_theft()
    cases = {find_saved_id(clerk.send(ENTRY, form)) for _click in range(4)}
    assert len(cases) == 1
    assert (count_rows(db_session, Case), count_rows(db_session, Person)) == (1, 2)


def test_simultaneous_saves_register_one_case(client_as, db_session, each_database):
    form = make_theft()
    browsers = [client_as("clerk.bb") for _click in range(4)]
    with ThreadPoolExecutor(4) as clicks:
        cases = {
            find_saved_id(answer)
            for answer in clicks.map(lambda browser: browser.send(ENTRY, form), browsers)
        }
    assert len(cases) == 1
    assert count_rows(db_session, Case) == 1


def test_address_of_saved_entry_redirects_to_case(clerk):
    case = find_saved_id(clerk.send(ENTRY, make_theft()))
    assert clerk.get(ENTRY).location == f"/case/show/{case}"


def test_draft_is_shown_again_with_every_row(clerk, client_as):
    form = make_theft(make_drug(4))
    assert clerk.send(f"{ENTRY}/draft", form).json["kept"]
    typed = client_as("clerk.bb").page(ENTRY).typed()
    assert {name: typed.get(name) for name in form} == {name: [value] for name, value in form.items()}
    assert "/entry/token-of-a-test" in client_as("clerk.bb").page("/").html


def test_draft_of_another_user_is_not_found(clerk, client_as, db_session):
    clerk.send(f"{ENTRY}/draft", make_theft())
    other = client_as("investigator.bb")
    assert other.get(ENTRY).status_code == 404
    assert other.send(f"{ENTRY}/draft", {"case-summary": "…"}).status_code == 409
    assert other.send(f"{ENTRY}/delete").status_code == 404
    kept = dict(map(tuple, db_session.scalars(select(Draft)).one().payload["fields"]))
    assert kept["case-summary"] == make_theft()["case-summary"]
    assert ENTRY not in other.page("/").html


def test_save_with_draft_of_another_user_is_not_found(clerk, client_as, db_session):
    clerk.send(f"{ENTRY}/draft", make_theft())
    assert client_as("investigator.bb").send(ENTRY, make_theft()).status_code == 404
    assert (count_rows(db_session, Draft), count_rows(db_session, Case)) == (1, 0)


def test_changed_resubmit_warns_that_case_is_registered(clerk, db_session):
    case = find_saved_id(clerk.send(ENTRY, make_theft()))
    page = Page.from_response(
        clerk.send(ENTRY, make_theft({"case-place_text": "កន្លែងផ្សេង"}), follow_redirects=True)
    )
    assert get_case_number(db_session, case) in " ".join(
        note.text for note in page.all(css="note") if note.has_class("amber")
    )
    assert db_session.get(Case, case).place_text == make_theft()["case-place_text"]


def test_too_many_rows_are_refused_and_shown_again(clerk, db_session):
    crowd = {}
    for number in range(2, 62):
        crowd |= make_person(number, "witness", **{"document-number": "", "document-kind": ""})
    answer = clerk.send(ENTRY, make_theft(crowd))
    assert answer.status_code == 422
    assert "people-61-person-surname_km" in Page(answer.text).typed()
    assert count_rows(db_session, Case) == 0


@pytest.mark.parametrize("empty", ["kind", "number"])
def test_incomplete_document_is_refused(clerk, empty):
    answer = clerk.send(ENTRY, make_theft({f"people-0-document-{empty}": ""}))
    assert answer.status_code == 422
    assert Page(answer.text).by_id(f"people-0-document-{empty}-bad")


def test_document_without_country_matches_registered_number(clerk):
    find_saved_id(clerk.send("/entry/one", make_theft()))
    again = make_theft(
        make_other_people(9), {"people-0-document-number": "012345670", "people-0-document-country": ""}
    )
    answer = clerk.send("/entry/two", again)
    assert answer.status_code == 422
    assert "V036" in Page(answer.text).by_id("people-0-document-number-bad").text


def test_known_person_without_selection_is_refused(clerk, db_session):
    with acting_as("clerk.bb"):
        known = make_registered_person()
        db_session.commit()
    answer = clerk.send(ENTRY, make_theft({"people-0-known-known__text": str(known)}))
    assert answer.status_code == 422
    assert Page(answer.text).by_id("people-0-known-known-bad")


@pytest.mark.parametrize("key", ["²", "x", "9" * 50, "0", "-1"])
def test_invalid_person_key_is_refused_with_a_message(clerk, key):
    answer = clerk.send(ENTRY, make_theft({"people-0-known-known": key}))
    assert answer.status_code == 422
    assert "literal" not in Page(answer.text).by_id("people-0-known-known-bad").text


def test_draft_is_deleted_by_save_and_by_drop(clerk, db_session):
    clerk.send(f"{ENTRY}/draft", make_theft())
    clerk.send(ENTRY, make_theft())
    assert count_rows(db_session, Draft) == 0
    clerk.send("/entry/another/draft", make_theft())
    clerk.send("/entry/another/delete")
    assert count_rows(db_session, Draft) == 0


def test_refused_save_is_stored_as_draft(clerk, db_session):
    assert clerk.send(ENTRY, make_theft({"case-place": "", "case-place__text": ""})).status_code == 422
    assert count_rows(db_session, Case) == 0
    assert clerk.page(ENTRY).typed()["case-summary"] == [make_theft()["case-summary"]]


def test_draft_over_the_limit_is_refused(clerk):
    answer = clerk.send(f"{ENTRY}/draft", {"case-summary": "ក" * 400_001})
    assert answer.status_code == 413


def test_check_reports_problems_and_writes_nothing(clerk, register, db_session):
    form = make_theft({"case-occurred_to": hours_ago(10)})
    clerk.send(f"{ENTRY}/check", form)
    with counted(register) as statements:
        problems = clerk.send(f"{ENTRY}/check", form).json["problems"]
    assert [(p["box"], p["rule"], p["stops"]) for p in problems] == [("case-occurred_to", "V002", True)]
    assert not [one for one in statements if not one.startswith(("SELECT", "WITH"))]


def test_known_person_is_linked_not_duplicated(clerk, db_session, each_database):
    with acting_as("clerk.bb"):
        known = make_registered_person()
        add_registered_case(people=[(known, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    before = count_rows(db_session, Person)
    answer = clerk.send(
        ENTRY, make_theft({"people-0-known-known": str(known.id), "people-0-known-known__text": str(known)})
    )
    case = db_session.get(Case, find_saved_id(answer))
    assert case.involvements[0].person_id == known.id
    assert count_rows(db_session, Person) == before + 1  # the victim
    assert known.surname_km == "សុខ" and known.given_km == "ដារ៉ា"


def test_warning_override_is_stored_with_its_reason(clerk, db_session, each_database):
    outside = {"case-place": "120101", "case-place__text": "…", "case-place__reason": "reported_here"}
    case = find_saved_id(clerk.send(ENTRY, make_theft(outside)))
    passed = db_session.scalars(select(WarningOverride)).one()
    assert (passed.entity, passed.entity_id, passed.rule, passed.field_name) == (
        "case",
        case,
        "V008",
        "place",
    )
    assert (passed.reason, passed.reason_list) == ("reported_here", "outside_area_reason")
    assert passed.overridden_by_id


def test_warning_override_of_a_row_is_stored_with_the_row(clerk, db_session, each_database):
    short = {"people-1-document-number": "1234", "people-1-document-number__reason": "as_in_paper"}
    find_saved_id(clerk.send(ENTRY, make_theft(short)))
    passed = db_session.scalars(select(WarningOverride)).one()
    assert (passed.entity, passed.rule, passed.reason) == ("person_document", "V035", "as_in_paper")
    victim_of_the_case = (
        db_session.scalars(select(Involvement).where(Involvement.role == "victim")).one().person
    )
    assert passed.entity_id == victim_of_the_case.documents[0].id


def test_unknown_override_reason_is_refused(clerk):
    outside = {"case-place": "120101", "case-place__text": "…", "case-place__reason": "because"}
    assert clerk.send(ENTRY, make_theft(outside)).status_code == 422


def test_late_entry_reason_is_stored_in_the_case(clerk, db_session, each_database):
    late = {
        "case-occurred_from": hours_ago(90), "case-occurred_to": hours_ago(89), "case-reported_at": hours_ago(80),
        "case-reported_at__reason": "no_connection",
    }  # fmt: skip
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(late))))
    assert (case.late, case.late_reason) == (True, "no_connection")


def test_entry_in_time_is_not_late(clerk, db_session):
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft())))
    assert (case.late, case.late_reason) == (False, None)


def test_person_photo_is_stored_with_the_person(clerk, db_session):
    photo = {"people-0-uploads": upload_photo(clerk), "people-0-photo_missing": ""}
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(photo))))
    assert len(case.involvements[0].person.photos) == 1
    assert (count_rows(db_session, PersonPhoto), count_rows(db_session, CaseFile)) == (1, 0)


@pytest.mark.parametrize("username", ["clerk.bb", "clerk.pp"], ids=["his own", "of another province"])
def test_photo_of_known_person_is_stored(clerk, db_session, username, each_database):
    """The photo of a person of another province is stored with the case: only the card of the person is open."""
    with acting_as(username):
        place = {"clerk.bb": BATTAMBANG, "clerk.pp": PHNOM_PENH}[username]
        known = make_registered_person(surname_km="ទេព", given_km="វណ្ណៈ", home_code=place)
        add_registered_case(
            place=place, people=[(known, "suspect")], occurred_from=dates.now() - timedelta(days=30)
        )
        db_session.commit()
    (found,) = clerk.send("/lookup/card", {"q": "ទេព វណ្ណៈ"}).json["items"]
    boxes = {"people-0-known-known": found["id"], "people-0-known-known__text": found["text"]}
    boxes |= {"people-0-uploads": upload_photo(clerk), "people-0-photo_missing": ""}
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(boxes))))
    assert case.involvements[0].person_id == known.id
    own = username == "clerk.bb"
    assert [photo.person_id for photo in db_session.scalars(select(PersonPhoto))] == [known.id] * own
    assert len(case.files) == (not own)


def test_refused_page_shows_uploaded_photo_of_person(clerk):
    page = Page.from_response(
        clerk.send(ENTRY, make_theft({"people-0-uploads": upload_photo(clerk), "case-place": ""})), 422
    )
    (line,) = [one for one in page.by_id("people-0").children if getattr(one, "tag", "") == "summary"]
    assert [bool(one.get("src")) for one in line.all("img", css="photo")] == [True]
    assert "hidden" in line.all("span", data_faceless=True)[0].attributes


def test_refused_page_shows_photo_of_known_person(clerk, db_session):
    with acting_as("clerk.bb"):
        known = add_photo(make_registered_person())
        add_registered_case(people=[(known, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    boxes = {
        "people-0-known-known": str(known.id),
        "people-0-known-known__text": str(known),
        "case-place": "",
    }
    page = Page.from_response(clerk.send(ENTRY, make_theft(boxes)), 422)
    (line,) = [one for one in page.by_id("people-0").children if getattr(one, "tag", "") == "summary"]
    (face,) = line.all("img", css="photo")
    assert f"/file/person-photo/{known.photo.id}/64" in face["src"]


def test_photo_uploaded_by_another_user_is_refused(clerk, client_as, db_session):
    photo = {
        "people-0-uploads": upload_photo(client_as("investigator.bb")),
        "people-0-photo_missing": "not_met",
    }
    page = Page.from_response(clerk.send(ENTRY, make_theft(photo)), 422)
    assert any(link["href"] == "#section-people" for link in page.by_id("summary").all("a"))
    assert count_rows(db_session, PersonPhoto) == 0


@pytest.mark.parametrize(("role", "state"), [("stolen", "missing"), ("seized", "seized"), ("used", "seized")])
def test_exhibit_without_state_gets_default_by_role(clerk, db_session, role, state):
    things = make_phone(0) | make_phone(1, property_role=role, serial="356938035643810")
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(things))))
    assert case.exhibits[1].state == state


def test_row_numbers_may_have_gaps(clerk, db_session):
    gone = dict.fromkeys(make_phone(0))
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(gone, make_phone(17)))))
    assert len(case.exhibits) == 1


def test_khmer_numbers_dates_and_text_are_read(clerk, db_session):
    khmer = {
        "people-0-person-born_on": "២០-០១-១៩៩៤", "exhibits-0-value_khr": "៨០០.០០០", "people-0-person-age_stated": "៣២",
        "people-0-person-given_km": "វិ​បុល\u200b", "people-0-person-age_stated__reason": "checked",
    }  # fmt: skip
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(khmer))))
    suspect = case.involvements[0].person
    assert f"{suspect.born_on:%d-%m-%Y}" == "20-01-1994"
    assert suspect.given_km == "វិបុល"
    assert case.exhibits[0].value_khr == 800000


def test_entry_without_permission_is_refused(client_as, client):
    assert client_as("manager").get("/entry/", follow_redirects=False).status_code in (302, 403)
    assert client_as("manager").send(ENTRY, make_theft()).status_code in (302, 403)
    assert client.send(ENTRY, make_theft()).status_code in (302, 401, 403)


@pytest.mark.parametrize("model", [Case, CaseOffence, Involvement, Exhibit, Person])
def test_refused_case_leaves_no_rows(clerk, db_session, model, each_database):
    before = count_rows(db_session, model)
    assert clerk.send(ENTRY, make_theft({"people-1-role": "convicted"})).status_code == 422
    assert (
        clerk.send("/entry/another/draft", {"case-summary": "…"}).status_code == 200
    )  # commits another change
    assert count_rows(db_session, model) == before


def test_save_does_not_touch_case_of_another_province(clerk, db_session, noise):
    def read_state():
        return db_session.get(Case, noise).version, count_rows(db_session, AuditEvent)

    version, _events = read_state()
    find_saved_id(clerk.send(ENTRY, make_theft()))
    assert read_state()[0] == version


def test_row_that_the_clerk_left_empty_is_not_saved(clerk, db_session):
    usual = {
        "people-9-role": "",
        "people-9-person-nationality": "KH",
        "people-9-person-nationality__text": "ខ្មែរ",
    }
    empty = {"offences-9-offence": "", "offences-9-attempt__shown": "1", "exhibits-9-kind": ""} | usual
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(empty))))
    assert (len(case.offences), len(case.involvements), len(case.exhibits)) == (1, 2, 1)


def test_new_page_presets_nothing_about_the_report(clerk):
    assert clerk.page(clerk.get("/entry/").location).typed()["case-report_kind"] == [""]


def test_usual_nationality_is_not_stored_for_an_unidentified_person(clerk, db_session):
    names = {
        f"people-0-person-{name}": "" for name in ("surname_km", "given_km", "surname_latin", "given_latin")
    }
    unknown = names | {
        "people-0-person-unidentified": "y", "people-0-person-born_on": "", "people-0-person-birth_precision": "estimated",
        "people-0-person-age_from": "30", "people-0-person-age_to": "40", "people-0-person-father_name": "",
        "people-0-document-number": "", "people-0-document-kind": "", "people-0-document-country": "",
        "people-0-alias-text_km": "",
    }  # fmt: skip
    case = db_session.get(Case, find_saved_id(clerk.send(ENTRY, make_theft(unknown))))
    stored = {one.person.unidentified: one.person.nationality for one in case.involvements}
    assert stored == {True: None, False: "KH"}


def test_only_empty_offence_is_refused_at_its_field(clerk):
    form = {name: "" if name.startswith("offences-") else value for name, value in make_theft().items()}
    page = clerk.send(ENTRY, form)
    assert "offences-0-offence-bad" in page.text


def test_page_of_the_next_entry_has_day_and_place_of_the_own_case(clerk, client_as, db_session):
    saved = find_saved_id(clerk.send(ENTRY, make_theft()))
    assert any(
        link["href"] == f"/entry/?after={saved}" for link in clerk.page(f"/case/show/{saved}").all("a")
    )
    typed = clerk.page(clerk.get(f"/entry/?after={saved}").location).typed()
    assert typed["case-occurred_from"] == [f"{db_session.get(Case, saved).occurred_from:%d/%m/%Y} "]
    assert typed["case-place"] == ["020310"]
    page = clerk.page(clerk.get(f"/entry/?after={saved}").location)
    assert page.by_id("case-place-hint").text == page.by_id("case-occurred_from-hint").text != ""
    colleague = client_as("investigator.bb")
    typed = colleague.page(colleague.get(f"/entry/?after={saved}").location).typed()
    assert typed["case-occurred_from"] == [""]
