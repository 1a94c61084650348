"""A unit forwards a letter to another one, if its sender agrees."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.schema.rules import RuleViolation
from app.letters import forwarding
from app.letters.models import LetterRecipient
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.cases.test_row_filter import session_as
from tests.letters.sample_letters import list_keys, read_letter, send_letter, step


def test_limited_letter_is_not_forwarded(client_as, db_session):
    letter = send_letter(client_as, handling="named_units")
    receiver = client_as("clerk.pp", "en")
    assert "Ask its sender first" in step(receiver, letter, "forward").text
    assert step(receiver, letter, "decline", reason="").status_code == 422
    assert step(receiver, letter, "decline", reason="គ្មានរូបថត").status_code == 302
    assert "គ្មានរូបថត" in client_as("clerk.bb").page(f"/letter/show/{letter.id}").text


def ask_to_forward(browser, letter, unit):
    """Write a forwarded letter to this unit and send it. Return the answer and the draft."""
    assert step(browser, letter, "forward").status_code == 302
    draft = read_letter(1)
    form = {"to_unit": unit, "subject": draft.subject, "text": draft.text, "handling": draft.handling}
    assert browser.send(f"/letter/edit/{draft.id}", form | {"version": draft.version}).status_code == 302
    return step(browser, draft, "submit"), read_letter(1)


def agree(browser, letter, name="agree_forward", unit=None, **over):
    """Decide about what the page asks for now, or about another unit."""
    recipient = read_letter().recipients[0]
    shown = {"forward_to_code": unit or recipient.forward_to_code}
    return step(
        browser, letter, name, **shown | {"forward_asked_by_id": recipient.forward_asked_by_id} | over
    )


def test_sender_agrees_before_a_letter_is_forwarded(client_as, db_session, each_database):
    letter = send_letter(client_as, handling="ask_owner")
    receiver, sender, monitor = (client_as(name, "en") for name in ("clerk.pp", "clerk.bb", "monitor"))
    assert receiver.get(f"/letter/show/{letter.id}").status_code == 200
    answer, draft = ask_to_forward(receiver, letter, "PC-01")
    assert answer.status_code == 302 and draft.state == "draft"
    assert (
        step(receiver, draft, "submit").status_code == 302 and list_keys().count("letter.forward_asked") == 1
    )
    assert "asks to forward this letter" not in receiver.page(f"/letter/show/{letter.id}").text
    assert agree(receiver, letter).status_code == 422, "the unit that asks"
    assert "asks to forward this letter" in sender.page(f"/letter/show/{letter.id}").text
    assert agree(sender, letter, "refuse_forward").status_code == 422, "without a reason"
    assert agree(sender, letter, "refuse_forward", reason="មិនចាំបាច់").status_code == 302
    assert "Not forwarded: មិនចាំបាច់" in receiver.page(f"/letter/show/{letter.id}").text
    ask_to_forward(receiver, letter, "PC-01")
    assert agree(sender, letter).status_code == 302
    assert agree(sender, letter).status_code == 422, "a second click"
    ask_to_forward(receiver, letter, "PC-03")
    assert read_letter(1).state == "draft", "the sender agreed to another unit"
    ask_to_forward(receiver, letter, "PC-01")
    assert agree(sender, letter).status_code == 302
    assert step(receiver, read_letter(1), "submit").status_code == 302
    assert step(monitor, read_letter(1), "sign").status_code == 302
    assert (read_letter().recipients[0].state, read_letter(1).state) == ("forwarded", "sent")
    assert not db.session.query(Message).filter_by(text_key="letter.forward_asked", done_at=None).count()


def test_consent_is_given_by_an_officer_of_the_sender_only(client_as, db_session, each_database):
    letter = send_letter(client_as, handling="ask_owner")
    receiver = client_as("clerk.pp", "en")
    ask_to_forward(receiver, letter, "PC-01")
    for username in ("clerk.pp", "monitor", "warrant.pp"):
        with session_as(username) as session:
            recipient = session.scalars(select(LetterRecipient)).unique().one()
            recipient.forward_agreed_by_id = find_user_id(username)
            with pytest.raises(RuleViolation):
                session.flush()
    with session_as("clerk.bb") as session:
        recipient = session.scalars(select(LetterRecipient)).unique().one()
        recipient.forward_agreed_by_id = find_user_id("chief.bb")
        with pytest.raises(RuleViolation):
            session.flush()
    change_as_system(lambda: setattr(find_user("clerk.bb"), "phone", "012 345 678"))
    change_as_system(lambda: setattr(find_user("clerk.pp"), "phone", "012345678"))
    assert agree(client_as("clerk.bb", "en"), letter).status_code == 422, "the same human"


def test_consent_is_for_the_unit_that_the_sender_has_read(client_as, db_session, each_database):
    letter = send_letter(client_as, handling="ask_owner")
    receiver, sender = client_as("clerk.pp", "en"), client_as("clerk.bb", "en")
    ask_to_forward(receiver, letter, "PC-01")
    page = sender.get(f"/letter/show/{letter.id}").text
    asker = find_user_id("clerk.pp")
    assert 'name="forward_to_code" value="PC-01"' in page
    assert f'name="forward_asked_by_id" value="{asker}"' in page
    ask_to_forward(receiver, letter, "PC-03")
    for name in ("agree_forward", "refuse_forward"):
        answer = agree(sender, letter, name, unit="PC-01", reason="មិនចាំបាច់")
        assert answer.status_code == 409 and "has changed. Read it again" in answer.text
        assert 'value="PC-03"' in answer.text, "the page shows the unit that is asked for now"
    assert agree(sender, letter, forward_asked_by_id=asker + 1).status_code == 409, "another officer asks"
    assert step(sender, letter, "agree_forward").status_code == 409, "a form without the unit"
    recipient = read_letter().recipients[0]
    assert (recipient.forward_to_code, recipient.forward_agreed_by_id) == ("PC-03", None)


def forward_with_consent(client_as):
    """Return the letter of Phnom Penh that forwards one of Battambang to PC-01."""
    letter = send_letter(client_as, handling="ask_owner")
    receiver = client_as("clerk.pp", "en")
    ask_to_forward(receiver, letter, "PC-01")
    assert agree(client_as("clerk.bb", "en"), letter).status_code == 302
    assert step(receiver, read_letter(1), "submit").status_code == 302
    assert step(client_as("monitor", "en"), read_letter(1), "sign").status_code == 302
    return read_letter(1)


def test_correction_of_a_forwarded_letter_keeps_what_the_sender_agreed_to(
    client_as, db_session, each_database
):
    forward = forward_with_consent(client_as)
    receiver, monitor = client_as("clerk.pp", "en"), client_as("monitor", "en")
    first = forward
    for at in (2, 3):  # a correction, and its correction
        assert step(receiver, first, "correction").status_code == 302
        draft = read_letter(at)
        kept = {"to_unit": "PC-01", "subject": draft.subject, "text": draft.text, "handling": draft.handling}
        for change, message in (
            ({"to_unit": "PC-03"}, "goes to the same units"),
            ({"handling": "free"}, "keeps its subject, its text"),
            ({"text": "ផ្សេង"}, "keeps its subject, its text"),
            ({"text": f"{draft.text}\nសូមជួយ"}, None),
        ):
            version = {"version": read_letter(at).version}
            answer = receiver.send(f"/letter/edit/{draft.id}", kept | change | version)
            assert answer.status_code == 302, answer.text
            answer = step(receiver, draft, "submit")
            assert message is None or (answer.status_code == 422 and message in answer.text), change
        assert read_letter(at).state == "waiting"
        assert step(monitor, draft, "sign").status_code == 302
        first = read_letter(at)
        assert first.state == "sent" and not forwarding.is_forwardable(db.session, first)


def test_consent_is_for_one_unit_without_the_units_below_it(client_as, db_session, each_database):
    letter = send_letter(client_as, handling="ask_owner")
    receiver = client_as("clerk.pp", "en")
    assert step(receiver, letter, "forward").status_code == 302
    draft = read_letter(1)
    form = {"to_unit": "PC-01", "subject": draft.subject, "text": draft.text, "handling": draft.handling}
    more = {"template": "notice", "to_below": "1", "version": draft.version}
    assert receiver.send(f"/letter/edit/{draft.id}", form | more).status_code == 302
    answer = step(receiver, draft, "submit")
    assert answer.status_code == 422 and "without the units below it" in answer.text
    assert "letter.forward_asked" not in list_keys()
