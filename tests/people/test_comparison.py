"""A nationwide comparison answers for a protected person as for an unknown one, is limited and is logged."""

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, select, update

from app.accounts.models import LoginSession
from app.audit_review import canary_records
from app.cases.models import Case
from app.duplicates import protected_matches
from app.duplicates.models import Duplicate
from app.extensions import db
from app.inbox.models import Message
from app.kernel.audit import rate_limit
from app.kernel.audit.models import QuestionCount
from app.kernel.audit.recorder import AuditEvent
from app.kernel.database.engine import dialect_name
from app.people.models import Person, PersonDocument
from tests.cases.form_data import make_person, make_theft
from tests.cases.test_entry_api import make_body
from tests.duplicates.sample_pairs import REASON
from tests.html_pages import Page
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program
from tests.statement_counts import counted

NUMBER, UNKNOWN_NUMBER = "098765432", "098765431"
NAME = {
    "surname_km": "ទេព", "given_km": "ណារ៉េត", "surname_latin": "Tep", "given_latin": "Nareth",
    "father_name": "ទេព ឆាយា",
}  # fmt: skip
UNKNOWN_NAME = {
    "surname_km": "ទេស", "given_km": "ណារ៉េន", "surname_latin": "Tes", "given_latin": "Narenh",
    "father_name": "ទេស ឆាយុ",
}  # fmt: skip


def add_person(place, writer, role, **over):
    person = make_registered_person(number=5, **NAME | over)
    person.documents[0].number = NUMBER
    with acting_as(writer):
        add_registered_case(place=place, people=[(person, role)])
        db.session.commit()
    return person


OWN_AREA, ELSEWHERE = (BATTAMBANG, "clerk.bb"), (PHNOM_PENH, "clerk.pp")


@pytest.fixture
def witness(db_session):
    """A protected witness of another area."""
    return add_person(*ELSEWHERE, "witness")


@dataclass(frozen=True)
class Question:
    """What the clerk enters: a document number and a name."""

    number: str
    name: dict

    @property
    def fields(self):
        identity = {f"people-0-person-{name}": value for name, value in self.name.items()}
        return identity | {"people-0-document-number": self.number, "people-0-person-born_on": "06-01-1990"}


PROTECTED, UNKNOWN = Question(NUMBER, NAME), Question(UNKNOWN_NUMBER, UNKNOWN_NAME)


def check_entry(browser, question):
    return browser.send("/entry/token-of-a-test/check", make_theft(question.fields))


def save_entry(browser, question):
    return browser.send("/entry/token-of-a-test", make_theft(question.fields))


def post_case(browser, question):
    return browser.post(
        "/api/v1/cases/", json=make_body(question.fields), headers={"X-CSRFToken": browser.token}
    )


def add_document(browser, question):
    values = {"person": find_own_person(), "kind": "national_id", "number": question.number, "country": "KH"}
    return browser.send("/persondocument/add", values)


def post_document(browser, question):
    values = {"person": find_own_person(), "kind": "national_id", "number": question.number, "country": "KH"}
    return browser.post("/api/v1/person-documents/", json=values, headers={"X-CSRFToken": browser.token})


def look_up(name, text_of):
    return lambda browser, question: browser.send(f"/lookup/{name}", {"q": text_of(question)})


def search(browser, question):
    return browser.send("/find/", {"q": question.number})


QUESTIONS = {
    "check": check_entry,
    "entry": save_entry,
    "entry by API": post_case,
    "document": add_document,
    "document by API": post_document,
    "card by number": look_up("card", lambda question: question.number),
    "card by name": look_up("card", lambda question: question.name["surname_latin"]),
    "person by number": look_up("person", lambda question: question.number),
    "search": search,
}


def find_own_person():
    """Return the id of the person of the clerk who gets a document; make one if there is none."""
    found = db.session.scalar(select(Person.id).where(Person.surname_km == "ហេង"))
    if found is None:
        with acting_as("clerk.bb"):
            own = make_registered_person(number=8, surname_km="ហេង", surname_latin="Heng")
            add_registered_case(people=[(own, "suspect")])
            db.session.commit()
            found = own.id
    return found


def observe(register, browser, ask, question):
    """Return all that a user can observe of an answer; numbers that count records are replaced."""
    with counted(register) as statements:
        answer = ask(browser, question)
    text = answer.text
    for typed in (question.number, *question.name.values()):
        text = text.replace(typed, "?" * len(typed))
    text = re.sub(r'="?[\w.+/-]{20,}=*"', "", text)  # tokens
    text = re.sub(r"\d", "0", text)
    location = re.sub(r"\d+", "0", answer.headers.get("Location", ""))
    return answer.status_code, location, text, len(text.encode()), [one.split(" ")[0] for one in statements]


@pytest.mark.parametrize("channel", QUESTIONS)
@pytest.mark.parametrize(
    "of_case",
    [pytest.param(OWN_AREA, id="own area", marks=pytest.mark.slow), pytest.param(ELSEWHERE, id="elsewhere")],
)
def test_protected_person_answers_as_an_unknown_one(
    register, each_database, db_session, client_as, of_case, channel
):
    answers = []
    for question in (UNKNOWN, PROTECTED, UNKNOWN):  # the first fills the caches
        db_session.remove()
        register.set_back()
        add_person(*of_case, "witness")
        find_own_person()
        answers.append(observe(register, client_as("clerk.bb"), QUESTIONS[channel], question))
    _first, protected, unknown = answers
    assert protected[0] in (200, 201, 302)
    assert protected == unknown


def test_save_of_a_protected_person_proceeds_and_the_owner_gets_a_task(
    db_session, each_database, client_as, clerk, witness
):
    protected_matches.find_protected_matches(db_session)  # begins to follow the log
    assert save_entry(clerk, PROTECTED).status_code == 302
    assert db.session.scalars(select(Duplicate)).all() == []
    case = db.session.scalars(select(Case).order_by(Case.id.desc())).first()
    entered = case.involvements[0].person
    assert protected_matches.find_protected_matches(db_session) == 1
    assert protected_matches.find_protected_matches(db_session) == 0
    (pair,) = db.session.scalars(select(Duplicate)).all()
    assert pair.ids == (witness.id, entered.id)
    (task,) = db.session.scalars(select(Message).where(Message.text_key == protected_matches.TEXT)).all()
    owner = db.session.scalars(select(Case).order_by(Case.id)).first()
    assert (task.to_role, task.to_unit_code) == ("Provincial chief", owner.unit_code)
    assert task.facts["person"] == entered.number and task.facts["case"] == owner.number
    for username in ("clerk.bb", "clerk.pp", "chief.bb", "twg"):
        assert client_as(username).get(f"/duplicate/show/{pair.id}").status_code == 404


def test_chief_compares_a_revealed_person_and_the_task_ends(db_session, each_database, client_as, clerk):
    witness = add_person(*OWN_AREA, "witness")
    protected_matches.find_protected_matches(db_session)
    save_entry(clerk, PROTECTED)
    protected_matches.find_protected_matches(db_session)
    pair, chief = db.session.scalars(select(Duplicate)).one(), client_as("chief.bb")
    row = db.session.scalars(select(Case).order_by(Case.id)).first().involvements[0]
    assert row.person_id == witness.id
    assert chief.send(f"/reveal/{row.id}", {"reason": REASON}).status_code == 302
    assert chief.get(f"/duplicate/show/{pair.id}").status_code == 200
    assert chief.send(f"/duplicate/dismiss/{pair.id}", {"dismissal": REASON}).status_code == 302
    task = db.session.scalars(select(Message).where(Message.text_key == protected_matches.TEXT)).one()
    assert task.done_at is not None


def load_searches():
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == "access.searched")).all()


def test_repeated_comparison_is_one_row_in_the_log(db_session, each_database, clerk):
    holder = add_person(*ELSEWHERE, "suspect")
    for _key in range(3):
        assert holder.number in check_entry(clerk, PROTECTED).json["problems"][0]["text"]
    (event,) = load_searches()
    assert (event.facts["source"], event.facts["people"]) == ("compare", [holder.id])
    assert (event.purpose, event.facts["draft"]) == ("data_entry", "token-of-a-test")
    assert NUMBER in event.facts["private"]["text"]
    check_entry(clerk, UNKNOWN)
    assert [one.facts["people"] for one in load_searches()] == [[holder.id], []]


@pytest.mark.parametrize("channel", ["entry", "entry by API"])
def test_comparison_of_a_refused_save_is_logged(db_session, each_database, clerk, channel):
    holder = add_person(*ELSEWHERE, "suspect")
    assert QUESTIONS[channel](clerk, PROTECTED).status_code == 422
    assert [one.facts["people"] for one in load_searches()] == [[holder.id]]


def test_comparison_of_a_save_is_logged_with_the_save(db_session, register, each_database, clerk):
    with counted(register) as statements:
        assert save_entry(clerk, UNKNOWN).status_code == 302
    assert [one.facts["people"] for one in load_searches()] == [[]]
    appended = [one for one in statements if one.startswith("INSERT INTO audit_entry")]
    assert len(appended) == 1, "one statement appends all events of the save"


def test_canary_found_by_a_comparison_alerts_the_auditors(db_session, each_database, clerk):
    holder = add_person(*ELSEWHERE, "suspect")
    canary_records.add_canary(db_session, holder.id)
    db_session.commit()
    for _time in range(2):
        check_entry(clerk, PROTECTED)
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "canary.viewed")).all()
    assert [one.entity_id for one in events] == [holder.id]


def test_comparison_outside_an_entry_needs_a_purpose(db_session, clerk):
    number = find_own_person()
    db_session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()
    values = {"person": number, "kind": "national_id", "number": NUMBER, "country": "KH"}
    assert clerk.send("/persondocument/add", values).status_code == 428
    Program(clerk).post("person-documents/", values, 428)
    assert db.session.scalar(select(PersonDocument.id).where(PersonDocument.number == NUMBER)) is None


def let_a_minute_pass():
    rate_limit._asked.clear()
    db.session.execute(delete(QuestionCount))
    db.session.commit()


@pytest.fixture
def few_questions(app, monkeypatch):
    """Let a user ask two questions in a minute; this process has counted none yet."""
    rate_limit._asked.clear()
    monkeypatch.setitem(app.config, "QUESTIONS_PER_MINUTE", 2)


@pytest.mark.parametrize("channel", ["check", "entry by API", "card by number", "search"])
def test_questions_are_limited_and_auditors_alerted(db_session, each_database, few_questions, clerk, channel):
    ask = QUESTIONS[channel]
    answers = [ask(clerk, Question(f"09876543{n}", NAME | {"given_latin": f"Nareth{n}"})) for n in range(4)]
    assert [one.status_code for one in answers][2:] == [429, 429]
    assert all(1 <= int(one.headers["Retry-After"]) <= 60 for one in answers[2:])
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "request.denied")).all()
    assert [one.facts["by"] for one in events] == ["rate", "rate"]
    (message,) = db.session.scalars(select(Message).where(Message.text_key == "access.rate_limited")).all()
    assert (message.to_role, message.facts["count"]) == ("Auditor", 2)
    let_a_minute_pass()
    assert ask(clerk, UNKNOWN).status_code != 429


def test_one_form_with_many_people_counts_as_many_questions(db_session, few_questions, clerk):
    people = [make_person(n, **{"document-number": f"0987654{n:02d}"}) for n in range(11)]
    form = make_theft({}, *people)
    answer = clerk.send("/entry/token-of-a-test/check", form)
    assert answer.status_code == 429 and "P-" not in Page(answer.text).text


def test_processes_of_a_server_count_questions_together(db_session, few_questions, each_database, clerk):
    """A process that has counted nothing itself knows the questions of the others. SQLite serves small offices only."""
    if dialect_name(db_session) == "sqlite":
        return
    ask = QUESTIONS["search"]
    answers = []
    for number in range(4):
        rate_limit._asked.clear()  # another process answers
        answers.append(ask(clerk, Question(f"09876543{number}", NAME)).status_code)
    assert answers[2:] == [429, 429]


def test_numbers_of_items_have_a_limit_of_their_own(db_session, each_database, app, monkeypatch, clerk):
    rate_limit._asked.clear()
    monkeypatch.setitem(app.config, "ITEM_NUMBERS_PER_MINUTE", 3)
    codes = [clerk.send("/find/", {"q": f"2CB-{number}"}).status_code for number in range(1000, 1005)]
    assert codes == [200, 200, 200, 429, 429]
    assert clerk.send("/find/", {"q": "Sok Dara"}).status_code == 200, "a name is not a number"
    assert db.session.scalars(select(Message).where(Message.text_key == "access.rate_limited")).all()
