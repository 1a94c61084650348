"""Detection of likely duplicates in a save and by the full scan, and the pages of the pairs."""

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import LoginSession
from app.duplicates import detection, full_scan, protected_matches
from app.duplicates.models import Duplicate, DuplicateArea, DuplicateEvidence, DuplicateScan, PersonMerge
from app.extensions import db
from app.inbox.models import Message
from app.kernel.audit import rate_limit
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people.models import PersonDocument, PersonPhoto
from tests.duplicates.sample_pairs import (
    REASON,
    create_pair,
    create_two_records,
    decide_request,
    find_pair,
    name_record,
    propose_dismissal,
)
from tests.html_pages import Page
from tests.sample_rows import (
    PHNOM_PENH,
    PHOTO_COLUMNS,
    acting_as,
    add_registered_case,
    make_registered_person,
)
from tests.sql_calls import Program
from tests.statement_counts import counted

UNLIKE = {"surname_km": "ចាន់", "given_km": "សុភា", "surname_latin": "Chan", "given_latin": "Sophea"}


def add_case_with(*people, writer="clerk.bb", **over):
    with acting_as(writer):
        case = add_registered_case(people=[(person, "suspect") for person in people], **over)
        db.session.commit()
    return case


def make_unlike_person(number, **over):
    """Return a person with a name unlike all others."""
    return make_registered_person(number, **UNLIKE | over)


def evidence_kinds(one, other):
    pair = find_pair(one, other)
    return {row.kind for row in pair.evidence} if pair else set()


def is_listed(browser, pair):
    return bool(browser.page("/duplicate/list/").all("a", href=f"/duplicate/show/{pair}"))


def count_pairs():
    return db.session.scalar(select(func.count(Duplicate.id)))


def ignore_output(*_words):
    pass


def test_document_number_same_is_found_in_save(db_session, each_database):
    first, second = make_registered_person(1), make_unlike_person(2)
    add_case_with(first)
    second.documents[0].number = "០១០ ០០០ ០០១"
    add_case_with(second)
    assert evidence_kinds(first, second) == {"document"}


def test_withdrawn_person_ends_the_pair_and_the_other_unit_is_notified(client_as, db_session, each_database):
    wanted, fugitive = make_registered_person(1), make_unlike_person(2)
    add_case_with(wanted)
    fugitive.documents[0].number = wanted.documents[0].number
    row = add_case_with(fugitive, writer="clerk.pp", place=PHNOM_PENH).involvements[0]
    pair, clerk, other = find_pair(wanted, fugitive).id, client_as("clerk.bb", "en"), client_as("clerk.pp")
    assert is_listed(clerk, pair) and is_listed(other, pair)

    assert other.send(f"/involvement/withdraw/{row.id}", {"reason": "បញ្ចូលច្រឡំ"}).status_code == 302
    assert not is_listed(clerk, pair) and not is_listed(other, pair)
    text = f"made the record {fugitive.number} void. It may be {wanted.number} of this unit."
    (notice,) = db_session.scalars(select(Message).where(Message.text_key == "duplicate.void"))
    assert (notice.kind, notice.to_unit_code) == ("notice", "PC-02")
    assert text in clerk.page("/inbox/list/").text
    page = clerk.page(f"/duplicate/show/{pair}")
    assert "One record is void" in page.text and not page.all("form", action=f"/duplicate/propose/{pair}")


def test_photo_same_file_is_found_in_save(db_session, each_database):
    first, second = make_registered_person(1), make_unlike_person(2)
    for person in (first, second):
        person.photos.append(PersonPhoto(**PHOTO_COLUMNS))
        add_case_with(person)
    assert evidence_kinds(first, second) == {"photo"}


def test_name_sound_same_and_year_is_found_in_save(db_session, each_database):
    """The spelling differs, and day and month of birth are exchanged."""
    first = make_registered_person(1, born_on=dates.parse_date("05-03-1990"))
    second = make_registered_person(
        2, given_km="ដារា", given_latin="Dara", born_on=dates.parse_date("03-05-1990"), father_name=None
    )
    add_case_with(first)
    add_case_with(second)
    assert evidence_kinds(first, second) == {"sound"}


@pytest.mark.parametrize(
    "other",
    [
        {"born_on": dates.parse_date("01-01-1991")},
        {"sex": "F"},
        {"father_name": "កែវ វណ្ណា"},
        {"given_km": "សុវណ្ណ", "given_latin": "Sovann"},
    ],
    ids=["another year", "another sex", "another father and day", "another name"],
)
def test_pair_with_different_details_is_not_found(db_session, other):
    first, second = make_registered_person(1), make_registered_person(2, **other)
    add_case_with(first)
    add_case_with(second)
    assert count_pairs() == 0


def test_pair_in_one_case_is_found(db_session, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    add_case_with(first, second)
    assert evidence_kinds(first, second) == {"sound"}


def test_name_changed_later_is_compared(db_session):
    first, second = (
        make_registered_person(1),
        make_registered_person(2, given_km="សុវណ្ណ", given_latin="Sovann"),
    )
    add_case_with(first)
    add_case_with(second)
    with acting_as("clerk.bb"):
        second.given_km, second.given_latin = "តារា", "Tara"
        db.session.commit()
    assert evidence_kinds(first, second) == {"sound"}


def test_document_of_other_country_is_no_match(db_session):
    first, second = make_registered_person(1), make_unlike_person(2)
    first.documents.append(PersonDocument(kind="passport", number="B1234567", country="VN"))
    second.documents.append(PersonDocument(kind="passport", number="B1234567", country="TH"))
    add_case_with(first)
    add_case_with(second)
    assert count_pairs() == 0


def test_value_of_many_people_is_no_evidence(db_session):
    """For example a placeholder used for every missing photo."""
    people = [
        make_unlike_person(number, surname_km="ក" * (number + 2))
        for number in range(detection.MAX_PAIRS_PER_VALUE * 2 + 3)
    ]
    for person in people:
        person.born_on = person.father_name = None
        person.photos.append(PersonPhoto(**PHOTO_COLUMNS))
    add_case_with(*people[:-1])
    before = count_pairs()
    add_case_with(people[-1])
    assert count_pairs() == before


def test_save_without_key_columns_runs_no_lookup(register, db_session):
    first, second = create_two_records()
    with acting_as("clerk.bb"):
        first.phone = "012 345 678"
        with counted(register) as statements:
            db.session.flush()
    assert not [one for one in statements if "duplicate" in one or "name_key" in one]


# The full scan


def delete_pairs():
    for model in (DuplicateArea, DuplicateEvidence, Duplicate):
        db.session.connection().execute(model.__table__.delete())
    db.session.commit()


def test_full_scan_run_twice_adds_nothing(db_session, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    third = make_unlike_person(3)
    third.documents[0].number = first.documents[0].number
    for person in (first, second, third):
        person.photos.append(PersonPhoto(**PHOTO_COLUMNS))
        add_case_with(person)
    delete_pairs()

    assert full_scan.run_full_scan(ignore_output) > 0
    assert evidence_kinds(first, second) == {"photo", "sound"} and evidence_kinds(first, third) == {
        "photo",
        "document",
    }
    assert full_scan.run_full_scan(ignore_output) == 0


def test_full_scan_stopped_resumes(db_session, monkeypatch, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    add_case_with(first)
    add_case_with(second)
    third, fourth = make_unlike_person(3), make_unlike_person(4)
    add_case_with(third)
    add_case_with(fourth)
    delete_pairs()
    monkeypatch.setattr(full_scan, "BATCH_SIZE", 1)

    def stop(text):
        if "1 pairs" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full_scan.run_full_scan(stop)
    assert count_pairs() == 1
    last = db.session.scalar(select(DuplicateScan.last).where(DuplicateScan.match_key == "sound"))
    full_scan.run_full_scan(ignore_output)
    assert count_pairs() == 2 and last != -1
    assert (
        db.session.scalar(select(DuplicateScan.ended_at).where(DuplicateScan.match_key == "sound"))
        is not None
    )


# The pages of a pair


def test_pair_is_dismissed_by_two_officers(db_session, clerk, client_as, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    add_case_with(first)
    add_case_with(second)
    pair, chief = find_pair(first, second).id, client_as("chief.bb")
    request = propose_dismissal(clerk, pair)
    assert propose_dismissal(clerk, pair) == request, "a second click shows the same request"
    assert find_pair(first, second).state == "requested"
    assert decide_request(clerk, request).status_code == 403
    assert decide_request(client_as("chief.bb"), request, "refuse").status_code == 302
    assert find_pair(first, second).state == "waiting" and find_pair(first, second).dismissal is None
    own = propose_dismissal(chief, pair)
    assert decide_request(chief, own).status_code == 403, "nobody decides on an own request"
    assert find_pair(first, second).state == "requested"
    assert decide_request(client_as("twg"), own).status_code == 302
    assert find_pair(first, second).state == "dismissed"
    assert db.session.get(PersonMerge, own).exempt_until is None, "a dismissal changes no locked row"


def test_dismissed_pair_stays_dismissed(db_session, clerk, client_as, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    add_case_with(first)
    add_case_with(second)
    pair = find_pair(first, second).id
    assert is_listed(clerk, pair)
    decide_request(client_as("chief.bb"), propose_dismissal(clerk, pair))
    assert not is_listed(clerk, pair)

    full_scan.run_full_scan(ignore_output)
    assert find_pair(first, second).state == "dismissed"
    assert REASON in clerk.page(f"/duplicate/show/{pair}").text


def test_dismissed_pair_with_new_evidence_returns(db_session, clerk, client_as, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    add_case_with(first)
    add_case_with(second)
    pair = find_pair(first, second).id
    decide_request(client_as("chief.bb"), propose_dismissal(clerk, pair))
    with acting_as("clerk.bb"):
        for person in (first, second):
            person.photos.append(PersonPhoto(**PHOTO_COLUMNS))
        db.session.commit()
    assert find_pair(first, second).state == "waiting" and evidence_kinds(first, second) == {"sound", "photo"}
    assert is_listed(clerk, pair)


def test_pair_of_protected_person_is_hidden(db_session, client_as):
    victim, second = make_registered_person(1, sex="F"), make_registered_person(2, sex="F")
    with acting_as("clerk.bb"):
        add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
        db.session.commit()
    protected_matches.find_protected_matches(db_session)  # begins to follow the log
    add_case_with(second)
    assert find_pair(victim, second) is None
    assert protected_matches.find_protected_matches(db_session) == 1
    pair = find_pair(victim, second)
    for name in ("clerk.bb", "chief.bb", "twg"):
        browser = client_as(name)
        assert browser.get(f"/duplicate/show/{pair.id}").status_code == 404
        assert not is_listed(browser, pair.id)
        answer = browser.send(f"/duplicate/choose/{second.id}", {"number": victim.number})
        assert answer.status_code == 422


def test_witness_is_added_again_and_the_chief_is_notified(db_session, client_as, each_database):
    """A refusal would say that another officer named this person as a witness."""
    witness, suspect = make_registered_person(1), make_registered_person(2)
    with acting_as("investigator.bb"):
        case = add_registered_case(people=[(suspect, "suspect"), (witness, "witness")])
        add_registered_case(people=[(witness, "suspect")])
        db_session.commit()
    protected_matches.find_protected_matches(db_session)  # begins to follow the log
    program = Program(client_as("clerk.bb"))
    row = {"known": witness.id, "role": "witness", "injury": "none", "photo_missing": "not_available"}
    program.post(f"cases/{case.id}/add", {"people": [row]})
    assert protected_matches.find_protected_matches(db_session) == 1
    notice = db_session.scalars(select(Message).where(Message.text_key == protected_matches.REPEATED)).one()
    assert (notice.to_role, notice.facts["number"]) == ("Provincial chief", case.number)
    row["known"], row["role"] = suspect.id, "suspect"
    assert "V142" in str(program.post(f"cases/{case.id}/add", {"people": [row]}, 422))


def test_pair_outside_province_is_not_found(db_session, client_as):
    first, second = make_registered_person(1), make_registered_person(2)
    for person in (first, second):
        add_case_with(person, writer="clerk.pp", place=PHNOM_PENH)
    pair = find_pair(first, second).id
    for name, status in (("clerk.bb", 404), ("clerk.pp", 200), ("twg", 200)):
        assert client_as(name).get(f"/duplicate/show/{pair}").status_code == status


def test_second_record_number_accepts_any_spelling(db_session, clerk):
    first, second = create_two_records(**UNLIKE)
    pair = create_pair(first, second)
    for typed in ("P-0000002", "p 2", "២", "P-០០០០០០២"):
        answer = name_record(clerk, first, typed)
        assert answer.location.endswith(f"/duplicate/show/{pair}")
    for typed in ("", "x", "999999", first.number, "P-"):
        assert name_record(clerk, first, typed).status_code == 422


def test_second_record_number_refuses_unreadable_text(db_session, clerk):
    first, _second = create_two_records(**UNLIKE)
    for typed in ("9" * 40, "\u202e2"):
        assert name_record(clerk, first, typed).status_code == 422


def test_named_record_is_stored_only_with_a_reason(db_session, each_database, clerk):
    first, second = create_two_records(elsewhere=True, **UNLIKE)
    page = name_record(clerk, first, second.number)
    assert page.status_code == 200 and str(second) in page.text
    assert name_record(clerk, first, second.number, staying=str(first.id), reason="short").status_code == 422
    page = Page.from_response(name_record(clerk, first, second.number, reason=REASON), 422)
    assert page.by_id("staying-bad")
    assert find_pair(first, second) is None
    answer = name_record(clerk, first, second.number, staying=str(first.id), reason=REASON)
    assert answer.status_code == 302 and "/merge/show/" in answer.location
    assert find_pair(first, second).state == "requested"


def test_numbers_named_in_sequence_are_limited_and_logged(app, db_session, each_database, clerk, monkeypatch):
    """A clerk who names P-numbers in sequence learns few people, leaves no pair and is in the log."""
    first, second = create_two_records(elsewhere=True, **UNLIKE)
    limit = 3
    monkeypatch.setitem(app.config, "NAMED_PEOPLE_PER_MINUTE", limit)
    rate_limit._asked.clear()
    answers = [name_record(clerk, first, str(number)) for number in range(second.id, second.id + limit + 2)]
    assert [one.status_code for one in answers] == [200, *[422] * (limit - 1), 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[0].headers["RateLimit-Policy"] == f'"named_people";q={limit};w=60'
    left = [one.headers["RateLimit"].partition(";t=")[0] for one in answers]
    assert left == [f'"named_people";r={number}' for number in (2, 1, 0, 0, 0)]
    assert db.session.scalars(select(Duplicate)).all() == []
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "access.searched")).all()
    assert len(events) == limit and events[0].facts["people"] == [second.id]


def test_pair_view_is_logged(db_session, clerk):
    first, second = create_two_records()
    pair = create_pair(first, second)
    clerk.page(f"/duplicate/show/{pair}")
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.entity == "duplicate", AuditEvent.action == "access.viewed")
    ).all()
    assert events[-1].facts["people"] == [first.id, second.id]


def test_pair_is_listed_in_each_province_of_its_persons(db_session, client_as, each_database):
    first, second = make_registered_person(1), make_registered_person(2)
    add_case_with(first)
    add_case_with(second)
    pair = find_pair(first, second).id
    assert not is_listed(client_as("clerk.pp"), pair)
    add_case_with(second, writer="clerk.pp", place=PHNOM_PENH)
    assert is_listed(client_as("clerk.pp"), pair) and is_listed(client_as("clerk.bb"), pair)


def test_full_scan_command_reports_pairs(run_command):
    done = run_command("duplicates", "find")
    assert done.returncode == 0, done.stderr
    assert "Likely duplicates: 0 pairs" in done.stdout


def test_pairs_without_purpose_are_refused(db_session, client_as):
    first, second = create_two_records()
    clerk = client_as("clerk.bb")
    pair = create_pair(first, second)
    db_session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()
    for url in ("/duplicate/list/", f"/duplicate/show/{pair}", f"/duplicate/choose/{first.id}"):
        answer = clerk.get(url)
        assert answer.status_code == 428 and str(second) not in answer.text
