"""A draft that is opened again: the reasons that were given stand there, and what was swept meanwhile is told."""

from sqlalchemy import select

from app.accounts.models import User
from app.cases.drafts import Draft
from app.kernel.files import store
from tests.cases.form_data import hours_ago, theft
from tests.cases.test_entry import upload
from tests.html_pages import Page

ENTRY = "/entry/a-draft-of-a-test"
LATE = {
    "case-occurred_from": hours_ago(90),
    "case-occurred_to": hours_ago(89),
    "case-reported_at": hours_ago(80),
    "case-reported_at__V005__reason": "no_connection",
}


def test_a_reason_given_for_a_passed_warning_is_drawn_again_at_once(clerk, db_session):
    clerk.send(f"{ENTRY}/draft", theft(LATE))
    page = clerk.page(ENTRY)
    reason = next(one for one in page.all("select") if one.get("name") == "case-reported_at__V005__reason")
    assert (
        next(one["value"] for one in reason.all("option") if "selected" in one.attributes) == "no_connection"
    )
    clerk.send(f"{ENTRY}/draft", dict(page.typed()))
    boxes = db_session.scalars(select(Draft)).one().payload["boxes"]
    assert ["case-reported_at__V005__reason", "no_connection"] in [list(pair) for pair in boxes]


def test_a_draft_that_is_opened_again_complains_of_nothing(clerk):
    clerk.send(f"{ENTRY}/draft", LATE | {"case-latitude": "not a number", "people-0-role": "suspect"})
    page = clerk.page(ENTRY)
    assert not page.all("p", css="bad") and not page.all(aria_invalid="true")
    assert len(page.all(css="warn")) == 1


def test_a_file_that_was_swept_meanwhile_is_told_and_nothing_is_saved_without_it(clerk, app, db_session):
    word = upload(clerk)
    with app.app_context():
        held = store.unsign(word, db_session.scalar(select(User.id).where(User.username == "clerk.bb")))
        store.path_of(held.sha256).unlink()
    answer = clerk.send(ENTRY, theft({"files-0-kind": "scene_photo", "files-0-held": word}))
    page = Page.of(answer, 422)
    assert page.by_id("section-files") and "/file/held/" not in answer.text
    assert any(link["href"] == "#section-files" for link in page.by_id("summary").all("a"))


def test_a_clerk_knows_her_drafts_apart_by_what_they_are_about(clerk):
    clerk.send(
        f"{ENTRY}/draft", theft({"offences-0-offence__text": "អំពើលួច", "people-0-person-surname_km": "សុខ"})
    )
    for address in ("/", "/entry/another-draft-of-a-test"):
        (link,) = clerk.page(address).all("a", href=ENTRY)
        assert "អំពើលួច" in link.parent.text and "សុខ" in link.parent.text
