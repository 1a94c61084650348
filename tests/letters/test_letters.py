"""A unit writes, signs and sends a letter; another unit opens, assigns and answers it."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.accounts.models import LoginSession
from app.cases.models import Case
from app.extensions import db
from app.inbox.models import Message
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.text.khmer import to_khmer_digits
from app.letters import escalation
from app.letters.models import Letter, LetterFile, LetterRecipient
from app.printouts import official_letters
from app.reference.models import Unit
from app.tasks.models import Task
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.cases.test_row_filter import session_as
from tests.html_pages import Page
from tests.kernel.files.test_store import PDF
from tests.letters.sample_letters import list_keys, read_letter, send_letter, step, write
from tests.printouts.pdf_text import read_as


def test_request_is_written_signed_opened_assigned_and_answered(
    client_as, case_id, db_session, each_database
):
    clerk, chief, receiver = (client_as(name, "en") for name in ("clerk.bb", "chief.bb", "clerk.pp"))
    assert f"/letter/add?case={case_id}" in clerk.get(f"/case/show/{case_id}").text
    assert "letter_template" in clerk.get(f"/letter/add?case={case_id}").text
    refused = write(clerk, case=case_id, template="photo", text="")
    assert refused.status_code == 422 and "Choose the person that this template names" in refused.text
    person = db.session.get(Case, case_id).involvements[0].person
    name, person_id = f"{person} (បុគ្គលលេខ {person.number}", person.id
    assert write(clerk, case=case_id, person=person_id, template="photo", text="").status_code == 302
    letter = read_letter()
    assert name in letter.text
    assert "សំណុំរឿងលេខ 02-" in letter.text and letter.kind == "request" and letter.state == "draft"
    assert receiver.get(f"/letter/show/{letter.id}").status_code == 404
    assert step(clerk, letter, "submit").status_code == 302
    assert read_letter().state == "waiting", "it leaves the province"
    assert step(clerk, letter, "sign").status_code == 403
    assert "Sign and send" in chief.page(f"/letter/show/{letter.id}").text
    answer = step(chief, letter, "sign")
    assert answer.status_code == 302, answer.text
    letter = read_letter()
    assert letter.state == "sent" and letter.number.startswith("L-20") and letter.due_at > dates.now()
    assert step(chief, letter, "sign").status_code == 302, "a second click"
    (recipient,) = letter.recipients
    assert recipient.opened_at is None
    message = db.session.query(Message).filter_by(text_key="letter.received").one()
    assert message.to_unit_code == "PC-12" and "សំណុំរឿង" not in str(message.facts)
    assert f"/letter/received/{recipient.id}" in receiver.get(f"/inbox/show/{message.id}").text
    assert receiver.get(f"/letter/received/{recipient.id}").headers["Location"].endswith(f"/show/{letter.id}")
    page = receiver.page(f"/letter/show/{letter.id}").text
    assert "Decline with a reason" in page and "Withdraw the letter" not in page
    assert read_letter().recipients[0].opened_by_id == find_user_id("clerk.pp")
    due = (dates.now() + timedelta(days=1)).strftime("%d/%m/%Y %H:%M")
    task = {"letter": letter.id, "to_user": find_user_id("warrant.pp"), "due_at": due, "text": "ផ្ញើរូបថត"}
    assert receiver.send("/task/add", task).status_code == 302
    officer = client_as("warrant.pp", "en")
    answer = step(officer, letter, "answer")
    assert answer.headers["Location"].endswith(f"/letter/edit/{letter.id + 1}")
    assert step(officer, letter, "answer").headers["Location"] == answer.headers["Location"], "a second click"
    reply = read_letter(1)
    assert (reply.to_unit_code, reply.kind, reply.case_id) == ("PC-02", "answer", None)
    draft = officer.page(f"/letter/edit/{reply.id}")
    assert letter.number in draft.text and letter.text.split("\n")[0] in draft.text, (
        "the officer reads what is asked"
    )
    assert "data-focus-now" in draft.by_id("text").attributes
    assert "Enter the subject and the text" in step(officer, reply, "submit").text
    form = {
        "to_unit": "PC-02",
        "subject": reply.subject,
        "text": "សូមផ្ញើជូន",
        "handling": "free",
        "version": reply.version,
    }
    assert officer.send(f"/letter/edit/{reply.id}", form).status_code == 302
    assert step(officer, reply, "submit").status_code == 302
    assert step(chief, reply, "sign").status_code == 404, "the chief of another province"
    assert step(client_as("monitor", "en"), reply, "sign").status_code == 302, "the unit has no chief"
    assert [one.state for one in (read_letter(), read_letter(1))] == ["closed", "sent"]
    db.session.expire_all()
    assert db.session.query(Task).one().state == "done" and read_letter().recipients[0].state == "answered"
    assert "សូមផ្ញើជូន" in clerk.page(f"/letter/show/{reply.id}").text
    assert read_letter(1).state == "closed", "an answer asks for nothing"
    assert "Letters of this thread" in clerk.page(f"/letter/show/{letter.id}").text
    keys = list_keys()
    assert keys == [
        "letter.to_sign",
        "letter.received",
        "letter.to_sign",
        "letter.answered",
        "letter.received",
    ]
    open_ones = [
        one for one in db.session.query(Message) if one.text_key[:7] == "letter." and not one.done_at
    ]
    assert [one.text_key for one in open_ones] == ["letter.answered"]


def test_bad_input_is_refused_and_kept(client_as, case_id, db_session):
    clerk = client_as("clerk.bb", "en")
    tomorrow = (dates.now() + timedelta(days=1)).strftime("%d/%m/%Y")
    for field, over, words in (
        ("template", {"template": ""}, "Choose a template."),
        ("to_unit", {"to_unit": "PC-02"}, "A letter goes to another unit."),
        ("to_unit", {"to_unit": ""}, "Choose the unit that receives the letter."),
        ("to_below", {"to_below": "1"}, "Only a notice goes to many units."),
        ("due_at", {"due_at": "01/01/2026 08:00"}, "in the past"),
        ("share_until", {"share_until": tomorrow}, "You may not share this case."),
        ("case", {"case": "999999"}, "not in E-Crime"),
    ):
        answer = write(clerk, **({"case": case_id, "text": "អត្ថបទ"} | over))
        assert answer.status_code == 422 and words in answer.text, (field, answer.text)
        assert "អត្ថបទ" in answer.text, field
    assert db.session.query(Letter).count() == 0


def test_closed_unit_is_refused_also_when_it_closes_before_the_letter_is_sent(client_as, db_session):
    clerk = client_as("clerk.bb", "en")
    assert write(clerk).status_code == 302
    close_unit("PC-12")
    answer = step(clerk, read_letter(), "submit")
    assert answer.status_code == 422 and "This unit is closed" in answer.text
    assert "This unit does not exist today" in write(clerk).text


def test_template_that_names_a_record_needs_one(client_as, db_session):
    clerk = client_as("clerk.bb", "en")
    answer = write(clerk, template="photo", text="សូមផ្ញើរូបថត")
    assert answer.status_code == 422 and "Choose the case, person, order or exhibit" in answer.text
    assert "សូមផ្ញើរូបថត" in answer.text and not db.session.query(Letter).count()
    write(clerk, template="notice", text="អំពី{record}")
    answer = step(clerk, read_letter(), "submit")
    assert answer.status_code == 422 and "replace the dots" in answer.text


def close_unit(code):
    def close():
        db.session.get(Unit, code).valid_to = dates.now().date() - timedelta(days=1)

    change_as_system(close)


def test_the_list_of_letters_of_the_country_needs_a_purpose(client_as, db_session):
    write(client_as("clerk.bb", "en"), text="សូមស្តាប់សាក្សី")
    monitor, clerk = client_as("monitor", "en"), client_as("clerk.bb", "en")
    found = clerk.send("/letter/search", {"_flt_0_words": "សូមស្តាប់សាក្សី"})
    assert found.status_code == 302 and "_flt_0_words" not in found.location
    assert "/letter/show/" in clerk.get(found.location).text
    db.session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    assert monitor.get("/letter/list/").status_code == 428
    assert clerk.get("/letter/list/").status_code == 200, "the area is the purpose"


def test_letter_is_found_by_words_anywhere_and_by_the_number_of_its_record(
    client_as, case_id, db_session, each_database
):
    clerk = client_as("clerk.bb", "en")
    write(clerk, case=case_id, subject="រូបថតថ្មី", text="សូមជម្រាបថា ត្រូវការ 100% នៃឯកសារ")
    write(clerk, text="សូមជម្រាបថា អាសយដ្ឋាន")
    number = db.session.get(Case, case_id).number
    for words, shown in (
        ("រូបថត", 1), ("ឯកសារ ត្រូវការ", 1), (number, 1), ("សូមជម្រាបថា", 2), ("0% នៃ", 1), ("%", 1), ("ស្នាម", 0)
    ):  # fmt: skip
        found = clerk.send("/letter/search", {"_flt_0_words": words})
        assert len(clerk.page(found.location).all("tr", data_row=True)) == shown, words


def test_quick_search_knows_the_numbers_of_letters(client_as, db_session, each_database):
    letter = send_letter(client_as)
    url, typed = f"/letter/show/{letter.id}", to_khmer_digits(letter.number).lower()
    for name in ("clerk.bb", "clerk.pp"):
        (item,) = client_as(name).send("/find/suggest", {"q": typed}).json["items"]
        assert item["url"] == url
        assert client_as(name).send("/find/", {"q": typed}).location == url


def test_author_deletes_a_draft(client_as, db_session, each_database):
    clerk, colleague = client_as("clerk.bb", "en"), client_as("investigator.bb", "en")
    write(clerk)
    draft = read_letter()
    assert "Only the author changes and sends a draft." in step(colleague, draft, "delete").text
    assert step(clerk, draft, "delete").location == "/letter/list/"
    for browser in (clerk, colleague, client_as("monitor")):
        assert browser.get(f"/letter/show/{draft.id}").status_code == 404
    assert read_letter().deleted_at is not None and read_letter().state == "draft", "the audit log keeps it"


def test_sent_letter_is_not_deleted(client_as, db_session, each_database):
    letter = send_letter(client_as)
    assert "does not change after it was sent" in step(client_as("clerk.bb", "en"), letter, "delete").text
    act_as(db_session, SYSTEM)
    with pytest.raises(DatabaseError, match="only a draft"):
        db_session.execute(text("UPDATE letter SET deleted_at = recorded_at"))
    db_session.rollback()


def test_chief_signs_only_the_text_that_the_page_has_shown(client_as, case_id, db_session, each_database):
    investigator, chief = client_as("investigator.bb", "en"), client_as("chief.bb", "en")
    assert write(investigator, case=case_id).status_code == 302
    letter = read_letter()
    step(investigator, letter, "submit")
    shown = read_letter().version
    assert f'name="version" value="{shown}"' in chief.get(f"/letter/show/{letter.id}").text
    step(investigator, letter, "take_back")
    until = dates.format_date(dates.now().date() + timedelta(days=60), "en")
    form = {
        "template": "photo",
        "to_unit": "PC-12",
        "handling": "free",
        "text": "អត្ថបទផ្សេង",
        "subject": "ស្នើ",
    }
    form |= {"case": case_id, "share_until": until, "share_parts": "whole", "version": read_letter().version}
    assert investigator.send(f"/letter/edit/{letter.id}", form).status_code == 302
    step(investigator, letter, "submit")
    for name in ("sign", "return"):
        answer = step(chief, letter, name, version=shown, reason="សូមបន្ថែមលេខ")
        assert answer.status_code == 409 and "has changed since this page was opened" in answer.text, name
        assert "អត្ថបទផ្សេង" in answer.text and "សូមបន្ថែមលេខ" in answer.text, "the new text and the typed reason"
        assert step(chief, letter, name, version="").status_code == 409, "a form without the version"
    assert read_letter().state == "waiting"
    assert client_as("clerk.pp").get(f"/case/show/{case_id}").status_code == 404
    assert step(chief, letter, "sign").status_code == 302


def test_author_never_signs_and_a_waiting_letter_does_not_change(client_as, case_id, db_session):
    chief, monitor = client_as("chief.bb", "en"), client_as("monitor", "en")
    assert write(chief, template="notice", to_unit="PC-02", to_below="y").status_code == 302
    assert "A second officer must do it." in step(chief, read_letter(), "sign").text, "still a draft"
    assert write(chief, handling="ask_owner").status_code == 302
    letter = read_letter(1)
    assert step(chief, letter, "submit").status_code == 302
    assert step(chief, letter, "sign").status_code == 422
    assert chief.get(f"/letter/edit/{letter.id}").status_code == 302
    page = Page.from_response(step(monitor, letter, "return"), 422)
    assert page.by_id("reason-bad").text, "a reason is missing"
    assert step(monitor, letter, "return", reason="សូមបន្ថែមលេខ").status_code == 302
    assert "សូមបន្ថែមលេខ" in chief.page(f"/letter/show/{letter.id}").text
    assert step(chief, read_letter(1), "submit").status_code == 302
    assert step(monitor, letter, "sign").status_code == 302
    assert read_letter(1).signed_by_id == find_user_id("monitor")


def test_withdrawal_ends_with_the_first_look(client_as, db_session, each_database):
    letter = send_letter(client_as)
    clerk, receiver = client_as("clerk.bb", "en"), client_as("clerk.pp", "en")
    assert step(clerk, letter, "withdraw").status_code == 302
    assert read_letter().state == "withdrawn"
    assert receiver.get(f"/letter/show/{letter.id}").status_code == 404
    for name, seen in (("clerk.bb", 1), ("clerk.pp", 0 if each_database == "postgresql" else 1)):
        with session_as(name) as session:  # SQLite has no policies for plain SQL
            assert session.connection().scalar(text("SELECT count(*) FROM letter")) == seen, name
    for name in ("withdraw", "answer", "decline"):
        assert step(receiver, letter, name, reason="មិនមាន").status_code == 404
    from_inbox = receiver.get(f"/letter/received/{read_letter().recipients[0].id}", follow_redirects=True)
    assert "The sender has withdrawn this letter." in from_inbox.text
    write(clerk, to_unit="PC-12")
    second = read_letter(1)
    step(clerk, second, "submit")
    step(client_as("chief.bb"), second, "sign")
    receiver.page(f"/letter/show/{second.id}")
    assert "Send a correction instead" in step(clerk, second, "withdraw").text
    assert read_letter(1).state == "sent"


def test_signer_of_a_letter_has_not_written_it(client_as, db_session):
    clerk, chief = client_as("clerk.bb", "en"), client_as("chief.bb", "en")
    write(clerk)
    letter = read_letter()
    form = {
        "template": "photo",
        "to_unit": "PC-12",
        "handling": "free",
        "text": "ផ្សេង",
        "version": letter.version,
    }
    chief.send(f"/letter/edit/{letter.id}", form)
    assert read_letter().text != "ផ្សេង"
    assert "Only the author" in step(chief, letter, "submit").text
    assert step(clerk, letter, "submit").status_code == 302
    assert step(clerk, letter, "take_back").status_code == 302
    assert read_letter().state == "draft" and step(chief, letter, "sign").status_code == 422


def test_answer_goes_to_the_unit_that_asked_and_stays(client_as, db_session):
    letter = send_letter(client_as)
    receiver, monitor = client_as("clerk.pp", "en"), client_as("monitor", "en")
    step(receiver, letter, "answer")
    answer = read_letter(1)
    form = {
        "to_unit": "PC-01",
        "subject": "ចម្លើយ",
        "text": "មាន",
        "handling": "free",
        "version": answer.version,
    }
    assert receiver.send(f"/letter/edit/{answer.id}", form).status_code == 302
    assert "goes to the unit that asked" in step(receiver, answer, "submit").text
    form |= {"to_unit": "PC-02", "version": read_letter(1).version}
    assert receiver.send(f"/letter/edit/{answer.id}", form).status_code == 302
    assert step(receiver, answer, "submit").status_code == 302
    assert step(monitor, answer, "sign").status_code == 302
    assert "cannot be withdrawn" in step(receiver, answer, "withdraw").text
    assert read_letter().state == "closed" and read_letter(1).state == "sent"


def test_draft_of_an_answer_to_a_withdrawn_letter_is_refused(client_as, db_session):
    letter = send_letter(client_as)
    receiver = client_as("clerk.pp", "en")
    assert step(receiver, letter, "answer").status_code == 302, "the page of the letter was not opened"
    assert step(client_as("clerk.bb"), letter, "withdraw").status_code == 302
    draft = read_letter(1)
    form = {
        "to_unit": "PC-02",
        "subject": "ចម្លើយ",
        "text": "មាន",
        "handling": "free",
        "version": draft.version,
    }
    assert receiver.send(f"/letter/edit/{draft.id}", form).status_code == 302
    answer = step(receiver, draft, "submit")
    assert answer.status_code == 422 and "withdrawn" in answer.text


def test_declined_request_opens_its_case_no_longer(client_as, case_id, db_session):
    until = dates.format_date(dates.now().date() + timedelta(days=60), "en")
    letter = send_letter(client_as, "investigator.bb", case=case_id, share_until=until, share_parts="whole")
    receiver = client_as("clerk.pp", "en")
    receiver.page(f"/letter/show/{letter.id}")
    assert receiver.get(f"/case/show/{case_id}").status_code == 200
    assert step(receiver, letter, "decline", reason="មិនមាន").status_code == 302
    assert receiver.get(f"/case/show/{case_id}").status_code == 404


def test_request_is_declined_after_the_last_day_of_its_share(client_as, case_id, db_session):
    until = dates.format_date(dates.now().date() + timedelta(days=1), "en")
    letter = send_letter(client_as, "investigator.bb", case=case_id, share_until=until, share_parts="whole")
    act_as(db.session, SYSTEM)
    db.session.query(AccessGrant).filter_by(kind=SHARE).one().expires_at = dates.now()
    db.session.commit()
    assert step(client_as("clerk.pp", "en"), letter, "decline", reason="មិនមាន").status_code == 302


def test_two_answers_at_once(client_as, db_session, each_database):
    letter = send_letter(client_as)
    first, second, monitor = (
        client_as("clerk.pp", "en"),
        client_as("warrant.pp", "en"),
        client_as("monitor", "en"),
    )
    for officer in (first, second):
        assert step(officer, letter, "answer").status_code == 302
    for reply, officer in ((read_letter(1), first), (read_letter(2), second)):
        form = {"to_unit": "PC-02", "subject": "ចម្លើយ", "text": "សូមផ្ញើជូន", "handling": "free"}
        assert officer.send(f"/letter/edit/{reply.id}", form | {"version": reply.version}).status_code == 302
        assert step(officer, reply, "submit").status_code == 302
    assert step(monitor, read_letter(1), "sign").status_code == 302
    answer = step(monitor, read_letter(2), "sign")
    assert answer.status_code == 422 and "already answered" in answer.text
    assert [read_letter(number).state for number in (1, 2)] == ["sent", "waiting"]


def test_decline_forward_and_question(client_as, db_session):
    letter = send_letter(client_as)
    receiver, monitor = client_as("clerk.pp", "en"), client_as("monitor", "en")
    assert step(receiver, letter, "question").status_code == 302
    question = read_letter(1)
    form = {
        "to_unit": "PC-02",
        "subject": "សំណួរ",
        "text": "ឆ្នាំណា?",
        "handling": "free",
        "version": question.version,
    }
    assert receiver.send(f"/letter/edit/{question.id}", form).status_code == 302
    assert step(receiver, question, "submit").status_code == 302
    assert step(monitor, question, "sign").status_code == 302
    assert read_letter().recipients[0].is_pending, "a question does not end the letter"
    assert step(receiver, letter, "forward").status_code == 302
    forward = read_letter(2)
    form = {
        "to_unit": "PC-01",
        "subject": forward.subject,
        "text": "ផ្សេង",
        "handling": "free",
        "version": forward.version,
    }
    text = forward.text
    assert receiver.send(f"/letter/edit/{forward.id}", form).status_code == 302
    assert "keeps its subject, its text" in step(receiver, forward, "submit").text
    form |= {"text": f"{text}\nសូមជួយ", "version": read_letter(2).version}
    assert receiver.send(f"/letter/edit/{forward.id}", form).status_code == 302
    assert step(receiver, forward, "submit").status_code == 302
    assert step(monitor, forward, "sign").status_code == 302
    assert read_letter().recipients[0].state == "forwarded" and read_letter().state == "closed"
    assert "letter.forwarded" in list_keys()
    answer = step(receiver, letter, "decline", reason="មិនមាន")
    assert answer.status_code == 422 and "already" in answer.text


def test_overdue_request_rises_step_by_step(client_as, db_session, each_database):
    send_letter(client_as)
    recipient, notices = LetterRecipient.__table__, []

    def run(hours):
        """Let the deadline be so many hours ago, run the job twice, and return the notices sent since."""
        act_as(db_session, SYSTEM)
        due = dates.now() - timedelta(hours=hours)
        db_session.connection().execute(recipient.update().values(next_step_at=due))
        db_session.commit()
        steps = [escalation.escalate_letters(db_session) for _time in range(2)]
        sent = db_session.query(Message).filter(
            Message.text_key.in_((escalation.REMINDER, escalation.OVERDUE))
        )
        listed = [(one.text_key, one.to_role, one.to_unit_code) for one in sent.order_by(Message.id)]
        found, notices[:] = listed[len(notices) :], listed
        return steps[0], found

    def is_listed(name, box):
        return (
            f"/letter/show/{read_letter().id}" in client_as(name).get(f"/letter/list/?_flt_0_box={box}").text
        )

    boxes = ("in", "out", "late")
    assert [is_listed("clerk.pp", box) for box in boxes] == [True, False, False]
    assert [is_listed("clerk.bb", box) for box in boxes] == [False, True, False]
    assert run(0) == (1, [("letter.reminder", None, "PC-12")])
    sender, national = find_user_id("clerk.bb"), "Criminal police monitor"
    assert run(0) == (1, [("letter.overdue", None, None), ("letter.overdue", national, None)]), (
        "no chief in PC-12"
    )
    assert run(0) == (1, [("letter.overdue", national, None)])
    to_sender = db_session.query(Message).filter_by(text_key="letter.overdue", to_user_id=sender)
    assert to_sender.count() == 1
    assert (
        db_session.connection().scalar(recipient.select().with_only_columns(recipient.c.next_step_at)) is None
    )


def test_circular_has_a_read_status(client_as, db_session):
    monitor, receiver = client_as("monitor", "en"), client_as("clerk.pp", "en")
    form = {"template": "notice", "to_unit": "GCNP", "to_below": "1", "handling": "free"}
    assert monitor.send("/letter/add", form).status_code == 302
    letter = read_letter()
    assert step(monitor, letter, "submit").status_code == 302
    assert read_letter().state == "sent", "the letter of a national unit"
    count = len(read_letter().recipients)
    assert count > 25 and f"read by 0 of {count}" in monitor.page(f"/letter/show/{letter.id}").text
    page = receiver.page(f"/letter/show/{letter.id}").text
    assert f"of {count}" not in page and "Battambang" not in page, "it sees the receipts of its area"
    assert f"read by 1 of {count}" in monitor.page(f"/letter/show/{letter.id}").text


def test_attachment_has_the_rules_of_case_files(client_as, db_session):
    clerk = client_as("clerk.bb", "en")
    write(clerk)
    letter = read_letter()

    def attach(content, name):
        data = {"scan": (io.BytesIO(content), name), "csrf_token": clerk.token}
        return clerk.post(f"/letter/scan/{letter.id}", data=data, follow_redirects=True).text

    assert "«photo.jpg» is neither a photo nor a PDF" in attach(b"MZ program", "photo.jpg")
    assert "Attachment 1" in attach(PDF, "paper.pdf")
    file_id = db.session.query(LetterFile).one().id
    assert client_as("clerk.pp").get(f"/file/letter-file/{file_id}/full").status_code == 404
    step(clerk, letter, "submit")
    step(client_as("chief.bb"), letter, "sign")
    receiver = client_as("clerk.pp")
    assert receiver.get(f"/file/letter-file/{file_id}/full").status_code == 404, "before its first look"
    receiver.page(f"/letter/show/{letter.id}")
    with receiver.get(f"/file/letter-file/{file_id}/full") as answer:
        assert answer.status_code == 200
    assert "Attach files to a draft of your own" in attach(PDF, "paper.pdf")


def test_database_locks_a_sent_letter(client_as, db_session, each_database):
    send_letter(client_as)
    letter, recipient = Letter.__table__, LetterRecipient.__table__
    act_as(db_session, SYSTEM)
    for change in (
        letter.update().values(text="ផ្សេង"),
        letter.update().values(state="draft"),
        letter.update().values(signed_by_id=letter.c.recorded_by_id),
        letter.delete(),
        recipient.update().values(to_unit_code="PC-01"),
        recipient.delete(),
    ):
        with pytest.raises(DatabaseError):
            db_session.connection().execute(change)
        db_session.rollback()
    db_session.connection().execute(recipient.update().values(done_at=dates.now()))
    with pytest.raises(DatabaseError):
        db_session.connection().execute(recipient.update().values(done_at=None))
    db_session.rollback()


def test_official_letter_is_printed_after_it_was_sent(client_as, case_id, db_session):
    clerk = client_as("clerk.bb", "en")
    write(clerk, case=case_id)
    refused = clerk.get("/printout/letter/1")
    assert refused.status_code == 302 and refused.headers["Location"].endswith("/letter/show/1")
    step(clerk, read_letter(), "submit")
    step(client_as("chief.bb"), read_letter(), "sign")
    receiver = client_as("clerk.pp")
    assert receiver.get("/printout/letter/1").status_code == 302, "reading leaves a receipt"
    receiver.page("/letter/show/1")
    for browser in (clerk, receiver):
        answer = browser.get("/printout/letter/1")
        assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")
    assert client_as("investigator.bb").get("/printout/letter/1").status_code == 200


def edit_reply(browser, at, **over):
    """Fill the draft of a reply and send it. Return the answer of the last step."""
    draft = read_letter(at)
    form = {
        "to_unit": "PC-02",
        "subject": draft.subject,
        "text": draft.text or "មាន",
        "handling": draft.handling,
    }
    saved = browser.send(f"/letter/edit/{draft.id}", form | {"version": draft.version} | over)
    assert saved.status_code == 302, saved.text
    return step(browser, draft, "submit")


def test_correction_ends_the_request_before_it(client_as, case_id, db_session, each_database):
    until = dates.format_date(dates.now().date() + timedelta(days=60), "en")
    letter = send_letter(client_as, "investigator.bb", case=case_id, share_until=until, share_parts="whole")
    sender, receiver = client_as("investigator.bb", "en"), client_as("clerk.pp", "en")
    receiver.page(f"/letter/show/{letter.id}")
    assert receiver.get(f"/case/show/{case_id}").status_code == 200
    task = {"letter": letter.id, "to_user": find_user_id("warrant.pp"), "text": "ផ្ញើរូបថត"}
    task["due_at"] = (dates.now() + timedelta(days=1)).strftime("%d/%m/%Y %H:%M")
    assert receiver.send("/task/add", task).status_code == 302
    assert step(receiver, letter, "answer").status_code == 302, "a draft of an answer to the old text"
    assert step(sender, letter, "correction").status_code == 302
    edit_reply(sender, 2, to_unit="PC-12", text="អត្ថបទកែ")
    assert step(client_as("chief.bb", "en"), read_letter(2), "sign").status_code == 302
    (ended,) = read_letter().recipients
    assert (ended.state, ended.answer_id, read_letter().state) == ("corrected", read_letter(2).id, "closed")
    assert ended.next_step_at is None and db.session.query(Task).one().state == "done"
    assert receiver.get(f"/case/show/{case_id}").status_code == 404, "the correction opens nothing"
    open_tasks = db.session.query(Message).filter_by(text_key="letter.received", done_at=None)
    assert [one.entity_id for one in open_tasks] == [read_letter(2).recipients[0].id]
    assert "A correction has replaced this letter." in receiver.page(f"/letter/show/{letter.id}").text
    assert f"/letter/show/{letter.id}" in receiver.get(f"/letter/show/{read_letter(2).id}").text
    answer = edit_reply(receiver, 1)
    assert answer.status_code == 302, answer.text
    answer = step(client_as("monitor", "en"), read_letter(1), "sign")
    assert answer.status_code == 422 and "already answered" in answer.text
    answer = step(sender, letter, "correction")
    assert answer.status_code == 422 and "corrected" in answer.text, "the correction is corrected"


def test_colleague_sends_no_correction_of_another_author(client_as, db_session, each_database):
    clerk, colleague = client_as("clerk.bb", "en"), client_as("warrant.bb", "en")
    write(clerk, to_unit="DI-0203")
    step(clerk, read_letter(), "submit")
    step(clerk, read_letter(), "correction")
    assert "Only the author" in step(colleague, read_letter(1), "submit").text
    assert [read_letter(at).state for at in range(2)] == ["sent", "draft"]
    assert read_letter().recipients[0].is_pending


def test_correction_of_an_unopened_letter_leaves_no_receipt(client_as, db_session, each_database):
    letter = send_letter(client_as)
    clerk, receiver = client_as("clerk.bb", "en"), client_as("clerk.pp", "en")
    step(clerk, letter, "correction")
    edit_reply(clerk, 1, to_unit="PC-12", text="អត្ថបទកែ")
    assert step(client_as("chief.bb", "en"), read_letter(1), "sign").status_code == 302
    assert receiver.get(f"/letter/show/{letter.id}").status_code == 200
    assert read_letter().recipients[0].opened_at is None


def ask_back(client_as, letter):
    """Let Phnom Penh ask the sender a question about the letter."""
    receiver = client_as("clerk.pp", "en")
    receiver.get(f"/letter/show/{letter.id}")
    step(receiver, letter, "question")
    edit_reply(receiver, 1, text="ឆ្នាំណា?")
    assert step(client_as("monitor", "en"), read_letter(1), "sign").status_code == 302


def set_back(db_session, **values):
    """Write these values into the recipient of the first letter, as time alone would."""
    act_as(db_session, SYSTEM)
    recipient = LetterRecipient.__table__
    db_session.connection().execute(recipient.update().where(recipient.c.letter_id == 1).values(**values))
    db_session.commit()


@pytest.mark.parametrize("end", ["answer", "decline", "withdraw"])
def test_a_question_stops_the_clock_until_it_ends(client_as, db_session, each_database, end):
    letter = send_letter(client_as)
    ask_back(client_as, letter)
    due, now = read_letter().recipients[0].due_at, dates.now()
    set_back(db_session, next_step_at=now - timedelta(hours=1), asked_back_at=now - timedelta(days=2))
    assert escalation.escalate_letters(db_session) == 0 and "letter.reminder" not in list_keys()
    assert "Waits for the sender since" in client_as("clerk.bb", "en").page(f"/letter/show/{letter.id}").text
    clerk, chief, question = client_as("clerk.bb", "en"), client_as("chief.bb", "en"), read_letter(1)
    if end == "withdraw":
        step(client_as("clerk.pp", "en"), question, "withdraw")
    elif end == "decline":
        assert step(chief, question, "decline", reason="មិនដឹង").status_code == 302
    else:
        step(clerk, question, "answer")
        edit_reply(clerk, 2, to_unit="PC-12")
        assert step(chief, read_letter(2), "sign").status_code == 302
    recipient = read_letter().recipients[0]
    assert recipient.asked_back_at is None and recipient.is_pending
    assert timedelta(days=2) <= recipient.due_at - due < timedelta(days=3)
    assert recipient.next_step_at > dates.now()
    assert read_letter().due_at == due, "the deadline on the paper stays"


def test_officer_does_not_change_the_clock(client_as, db_session, each_database):
    send_letter(client_as)
    for name, value in (("due_at", dates.now()), ("asked_back_at", dates.now())):
        for username in ("clerk.pp", "clerk.bb"):
            with session_as(username) as session:
                setattr(session.scalars(select(LetterRecipient)).unique().one(), name, value)
                with pytest.raises(RuleViolation):
                    session.flush()


def test_answer_to_the_correction_of_a_forwarded_letter_goes_to_the_first_sender(client_as, db_session):
    letter = send_letter(client_as)
    receiver, monitor = client_as("clerk.pp", "en"), client_as("monitor", "en")
    step(receiver, letter, "forward")
    edit_reply(receiver, 1, to_unit="D-CRIM")
    step(monitor, read_letter(1), "sign")
    step(receiver, read_letter(1), "correction")
    edit_reply(receiver, 2, to_unit="D-CRIM", text=f"{read_letter(2).text} សូមជួយ")
    assert step(monitor, read_letter(2), "sign").status_code == 302
    step(client_as("clerk.crim", "en"), read_letter(2), "answer")
    assert read_letter(3).to_unit_code == "PC-02"


def test_overdue_letters_of_the_units_below_are_listed_for_the_chief(client_as, db_session, each_database):
    clerk, chief = client_as("clerk.bb", "en"), client_as("chief.bb", "en")
    write(clerk, to_unit="DI-0203")
    step(clerk, read_letter(), "submit")
    late, link = "/letter/list/?_flt_0_box=late", f"/letter/show/{read_letter().id}"
    assert link not in chief.get(late).text
    set_back(db_session, next_step_at=None)
    act_as(db_session, SYSTEM)
    due = dates.now() - timedelta(days=1)
    db_session.connection().execute(text("UPDATE letter_recipient SET due_at = :due"), {"due": due})
    db_session.commit()
    for name in ("chief.bb", "monitor", "clerk.bb"):
        assert link in client_as(name, "en").get(late).text, name
    row = str(chief.page(late).by_id("main").text)
    assert "Overdue · " in row and "[" not in row and "Deadline" in chief.page(late).text
    assert link not in client_as("clerk.pp").get(late).text


def test_chief_above_acts_for_a_unit_without_an_officer(client_as, db_session, each_database):
    monitor, chief = client_as("monitor", "en"), client_as("chief.bb", "en")
    for _letter in range(2):
        assert write(monitor, to_unit="DI-0203").status_code == 302
    for at in range(2):
        step(monitor, read_letter(at), "submit")
    messages = db.session.query(Message).filter_by(text_key="letter.received")
    assert {(one.to_role, one.to_unit_code) for one in messages} == {("Provincial chief", "PC-02")}
    assert "Decline with a reason" in chief.page(f"/letter/show/{read_letter().id}").text
    assert read_letter().recipients[0].opened_by_id == find_user_id("chief.bb")
    assert step(chief, read_letter(), "decline", reason="មិនមាន").status_code == 302
    assert step(client_as("clerk.bb", "en"), read_letter(1), "decline", reason="មិនមាន").status_code == 422
    step(chief, read_letter(1), "answer")
    edit_reply(chief, 2, to_unit=read_letter(2).to_unit_code)
    answer = step(monitor, read_letter(2), "sign")
    assert answer.status_code == 302, answer.text
    assert [read_letter(at).recipients[0].state for at in range(2)] == ["declined", "answered"]


def test_author_learns_that_no_account_answers_for_a_unit(client_as, db_session):
    clerk = client_as("clerk.bb", "en")
    for at, (unit, is_warned) in enumerate((("PC-01", True), ("PC-12", False), ("DI-0203", False))):
        write(clerk, to_unit=unit)
        shown = client_as("clerk.bb", "en").page(f"/letter/show/{read_letter(at).id}").text
        assert ("No officer of the receiving unit" in shown) == is_warned, unit


@pytest.mark.parametrize("name", ["planning", "quality"])
def test_national_office_answers_or_declines_its_letters(client_as, db_session, name):
    letter = send_letter(client_as, to_unit="D-PLAN")
    officer = client_as(name, "en")
    assert "Decline with a reason" in officer.page(f"/letter/show/{letter.id}").text
    assert step(officer, letter, "answer").status_code == 302
    assert officer.get("/letter/list/").status_code == 403, "it lists no letters of the country"
    assert step(officer, letter, "decline", reason="មិនមាន").status_code == 302


def test_chief_declines_what_another_province_asks_and_only_author_or_chief_withdraws(
    client_as, db_session, each_database
):
    clerk, chief, colleague = (client_as(name, "en") for name in ("clerk.bb", "chief.bb", "warrant.bb"))
    sender = client_as("clerk.pp", "en")
    write(sender, to_unit="PC-02")
    step(sender, read_letter(), "submit")
    step(client_as("monitor", "en"), read_letter(), "sign")
    clerk.get(f"/letter/show/{read_letter().id}")
    answer = step(clerk, read_letter(), "decline", reason="មិនមាន")
    assert answer.status_code == 422 and "only the chief declines" in answer.text and "មិនមាន" in answer.text
    assert step(chief, read_letter(), "decline", reason="មិនមាន").status_code == 302
    write(clerk)
    step(clerk, read_letter(1), "submit")
    step(chief, read_letter(1), "sign")
    assert step(colleague, read_letter(1), "withdraw").status_code == 422
    assert "Withdraw the letter" not in colleague.page(f"/letter/show/{read_letter(1).id}").text
    assert step(chief, read_letter(1), "withdraw").status_code == 302


def test_printed_letter_has_the_heading_and_the_signer_of_its_unit(app, client_as, db_session):
    letter = send_letter(client_as)
    client_as("clerk.pp").page(f"/letter/show/{letter.id}")
    issued = []
    for reader in ("clerk.pp", "clerk.bb"):
        with read_as(app, reader):
            issued.append(official_letters.build_printout(official_letters.load_record(letter.id)).issue)
    assert issued[0] == issued[1]
    unit, chief = db.session.get(Unit, "PC-02"), find_user("chief.bb")
    assert issued[0]["units"][-1] == unit.name_km and issued[0]["signed_by"] == chief.name_km
    assert letter.number in issued[0]["letter"]
    assert dates.format_long_date(letter.sent_at.date(), "km") in issued[0]["civil_day"]


def test_form_of_a_reply_has_no_template_and_no_share_for_a_clerk(client_as, db_session):
    letter = send_letter(client_as)
    receiver = client_as("clerk.pp", "en")
    assert 'name="share_until"' not in receiver.get("/letter/add").text
    assert 'name="share_until"' in client_as("investigator.bb").get("/letter/add").text
    step(receiver, letter, "answer")
    form = receiver.get(f"/letter/edit/{read_letter(1).id}").text
    assert 'name="template"' not in form and 'name="subject"' in form
    task = receiver.get(f"/task/add?letter={letter.id}").text
    assert 'name="letter"' in task and 'name="case"' not in task


def test_signer_reads_who_has_written_the_letter(client_as, db_session):
    write(client_as("clerk.bb"))
    step(client_as("clerk.bb"), read_letter(), "submit")
    page = client_as("chief.bb", "en").page(f"/letter/show/{read_letter().id}").text
    assert f"Written by {find_user('clerk.bb').name_km}" in page
