"""Takes the pictures in docs/pictures: `.venv/bin/python docs/pictures.py http://127.0.0.1:8080`.

The address must be that of a demo system, best a new one: the script signs in as a demo clerk, enters one
case and saves it. It needs the packages of `requirements-dev.txt` and a Chromium. Set CHROMIUM to its path if
it is not /usr/bin/chromium.
"""

import io
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CLERK, PASSWORD = "clerk.bb", "demo-ecrime-2026"
LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
ANSWER = 1500  # milliseconds until lookups, rules and drafts have certainly answered
SUMMARY = "នៅពេលយប់ ជនសង្ស័យគាស់បង្អួចក្រោយផ្ទះ ចូលយកទូរស័ព្ទដៃមួយគ្រឿង។ អ្នកជិតខាងឃើញជនសង្ស័យរត់ចេញ ហើយបានប្រាប់ម្ចាស់ផ្ទះ។"


def write_picture(page, name, colours=128):
    """Write the screen to a file with few colours: a screen has few."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(colours, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def moment(hours_ago):
    then = datetime.now(ZoneInfo("Asia/Phnom_Penh")) - timedelta(hours=hours_ago)
    return then.strftime("%d/%m/%Y %H:%M")


def sign_in(browser, address, screen, user=CLERK):
    page = browser.new_context(
        locale="km", timezone_id="Asia/Phnom_Penh", base_url=address, **screen
    ).new_page()
    page.goto("/login/")
    if screen is LAPTOP and user == CLERK:
        write_picture(page, "sign-in")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    return page


def look_up(page, box, text):
    page.locator(box).scroll_into_view_if_needed()
    page.focus(box)
    page.keyboard.type(text)
    page.locator("[role=option]:visible").first.wait_for()
    page.wait_for_timeout(ANSWER)


def enter_a_case(page):
    """Enter a case from the empty page to its number, with pictures on the way."""
    page.goto("/entry/")
    page.fill("#case-occurred_from", moment(20))
    page.fill("#case-occurred_to", moment(30))
    page.select_option("#case-report_kind", "complaint")
    page.fill("#case-reported_at", moment(2))
    page.wait_for_timeout(2 * ANSWER)
    write_picture(page, "entry")
    page.fill("#case-occurred_to", moment(19))
    page.wait_for_timeout(2 * ANSWER)
    look_up(page, "#case-place", "វត្តគរ")
    write_picture(page, "place")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    look_up(page, "#offences-0-offence", "353")
    page.keyboard.press("Enter")
    page.fill("#case-summary", SUMMARY)
    enter_people(page)
    page.keyboard.press("Alt+KeyE")
    page.select_option("[name$='-kind'][name^='exhibits-']", "phone")
    page.select_option("[name$='-property_role'][name^='exhibits-']", "stolen")
    page.fill("[name$='-description'][name^='exhibits-']", "ទូរស័ព្ទពណ៌ខ្មៅ")
    page.wait_for_timeout(2 * ANSWER)


def enter_people(page):
    """Enter a new suspect and a victim who is already registered."""
    page.select_option("#people-0-role", "suspect")
    page.fill("#people-0-person-surname_km", "សុខ")
    page.fill("#people-0-person-given_km", "ពិសីបូរី")
    page.select_option("#people-0-person-sex", "M")
    page.fill("#people-0-person-born_on", "05/03/1994")
    page.fill("#people-0-person-age_stated", "28")  # does not fit the birth date: a warning
    look_up(page, "#people-0-person-nationality", "ខ្មែរ")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+KeyP")
    page.keyboard.type("កង")
    page.wait_for_timeout(ANSWER)
    page.locator("[name$='-known__text']:focus").evaluate("box => box.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(ANSWER)
    write_picture(page, "known-person")
    page.keyboard.press("Enter")
    page.locator("[name^='people-'][name$='-role']").last.select_option("victim")


def save(page):
    """Save, override each warning with its first reason, as a clerk would after a check, and save again."""
    with page.expect_navigation():
        page.keyboard.press("Control+KeyS")
    page.keyboard.press("F8")
    page.wait_for_timeout(ANSWER)
    write_picture(page, "warning")
    reasons = "select[name$='__reason']:visible, [name^='people-'][name$='photo_missing']:visible"
    for choice in page.locator(reasons).all():
        choice.select_option(index=1)
    with page.expect_navigation(url="**/case/show/*"):
        page.keyboard.press("Control+KeyS")


def choose_purpose(page, text):
    """Choose a purpose for the next searches."""
    page.goto("/purpose/")
    page.check("main [name=_purpose] >> nth=0")
    page.fill("main [name=_purpose_about]", text)
    with page.expect_navigation():
        page.press("main [name=_purpose_about]", "Enter")


def find_somebody(page):
    """Search a name as spoken on the telephone, in Latin letters, from any page."""
    page.goto("/person/list/")
    # Some persons have no name in Latin letters.
    name = page.locator("td.lead .lat", has_text=re.compile("[A-Z]")).first.inner_text().lower()
    page.goto("/")
    write_picture(page, "dashboard")
    page.keyboard.press("/")
    page.keyboard.type(name)
    page.wait_for_timeout(ANSWER)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_timeout(2 * ANSWER)
    write_picture(page, "search")


def see_what_runs(page):
    """Show the orders to execute, the persons in custody, and a list with its filters."""
    page.goto("/orders/worklist/")
    write_picture(page, "worklist")
    page.goto("/in-custody/list/")
    write_picture(page, "in-custody")
    page.goto("/case/list/?_flt_0_status=at_court&_flt_0_report_kind=complaint")
    write_picture(page, "list")
    page.goto("/statistics/crime/")
    page.locator("main svg").first.scroll_into_view_if_needed()
    write_picture(page, "statistics")
    page.goto("/statistics/map/")
    page.locator("main svg").first.scroll_into_view_if_needed()
    write_picture(page, "map")


def main(address):
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = sign_in(browser, address, LAPTOP)
        enter_a_case(page)
        home = page.context.new_page()
        home.goto("/")
        write_picture(home, "home")
        save(page)
        write_picture(page, "case")
        person = page.locator("a[href^='/person/show/']").last.get_attribute("href")
        choose_purpose(page, "02-2026-000001")
        page.goto(person)
        write_picture(page, "person")
        manager = sign_in(browser, address, LAPTOP, "manager")
        choose_purpose(manager, "02-2026-000001")
        find_somebody(manager)
        see_what_runs(manager)
        phone = sign_in(browser, address, PHONE)
        phone.goto("/entry/")
        phone.fill("#case-occurred_from", moment(5))
        phone.press("#case-occurred_from", "Tab")
        look_up(phone, "#case-place", "wat kor")
        write_picture(phone, "entry-phone", colours=64)
        choose_purpose(phone, "02-2026-000001")
        phone.goto("/person/list/")
        write_picture(phone, "list-phone", colours=64)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
