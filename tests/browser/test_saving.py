"""Two users at one record, a double click and the back button, in a real browser and by keyboard."""

from tests.browser.conftest import DESK, PHONE, each_width
from tests.browser.test_pages import faults_of

# The browser reports an unsuccessful response in its console.
CONSOLE_ERROR = "409 (CONFLICT)"


def find_person_key(one):
    """Return the number of a person in that user's area of responsibility."""
    link = one.open("/person/list/").locator("main td.lead a").first
    return link.get_attribute("href").rsplit("/", 1)[1]


def a_fresh_name(one):
    """Return the number of a name that was registered just now and is still editable."""
    page = opened(one, f"/personname/add?person={find_person_key(one)}")
    page.select_option("[name=kind]", "alias")
    page.fill("[name=text_km]", "សុខា")
    save(page)
    return page.url.rsplit("/", 1)[1]


def opened(one, path):
    page = one.open(path)
    page.wait_for_load_state("networkidle")
    return page


def save(page):
    with page.expect_navigation():
        page.click("[data-save]")


@each_width
def test_a_conflict_is_shown_side_by_side_and_settled_by_keyboard(window, size):
    clerk, other = window("clerk.bb", size), window("investigator.bb")
    path = f"/personname/edit/{a_fresh_name(clerk)}"
    mine, theirs = opened(clerk, path), opened(other, path)
    word = "កា" if size is DESK else "តា"
    theirs.fill("[name=text_km]", "សុខុម" + word)
    save(theirs)
    mine.fill("[name=text_km]", "សុខា" + word)
    save(mine)
    assert mine.evaluate("document.activeElement.className") == "card conflicts"
    assert mine.locator(".conflict .value").all_inner_texts() == ["សុខុម" + word, "សុខា" + word]
    assert not mine.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not faults_of(mine) and not [fault for fault in clerk.faults if CONSOLE_ERROR not in fault]
    mine.keyboard.press("Tab")
    mine.keyboard.press("Space")  # theirs
    mine.keyboard.press("ArrowRight")  # mine
    with mine.expect_navigation():
        mine.keyboard.press("Control+s")
    assert "/show/" in mine.url and "សុខា" + word in mine.inner_text("main")


def test_the_back_button_makes_no_second_record(window):
    clerk = window("clerk.bb")
    page = opened(clerk, f"/personname/add?person={find_person_key(clerk)}")
    page.select_option("[name=kind]", index=1)
    page.fill("[name=text_latin]", "Sokha Once")
    save(page)
    first = page.url
    assert "/personname/show/" in first
    page.go_back()
    page.wait_for_load_state("networkidle")
    page.select_option("[name=kind]", index=1)
    page.fill("[name=text_latin]", "Sokha Once")
    save(page)
    assert page.url == first
    opened(clerk, f"/personname/add?person={find_person_key(clerk)}")
    page.select_option("[name=kind]", index=1)
    page.fill("[name=text_latin]", "Sokha Twice")
    save(page)
    assert page.url != first


@each_width
def test_a_change_of_language_or_purpose_keeps_the_form(window, size):
    clerk = window("clerk.bb", size)
    page = opened(clerk, f"/personname/add?person={find_person_key(clerk)}")
    page.select_option("[name=kind]", "alias")
    page.fill("[name=text_km]", "សុខា")
    for language in ("en", "km"):
        with page.expect_navigation():
            page.locator(f"a[data-keeps-forms][lang={language}]").first.evaluate("link => link.click()")
        assert page.get_attribute("html", "lang") == language
        assert (page.input_value("[name=kind]"), page.input_value("[name=text_km]")) == ("alias", "សុខា")
    with page.expect_navigation():
        page.locator("form[data-keeps-forms]").evaluate("form => form.requestSubmit()")
    assert (page.input_value("[name=kind]"), page.input_value("[name=text_km]")) == ("alias", "សុខា")
    page.reload()
    assert page.input_value("[name=text_km]") == ""
    assert not clerk.faults


def test_a_double_click_makes_one_record(window):
    clerk = window("clerk.bb")
    page = opened(clerk, f"/personname/add?person={find_person_key(clerk)}")
    page.select_option("[name=kind]", index=1)
    page.fill("[name=text_latin]", "Sokha Double")
    with page.expect_navigation(url="**/personname/show/*"):
        page.dblclick("[data-save]")
    number = int(page.url.rsplit("/", 1)[1])
    assert clerk.context.request.get(f"{clerk.server}/personname/show/{number + 1}").status == 404


def test_the_back_button_makes_no_second_export(window):
    page = opened(window("investigator.bb"), "/export/table/PersonView")
    page.fill("[name=case_number]", "02-2026-000001")
    ask_for_it(page)
    first = page.url
    assert "/export/show/" in first
    page.go_back()
    page.wait_for_load_state("networkidle")
    page.fill("[name=case_number]", "02-2026-000001")
    ask_for_it(page)
    assert page.url == first


def ask_for_it(page):
    with page.expect_navigation():
        page.click("main form button.main")


def test_back_from_a_refused_file_shows_its_form(window, tmp_path):
    (tmp_path / "cases.csv").write_text("a,b\n1,2\n")
    page = opened(window("twg"), "/import/add")
    for _refused in range(2):
        with page.expect_navigation():
            page.set_input_files("#file", tmp_path / "cases.csv")
        assert page.locator("main .note.plum").count()
    page.click(".brand, header a >> nth=0")
    page.go_back()
    assert page.locator("main #profile").count() and not page.locator("main .note.plum").count()


def test_nothing_is_asked_before_everything_is_chosen(window):
    page = opened(window("admin.bb"), "/staff-review/")
    page.click("main form button[data-ask]")
    assert not page.is_visible("#ask")
    for one in page.locator("main input[type=radio][value=keep]").all():
        one.check(force=True)
    page.click("main form button[data-ask]")
    page.wait_for_selector("#ask[open]")


def test_phone_shows_the_whole_time_next_to_its_error(window):
    page = opened(window("clerk.bb", PHONE), "/arrest/add")
    page.fill("[name=at]", "31/12/2099 23:59")
    save(page)
    box = page.locator("[name=at]")
    assert box.evaluate("one => one.scrollWidth <= one.clientWidth"), "the hour is cut off"
    said = page.locator(".field:has(> [name=at]) .message").first
    assert said.bounding_box()["width"] > 250


def test_offline_save_shows_a_message_and_keeps_the_input(window):
    clerk = window("clerk.bb")
    page = clerk.open("/supplement/add")
    page.fill("main [name=text]", "សាក្សីថ្មីម្នាក់បានឃើញម៉ូតូ។")
    clerk.context.set_offline(True)
    page.keyboard.press("Control+s")
    page.locator("[data-save]", has_text="មិនឆ្លើយតប").wait_for()
    assert page.input_value("main [name=text]") == "សាក្សីថ្មីម្នាក់បានឃើញម៉ូតូ។"
    clerk.context.set_offline(False)
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    assert page.locator(".message").count()  # its case was not named: the server has read it
