"""The list of letters is sorted by the deadline."""

from datetime import timedelta

from app.kernel.text import dates
from tests.letters.sample_letters import read_letter, send_letter, step, write

PATH = "/letter/list/?_oc_LetterView=due_at&psize_LetterView=1&_od_LetterView="


def list_subjects(browser, path):
    """Return the subjects of all pages of the list."""
    subjects = []
    while path:
        page = browser.page(path)
        subjects += [one.text for one in page.all("td", css="lead")]
        path = next((one["href"] for one in page.all("a") if "after_LetterView" in one.get("href", "")), None)
    return subjects


def test_letters_are_sorted_by_their_deadline_on_every_page(client_as, db_session, each_database):
    clerk = client_as("clerk.bb", "en")
    for days in (9, None, 2, 5):
        due = f"{dates.now() + timedelta(days=days):%d/%m/%Y %H:%M}" if days else ""
        assert write(clerk, to_unit="DI-0203", subject=f"S{days}", due_at=due).status_code == 302
    assert list_subjects(clerk, f"{PATH}asc") == ["S2", "S5", "S9", "SNone"]
    assert list_subjects(clerk, f"{PATH}desc") == ["SNone", "S9", "S5", "S2"]


def test_sending_gives_the_deadline_of_the_template_its_place(client_as, db_session, each_database):
    send_letter(client_as)
    assert read_letter().due_order == read_letter().due_at


def test_draft_with_another_deadline_moves(client_as, db_session):
    clerk = client_as("clerk.bb", "en")
    write(clerk, to_unit="DI-0203")
    letter = read_letter()
    version = {
        "version": letter.version,
        "template": "other_request",
        "to_unit": "DI-0203",
        "handling": "free",
    }
    due = dates.now().replace(second=0, microsecond=0) + timedelta(days=3)
    form = version | {"subject": "ក", "text": "ខ", "due_at": f"{due:%d/%m/%Y %H:%M}"}
    assert clerk.send(f"/letter/edit/{letter.id}", form).status_code == 302
    assert read_letter().due_order == read_letter().due_at
    assert step(clerk, letter, "submit").status_code == 302
