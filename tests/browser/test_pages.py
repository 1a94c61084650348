"""Every page in both languages, at both widths: nothing that axe, the browser or a narrow screen minds."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, PHONE

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
PAGES = [
    "/", "/entry/", "/case/list/", "/case/show/1", "/case/edit/1", "/person/list/", "/person/show/1",
    "/person/edit/1", "/involvement/list/", "/involvement/show/1", "/involvement/edit/1", "/caseoffence/list/",
    "/exhibit/list/", "/supplement/list/", "/supplement/add", "/personname/list/", "/persondocument/add",
    "/personaddress/add", "/place/list/", "/place/show/02", "/offence/list/", "/law/list/", "/unit/show/PC-02",
    "/court/list/", "/prison/list/", "/about-the-data/", "/find/", "/texts/", "/nowhere",
]  # fmt: skip


def faults_of(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:120]) for one in found]


@pytest.mark.parametrize("language", ["km", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1366", "390"])
def test_no_page_has_a_finding_a_fault_or_a_sideways_scroll(window, size, language):
    clerk = window("clerk.bb", size)
    clerk.open(f"/lang/{language}")
    wrong = {}
    for path in PAGES:
        page = clerk.open(path)
        assert page.get_attribute("html", "lang") == language
        findings = faults_of(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            findings.append("scrolls sideways")
        findings += [fault for fault in clerk.faults if "404" not in fault]
        clerk.faults.clear()
        if findings:
            wrong[path] = findings
    assert not wrong


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1366", "390"])
def test_the_door_has_no_finding(window, size):
    assert not faults_of(window(size=size).open("/login/"))


def test_the_choice_of_a_language_is_kept_with_the_user(window):
    chief = window("chief.bb")
    chief.open("/lang/en")
    again = window("chief.bb")
    assert again.page.get_attribute("html", "lang") == "en"
    again.open("/lang/km")


@pytest.mark.parametrize("user", ["manager", "chief.bb", "investigator.bb"])
def test_whoever_reads_opens_a_case_and_a_person(window, user):
    reader = window(user)
    page = reader.open("/case/list/")
    page.click("td.lead a")
    assert "/case/show/" in page.url
    page.click(".who a")
    assert "/person/show/" in page.url


def weight(window, path):
    """(requests, bytes as sent) that one visit really asks of the server; what the browser holds costs nothing."""
    held, sizes = set(), {}
    wire = window.context.new_cdp_session(window.page)
    wire.send("Network.enable")
    wire.on("Network.requestServedFromCache", lambda event: held.add(event["requestId"]))
    wire.on(
        "Network.responseReceived",
        lambda event: held.add(event["requestId"]) if event["response"].get("fromDiskCache") else None,
    )
    wire.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    window.open(path)
    window.page.wait_for_load_state("networkidle")
    sent = [size for request, size in sizes.items() if request not in held]
    return len(sent), sum(sent)


def test_a_first_visit_is_light(window):
    requests, size = weight(window(), "/login/")
    assert requests <= 8
    assert size <= 110_000


@pytest.mark.parametrize("path", ["/", "/person/list/", "/case/show/1", "/entry/"])
def test_each_page_after_is_one_light_request(window, path):
    clerk = window("clerk.bb")
    clerk.open("/entry/")
    clerk.open("/person/list/")
    requests, size = weight(clerk, path)
    assert requests <= (2 if path == "/entry/" else 1)  # a new entry is sent on to its own address
    assert size <= 15_000
