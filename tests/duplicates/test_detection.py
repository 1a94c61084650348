"""Likely duplicates are found in the save that makes them, and in what came by another way; who is two people stays two."""

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import SignIn
from app.duplicates import detection, full_scan
from app.duplicates.models import Duplicate, Evidence, PairArea, Round
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people.models import PersonDocument, PersonPhoto
from tests.duplicates.sample_pairs import REASON, named, pair_of, two_records
from tests.sample_rows import A_PHOTO, PHNOM_PENH, a_registered_case, a_registered_person, written_by
from tests.statement_counts import counted

UNLIKE = {"surname_km": "ចាន់", "given_km": "សុភា", "surname_latin": "Chan", "given_latin": "Sophea"}


def a_case_with(*people, writer="clerk.bb", **over):
    with written_by(writer):
        case = a_registered_case(people=[(person, "suspect") for person in people], **over)
        db.session.commit()
    return case


def somebody(number, **over):
    """A person whose name is like nobody else's."""
    return a_registered_person(number, **UNLIKE | over)


def kinds_of(one, other):
    pair = pair_of(one, other)
    return {row.kind for row in pair.evidence} if pair else set()


def is_listed(browser, pair):
    return bool(browser.page("/duplicate/list/").all("a", href=f"/duplicate/show/{pair}"))


def all_pairs():
    return db.session.scalar(select(func.count(Duplicate.id)))


def say_nothing(*_words):
    pass


def test_the_same_document_number_is_found_in_its_save(db_session, each_database):
    first, second = a_registered_person(1), somebody(2)
    a_case_with(first)
    second.documents[0].number = "០១០ ០០០ ០០១"
    a_case_with(second)
    assert kinds_of(first, second) == {"document"}


def test_the_same_file_as_photo_is_found_in_its_save(db_session, each_database):
    first, second = a_registered_person(1), somebody(2)
    for person in (first, second):
        person.photos.append(PersonPhoto(**A_PHOTO))
        a_case_with(person)
    assert kinds_of(first, second) == {"photo"}


def test_the_same_sound_and_year_are_found_in_their_save(db_session, each_database):
    """Another spelling, and the day and the month of the birth exchanged."""
    first = a_registered_person(1, born_on=dates.read_date("05-03-1990"))
    second = a_registered_person(
        2, given_km="ដារា", given_latin="Dara", born_on=dates.read_date("03-05-1990"), father_name=None
    )
    a_case_with(first)
    a_case_with(second)
    assert kinds_of(first, second) == {"sound"}


@pytest.mark.parametrize(
    "other",
    [
        {"born_on": dates.read_date("01-01-1991")},
        {"sex": "F"},
        {"father_name": "កែវ វណ្ណា"},
        {"given_km": "សុវណ្ណ", "given_latin": "Sovann"},
    ],
    ids=["another year", "another sex", "another father and day", "another name"],
)
def test_who_differs_in_what_counts_is_no_pair(db_session, other):
    first, second = a_registered_person(1), a_registered_person(2, **other)
    a_case_with(first)
    a_case_with(second)
    assert all_pairs() == 0


def test_two_people_of_one_case_are_compared_as_well(db_session, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    a_case_with(first, second)
    assert kinds_of(first, second) == {"sound"}


def test_a_name_that_is_changed_later_is_looked_up_then(db_session):
    first, second = a_registered_person(1), a_registered_person(2, given_km="សុវណ្ណ", given_latin="Sovann")
    a_case_with(first)
    a_case_with(second)
    with written_by("clerk.bb"):
        second.given_km, second.given_latin = "តារា", "Tara"
        db.session.commit()
    assert kinds_of(first, second) == {"sound"}


def test_another_kind_or_country_of_a_document_is_another_document(db_session):
    first, second = a_registered_person(1), somebody(2)
    first.documents.append(PersonDocument(kind="passport", number="B1234567", country="VN"))
    second.documents.append(PersonDocument(kind="passport", number="B1234567", country="TH"))
    a_case_with(first)
    a_case_with(second)
    assert all_pairs() == 0


def test_what_many_people_bear_tells_nothing_of_any(db_session):
    """A placeholder that stands for every missing photo."""
    people = [somebody(number, surname_km="ក" * (number + 2)) for number in range(detection.MOST * 2 + 3)]
    for person in people:
        person.born_on = person.father_name = None
        person.photos.append(PersonPhoto(**A_PHOTO))
    a_case_with(*people[:-1])
    before = all_pairs()
    a_case_with(people[-1])
    assert all_pairs() == before


def test_a_save_without_names_documents_and_photos_asks_nothing(register, db_session):
    first, second = two_records()
    with written_by("clerk.bb"):
        first.phone = "012 345 678"
        with counted(register) as statements:
            db.session.flush()
    assert not [one for one in statements if "duplicate" in one or "name_key" in one]


# The whole register


def forget_all():
    for model in (PairArea, Evidence, Duplicate):
        db.session.connection().execute(model.__table__.delete())
    db.session.commit()


def test_the_whole_register_is_gone_through_and_twice_finds_nothing_twice(db_session, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    third = somebody(3)
    third.documents[0].number = first.documents[0].number
    for person in (first, second, third):
        person.photos.append(PersonPhoto(**A_PHOTO))
        a_case_with(person)
    forget_all()

    assert full_scan.run(say_nothing) > 0
    assert kinds_of(first, second) == {"photo", "sound"} and kinds_of(first, third) == {"photo", "document"}
    assert full_scan.run(say_nothing) == 0


def test_a_run_that_was_stopped_goes_on_where_it_was(db_session, monkeypatch, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    a_case_with(first)
    a_case_with(second)
    third, fourth = somebody(3), somebody(4)
    a_case_with(third)
    a_case_with(fourth)
    forget_all()
    monkeypatch.setattr(full_scan, "AT_ONCE", 1)
    told = []

    def stop(words):
        told.append(words)
        if "1 pairs" in words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full_scan.run(stop)
    assert all_pairs() == 1
    reached = db.session.scalar(select(Round.last).where(Round.sign == "sound"))
    full_scan.run(say_nothing)
    assert all_pairs() == 2 and reached != -1
    assert db.session.scalar(select(Round.ended_at).where(Round.sign == "sound")) is not None


# Two people


def test_who_is_two_people_stays_two(db_session, clerk, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    a_case_with(first)
    a_case_with(second)
    pair = pair_of(first, second).id
    assert is_listed(clerk, pair)
    assert clerk.send(f"/duplicate/dismiss/{pair}", {"dismissal": REASON}).status_code == 302
    assert not is_listed(clerk, pair)

    full_scan.run(say_nothing)
    assert pair_of(first, second).state == "dismissed"
    assert REASON in clerk.page(f"/duplicate/show/{pair}").text


def test_something_new_brings_the_pair_back(db_session, clerk, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    a_case_with(first)
    a_case_with(second)
    pair = pair_of(first, second).id
    clerk.send(f"/duplicate/dismiss/{pair}", {"dismissal": REASON})
    with written_by("clerk.bb"):
        for person in (first, second):
            person.photos.append(PersonPhoto(**A_PHOTO))
        db.session.commit()
    assert pair_of(first, second).state == "waits" and kinds_of(first, second) == {"sound", "photo"}
    assert is_listed(clerk, pair)


def test_who_is_protected_stands_in_no_pair_that_anybody_is_shown(db_session, client_as):
    victim, second = a_registered_person(1, sex="F"), a_registered_person(2, sex="F")
    with written_by("clerk.bb"):
        a_registered_case(people=[(victim, "victim")], sensitivity="sexual")
        db.session.commit()
    a_case_with(second)
    pair = pair_of(victim, second)
    for name in ("clerk.bb", "chief.bb", "twg"):
        browser = client_as(name)
        assert browser.get(f"/duplicate/show/{pair.id}").status_code == 404
        assert not is_listed(browser, pair.id)
        answer = browser.send(f"/duplicate/name/{second.id}", {"number": victim.number})
        assert answer.status_code == 422


def test_a_pair_of_two_others_is_not_there_for_a_third_province(db_session, client_as):
    first, second = a_registered_person(1), a_registered_person(2)
    for person in (first, second):
        a_case_with(person, writer="clerk.pp", place=PHNOM_PENH)
    pair = pair_of(first, second).id
    for name, status in (("clerk.bb", 404), ("clerk.pp", 200), ("twg", 200)):
        assert client_as(name).get(f"/duplicate/show/{pair}").status_code == status


def test_naming_a_second_record_takes_its_number_in_any_writing(db_session, clerk):
    first, second = two_records(**UNLIKE)
    pair = named(clerk, first, second)
    for typed in ("P-0000002", "p 2", "២", "P-០០០០០០២"):
        answer = clerk.send(f"/duplicate/name/{first.id}", {"number": typed})
        assert answer.location.endswith(f"/duplicate/show/{pair}")
    for typed in ("", "x", "999999", first.number, "P-", "9" * 40, "\u202e2"):
        assert clerk.send(f"/duplicate/name/{first.id}", {"number": typed}).status_code == 422


def test_a_pair_is_looked_at_with_a_purpose_and_leaves_its_trace(db_session, clerk):
    first, second = two_records()
    pair = named(clerk, first, second)
    clerk.page(f"/duplicate/show/{pair}")
    told = db.session.scalars(
        select(AuditEvent).where(AuditEvent.entity == "duplicate", AuditEvent.action == "look.open")
    ).all()
    assert told[-1].facts["people"] == [first.id, second.id]


def test_a_pair_is_listed_in_every_province_in_which_one_of_it_stands(db_session, client_as, each_database):
    first, second = a_registered_person(1), a_registered_person(2)
    a_case_with(first)
    a_case_with(second)
    pair = pair_of(first, second).id
    assert not is_listed(client_as("clerk.pp"), pair)
    a_case_with(second, writer="clerk.pp", place=PHNOM_PENH)
    assert is_listed(client_as("clerk.pp"), pair) and is_listed(client_as("clerk.bb"), pair)


def test_the_register_is_gone_through_from_the_command_line(door):
    done = door("duplicates", "find")
    assert done.returncode == 0, done.stderr
    assert "Likely duplicates: 0 pairs" in done.stdout


def test_nobody_looks_at_pairs_without_a_purpose(db_session, client_as):
    first, second = two_records()
    clerk = client_as("clerk.bb")
    pair = named(clerk, first, second)
    db_session.execute(update(SignIn).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()
    for url in ("/duplicate/list/", f"/duplicate/show/{pair}", f"/duplicate/name/{first.id}"):
        answer = clerk.get(url)
        assert answer.status_code == 428 and str(second) not in answer.text
