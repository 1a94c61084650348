"""Reopened drafts: override reasons are shown again, and expired uploads are reported."""

from sqlalchemy import select

from app.accounts.models import User
from app.cases.drafts import Draft
from app.kernel.files import store
from tests.cases.form_data import hours_ago, make_theft
from tests.cases.test_entry import upload_photo
from tests.html_pages import Page

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
