"""Saved searches are their owner's alone; a watch rests on a case, ends by itself, and tells of a new match in the part."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.inbox.models import Message
from app.kernel.text import dates
from app.people.models import PersonName
from app.search.models import SavedSearch, WatchKey, WatchMatch
from tests.html_pages import Page
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, a_registered_case, a_registered_person, written_by
from tests.search.conftest import asked, names_of
from tests.special_access.sample_cases import user


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


def keep(browser, text, **filters):
    slip = asked(browser, text, **filters).all("input", name="slip")[0]["value"]
    browser.send("/saved-searches/keep", {"slip": slip, "name": "ឈ្មោះដែលឮ"})


def in_days(days):
    return f"{dates.now().date() + timedelta(days=days):%d/%m/%Y}"


@pytest.fixture
def watch(chief, country, db_session):
    """A watch of the chief of Battambang for a name that nobody bears yet."""

    def begin(text="Keo Sopheap", **filters):
        keep(chief, text, **filters)
        search = db_session.scalars(select(SavedSearch).order_by(SavedSearch.id.desc())).first()
        answer = chief.send(
            f"/saved-searches/{search.id}/watch",
            {"case_number": country.case.number, "purpose": "investigation", "until": in_days(30)},
        )
        assert answer.status_code == 302, Page(answer.text).text
        db_session.expire_all()
        return search

    return begin


def sopheap(number=20, **over):
    names = {"surname_km": "កែវ", "given_km": "សុភាព", "surname_latin": "Keo", "given_latin": "Sopheap"}
    return a_registered_person(number, **names | over)


def register(db_session, person, writer="clerk.bb", place=BATTAMBANG, role="suspect"):
    with written_by(writer):
        a_registered_case(place=place, people=[(person, role)])
        db_session.commit()
    return person


def told(db_session):
    db_session.expire_all()
    found = select(Message).where(Message.text_key == "watch.matched").order_by(Message.id)
    return db_session.scalars(found).all()


def test_a_search_is_kept_asked_again_and_let_go(clerk, country, db_session, log):
    keep(clerk, "sok dara", sex="M")
    page = clerk.page("/find/")
    assert "ឈ្មោះដែលឮ" in page.text
    (search,) = db_session.scalars(select(SavedSearch))
    assert names_of(Page.of(clerk.send(f"/saved-searches/{search.id}/open", follow_redirects=True))) == [
        "សុខ ដារ៉ា"
    ]
    clerk.send(f"/saved-searches/{search.id}/drop")
    assert "ឈ្មោះដែលឮ" not in clerk.page("/find/").text
    assert len(log("search.saved")) == len(log("search.dropped")) == 1


def test_nobody_else_has_a_search_of_mine(clerk, chief, country, db_session):
    keep(clerk, "sok dara")
    (search,) = db_session.scalars(select(SavedSearch))
    assert "ឈ្មោះដែលឮ" not in chief.page("/find/").text
    for act in ("open", "drop", "watch", "end"):
        assert chief.send(f"/saved-searches/{search.id}/{act}").status_code == 404


def test_a_new_person_of_that_name_is_told_once(watch, db_session, log, each_database):
    search = watch()
    person = register(db_session, sopheap())
    (message,) = told(db_session)
    assert message.to_user_id == user("chief.bb").id and message.entity_id == person.id
    assert message.facts == {"person": person.number, "watch": search.id, "case": search.case_number}
    register(db_session, person)
    assert len(told(db_session)) == 1
    assert log("watch.matched")[0].entity_id == search.id


def test_another_spelling_and_another_name_are_told_as_well(watch, country, db_session, each_database):
    watch()
    register(db_session, sopheap(21, surname_km="កែវ", given_km="សុភាប", given_latin="Sopheab"))
    with written_by("clerk.bb"):
        country.dara.names.append(PersonName(kind="alias", text_latin="Keo Sopheap"))
        db_session.commit()
    assert len(told(db_session)) == 2


def test_another_name_is_not_told(watch, db_session, each_database):
    watch()
    register(db_session, a_registered_person(22))
    assert told(db_session) == []


def test_nobody_beyond_the_part_is_told(watch, db_session, each_database):
    watch()
    person = register(db_session, sopheap(), "clerk.pp", PHNOM_PENH)
    assert told(db_session) == []
    register(db_session, person)  # and then in Battambang
    assert [one.entity_id for one in told(db_session)] == [person.id]


def test_a_protected_victim_is_not_told(watch, db_session):
    watch()
    with written_by("clerk.bb"):
        people = [(sopheap(), "victim"), (a_registered_person(24), "suspect")]
        a_registered_case(people=people, sensitivity="sexual")
        db_session.commit()
    assert told(db_session) == []


def test_sex_and_birth_are_heeded(watch, db_session):
    watch(sex="F", born_from="1985")
    register(db_session, sopheap(25))
    assert told(db_session) == []
    register(db_session, sopheap(26, sex="F"))
    assert len(told(db_session)) == 1


def test_what_is_undone_is_not_told(watch, db_session):
    watch()
    with written_by("clerk.bb"):
        a_registered_case(people=[(sopheap(), "suspect")])
        db_session.rollback()
    register(db_session, a_registered_person(27))
    assert told(db_session) == []


def test_who_fits_already_is_known(watch, country, db_session):
    search = watch("sok dara")
    with written_by("clerk.bb"):
        country.dara.given_km = "ដារា"
        db_session.commit()
    assert told(db_session) == []
    assert db_session.get(WatchMatch, (search.id, country.dara.id))


def test_a_watch_ends_by_itself(watch, db_session):
    search = watch()
    search.watched_until = dates.now() - timedelta(minutes=1)
    db_session.commit()
    register(db_session, sopheap())
    assert told(db_session) == []


def test_a_watch_is_ended_by_hand(watch, chief, db_session, log):
    search = watch()
    chief.send(f"/saved-searches/{search.id}/end")
    register(db_session, sopheap())
    assert told(db_session) == [] and not db_session.scalars(select(WatchKey)).all()
    assert [len(log(f"watch.{act}")) for act in ("begun", "ended")] == [1, 1]
    assert log("watch.begun")[0].facts["case"]


@pytest.mark.parametrize(
    "wrong",
    [{"case_number": ""}, {"case_number": "99-2020-000001"}, {"until": in_days(91)}, {"until": in_days(0)}, {"until": ""}, {"purpose": ""}],
)  # fmt: skip
def test_a_watch_without_case_purpose_or_end_is_refused(chief, country, db_session, wrong):
    keep(chief, "Keo Sopheap")
    (search,) = db_session.scalars(select(SavedSearch))
    typed = {"case_number": country.case.number, "purpose": "investigation", "until": in_days(30)}
    assert chief.send(f"/saved-searches/{search.id}/watch", typed | wrong).status_code == 422
    db_session.expire_all()
    assert not db_session.get(SavedSearch, search.id).is_watch


def test_a_watch_on_the_case_of_another_area_is_refused(chief, country, db_session):
    keep(chief, "Keo Sopheap")
    (search,) = db_session.scalars(select(SavedSearch))
    typed = {"case_number": country.far.number, "purpose": "investigation", "until": in_days(30)}
    assert chief.send(f"/saved-searches/{search.id}/watch", typed).status_code == 422


def test_the_number_of_a_watch_is_told_in_khmer_digits(chief, watch):
    watch()
    assert "ការតាមដានលេខ ១" in chief.page("/find/").text


def test_a_search_without_a_name_is_not_watched(chief, country, db_session):
    keep(chief, "010000000")
    (search,) = db_session.scalars(select(SavedSearch))
    assert chief.get(f"/saved-searches/{search.id}/watch").status_code == 302
