"""Letters between Battambang and Phnom Penh, and the steps of their pages."""

from app.extensions import db
from app.inbox.models import Message
from app.letters.models import Letter


def read_letter(number=0):
    db.session.expire_all()
    return db.session.query(Letter).order_by(Letter.id).all()[number]


def write(browser, **over):
    form = {"template": "other_request", "to_unit": "PC-12", "handling": "free", "text": "សូមផ្ញើរូបថត"}
    return browser.send("/letter/add", form | over)


def step(browser, letter, name, **over):
    """Take a step of the letter as its page shows it now."""
    db.session.expire_all()
    return browser.send(f"/letter/step/{letter.id}", {"step": name, "version": letter.version} | over)


def list_keys():
    return [
        one.text_key
        for one in db.session.query(Message).order_by(Message.id)
        if one.text_key[:7] == "letter."
    ]


def send_letter(client_as, writer="clerk.bb", **over):
    """Return the letter that an officer of Battambang writes and the chief signs."""
    clerk = client_as(writer, "en")
    assert write(clerk, **over).status_code == 302
    letter = read_letter()
    assert step(clerk, letter, "submit").status_code == 302
    assert step(client_as("chief.bb", "en"), letter, "sign").status_code == 302
    return read_letter()
