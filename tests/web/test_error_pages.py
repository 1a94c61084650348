"""Values that no database column can hold: they never cause a server error (S29)."""

import pytest

from tests.accounts.login import sign_in
from tests.html_pages import Page

NUL = "ក\0"
REQUESTS = {
    "an entry": ("clerk.bb", lambda browser: browser.get("/entry/%00")),
    "a search token": ("clerk.bb", lambda browser: browser.send("/find/more", {"search": NUL})),
    "a list of people": ("clerk.bb", lambda browser: browser.get("/person/list/?search=%00")),
    "a purpose": (
        "clerk.bb",
        lambda browser: browser.send("/purpose/", {"_purpose": NUL, "_purpose_about": NUL}),
    ),
    "an account": ("admin.bb", lambda browser: browser.get("/staff/list/?unit=%00&role=%00")),
    "a reason": ("admin.bb", lambda browser: browser.send("/staff/roles/2", {"role": NUL, "reason": NUL})),
    "the log": ("auditor", lambda browser: browser.get("/log/list/?action=%00&entity=%00&outcome=%00")),
    "a case of the log": ("auditor", lambda browser: browser.send("/log/case", {"number": NUL})),
    "somebody of the log": ("auditor", lambda browser: browser.send("/log/search", {"who": NUL})),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_nul_character_causes_no_server_error(client_as, db_session, each_database, what):
    who, ask = REQUESTS[what]
    browser = client_as(who)
    assert ask(browser).status_code < 500
    assert browser.get("/").status_code == 200


def test_sign_in_with_nul_fails_like_wrong_name(app, db_session, each_database):
    answers = [sign_in(app.test_client(), name) for name in ("clerk.bb\0", "nobody.at.all")]
    assert [answer.status_code for answer in answers] == [200, 200]
    texts = [Page.from_response(answer).all("main")[0].text for answer in answers]
    assert texts[0] == texts[1]
