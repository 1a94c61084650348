"""A clerk enters an offence in a real browser, by keyboard, in Khmer."""

import re
from datetime import timedelta

import pytest
from PIL import Image

from app.kernel.text import dates
from app.kernel.text.khmer import to_khmer_digits
from tests.browser.conftest import DESK, PHONE, each_width
from tests.browser.entry_page import SUMMARY, EntryPage, ago
from tests.browser.test_offline import UNTIL_KEPT


@each_width
def test_entered_offence_shows_number_and_missing_facts(window, size):
    entry = EntryPage(window("clerk.bb", size)).fill_theft(happened=90)
    entry.save()
    pass_late_entry(entry)
    assert re.search(r"/case/show/\d+$", entry.page.url), entry.page.inner_text("#summary")
    assert re.search(r"02-\d{4}-\d{6}", entry.page.inner_text("h1"))
    assert "នៅខ្វះ" in entry.page.inner_text("main")


def pass_late_entry(entry):
    """Override the warning of a late entry with a reason; it is next to its field."""
    entry.page.locator("select[name='case-reported_at__V005__reason']").select_option("no_connection")
    entry.save()


def test_warning_at_a_narrow_field_uses_half_the_form(window):
    clerk = window("clerk.bb")
    for _twice in range(2):  # the second save warns about the first
        entry = EntryPage(clerk).fill_theft()
        entry.fill("people-0-person-given_km", "ពិសីដ្ឋ")
        entry.fill("people-0-person-born_on", "09/02/1991")
        entry.save()
    assert "V037" in entry.get_messages("people-0-person-surname_km")
    field = entry.page.locator(".field:has(#people-0-person-surname_km)")
    form = entry.page.locator(".grid:has(> .field > #people-0-person-surname_km)")
    assert field.bounding_box()["width"] > 0.45 * form.bounding_box()["width"]


def test_unidentified_person_is_asked_for_the_estimated_age(window):
    page = EntryPage(window("clerk.bb")).page
    assert not page.is_visible("#people-0-person-age_from")
    page.check("#people-0-person-unidentified")
    assert page.input_value("#people-0-person-birth_precision") == "estimated"
    assert page.is_visible("#people-0-person-age_from") and page.is_visible("#people-0-person-age_to")


def test_rows_come_and_go_by_keys_alone(window):
    entry = EntryPage(window("clerk.bb"))
    rows = entry.page.locator("[data-rows=people] > [data-row]")
    before = rows.count()
    entry.add("Alt+KeyP")
    assert rows.count() == before + 1
    entry.press("Alt+Delete")
    assert rows.count() == before
    entry.press("Enter")  # the focus is on the button that restores the row
    assert rows.count() == before + 1


def test_a_known_person_is_proposed_and_taken(window):
    clerk = window("clerk.bb")
    person_key = (
        clerk.open("/person/list/").locator("main td.lead a").first.get_attribute("href").rsplit("/", 1)[1]
    )
    entry = EntryPage(clerk)
    entry.look_up("people-0-known-known", f"P-{int(person_key):07d}")
    assert entry.page.input_value("[name='people-0-known-known']") == person_key
    assert not entry.page.is_visible("#people-0-person-surname_km")


def test_new_person_with_a_known_name_is_proposed(window):
    clerk = window("clerk.bb")
    known = clerk.open("/person/list/").locator("main td.lead a").first
    surname, given = known.inner_text().split(" ", 1)
    person_key = known.get_attribute("href").rsplit("/", 1)[1]
    entry = EntryPage(clerk)
    entry.fill("people-0-person-surname_km", surname)
    entry.fill("people-0-person-given_km", given)
    entry.leave("people-0-person-given_km")
    entry.page.locator("#people-0 [data-namesakes] button", has_text=f"P-{int(person_key):07d}").click()
    assert entry.page.input_value("[name='people-0-known-known']") == person_key
    assert not entry.page.is_visible("#people-0-person-surname_km")
    assert entry.page.evaluate("document.activeElement.name") == "people-0-known-known__text"


# Input errors of a clerk in two forms: rule → the field that reports it at once, and the input. The last form has one
# error alone, which prevents the save; tests/cases/test_rules_at_the_form.py sends each error of the page alone.
MISTAKES = [
    {
        "V002": ("case-occurred_to", ago(days=40)),
        "V009": ("case-latitude", "48,85"),
        "V025": ("case-summary", "លួច"),
        "V031": ("people-0-person-surname_km", "Sok"),
        "V033": ("people-0-person-age_stated", "70"),
        "V035": ("people-0-document-number", "12345"),
        "V053": ("people-0-role", "convicted"),
    },
    {
        "V004": ("case-reported_at", ago(days=-30)),
        "V006": ("case-occurred_from", "01/01/1975 08:00"),
        "V017": ("section-exhibits", None),
        "V032": ("people-0-person-born_on", ago(days=-400)[:10]),
        "V041": ("people-0-person-sex", "unknown"),
    },
    {"V031": ("people-0-person-surname_km", "Sok")},
]


@pytest.mark.parametrize("mistakes", MISTAKES, ids="-".join)
def test_input_errors_are_shown_at_their_fields(window, mistakes):
    entry = EntryPage(window("clerk.bb")).fill_theft()
    for rule, (box, typed) in mistakes.items():
        prepare(entry, rule)
        if typed is not None:
            entry.page.locator(f"#{box}").evaluate(
                "box => box.closest('details.more')?.setAttribute('open', '')"
            )
            is_choice = entry.page.locator(f"select#{box}").count()
            (entry.choose if is_choice else entry.fill)(box, typed)
    entry.save()
    assert "/entry/" in entry.page.url, "is saved"
    wrong = dict(mistakes.values())
    for rule, (box, typed) in mistakes.items():
        place = f"[data-problems-of={box}]" if typed is None else f".field:has(#{box}) .under"
        said = entry.page.locator(place).first.inner_text()
        assert rule in said, box
        assert re.search("[\u1780-\u17b3]{3}", said), "the sentence is in Khmer"
    assert entry.page.input_value("#case-summary") == wrong.get("case-summary", SUMMARY)
    assert entry.page.input_value("#people-0-person-surname_km") == wrong.get(
        "people-0-person-surname_km", "សុខ"
    )


def prepare(entry, rule):
    """Fill in what the rule needs before it can report a problem."""
    if rule == "V009":
        entry.page.locator("#case-longitude").evaluate(
            "b => b.closest('details.more').setAttribute('open', '')"
        )
        entry.fill("case-longitude", "2,35")
    if rule == "V033":
        entry.fill("people-0-person-born_on", "01/01/1995")
    if rule == "V035":
        entry.choose("people-0-document-kind", "national_id")
    if rule == "V017":
        entry.look_up("offences-0-offence", "គ្រឿងញៀន")


def test_a_short_date_is_completed_by_the_clock_of_the_server(window):
    entry = EntryPage(window("clerk.bb"))
    day = dates.now().date() - timedelta(days=1)
    last_year = dates.now().date() + timedelta(days=2)
    completed = {
        "ម្សិលមិញ 0830": f"{day:%d/%m/%Y} 0830",
        "yesterday": f"{day:%d/%m/%Y}",
        f"{day.day}/{day.month} 2229": f"{day:%d/%m/%Y} 2229",
        f"{last_year.day}.{last_year.month}": f"{last_year:%d/%m}/{last_year.year - 1}",
        "27/11 2026": "27/11 2026",  # a year without its mark is no time
        "31/2": "31/2",
        "tomorrow": "tomorrow",
    }
    for typed, expected in completed.items():
        entry.fill("case-occurred_from", typed)
        entry.page.keyboard.press("Tab")
        assert entry.page.input_value("#case-occurred_from") == expected


def test_a_birth_known_by_its_year_sets_the_precision(window):
    entry = EntryPage(window("clerk.bb"))
    for typed, day, precision in (
        ("១៩៨៥", "01/01/1985", "year"), ("7/1985", "01/07/1985", "month"), ("05/03/1985", "05/03/1985", "day"),
    ):  # fmt: skip
        entry.fill("people-0-person-born_on", typed)
        entry.page.keyboard.press("Tab")
        assert entry.page.input_value("#people-0-person-born_on") == day
        assert entry.page.input_value("#people-0-person-birth_precision") == precision


def test_the_first_field_has_the_focus_except_on_a_phone(window):
    for size, focused in ((DESK, "case-occurred_from"), (PHONE, "")):
        page = EntryPage(window("clerk.bb", size)).page
        assert page.evaluate("document.activeElement.id") == focused


def test_rules_report_problems_before_the_save(window):
    entry = EntryPage(window("clerk.bb"))
    entry.fill("case-occurred_from", ago(hours=20))
    entry.fill("case-occurred_to", ago(days=40))
    entry.leave("case-occurred_to")
    entry.page.wait_for_selector("#case-occurred_to-bad")
    assert "V002" in entry.get_messages("case-occurred_to")


def test_what_was_typed_survives_a_closed_tab(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk)
    address = entry.page.url
    entry.fill("case-summary", SUMMARY)
    with entry.page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.ok):
        entry.page.click("[data-remember]")
    entry.page.close()
    again = clerk.new_page()
    again.goto(address)
    assert again.input_value("#case-summary") == SUMMARY


def write_draft(page, summary):
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        page.fill("#case-summary", summary)


@each_width
def test_two_windows_of_one_draft_ask_which_entry_to_keep(window, size):
    clerk = window("clerk.bb", size)
    first = EntryPage(clerk).page
    write_draft(first, SUMMARY)
    second = clerk.new_page()
    second.goto(first.url)
    write_draft(first, SUMMARY + "១")
    write_draft(second, SUMMARY + "២")
    note = second.locator("[data-changed-note]")
    assert "ផ្ទាំងមួយទៀត" in note.inner_text()
    assert second.input_value("#case-summary") == SUMMARY + "២"
    assert not second.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    write_draft(first, SUMMARY + "៣")
    with second.expect_navigation():
        note.locator("button").first.click()  # shows the other entry, and offers what was typed here
    assert second.input_value("#case-summary") == SUMMARY + "៣"
    with second.expect_navigation():
        second.locator("main .note button").click()
    assert second.input_value("#case-summary") == SUMMARY + "២"
    write_draft(first, SUMMARY + "៤")
    with first.expect_response(lambda answer: answer.url.endswith("/draft") and answer.ok):
        first.locator("[data-changed-note] button").last.click()  # keeps this one
    second.reload()
    assert second.input_value("#case-summary") == SUMMARY + "៤"


FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
FORBIDDEN = """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
    get() { throw new DOMException("forbidden", "SecurityError"); }
})"""


@pytest.mark.parametrize("storage", [FULL, FORBIDDEN], ids=["full", "forbidden"])
def test_entry_works_without_the_storage_of_the_browser(window, storage):
    clerk = window("clerk.bb")
    clerk.context.add_init_script(storage)
    entry = EntryPage(clerk).fill_theft()
    clerk.context.set_offline(True)
    entry.page.click("[data-remember]")
    entry.page.locator("[data-state]", has_text="កុំបិទទំព័រនេះ").wait_for()
    clerk.context.set_offline(False)
    entry.page.click("[data-remember]")
    entry.page.wait_for_selector("[data-state]:not(.amber)")
    entry.save()
    assert "/case/show/" in entry.page.url, entry.page.inner_text("#summary")
    assert not [fault for fault in clerk.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_page_that_alone_has_the_entry_asks_before_it_closes(window):
    clerk = window("clerk.bb")
    clerk.context.add_init_script(FULL)
    entry = EntryPage(clerk)
    clerk.context.set_offline(True)
    entry.page.locator("#case-summary").press_sequentially(SUMMARY)
    entry.page.click("[data-remember]")
    entry.page.locator("[data-state]", has_text="កុំបិទទំព័រនេះ").wait_for()
    with entry.page.expect_event("dialog") as asked:
        entry.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert entry.page.input_value("#case-summary") == SUMMARY


def test_rotation_during_an_upload_keeps_photo_and_input(window, large_photo):
    entry = EntryPage(window("clerk.bb", PHONE))
    entry.fill("case-summary", SUMMARY)
    held = []
    entry.page.route("**/file/upload", lambda route: held.append(route))
    with entry.page.expect_request("**/file/upload"):
        entry.page.set_input_files("#people-0-upload", large_photo)
    for size in ({"width": PHONE["height"], "height": PHONE["width"]}, PHONE):
        entry.page.set_viewport_size(size)
        assert not entry.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    held[0].continue_()
    entry.page.wait_for_selector("#people-0 [data-attachments] img")
    assert len(held) == 1 and entry.page.input_value("#case-summary") == SUMMARY


def test_save_as_draft_is_hidden_without_scripts(window, chromium):
    """A script saves the draft. The button would do nothing."""
    clerk = window("clerk.bb")
    entry = EntryPage(clerk)
    assert entry.page.is_visible("[data-remember]")
    plain = chromium.new_context(viewport=DESK, java_script_enabled=False)
    plain.add_cookies(clerk.context.cookies())
    page = plain.new_page()
    page.goto(entry.page.url)
    assert page.is_visible("[data-save]") and not page.is_visible("[data-remember]")
    plain.close()


def test_a_draft_is_kept_at_an_hour_of_cambodia(window):
    entry = EntryPage(window("clerk.bb"))
    entry.fill("case-summary", SUMMARY)
    since = dates.now()
    entry.page.click("[data-remember]")
    told = entry.page.locator("[data-state]", has_text="·").inner_text()
    assert any(to_khmer_digits(f"{one:%H:%M}") in told for one in (since, dates.now()))


def test_what_was_typed_survives_a_lost_session(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk).fill_theft()
    clerk.context.clear_cookies()
    entry.page.click("[data-remember]")
    entry.page.wait_for_selector("[data-state].amber")
    assert entry.page.input_value("#case-summary") == SUMMARY
    other = clerk.new_page()
    clerk.page, first = other, clerk.page
    clerk.sign_in("clerk.bb")
    clerk.page = first
    entry.page.bring_to_front()
    entry.save()
    assert "/case/show/" in entry.page.url, entry.page.inner_text("#summary")


def test_offline_save_is_sent_when_online_again(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk).fill_theft()
    clerk.context.set_offline(True)
    entry.press("Control+s")
    entry.page.wait_for_selector("[data-state].amber")
    assert entry.page.input_value("#case-summary") == SUMMARY
    clerk.context.set_offline(False)
    entry.save()
    assert "/case/show/" in entry.page.url, entry.page.inner_text("#summary")


def test_another_clerks_draft_is_not_found(window):
    entry = EntryPage(window("clerk.bb"))
    entry.fill("case-summary", SUMMARY)
    with entry.page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.ok):
        entry.page.click("[data-remember]")
    other = window("clerk.pp")
    answer = other.page.goto(entry.page.url)
    assert answer.status == 404


def test_photo_is_uploaded_on_choice_and_linked_on_save(window, tmp_path):
    photo = tmp_path / "face.png"
    Image.new("RGB", (300, 360), "grey").save(photo)
    entry = EntryPage(window("clerk.bb")).fill_theft()
    entry.choose("people-0-photo_missing", "")
    entry.page.set_input_files("#people-0-upload", photo)
    entry.page.wait_for_selector("#people-0 [data-attachments] img")
    assert entry.page.is_visible("#people-0 summary img.photo")
    assert not entry.page.is_visible("#people-0 summary svg.photo")
    entry.page.click("#people-0 [data-unhold]")
    assert entry.page.is_visible("#people-0 summary svg.photo")
    assert not entry.page.is_visible("#people-0 summary img.photo")
    entry.page.set_input_files("#people-0-upload", [])
    entry.page.set_input_files("#people-0-upload", photo)
    entry.page.wait_for_selector("#people-0 [data-attachments] img")
    entry.save()
    assert "/case/show/" in entry.page.url, entry.page.inner_text("#summary")
    assert entry.page.locator(".who img.photo").count() == 1
    assert not entry.window.faults


def test_file_without_a_picture_is_refused_at_its_field(window, tmp_path):
    lie = tmp_path / "face.jpg"
    lie.write_text("<svg onload='alert(1)'/>")
    entry = EntryPage(window("clerk.bb"))
    entry.page.set_input_files("#people-0-upload", lie)
    entry.page.wait_for_selector("#people-0 [data-refused]:not([hidden])")
    assert re.search("[\u1780-\u17b3]{3}", entry.page.inner_text("#people-0 [data-refused]"))


def test_photo_chosen_offline_is_refused_in_khmer(window, tmp_path):
    photo = tmp_path / "face.png"
    Image.new("RGB", (30, 36), "grey").save(photo)
    clerk = window("clerk.bb")
    entry = EntryPage(clerk)
    clerk.context.set_offline(True)
    entry.page.set_input_files("#people-0-upload", photo)
    entry.page.wait_for_selector("#people-0 [data-refused]:not([hidden])")
    assert "មិនឆ្លើយតប" in entry.page.inner_text("#people-0 [data-refused]")


def drafts_here(page):
    return page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('draft:')).length")


def test_sign_out_moves_the_draft_to_the_server(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk)
    address = entry.page.url
    clerk.context.route("**/draft", lambda route: route.abort())  # only this computer has it
    entry.fill("case-summary", SUMMARY)
    entry.page.click("[data-remember]")
    entry.page.wait_for_selector("[data-state].amber")
    assert drafts_here(entry.page) == 1
    clerk.context.unroute("**/draft")
    entry.page.click("details.me:not(.purpose) summary")
    with entry.page.expect_navigation(url=re.compile("/login/")):
        entry.page.click("[data-sign-out]")
    assert drafts_here(entry.page) == 0
    clerk.sign_in("clerk.bb").open(address.removeprefix(clerk.server))
    assert clerk.page.input_value("#case-summary") == SUMMARY


def test_sign_out_with_an_unsent_draft_asks_and_leaves_nothing(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk)
    clerk.context.route("**/draft", lambda route: route.abort())
    entry.fill("case-summary", SUMMARY)
    entry.page.click("[data-remember]")
    entry.page.wait_for_selector("[data-state].amber")
    entry.page.click("details.me:not(.purpose) summary")
    entry.page.click("[data-sign-out]")
    assert "លុប" in entry.page.inner_text("#ask[open]")
    entry.page.click("#ask button[value='']")
    assert drafts_here(entry.page) == 1
    entry.page.click("details.me:not(.purpose) summary")
    entry.page.click("[data-sign-out]")
    with entry.page.expect_navigation(url=re.compile("/login/")):
        entry.page.click("#ask button[value=yes]")
    assert entry.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})").count("draft") == 0


def test_save_without_a_connection_says_that_it_waits_and_is_sent(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk).fill_theft()
    clerk.context.set_offline(True)
    entry.press("Control+s")
    entry.page.locator("[data-state]", has_text="រង់ចាំ").wait_for()
    entry.press("Alt+Delete")  # a change cancels the save
    entry.page.locator("[data-state]", has_text="ម្តងទៀត").wait_for()
    entry.press("Enter")  # restores the row
    entry.press("Control+s")
    entry.page.locator("[data-state]", has_text="រង់ចាំ").wait_for()
    clerk.context.set_offline(False)
    entry.page.wait_for_url(re.compile(r"/case/show/\d+"))


@pytest.fixture(scope="module")
def large_photo(tmp_path_factory):
    photo = tmp_path_factory.mktemp("photos") / "face.jpg"
    Image.effect_noise((4000, 3000), 90).convert("RGB").save(photo, quality=92)
    return photo


@pytest.mark.parametrize("is_offline", [False, True])
def test_save_waits_for_a_photo_chosen_just_before(window, large_photo, is_offline):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk).fill_theft()
    entry.choose("people-0-photo_missing", "")
    clerk.context.set_offline(is_offline)
    entry.page.set_input_files("#people-0-upload", large_photo)
    entry.press("Control+s")
    if is_offline:
        entry.page.locator("[data-state]", has_text="រង់ចាំ").wait_for()
        clerk.context.set_offline(False)
    entry.page.wait_for_url(re.compile(r"/case/show/\d+"))
    assert entry.page.locator(".who img.photo").count() == 1


def test_large_photo_is_sent_smaller_and_after_a_lost_connection(window, large_photo):
    photo = large_photo
    clerk = window("clerk.bb")
    entry = EntryPage(clerk)
    clerk.context.set_offline(True)
    entry.page.set_input_files("#people-0-upload", photo)
    entry.page.wait_for_selector("#people-0 [data-refused]:not([hidden])")
    with entry.page.expect_request("**/file/upload") as sent:
        clerk.context.set_offline(False)
    entry.page.wait_for_selector("#people-0 [data-attachments] img")
    assert photo.stat().st_size > 2 * sent.value.sizes()["requestBodySize"]
    assert not entry.page.is_visible("#people-0 [data-refused]")


def test_photo_above_the_limit_is_not_sent_from_the_page_of_a_person(window, tmp_path):
    photo, page = tmp_path / "large.jpg", window("clerk.bb").open("/person/list/")
    photo.write_bytes(bytes(11 * 2**20))
    page.click("tbody .lead a >> nth=0")
    page.wait_for_url(re.compile(r"/person/show/"))
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.set_input_files("#scan", photo)
    page.locator("main form [role=alert]", has_text="១០ MB").wait_for()
    assert not [url for url in sent if "/scan/" in url]


def test_local_draft_is_offered_to_its_user_only(window):
    clerk = window("clerk.bb")
    clerk.open("/about-the-data/").evaluate(UNTIL_KEPT)  # the worker sends nothing during the next sign-in
    entry = EntryPage(clerk)
    address = entry.page.url.removeprefix(clerk.server)
    entry.fill("case-summary", SUMMARY)
    clerk.context.clear_cookies()
    entry.page.click("[data-remember]")
    entry.page.wait_for_selector("[data-state].amber")
    entry.page.goto("about:blank")  # a late answer to the entry page would set the cookie of another session
    clerk.context.clear_cookies()
    other = clerk.sign_in("clerk.pp").open(address)
    assert drafts_here(other) == 1 and other.input_value("#case-summary") == ""
    assert other.locator(".note button", has_text="បង្ហាញ").count() == 0
    clerk.context.clear_cookies()
    own = clerk.sign_in("clerk.bb").open(address)
    own.locator(".note button", has_text="បង្ហាញ").click()
    own.wait_for_function("text => document.getElementById('case-summary')?.value === text", arg=SUMMARY)


def test_override_reason_survives_reopening_a_draft(window):
    clerk = window("clerk.bb")
    entry = EntryPage(clerk).fill_theft(happened=90)
    entry.save()
    reason = "select[name='case-reported_at__V005__reason']"
    entry.page.locator(reason).select_option("no_connection")
    with entry.page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.ok):
        entry.page.click("[data-remember]")
    entry.page.goto(entry.page.url)
    assert entry.page.input_value(reason) == "no_connection"
    with entry.page.expect_response(lambda answer: answer.url.endswith("/check") and answer.ok):
        entry.fill("case-modus_operandi_text", SUMMARY)
        entry.leave("case-modus_operandi_text")
    assert entry.page.input_value(reason) == "no_connection"


def test_known_person_shows_their_photo(window, tmp_path):
    picture = tmp_path / "face.jpg"
    Image.effect_noise((60, 80), 80).convert("RGB").save(picture)
    clerk = window("clerk.bb")
    entry = EntryPage(clerk).fill_theft()
    entry.fill("people-0-person-given_km", "រូបថត")
    entry.page.set_input_files("#people-0-upload", picture)
    entry.page.locator("[data-attachments] img").first.wait_for()
    entry.save()
    person_key = entry.page.locator("main a[href*='/person/show/']").first.get_attribute("href")
    entry = EntryPage(clerk)
    entry.look_up("people-0-known-known", f"P-{int(person_key.rsplit('/', 1)[1]):07d}")
    face = entry.page.locator("#people-0 [data-photo]")
    face.wait_for()
    assert face.evaluate("face => face.decode().then(() => face.naturalWidth)") > 0
    entry.fill("people-0-known-known", "សុខ")
    face.wait_for(state="hidden")


@each_width
def test_position_is_chosen_on_the_map_of_the_place(window, size):
    entry = EntryPage(window("clerk.bb", size))
    entry.look_up("case-place", "02030101")
    entry.page.locator("summary", has=entry.page.locator("xpath=..//*[@data-choose-position]")).click()
    entry.page.click("[data-choose-position]")
    shown = entry.page.locator("#position-map[open]")
    shown.locator("text", has_text="ទួលតាឯក").wait_for()  # the commune of the place
    before = shown.locator("output").inner_text()
    entry.press("ArrowRight")
    entry.press("Equal")
    area = shown.locator("svg").bounding_box()
    entry.page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 3)
    latitude, longitude = shown.locator("output").inner_text().split(" · ")[0].split(", ")
    assert not before.startswith(latitude)
    shown.locator("svg").focus()
    entry.press("Enter")
    assert entry.page.input_value("#case-latitude") == latitude
    assert entry.page.input_value("#case-longitude") == longitude
    assert abs(float(latitude) - 13.1) < 0.1 and abs(float(longitude) - 103.2) < 0.1
    entry.page.click("[data-choose-position]")
    assert shown.locator("output").inner_text().startswith(f"{latitude}, {longitude}")
    entry.page.locator("#position-map button[value='']").click()
    assert not entry.window.faults


def test_long_lookup_text_finds_nothing(window):
    entry = EntryPage(window("clerk.bb"))
    with entry.page.expect_response(lambda answer: "/lookup/place" in answer.url) as asked:
        entry.page.focus("#case-place")
        entry.page.keyboard.insert_text("ភូមិថ្មី " * 500)
    assert asked.value.ok and not entry.window.faults
