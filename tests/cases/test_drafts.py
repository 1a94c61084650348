"""Reopened drafts: override reasons are shown again, and expired uploads are reported."""

import pytest
from sqlalchemy import func, select

from app.accounts import actions
from app.accounts.models import User
from app.cases.drafts import Draft
from app.cases.models import Case
from app.inbox.models import Message
from app.kernel.audit.recorder import AuditEvent
from app.kernel.files import store
from tests.cases.form_data import hours_ago, make_theft
from tests.cases.test_entry import upload_photo
from tests.cases.test_entry_api import make_body
from tests.html_pages import Page
from tests.sample_rows import PHNOM_PENH, acting_as, add_photo, add_registered_case, make_registered_person
from tests.sign_ins import write_session
from tests.special_access.sample_cases import find_user

ENTRY = "/entry/a-draft-of-a-test"
LATE = {
    "case-occurred_from": hours_ago(90),
    "case-occurred_to": hours_ago(89),
    "case-reported_at": hours_ago(80),
    "case-reported_at__V005__reason": "no_connection",
}


def test_override_reason_is_shown_in_reopened_draft(clerk, db_session):
    clerk.send(f"{ENTRY}/draft", make_theft(LATE))
    page = clerk.page(ENTRY)
    reason = next(one for one in page.all("select") if one.get("name") == "case-reported_at__V005__reason")
    assert (
        next(one["value"] for one in reason.all("option") if "selected" in one.attributes) == "no_connection"
    )
    clerk.send(f"{ENTRY}/draft", dict(page.typed()))
    boxes = db_session.scalars(select(Draft)).one().payload["fields"]
    assert ["case-reported_at__V005__reason", "no_connection"] in [list(pair) for pair in boxes]


def test_reopened_draft_shows_no_errors(clerk):
    clerk.send(f"{ENTRY}/draft", LATE | {"case-latitude": "not a number", "people-0-role": "suspect"})
    page = clerk.page(ENTRY)
    assert not page.all("p", css="bad") and not page.all(aria_invalid="true")
    assert len(page.all(css="warn")) == 1


def test_save_with_expired_file_is_refused(clerk, app, db_session):
    word = upload_photo(clerk)
    with app.app_context():
        held = store.verify_token(word, db_session.scalar(select(User.id).where(User.username == "clerk.bb")))
        store.file_path(held.sha256).unlink()
    answer = clerk.send(ENTRY, make_theft({"files-0-kind": "scene_photo", "files-0-uploads": word}))
    page = Page.from_response(answer, 422)
    assert page.by_id("section-files") and "/file/pending/" not in answer.text
    assert any(link["href"] == "#section-files" for link in page.by_id("summary").all("a"))


def test_draft_link_shows_offence_and_name(clerk):
    clerk.send(
        f"{ENTRY}/draft",
        make_theft({"offences-0-offence__text": "អំពើលួច", "people-0-person-surname_km": "សុខ"}),
    )
    for address in ("/", "/entry/another-draft-of-a-test"):
        (link,) = clerk.page(address).all("a", href=ENTRY)
        assert "អំពើលួច" in link.parent.text and "សុខ" in link.parent.text


@pytest.fixture
def post_officer(db_session, client_as):
    """Return the browser of a post officer of Battambang."""
    problem = actions.create_user("post.bb", "ឈឹម រដ្ឋា", "Post officer", "PC-02", "a password of a test")
    assert problem is None, problem
    db_session.commit()
    write_session("post.bb")
    return client_as("post.bb")


def test_post_officer_registers_nothing(db_session, each_database, post_officer):
    assert post_officer.send(ENTRY, make_theft()).status_code == 302
    body = make_body({})
    answer = post_officer.post(
        "/api/v1/cases/", json=body, headers={"X-CSRFToken": post_officer.token, "X-Purpose": "data_entry"}
    )
    assert answer.status_code == 403
    assert db_session.scalar(select(func.count()).select_from(Case)) == 0
    assert db_session.scalars(select(Draft)).one().unit_code == "PC-02"


def test_post_officer_names_no_registered_person(db_session, each_database, post_officer):
    """A post officer searches for no person, so a number alone shows no name and no age either."""
    with acting_as("clerk.bb"):
        person = make_registered_person(surname_km="ហ៊ុនលី")
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    typed = make_theft({"people-0-known-known": person.id, "people-0-role": "suspect"})
    post_officer.send(f"{ENTRY}/draft", typed)
    unknown = post_officer.send(f"{ENTRY}/check", typed | {"people-0-known-known": 999_999}).json
    for answer in (post_officer.get(ENTRY), post_officer.send(ENTRY, typed | {"case-place": ""})):
        assert person.surname_km not in answer.text
    assert post_officer.send(f"{ENTRY}/check", typed).json == unknown


def test_post_officer_learns_of_no_registered_person_or_case(
    db_session, each_database, post_officer, client_as
):
    """The clerk who takes the draft over reads what E-Crime knows. The officer asks nothing, so nothing is logged."""
    with acting_as("clerk.pp"):
        person = make_registered_person(1)
        case = add_registered_case(PHNOM_PENH, people=[(person, "suspect")])
        db_session.commit()
    same_person = {
        "people-0-role": "suspect",
        "people-0-person-surname_km": person.surname_km,
        "people-0-person-given_km": person.given_km,
        "people-0-person-sex": person.sex,
        "people-0-person-born_on": f"{person.born_on:%d/%m/%Y}",
    }
    document = {
        "people-0-document-kind": "national_id",
        "people-0-document-number": person.documents[0].number,
    }
    typed = make_theft(same_person | document)
    same_case = make_theft(
        same_person
        | {"case-place": case.place_code, "case-occurred_from": f"{case.occurred_from:%d/%m/%Y %H:%M}"}
        | {"offences-0-offence": case.offences[0].offence_code}
    )
    client = client_as("clerk.bb")
    for form, rule in ((typed, "V036"), (typed, "V037"), (same_case, "V023")):
        shown = client.send(f"{ENTRY}-of-a-clerk/check", form).json["problems"]
        assert rule in {one["rule"] for one in shown}, "a clerk is warned"
    asked = count_comparisons(db_session)
    for form in (typed, same_case):
        post_officer.send(f"{ENTRY}/draft", form)
        for answer in (
            post_officer.send(f"{ENTRY}/check", form),
            post_officer.get(ENTRY),
            post_officer.send(ENTRY, form | {"case-place": ""}),
        ):
            assert person.number not in answer.text and case.number not in answer.text
    shown = {one["rule"] for one in post_officer.send(f"{ENTRY}/check", typed).json["problems"]}
    assert shown.isdisjoint(("V023", "V036", "V037", "V038"))
    assert count_comparisons(db_session) == asked


def test_drafts_of_one_user_have_a_limit(app, clerk, post_officer, db_session, each_database, monkeypatch):
    monkeypatch.setitem(app.config, "DRAFTS_PER_USER", 2)
    for client, first in ((clerk, "clerk"), (post_officer, "officer")):
        client.get("/lang/en")
        saved = [client.send(f"/entry/{first}-{at}/draft", make_theft()).status_code for at in range(3)]
        assert saved == [200, 200, 422]
        refused = client.send(f"/entry/{first}-3/draft", make_theft())
        assert "you have 2 drafts" in refused.json["error"]
        changed = client.send(f"/entry/{first}-1/draft", make_theft({"case-summary": "ថ្មី"}))
        assert changed.json["kept"], "an own draft changes"
    refused = post_officer.send("/entry/officer-3", make_theft())
    assert refused.status_code == 422 and "you have 2 drafts" in refused.text
    assert Page.from_response(refused, 422).typed()["case-place_text"] == [make_theft()["case-place_text"]]
    assert clerk.send("/entry/clerk-3", make_theft()).status_code == 302, (
        "a case is registered without a draft"
    )
    post_officer.send("/entry/officer-1/delete")
    assert post_officer.send("/entry/officer-3/draft", make_theft()).json["kept"]
    assert db_session.scalar(select(func.count()).select_from(Draft)) == 4


def count_comparisons(db_session):
    """Return the number of nationwide comparisons in the audit log."""
    searches = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "access.searched"))
    return sum(one.facts.get("source") == "compare" for one in searches)


def test_number_of_a_person_without_the_text_of_a_search_shows_no_name(clerk, db_session, each_database):
    """Each name that an officer reads is in the access log, and a number alone is no search."""
    with acting_as("clerk.bb"):
        person = make_registered_person(surname_km="ហ៊ុនលី")
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    clerk.send(f"{ENTRY}/draft", make_theft({"people-0-known-known": person.id}))
    page = clerk.page(ENTRY)
    assert person.surname_km not in page.text and page.by_id("people-0-known-known")["value"] == person.number
    assert page.typed()["people-0-known-known"] == [str(person.id)]


def test_draft_with_the_photo_of_a_registered_person_is_logged(clerk, db_session, each_database):
    with acting_as("clerk.bb"):
        person = make_registered_person()
        add_photo(person)
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    clerk.send(f"{ENTRY}/draft", make_theft({"people-0-known-known": person.id}))
    assert "/file/person-photo/" in clerk.get(ENTRY).text
    viewed = AuditEvent.action == "access.viewed", AuditEvent.entity == "person"
    events = db_session.scalars(select(AuditEvent).where(*viewed)).all()
    assert {(one.entity_id, one.purpose) for one in events} == {(person.id, "data_entry")}


def test_clerk_takes_over_the_draft_of_a_post_officer(db_session, each_database, post_officer, client_as):
    photo = upload_photo(post_officer)
    form = make_theft({"files-0-kind": "scene_photo", "files-0-uploads": photo, "files-0-row": "1"})
    for _click in range(2):
        assert post_officer.send(ENTRY, form).status_code == 302
    (task,) = db_session.scalars(select(Message).where(Message.text_key == "draft.sent")).all()
    assert (task.to_role, task.to_unit_code) == ("Data-entry specialist", "PC-02")
    assert client_as("clerk.pp").send(f"/entry/sent/{task.entity_id}").status_code == 404
    clerk = client_as("clerk.bb")
    assert clerk.get(ENTRY).status_code == 404, "a draft opens from its task"
    sent = f"/entry/sent/{task.entity_id}"
    assert [form["action"] for form in clerk.page(sent).all("form", action=sent)] == [sent]
    assert clerk.get(ENTRY).status_code == 404, "reading the task takes nothing over"
    for _click in range(2):
        assert clerk.send(sent).location.endswith(ENTRY)
    assert clerk.get(sent).location.endswith(ENTRY)
    assert clerk.send(ENTRY, clerk.page(ENTRY).typed()).status_code == 302
    case = db_session.scalars(select(Case)).one()
    assert case.recorded_by_id == find_user("clerk.bb").id and len(case.files) == 1
    db_session.refresh(task)
    assert task.done_at is not None
    assert post_officer.get(f"/entry/sent/{task.entity_id}").status_code == 403


def test_draft_of_another_user_is_not_taken_over_before_it_is_sent(db_session, client_as, post_officer):
    post_officer.send(f"{ENTRY}/draft", make_theft())
    draft = db_session.scalars(select(Draft)).one()
    assert client_as("clerk.bb").get(f"/entry/sent/{draft.id}").status_code == 404


def test_deleted_draft_of_another_officer_stays_in_the_log(
    db_session, each_database, client_as, post_officer
):
    post_officer.send(ENTRY, make_theft())
    draft, clerk = db_session.scalars(select(Draft)).one().id, client_as("clerk.bb")
    clerk.send(f"/entry/sent/{draft}")
    assert clerk.send(f"{ENTRY}/delete").status_code == 302
    assert db_session.scalars(select(Draft)).all() == []
    log = select(AuditEvent).where(AuditEvent.entity == "draft").order_by(AuditEvent.seq)
    events = [(one.action, one.entity_id, one.actor_id) for one in db_session.scalars(log)]
    officer = find_user("clerk.bb").id
    assert events == [("draft.taken_over", draft, officer), ("draft.deleted", draft, officer)]


def test_all_own_drafts_are_listed_with_what_is_missing(clerk, client_as):
    for number in range(7):
        clerk.send(
            f"/entry/draft-number-{number}/draft",
            {"case-place": "020310", "case-place__text": f"ភូមិ {number}"},
        )
    page = clerk.page("/entry/drafts/")
    assert len(page.all("a", css=None, href="/entry/draft-number-0")) == 1
    rows = [row.text for row in page.all("tr") if "ភូមិ" in row.text]
    assert len(rows) == 7 and all("បទល្មើស" in row for row in rows)
    assert not [
        row for row in client_as("investigator.bb").page("/entry/drafts/").all("tr") if "ភូមិ" in row.text
    ]


def test_draft_of_an_addition_names_its_case_its_rows_and_what_is_missing(clerk, db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
    fields = {"added_to": str(case.id), "exhibits-0-kind": "phone"}
    clerk.send("/entry/draft-of-an-addition/draft", fields)
    clerk.send("/entry/a-second-addition/draft", {"added_to": str(case.id), "people-0-person-sex": "M"})
    clerk.send("/entry/a-third-addition/draft", {"added_to": str(case.id), "files-0-kind": "scene_photo"})
    page = clerk.page("/entry/drafts/")
    file, person, exhibit = (one for one in page.all("tr") if case.number in one.text)
    assert [one.text for one in file.all("td")][3] == "ឯកសារភ្ជាប់"
    person, exhibit = person.text, exhibit.text
    assert "វត្ថុតាង" in exhibit and "តួនាទី" not in exhibit
    assert "បុគ្គល" in person and "តួនាទី" in person and "ឈ្មោះ" in person
    assert case.number in clerk.page("/").text and "វត្ថុតាង" in clerk.page("/").text


def test_draft_is_deleted_on_the_list(clerk, db_session):
    clerk.send(f"{ENTRY}/draft", {"case-summary": "មួយ"})
    (form,) = [
        one for one in clerk.page("/entry/drafts/").all("form") if one.get("action") == f"{ENTRY}/delete"
    ]
    assert clerk.send(form["action"]).location == "/entry/drafts/"
    assert db_session.scalar(select(func.count()).select_from(Draft)) == 0


def test_untouched_page_leaves_no_draft(clerk, db_session, each_database):
    clerk.send(f"{ENTRY}/draft", {"case-summary": "មួយ"})
    untouched = {
        "case-reported_at": hours_ago(0),
        "case-sensitivity": "normal",
        "offences-0-attempt__shown": "1",
        "people-0-person-nationality": "KH",
        "people-0-person-nationality__text": "ខ្មែរ",
    }
    assert clerk.send(f"{ENTRY}/draft", untouched).json["kept"]
    assert db_session.scalar(select(func.count()).select_from(Draft)) == 0


@pytest.mark.parametrize(
    "typed",
    [
        {"case-report_kind": "complaint"},
        {"case-sensitivity": "restricted"},
        {"people-0-person-nationality": "TH", "people-0-person-nationality__text": "ថៃ"},
        {"people-0-person-nationality": "", "people-0-person-nationality__text": "ថ"},
    ],
)
def test_page_with_one_changed_preset_is_a_draft(clerk, db_session, typed):
    clerk.send(f"{ENTRY}/draft", typed)
    assert db_session.scalar(select(func.count()).select_from(Draft)) == 1


def type_in(clerk, window, seen, summary):
    """Send the draft as that window, which has read the version `seen`; return the answer."""
    form = make_theft({"case-summary": summary, "draft_window": window, "draft_seen": seen})
    return clerk.send(f"{ENTRY}/draft", form)


def read_summary(db_session):
    db_session.expire_all()
    return dict(db_session.scalars(select(Draft)).one().payload["fields"])["case-summary"]


def test_second_window_does_not_overwrite_the_draft_of_the_first(db_session, each_database, clerk):
    opened = type_in(clerk, "first", "", "ការលួចទូរស័ព្ទ").json["seen"]
    assert clerk.page(ENTRY).by_id("entry").all("input", name="draft_seen")[0]["value"] == opened
    newer = type_in(clerk, "first", opened, "ការលួចទូរស័ព្ទពីរគ្រឿង").json["seen"]
    refused = type_in(clerk, "second", opened, "អំពើផ្សេង")
    assert (refused.status_code, refused.json) == (409, {"changed": newer})
    assert read_summary(db_session) == "ការលួចទូរស័ព្ទពីរគ្រឿង"
    emptied = clerk.send(f"{ENTRY}/draft", {"draft_window": "second", "draft_seen": opened})
    assert emptied.status_code == 409 and read_summary(db_session)
    # The first window has lost an answer; the second keeps its own entry.
    assert type_in(clerk, "first", opened, "ការលួច").status_code == 200
    latest = type_in(clerk, "second", opened, "អំពើផ្សេង").json["changed"]
    assert type_in(clerk, "second", latest, "អំពើផ្សេង").status_code == 200
    assert read_summary(db_session) == "អំពើផ្សេង"


@pytest.mark.parametrize("seen", ["", "not a time", "2026-01-01T00:00:00"])
def test_first_draft_of_two_new_windows_is_kept(db_session, clerk, seen):
    assert type_in(clerk, "first", "", "ការលួចទូរស័ព្ទ").status_code == 200
    assert type_in(clerk, "second", seen, "អំពើផ្សេង").status_code == 409
    assert read_summary(db_session) == "ការលួចទូរស័ព្ទ"


def test_second_window_registers_no_case_without_the_changes_of_the_first(db_session, clerk):
    opened = type_in(clerk, "first", "", "ការលួចទូរស័ព្ទ").json["seen"]
    newer = type_in(clerk, "first", opened, "ការលួចទូរស័ព្ទពីរគ្រឿង").json["seen"]
    page = Page.from_response(
        clerk.send(ENTRY, make_theft({"draft_window": "second", "draft_seen": opened})), 409
    )
    assert page.by_id("entry")["data-changed"] == newer
    assert page.typed()["case-summary"] == [make_theft()["case-summary"]], "the input is kept"
    assert read_summary(db_session) == "ការលួចទូរស័ព្ទពីរគ្រឿង"
    assert db_session.scalar(select(func.count()).select_from(Case)) == 0
    assert clerk.send(ENTRY, make_theft({"draft_window": "second", "draft_seen": newer})).status_code == 302
