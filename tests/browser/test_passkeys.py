"""Passkeys in a real browser, with a virtual authenticator: added on the account page, used at the sign-in."""

import pytest

from tests.browser.conftest import DESK, PASSWORD, Window
from tests.browser.test_pages import findings_at

USER = "monitor"  # no other test signs in as this user
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# Changes the site in the options of the page.
FOREIGN = """button => {
  const options = JSON.parse(button.dataset.passkey);
  button.dataset.passkey = JSON.stringify({ ...options, rpId: "evil.invalid" });
}"""


@pytest.fixture
def site(server):
    """Return the address by name: an IP address has no passkeys."""
    return server.replace("127.0.0.1", "localhost")


@pytest.fixture
def reader(chromium, site):
    one = Window(chromium, site, DESK)
    devtools = one.context.new_cdp_session(one.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield one
    one.context.close()


def test_passkey_is_added_and_replaces_the_code(reader, chromium, site):
    reader.sign_in(USER)
    assert findings_at(reader, "/my-account/passkeys/add", 0) == []
    page = reader.open("/my-account/passkeys/add")
    page.fill("#name", "កុំព្យូទ័រការិយាល័យ")
    page.click("[data-passkey]")
    page.wait_for_selector(".codes")
    assert "កុំព្យូទ័រការិយាល័យ" in reader.open("/my-account/").inner_text("main")

    reader.context.clear_cookies()
    _type_password(reader.page, site)
    assert findings_at(reader, "/sign-in/code", 0) == []
    reader.page.click("[data-passkey]")
    reader.page.wait_for_url(f"{site}/")
    assert not reader.faults

    # The browser refuses a key of another site, and the page says so. Without scripts only the code remains.
    reader.context.clear_cookies()
    _type_password(reader.page, site)
    reader.page.eval_on_selector("[data-passkey]", FOREIGN)
    reader.page.click("[data-passkey]")
    reader.page.wait_for_selector("[data-passkey] + .message:visible")
    plain = chromium.new_context(viewport=DESK, java_script_enabled=False)
    page = plain.new_page()
    _type_password(page, site)
    assert page.is_visible("#code") and not page.is_visible("[data-passkey]")
    plain.close()


def _type_password(page, site):
    page.goto(f"{site}/login/")
    page.fill("[name=username]", USER)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/sign-in/code**")
