"""Saved searches belong to their owner. A watch belongs to a case, expires, and alerts within the owner's area."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.inbox.models import Message
from app.kernel.text import dates
from app.people.models import PersonName
from app.search.models import SavedSearch, WatchKey, WatchMatch
from tests.html_pages import Page
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.search.conftest import card_names, search_page
from tests.special_access.sample_cases import find_user


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def save_search(browser, text, **filters):
    token = search_page(browser, text, **filters).all("input", name="search")[0]["value"]
    browser.send("/saved-searches/save", {"search": token, "name": "ឈ្មោះដែលឮ"})


def format_day_in(days):
    return f"{dates.now().date() + timedelta(days=days):%d/%m/%Y}"


@pytest.fixture
def watch(chief, country, db_session):
    """Return a function that starts a watch of the chief of Battambang for a name that no person has."""

    def begin(text="Keo Sopheap", **filters):
        save_search(chief, text, **filters)
        search = db_session.scalars(select(SavedSearch).order_by(SavedSearch.id.desc())).first()
        answer = chief.send(
            f"/saved-searches/{search.id}/watch",
            {"case_number": country.case.number, "purpose": "investigation", "until": format_day_in(30)},
        )
        assert answer.status_code == 302, Page(answer.text).text
        db_session.expire_all()
        return search

    return begin


def make_sopheap(number=20, **over):
    names = {"surname_km": "កែវ", "given_km": "សុភាព", "surname_latin": "Keo", "given_latin": "Sopheap"}
    return make_registered_person(number, **names | over)


def add_person_with_case(db_session, person, writer="clerk.bb", place=BATTAMBANG, role="suspect"):
    with acting_as(writer):
        add_registered_case(place=place, people=[(person, role)])
        db_session.commit()
    return person


def sent_alerts(db_session):
    db_session.expire_all()
    found = select(Message).where(Message.text_key == "watch.matched").order_by(Message.id)
    return db_session.scalars(found).all()


def test_saved_search_is_opened_and_deleted(clerk, country, db_session, log):
    save_search(clerk, "sok dara", sex="M")
    page = clerk.page("/find/")
    assert "ឈ្មោះដែលឮ" in page.text
    (search,) = db_session.scalars(select(SavedSearch))
    assert card_names(
        Page.from_response(clerk.send(f"/saved-searches/{search.id}/open", follow_redirects=True))
    ) == ["សុខ ដារ៉ា"]
    clerk.send(f"/saved-searches/{search.id}/delete")
    assert "ឈ្មោះដែលឮ" not in clerk.page("/find/").text
    assert len(log("search.saved")) == len(log("search.deleted")) == 1


def test_saved_search_of_other_user_is_not_found(clerk, chief, country, db_session):
    save_search(clerk, "sok dara")
    (search,) = db_session.scalars(select(SavedSearch))
    assert "ឈ្មោះដែលឮ" not in chief.page("/find/").text
    for act in ("open", "drop", "watch", "end"):
        assert chief.send(f"/saved-searches/{search.id}/{act}").status_code == 404


def test_watch_alerts_once_for_new_person(watch, db_session, log, each_database):
    search = watch()
    person = add_person_with_case(db_session, make_sopheap())
    (message,) = sent_alerts(db_session)
    assert message.to_user_id == find_user("chief.bb").id and message.entity_id == person.id
    assert message.facts == {"person": person.number, "watch": search.id, "case": search.case_number}
    add_person_with_case(db_session, person)
    assert len(sent_alerts(db_session)) == 1
    assert log("watch.matched")[0].entity_id == search.id


def test_watch_alerts_for_spelling_and_alias(watch, country, db_session, each_database):
    watch()
    add_person_with_case(
        db_session, make_sopheap(21, surname_km="កែវ", given_km="សុភាប", given_latin="Sopheab")
    )
    with acting_as("clerk.bb"):
        country.dara.names.append(PersonName(kind="alias", text_latin="Keo Sopheap"))
        db_session.commit()
    assert len(sent_alerts(db_session)) == 2


def test_watch_ignores_other_name(watch, db_session, each_database):
    watch()
    add_person_with_case(db_session, make_registered_person(22))
    assert sent_alerts(db_session) == []


def test_watch_ignores_person_outside_area(watch, db_session, each_database):
    watch()
    person = add_person_with_case(db_session, make_sopheap(), "clerk.pp", PHNOM_PENH)
    assert sent_alerts(db_session) == []
    add_person_with_case(db_session, person)  # now in Battambang too
    assert [one.entity_id for one in sent_alerts(db_session)] == [person.id]


def test_watch_ignores_protected_victim(watch, db_session):
    watch()
    with acting_as("clerk.bb"):
        people = [(make_sopheap(), "victim"), (make_registered_person(24), "suspect")]
        add_registered_case(people=people, sensitivity="sexual")
        db_session.commit()
    assert sent_alerts(db_session) == []


def test_watch_compares_sex_and_birth(watch, db_session):
    watch(sex="F", born_from="1985")
    add_person_with_case(db_session, make_sopheap(25))
    assert sent_alerts(db_session) == []
    add_person_with_case(db_session, make_sopheap(26, sex="F"))
    assert len(sent_alerts(db_session)) == 1


def test_watch_ignores_rolled_back_change(watch, db_session):
    watch()
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_sopheap(), "suspect")])
        db_session.rollback()
    add_person_with_case(db_session, make_registered_person(27))
    assert sent_alerts(db_session) == []


def test_watch_knows_current_matches(watch, country, db_session):
    search = watch("sok dara")
    with acting_as("clerk.bb"):
        country.dara.given_km = "ដារា"
        db_session.commit()
    assert sent_alerts(db_session) == []
    assert db_session.get(WatchMatch, (search.id, country.dara.id))


def test_watch_expires(watch, db_session):
    search = watch()
    search.watched_until = dates.now() - timedelta(minutes=1)
    db_session.commit()
    add_person_with_case(db_session, make_sopheap())
    assert sent_alerts(db_session) == []


def test_watch_ended_by_owner_stops(watch, chief, db_session, log):
    search = watch()
    chief.send(f"/saved-searches/{search.id}/end-watch")
    add_person_with_case(db_session, make_sopheap())
    assert sent_alerts(db_session) == [] and not db_session.scalars(select(WatchKey)).all()
    assert [len(log(f"watch.{act}")) for act in ("started", "ended")] == [1, 1]
    assert log("watch.started")[0].facts["case"]


@pytest.mark.parametrize(
    "wrong",
    [{"case_number": ""}, {"case_number": "99-2020-000001"}, {"until": format_day_in(91)}, {"until": format_day_in(0)}, {"until": ""}, {"purpose": ""}],
)  # fmt: skip
def test_watch_without_case_purpose_or_end_is_refused(chief, country, db_session, wrong):
    save_search(chief, "Keo Sopheap")
    (search,) = db_session.scalars(select(SavedSearch))
    typed = {"case_number": country.case.number, "purpose": "investigation", "until": format_day_in(30)}
    assert chief.send(f"/saved-searches/{search.id}/watch", typed | wrong).status_code == 422
    db_session.expire_all()
    assert not db_session.get(SavedSearch, search.id).is_watch


def test_watch_for_case_outside_area_is_refused(chief, country, db_session):
    save_search(chief, "Keo Sopheap")
    (search,) = db_session.scalars(select(SavedSearch))
    typed = {"case_number": country.far.number, "purpose": "investigation", "until": format_day_in(30)}
    assert chief.send(f"/saved-searches/{search.id}/watch", typed).status_code == 422


def test_watch_number_is_in_khmer_digits(chief, watch):
    watch()
    assert "ការជូនដំណឹងស្វ័យប្រវត្តិលេខ ១" in chief.page("/find/").text


def test_watch_without_name_is_refused(chief, country, db_session):
    save_search(chief, "010000000")
    (search,) = db_session.scalars(select(SavedSearch))
    assert chief.get(f"/saved-searches/{search.id}/watch").status_code == 302
