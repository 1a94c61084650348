"""No letter names a protected person, and the comparison of its text is a question about people."""

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.kernel.text.khmer import to_khmer_digits
from app.letters.models import Letter
from app.letters.protected_names import names_protected_person
from tests import sample_rows
from tests.cases.test_row_filter import session_as
from tests.letters.sample_letters import read_letter, send_letter, step, write
from tests.statement_counts import counted


def test_protected_name_never_travels(client_as, db_session):
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    clerk, chief, case_id = client_as("clerk.bb", "en"), client_as("chief.bb", "en"), case.id
    names = "សូមស្តាប់ ចាន់ សុផល្លា", "ចាន់-សុផល្លា", "សុផល្លា ចាន់", "SOK, dara ii"
    for number, words in enumerate(names):
        assert write(clerk, case=case_id, text=words, to_unit="DI-0203").status_code == 302
        letter = read_letter(number)
        assert step(clerk, letter, "submit").status_code == 302
        answer = step(chief, letter, "sign")
        assert answer.status_code == 422 and "identity is protected" in answer.text, words
        assert read_letter(number).state == "waiting"
        answer = step(chief, letter, "return", reason=words)
        assert answer.status_code == 422 and "Write no name of a person here" in answer.text, words
    assert write(clerk, case=case_id, text="សូមស្តាប់ជនរងគ្រោះ", to_unit="DI-0203").status_code == 302
    step(clerk, read_letter(-1), "submit")
    assert step(chief, read_letter(-1), "sign").status_code == 302 and read_letter(-1).state == "sent"


def make_protected_victim():
    """Return (person, case) of a victim whose name is protected."""
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    db.session.commit()
    return victim, case


@pytest.mark.parametrize("unit", ["DI-0203", "PC-12"])
def test_number_in_the_text_counts_as_the_record(client_as, db_session, each_database, unit):
    victim, case = make_protected_victim()
    in_khmer = to_khmer_digits(case.number).replace("-", " – ")
    clerk, chief = client_as("clerk.bb", "en"), client_as("chief.bb", "en")
    for at, number in enumerate((case.number, in_khmer, victim.number)):
        text = f"ជនរងគ្រោះ ចាន់ សុផល្លា នៃលេខ {number}"
        assert write(clerk, text=text, to_unit=unit).status_code == 302
        step(clerk, read_letter(at), "submit")
        assert read_letter(at).state == "waiting", number
        answer = step(chief, read_letter(at), "sign")
        assert answer.status_code == 422 and "identity is protected" in answer.text, number


def test_protected_name_of_the_area_does_not_travel_without_a_record(client_as, db_session, each_database):
    make_protected_victim()
    clerk, chief = client_as("clerk.bb", "en"), client_as("chief.bb", "en")
    for at, words in enumerate(("ចាន់ សុផល្លា ជាសាក្សី", "សូមស្តាប់ ចាន់-សុផល្លា", "SOK, dara ii")):
        assert write(clerk, template="notice", text=words, to_unit="DI-0203").status_code == 302
        answer = step(clerk, read_letter(at), "submit")
        assert "protected" not in clerk.get(answer.location).text, "the author learns nothing about the name"
        assert read_letter(at).state == "waiting", words
        answer = step(chief, read_letter(at), "sign")
        assert answer.status_code == 422 and "identity is protected" in answer.text, words
    assert (
        write(clerk, template="notice", text="ជូនដំណឹង", subject="ចាន់សុផល្លា", to_unit="DI-0203").status_code
        == 302
    )
    step(clerk, read_letter(-1), "submit")
    assert read_letter(-1).state == "waiting", "the subject leaves too"
    for words in ("ចាន់ បានប្តឹង", "ឈ្មោះ សុផល្លា"):
        assert write(clerk, template="notice", text=words, to_unit="DI-0203").status_code == 302
        assert step(clerk, read_letter(-1), "submit").status_code == 302
        assert read_letter(-1).state == "sent", (
            "a part of the name is compared with the people of the record only"
        )


def test_reason_names_no_protected_person_of_the_receiving_area(client_as, db_session, each_database):
    letter = send_letter(client_as)
    with sample_rows.acting_as("clerk.pp"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        sample_rows.add_registered_case(
            sample_rows.PHNOM_PENH, people=[(victim, "victim")], sensitivity="sexual"
        )
    db_session.commit()
    answer = step(client_as("clerk.pp", "en"), letter, "decline", reason="ចាន់ សុផល្លា")
    assert answer.status_code == 422 and "Write no name of a person here" in answer.text


def test_flush_refuses_to_send_a_protected_name_of_the_area(client_as, db_session):
    make_protected_victim()
    clerk = client_as("clerk.bb", "en")
    assert write(clerk, template="notice", text="ចាន់ សុផល្លា", to_unit="DI-0203").status_code == 302
    letter_id = read_letter().id
    with session_as("clerk.bb") as session:
        letter = session.get(Letter, letter_id)
        letter.state, letter.number, letter.sent_at = "sent", "L-2026-000001", dates.now()
        with pytest.raises(RuleViolation, match="ប្រធានអង្គភាពចុះហត្ថលេខា"):
            session.flush()


def test_letter_about_a_person_whom_the_area_sees_is_sent(client_as, db_session, each_database):
    victim, _case = make_protected_victim()
    with sample_rows.acting_as("clerk.bb"):
        sample_rows.add_registered_case(people=[(victim, "suspect")])
    db_session.commit()
    clerk = client_as("clerk.bb", "en")
    assert write(clerk, template="notice", text="ចាន់ សុផល្លា", to_unit="DI-0203").status_code == 302
    step(clerk, read_letter(), "submit")
    assert read_letter().state == "sent", "the card of the suspect has the name"


def test_short_forms_of_a_protected_name_are_compared(db_session, each_database):
    _victim, case = make_protected_victim()
    case_id = case.id
    with session_as("chief.bb") as session:
        letter = Letter(case=session.get(Case, case_id), subject="ស្នើ", text="អត្ថបទ")
        named = (
            "ស្រីឈ្មោះ សុផល្លា", "ស្រីឈ្មោះសុផល្លាបានប្តឹង", "ចាន់ (ស្រី) សុផល្លា", "ច. សុផល្លា", "ចាន់១សុផល្លា", "ចាន់ ស.",
            "ស. ចាន់", "Dara II", "SOK D.",
        )  # fmt: skip
        for words in named:
            assert names_protected_person(session, letter, words), words
        for words in ("ជនរងគ្រោះក្នុងសំណុំរឿង", "ចាន់ បានប្តឹង", "ស. ច.", "ក. ចាន់", "Daramony"):
            assert not names_protected_person(session, letter, words), words


def test_given_name_that_is_a_month_or_part_of_a_word_is_compared_with_its_surname(db_session):
    with sample_rows.acting_as("clerk.bb"):
        people = [
            sample_rows.make_registered_person(at, surname_km="ចាន់", given_km=given)
            for at, given in enumerate(("សីហា", "សុខា"), 1)
        ]
        case = sample_rows.add_registered_case(
            people=[(one, "victim") for one in people], sensitivity="sexual"
        )
    db_session.commit()
    case_id = case.id
    with session_as("chief.bb") as session:
        letter = Letter(case=session.get(Case, case_id), subject="ស្នើ", text="អត្ថបទ")
        for words in ("ថ្ងៃទី៣ ខែសីហា ឆ្នាំ២០២៦", "មណ្ឌលសុខាភិបាល"):
            assert not names_protected_person(session, letter, words), words
        for words in ("ចាន់ សីហា", "ឈ្មោះសុខាបានប្តឹង", "នាង សុខា"):
            assert names_protected_person(session, letter, words), words


def test_a_draft_tells_no_protected_name(client_as, db_session, register, each_database):
    """A clerk may write any list of names: what follows is the same with and without the name."""
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    clerk, found, case_id = client_as("clerk.bb", "en"), [], case.id
    for words in ("សូមស្តាប់ចាន់សុផល្លា", "សូមស្តាប់ចាន់សុផល្លី"):
        with counted(register) as asked:
            answer = write(clerk, case=case_id, text=words, to_unit="DI-0203")
        sent = step(clerk, read_letter(-1), "submit")
        found.append((len(asked), answer.status_code, sent.status_code, read_letter(-1).state))
        assert "RateLimit" not in answer.headers
    assert found[0] == found[1] and found[0][1:] == (302, 302, "waiting")
    too_long = write(clerk, case=case_id, text="ចាន់សុផល្លា " * 800)
    assert too_long.status_code == 422 and "identity is protected" not in too_long.text


def test_a_letter_about_a_person_does_not_tell_where_the_person_is_protected(
    client_as, db_session, each_database
):
    people = []
    for number in (1, 2):
        with sample_rows.acting_as("clerk.bb"):
            people.append(sample_rows.make_registered_person(number))
            sample_rows.add_registered_case(people=[(people[-1], "suspect")])
    with sample_rows.acting_as("clerk.pp"):
        sample_rows.add_registered_case(
            sample_rows.PHNOM_PENH, people=[(people[0], "victim")], sensitivity="sexual"
        )
    db_session.commit()
    clerk, found = client_as("clerk.bb", "en"), []
    for number, person in enumerate(people):
        answer = write(clerk, person=person.id, text=f"សូមផ្ញើ {person}", to_unit="DI-0203")
        sent = step(clerk, read_letter(number), "submit")
        headers = [{name for name in one.headers if "Rate" in name} for one in (answer, sent)]
        found.append((answer.status_code, sent.status_code, read_letter(number).state, headers))
    assert found[0] == found[1] and found[0][2] == "sent"


def test_guess_of_a_protected_name_is_logged_and_limited(
    client_as, db_session, app, monkeypatch, each_database
):
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    clerk, chief, victim_id = client_as("clerk.bb", "en"), client_as("chief.bb", "en"), victim.id
    assert write(clerk, case=case.id, text="សូមស្តាប់ចាន់សុផល្លា").status_code == 302
    letter = read_letter()
    step(clerk, letter, "submit")
    assert step(chief, letter, "sign").status_code == 422
    (event,) = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "access.searched"))
    assert event.facts["people"] == [victim_id]
    monkeypatch.setitem(app.config, "QUESTIONS_PER_MINUTE", 2)
    reasons = [step(chief, letter, "return", reason=f"សូមស្តាប់ចាន់សុផល្លា {number}") for number in range(4)]
    assert reasons[-1].status_code == 429


def test_a_long_letter_is_one_question_and_a_refused_one_is_many(client_as, db_session, app, monkeypatch):
    with sample_rows.acting_as("clerk.bb"):
        victim = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    db_session.commit()
    clerk, chief = client_as("clerk.bb", "en"), client_as("chief.bb", "en")
    write(clerk, case=case.id, text="សូមស្តាប់ចាន់សុផល្លា")
    for _letter in range(3):
        assert write(clerk, case=case.id, text="សូមស្តាប់សាក្សី " * 500).status_code == 302
    monkeypatch.setitem(app.config, "QUESTIONS_PER_MINUTE", 25)
    for number in range(1, 4):
        step(clerk, read_letter(number), "submit")
        assert step(chief, read_letter(number), "sign").status_code == 302
    step(clerk, read_letter(), "submit")
    assert [step(chief, read_letter(), "sign").status_code for _time in range(2)] == [422, 429]
