"""Every page in both languages and both widths: no finding of axe, no browser error, no sideways scroll.

In `.ci/run`, every third page is opened, the others on the next two days. axe reads a page in one width, and in the
other one three days later. `run.py nightly pages` tries all.
"""

import re

import pyotp
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests import nightly
from tests.browser.conftest import DESK, PHONE, each_width

# Without the list of all passed elements, and without reading the style sheets for rules that are off.
BRIEF = {"resultTypes": ["violations"], "preload": False}
WCAG = BRIEF | {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}
# What colours and sizes of letters can break.
DISPLAY = BRIEF | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}
}
DISPLAYED = (
    "/", "/case/show/{case}", "/person/list/", "/inbox/list/", "/statistics/crime/", "/my-account/",
)  # fmt: skip
# "{case}", "{person}" … are records of the user's own list, "{masked}" a protected name, "{test}" an open test. The other
# users open pages that a clerk may not.
OFFLINE = "/entry/offline/"
SEEN_BY = {
    "clerk.bb": (
        "/", "/entry/", OFFLINE, "/case/list/", "/case/show/{case}", "/case/edit/{case}", "/person/list/",
        "/person/show/{person}", "/person/edit/{person}", "/involvement/list/", "/caseoffence/list/",
        "/exhibit/list/", "/supplement/list/", "/supplement/add", "/personname/list/", "/persondocument/add",
        "/personaddress/add", "/place/list/", "/place/show/02", "/offence/list/", "/law/list/", "/unit/show/PC-02",
        "/court/list/", "/prison/list/", "/about-the-data/", "/find/", "/text-search/", "/nowhere", "/inbox/list/",
        "/my-account/", "/my-account/second-factor", "/resetmypassword/form", "/purpose/", "/correction/list/",
        "/jobs/list/", "/printed/list/", "/letter/list/", "/letter/show/{letter}", "/letter/add", "/task/add", "/item/list/", "/personreport/list/", "/personreport/add", "/propertyreport/add", "/reportmatch/list/", "/organisation/add", "/relation/add", "/links/case/{case}", "/training/list/", "{test}", "/help/", "/help/clerk", "/exhibitcustody/list/", "/exhibitmovement/add", "/inventory/list/",
        "/help/rules",
    ),
    "clerk.pp": ("{opened}",),
    "warrant.bb": (
        "/orders/worklist/", "/courtorder/list/", "/courtorder/show/{courtorder}", "/in-custody/list/", "/arrest/list/",
        "/arrest/show/{arrest}", "/detention/list/", "/releases-due/list/", "/supervision/list/", "/itemmatch/list/",
    ),
    "chief.bb": (
        "/correction/request/case/{case}", "/share/{case}", "/break-glass/list/", "{masked}", "/case/show/{case}",
        "/statistics/timeliness/", "/statistics/crime/", "/statistics/map/02", "/caseseries/list/",
        "/preventionprogramme/add", "/officialreport/list/", "/my-cases/", "/caseassignment/add",
        "/evidencestore/list/", "/evidencestore/add",
    ),
    "planning": ("/course/list/", "/course/show/{course}", "/course/add", "/coursesession/show/{coursesession}", "/question/list/", "/question/add", "/statistics/tables/", "/import/add"),
    "investigator.bb": ("/export/list/", "/export/exchange", "/export/table/PersonView", "/export/data-set", "/my-cases/", "/investigationact/add",
        "/charge/add", "/lineup/add", "/lineup-session/", "/crash/add", "/roaduser/add", "/protectionorder/add", "/protectionorderstep/add",
    ),
    "admin.bb": ("/staff/list/", "/staff/add", "/staff/add-many", "/staff/show/2", "/staff/edit/2", "/staff-sessions/2", "/staff-review/"),
    "admin": ("/staff/list/", "/staff-requests/list/", "/staff-review/", "/roles/list/", "/staff/show/2", "/operations/"),
    "auditor": ("/log/list/", "/log/show/1", "/log/case/1", "/log/weekly-report", "/log/canaries"),
    "twg": ("/code/list/", "/code/add", "/unit/list/", "/unit/add", "/offence/list/"),
}  # fmt: skip


# The findings of axe: its full report, with every passed element, is a hundred times as long.
WRONG = "rules => axe.run(document, rules).then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"


def faults_of(page, rules=WCAG):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [(rule, element[:120]) for rule, element in page.evaluate(WRONG, rules)]


def scrolls_sideways(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def findings_at(reader, path, number, rules=WCAG):
    """Return the findings of axe by these rules, and of the browser (policy errors too) on that page, and any
    sideways scroll; it opens narrow and is then widened. `number` chooses the width for axe.
    """
    reader.page.set_viewport_size(PHONE)
    page, findings = reader.open(path), []
    if path == OFFLINE:  # a page that the browser has kept in another language leads to the new one
        page.wait_for_load_state("networkidle")
    read_at = nightly.some_of((PHONE, DESK), number) if rules else ()
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        wrong = faults_of(page, rules) if size in read_at else []
        wrong += ["scrolls sideways"] * scrolls_sideways(page)
        findings += [(size["width"], one) for one in wrong]
    findings += [fault for fault in reader.faults if path != "/nowhere" or "404" not in fault]
    reader.faults.clear()
    return findings


@pytest.mark.nightly(name="pages")
@pytest.mark.parametrize("username", SEEN_BY)
@pytest.mark.parametrize("language", ["km", "en"])
def test_no_page_has_a_finding_a_fault_or_a_sideways_scroll(window, language, username):
    """axe reads the Khmer pages: the English ones have the same elements, in another width."""
    reader = window(username)
    reader.open(f"/lang/{language}")
    wrong = {}
    paths = nightly.some_of(SEEN_BY[username], days=3)
    for number, path in enumerate(paths):
        findings = findings_at(reader, there(reader, path), number, WCAG if language == "km" else None)
        assert reader.page.get_attribute("html", "lang") == language
        if findings:
            wrong[path] = findings
    reader.open("/lang/km")
    assert not wrong


def test_long_name_of_a_view_does_not_scroll_sideways(window):
    chief = window("chief.bb", PHONE)
    page = chief.open("/case/list/")
    saved_views = page.locator("details.find", has=page.locator("form[action$='/save']"))
    saved_views.locator("summary").click()
    page.click("form[action$='/save'] button")  # the message of an empty field is ours, in Khmer
    page.locator("text=សូមដាក់ឈ្មោះ").wait_for()
    saved_views.locator("summary").click()
    page.fill("form[action$='/save'] [name=name]", "N" * 76)
    page.click("form[action$='/save'] button")
    page.wait_for_url(re.compile("view="))
    saved_views.locator("summary").click()
    assert page.locator("a[aria-current=page]", has_text="NNN").is_visible() and not scrolls_sideways(page)


def test_actions_of_a_case_are_one_row_on_a_phone(window):
    """The content follows, and the keyboard reaches the last action."""
    clerk = window("clerk.bb", PHONE)
    page = clerk.open(there(clerk, "/case/show/{case}"))
    actions = page.locator(".one-line")
    assert actions.bounding_box()["height"] < 70 and actions.locator("a").count() > 3
    last = actions.locator("a").last
    last.focus()
    box = last.bounding_box()
    assert box["x"] >= 0 and box["x"] + min(box["width"], 100) <= PHONE["width"]


def there(reader, path):
    """Return the address, with the last record of the user's own list or the address of a protected name in
    one of their cases.
    """
    kind = path.partition("{")[2].rstrip("}")
    if not kind:
        return path
    if kind == "test":
        return reader.open("/training/list/").get_attribute("a[href^='/training/test/']", "href")
    if kind == "opened":
        reader.open("/letter/list/?_flt_0_box=in")
        letters = reader.page.eval_on_selector_all("td.lead a", "links => links.map(one => one.pathname)")
        links = (reader.open(one).query_selector("a[href^='/opened-case/']") for one in letters)
        return next(filter(None, links)).get_attribute("href")
    if kind not in reader.records:
        listed = "case" if kind == "masked" else kind
        reader.open(f"/{listed}/list/")
        found = reader.page.eval_on_selector_all("td.lead a", "links => links.map(one => one.pathname)")
        if kind == "masked":
            reader.records[kind] = next(
                filter(None, (way_to_a_name(reader, case) for case in found)), "/case/list/"
            )
        else:
            reader.records[kind] = found[-1].rpartition("/")[2]
    return path.format(**reader.records)


def way_to_a_name(reader, case):
    found = reader.open(case).query_selector("a[href^='/reveal/']")
    return found and found.get_attribute("href")


@each_width
def test_break_glass_has_no_finding(window, size):
    reader = window("investigator.bb", size)
    page = reader.open("/find/")
    page.fill("input[name=q]", "សុខ")
    page.press("input[name=q]", "Enter")
    page.click("form[action*='break-glass'] button >> nth=0")
    page.wait_for_selector("textarea[name=reason]")
    assert not faults_of(page) and not reader.faults


@each_width
def test_the_sign_in_page_has_no_finding(window, size):
    assert not faults_of(window(size=size).open("/login/"))


def test_a_new_password_in_khmer_letters_is_noticed_while_it_is_typed(window):
    clerk = window("clerk.bb")
    page = clerk.open("/resetmypassword/form")
    page.locator("#password").press_sequentially("កខ")
    assert page.inner_text("#password-keyboard") and not clerk.faults


@pytest.mark.nightly(name="pages")
@pytest.mark.parametrize("setting", [("dark",), ("dark", "contrast", "larger"), ("contrast",)], ids="-".join)
def test_display_settings_have_no_finding(window, setting):
    reader = window("chief.bb")
    choose_display(reader, setting)
    wrong = {}
    for number, path in enumerate(DISPLAYED):
        if findings := findings_at(reader, there(reader, path), number, DISPLAY):
            wrong[path] = findings
    choose_display(reader, ())
    assert not wrong


def choose_display(reader, setting):
    page = reader.open("/my-account/")
    for usual in page.locator("#display [value='']").all():
        usual.check()
    for value in setting:
        page.check(f"#display [value={value}]")
    with page.expect_navigation():
        page.click("#display .btn")
    assert set((page.get_attribute("html", "class") or "").split()) == set(setting)


def test_unused_page_warns_before_the_session_ends(window):
    clerk = window("clerk.bb")
    clerk.page.clock.install()
    page = clerk.open("/person/list/")
    minutes = int(page.get_attribute("meta[name=idle]", "content")) // 60
    page.clock.fast_forward(f"{minutes - 2:02}:00")
    page.locator("#idle[open]").wait_for()
    clerk.context.route("**/my-account/stay", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.keyboard.press("Escape")
    page.clock.fast_forward("00:10")
    page.locator("#idle[open]").wait_for()  # the server has not answered
    clerk.context.unroute("**/my-account/stay")
    with page.expect_response("**/my-account/stay") as stayed:
        page.keyboard.press("Enter")
    assert stayed.value.status == 204 and not page.is_visible("#idle")
    page.clock.fast_forward(f"{minutes:02}:30")
    page.locator("#idle[open] p", has_text="ហួសរយៈពេល").wait_for()


@pytest.mark.parametrize("user", ["manager", "clerk.bb", "warrant.bb", "chief.bb", "monitor"])
def test_the_first_page_fits_one_screen(window, user):
    page = window(user).open("/")
    page.set_viewport_size({"width": 1366, "height": 640})
    assert page.locator(".first-page > *").count() > 2
    assert page.evaluate("document.documentElement.scrollHeight") <= 704  # a tenth more than the screen


def test_the_choice_of_a_language_is_kept_with_the_user(window):
    chief = window("chief.bb")
    chief.open("/lang/en")
    again = window().sign_in("chief.bb")
    assert again.page.get_attribute("html", "lang") == "en"
    again.open("/lang/km")


@pytest.mark.parametrize("user", ["manager", "chief.bb", "investigator.bb"])
def test_readers_open_a_case_and_a_person(window, user):
    reader = window(user)
    page = reader.open("/case/list/")
    page.click("td.lead a")
    assert "/case/show/" in page.url
    page.click(".who a")
    assert "/person/show/" in page.url


def weight(window, path):
    """Return (requests, bytes as sent) of one visit; cached files cost nothing."""
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


def test_each_page_after_is_one_light_request(window):
    clerk = window("clerk.bb")
    clerk.open("/entry/")
    clerk.open("/person/list/").wait_for_load_state("networkidle")  # the photos
    for path in ("/", "/person/list/", "/case/show/{case}", "/entry/"):
        requests, size = weight(clerk, there(clerk, path))
        assert requests <= (2 if path == "/entry/" else 1), path  # a new entry redirects to its own address
        assert size <= 16_000, (path, requests, size)


def test_the_tables_of_a_person_show_their_last_column_on_a_desk(window):
    clerk = window("clerk.bb")
    page = clerk.open(there(clerk, "/person/show/{person}"))
    hidden = (
        "all => all.filter(one => one.offsetWidth > one.parentElement.clientWidth).map(one => one.innerText)"
    )
    assert page.locator(".tbl").count() and page.eval_on_selector_all(".tbl", hidden) == []
    named = "all => all.filter(one => one.offsetHeight > 4 * 24).map(one => one.innerText)"
    assert page.eval_on_selector_all(".tbl tbody td", named) == []


def test_a_title_without_a_space_stays_on_a_phone(window):
    page = window("clerk.bb", PHONE).open("/jobs/list/")
    page.evaluate("document.querySelector('h1').textContent = 'x'.repeat(120)")
    assert not scrolls_sideways(page)


def test_wanted_label_does_not_cover_the_photo(window):
    clerk = window("clerk.bb")
    clerk.open("/case/list/")
    cases = clerk.page.eval_on_selector_all("td.lead a", "links => links.map(one => one.pathname)")
    gaps = (
        "all => all.map(one => one.getBoundingClientRect().top"
        " - one.closest('td').querySelector('.photo').getBoundingClientRect().bottom)"
    )
    found = [gap for case in cases for gap in clerk.open(case).eval_on_selector_all("td .status .tag", gaps)]
    assert found and min(found) >= 4, found


def test_recovery_codes_are_copied_and_printed(window):
    clerk = window()
    clerk.sign_in("planning.second")
    clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = clerk.open("/my-account/second-factor")
    secret = page.inner_text(".secret").replace(" ", "")
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    page.press("[name=code]", "Enter")
    page.locator(".codes").wait_for()
    page.click("[data-copy]")
    page.locator("[data-copy]", has_text="បានចម្លង").wait_for()
    assert (
        page.evaluate("navigator.clipboard.readText()").split("\n")
        == page.locator(".codes li").all_inner_texts()
    )
    page.evaluate("window.print = () => { window.printed = true; }")
    page.click("[data-print]")
    assert page.evaluate("window.printed")


@pytest.mark.parametrize("width", [761, 844, 1001])
def test_top_bar_fits_a_rotated_phone_and_an_enlarged_page(window, width):
    clerk = window("clerk.bb", {"width": width, "height": 390})
    page = clerk.open("/entry/")
    assert page.locator("details.me:not(.purpose) summary").bounding_box()["x"] < width - 20
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
