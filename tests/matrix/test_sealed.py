"""The name of a sealed person is in no response of any channel, also for the officers who may open the record."""

import pytest
from sqlalchemy import select

from app.court_orders.models import CourtOrder
from app.letters.models import Letter
from tests.court_orders.sample_orders import PAPER, add_event, make_active_order
from tests.matrix.provinces import NAME, NAME_LATIN, SECRET, SECRET_LATIN, at_home
from tests.matrix.requests import asks
from tests.matrix.test_protected import make_protected_person
from tests.matrix.test_two_provinces import answer_to, find_revealed, text_of
from tests.retention.sample_acts import add_act, confirm
from tests.sample_rows import acting_as, add_registered_case, make_sample_row, take_step

OPENS = ("RetentionActView.open_record", "RetentionActView.decide")  # tests/retention tests them


@pytest.fixture
def sealed(app, db_session):
    """A filed case of Battambang with a sealed suspect; all texts about the suspect have markers."""
    with app.test_request_context():
        here = at_home()
    person = make_protected_person(14)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(person, "suspect")])
    order = make_active_order(
        person=person,
        number="99/26",
        surname_km=NAME,
        given_km=NAME,
        surname_latin=NAME_LATIN,
        given_latin=SECRET_LATIN,
    )
    add_event(order, "recalled", **PAPER)
    with acting_as("clerk.bb"):
        letter = make_sample_row(Letter, case)
        letter.person, letter.case, letter.text = person, None, f"{SECRET} {SECRET_LATIN}"
        db_session.add(letter)
        db_session.flush()
    for kind in ("at_prosecutor", "filed"):
        take_step(case, kind, "chief.bb")
    here.case = case
    here.rows |= {
        "case": case, "person": person, "involvement": case.involvements[0], "person_document": person.documents[0],
        "person_name": person.names[0], "person_address": person.addresses[0], "person_mark": person.marks[0],
        "person_photo": person.photos[0], "court_order": order, "letter": letter,
    }  # fmt: skip
    act = add_act("seal", person=person)
    confirm(act)
    db_session.commit()
    here.rows["retention_act"] = act
    assert db_session.scalar(select(CourtOrder.id).where(CourtOrder.id == order.id)) == order.id
    return here


@pytest.mark.slow
@pytest.mark.parametrize("username", ["chief.bb", "planning", "clerk.bb"])
def test_no_reader_sees_a_sealed_name_in_any_channel(app, client_as, sealed, username):
    browser = client_as(username)
    words, leaks, token = (NAME, NAME_LATIN, SECRET, SECRET_LATIN), [], browser.token
    for rule, method, ask in list(asks(app, sealed, columns=False)):
        if rule.endpoint in OPENS and method == "POST":
            continue
        answer = answer_to(browser, ask, token)
        found = find_revealed(words, text_of(ask, answer))
        found += find_revealed(words, answer.headers.get("Location", ""))
        if found:
            leaks.append(f"{method} {ask.url} {ask.data or ask.json or ''} ({rule.endpoint}): {found}")
    assert not leaks, f"{len(leaks)}:\n" + "\n".join(leaks[:60])


@pytest.mark.parametrize("kind", ["person", "person_name", "person_photo", "court_order", "letter"])
def test_no_row_of_a_sealed_person_has_a_page(client_as, sealed, kind):
    for username in ("clerk.bb", "investigator.bb", "chief.bb"):
        url = f"/{kind.replace('_', '')}/show/{sealed.rows[kind].id}"
        assert client_as(username).get(url).status_code == 404, (username, url)
