"""Display settings of a user, and the request that keeps a session open."""

from tests.html_pages import Page


def chosen_classes(page):
    return page.all("html")[0].get("class", "")


def test_display_settings_are_kept_with_the_user(clerk, client_as):
    assert chosen_classes(clerk.page("/")) == ""
    chosen = {"size": "large", "colours": "dark", "contrast": ""}
    assert clerk.send("/my-account/display", chosen).status_code == 302
    assert chosen_classes(client_as("clerk.bb").page("/")) == "large dark"
    checked = [
        box["value"]
        for box in clerk.page("/my-account/").by_id("display").all("input")
        if "checked" in box.attributes
    ]
    assert checked == ["large", "dark", ""]


def test_unknown_display_settings_are_ignored(clerk):
    clerk.send("/my-account/display", {"size": 'x" onload="', "colours": "contrast"})
    assert chosen_classes(clerk.page("/")) == "contrast"


def test_page_of_a_signed_in_user_knows_when_the_session_ends(clerk, app):
    idle = clerk.page("/").all("meta", name="idle")
    assert [one["content"] for one in idle] == [str(int(app.config["SESSION_IDLE"].total_seconds()))]
    assert clerk.send(idle[0]["data-stay"]).status_code == 204


def test_page_without_a_user_has_no_end_of_session(app):
    page = Page.from_response(app.test_client().get("/login/"))
    assert not page.all("meta", name="idle")
