"""The entry page shows what a choice requires at once, and prints what was filled in."""

from tests.browser.entry_page import SUMMARY, EntryPage, ago


def label_of(entry, box):
    return entry.page.locator(f".field:has(> #{box}) > label").inner_text()


def test_optional_label_follows_the_kind_of_exhibit(window):
    entry = EntryPage(window("clerk.bb"))
    rows = [entry.add("Alt+KeyE").removesuffix("-kind") for _row in range(2)]
    for kind, needed in (("drug", True), ("weapon", False), ("drug", True)):
        entry.choose(f"{rows[1]}-kind", kind)
        assert ("បើមាន" not in label_of(entry, f"{rows[1]}-quantity")) is needed
    assert "បើមាន" in entry.page.locator(f"#{rows[0]}-quantity").evaluate(
        "box => getComputedStyle(box.closest('.field').querySelector('.opt')).display !== 'none' ? 'បើមាន' : ''"
    ), "the other exhibit is none yet"


def test_printout_has_filled_fields_only(window):
    entry = EntryPage(window("clerk.bb")).fill_theft(happened=90)
    entry.fill("case-reported_at", ago(hours=19))  # its warning has a choice of reasons, which is empty
    entry.leave("case-reported_at")
    page = entry.page
    page.emulate_media(media="print")
    for box in (
        "case-occurred_from",
        "case-reported_at",
        "case-summary",
        "people-0-person-surname_km",
        "people-0-role",
    ):
        assert page.locator(f"#{box}").is_visible(), box
    assert page.input_value("#case-summary") == SUMMARY
    for box in ("case-occurred_to", "case-place_text", "people-0-person-given_latin", "people-0-relation"):
        assert not page.locator(f"#{box}").is_visible(), box
    for part in (".rail", ".savebar", "[data-add]", "[data-remove]", ".drop"):
        assert not page.locator(part).first.is_visible(), part
    exhibit = page.locator("[data-rows=exhibits] > [data-row]")
    assert exhibit.locator("[name$='-property_role']").is_visible()
