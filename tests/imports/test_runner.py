"""Rows of earlier registers become records by the rules of the forms, or wait with their reasons."""

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest
from sqlalchemy import func, select, update

from app.cases import deadlines
from app.cases.models import Case, Involvement
from app.court_orders.models import CourtOrder, Hit
from app.duplicates.models import Duplicate
from app.extensions import db
from app.imports import actions, profiles, runner
from app.imports.entries import Entry
from app.imports.models import ImportEntry, ImportRun
from app.kernel.audit import verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.legacy_numbers import OldNumber
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from tests.imports.steps import SECOND, brought_in, waiting_of
from tests.imports.workbooks import text
from tests.sample_rows import a_registered_person, written_by

SAMPLES = files("app.imports") / "samples"
PEOPLE = replace(profiles.shipped()["ecrime-2012"], era="common")
NAMES = list(PEOPLE.columns)


def said(entry):
    return {(one["field"], one["rule"]) for one in entry.problems if one["severity"] == "error"}


def entries_of(run):
    found = select(ImportEntry).where(ImportEntry.run_id == run.id).order_by(ImportEntry.row)
    return db.session.scalars(found).all()


@pytest.fixture
def a_case(db_session):
    """The case of the samples, in the register by its old number."""
    brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    return db.session.scalars(select(Case)).one()


def people(path, *rows):
    """A file of people of that case; each row is what it says beside the usual."""
    usual = {
        "case.number": "2010/0001", "involvement.role": "ជនសង្ស័យ", "person.surname_km": "លី",
        "person.given_km": "សំបូរ", "person.sex": "ប", "person.born_on": "១២/០៤/១៩៨៧",
    }  # fmt: skip
    lines = [[(usual | row).get(key, "") for key in NAMES] for row in rows]
    return text(path / "people.csv", [list(PEOPLE.columns.values()), *lines])


def test_cases_typed_in_limon(db_session, each_database):
    run = brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert (run.entered, run.waiting, run.last_row, run.state) == (1, 1, 4, "done")
    case = db.session.scalars(select(Case)).one()
    assert [str(row.person) for row in case.involvements] == ["សុខ ដារ៉ា", "ចាន់ សុភា"]
    assert case.number.startswith("02-") and case.origin == "import:ecrime-2010"
    (entry,) = waiting_of(run)
    assert said(entry) == {("case.occurred_from", ""), ("person.surname_km", "")}
    assert entry.values[0][1]["person.surname_km"] == "ហេង⟦'⟧"


def test_what_a_batch_wrote_is_brought_home_while_the_next_is_made(register, db_session):
    """Else the commit of the next would wait for it, and the log of writes of SQLite would grow with the file."""
    brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert b"2010/0001" in register.file_of("register").read_bytes()


def test_history_has_no_clock_of_entry_and_nothing_of_it_waits(a_case):
    assert not list(deadlines.clocks_of(a_case)) and not a_case.late
    unit, soon = a_case.unit_code, dates.now() + timedelta(hours=1)
    assert unit and soon and not db.session.scalars(deadlines.closing_soon(unit)).all()


def test_the_same_file_twice_adds_nothing(a_case):
    run = brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert (run.entered, run.waiting, run.known) == (0, 0, 2)
    assert db.session.scalar(select(func.count(Case.id))) == 1


def test_the_same_number_with_another_content_waits(db_session, tmp_path):
    brought_in("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    other = (SAMPLES / "ecrime-2014.tsv").read_text("utf-8").replace("2015-04-09", "2015-04-10")
    (tmp_path / "other.tsv").write_text(other, "utf-8")
    run = brought_in("ecrime-2014", tmp_path / "other.tsv")
    assert (run.entered, run.known, run.waiting) == (0, 3, 1)
    assert said(waiting_of(run)[0]) == {("order.old", "V112")}


def test_what_looks_like_a_case_that_is_there_comes_in_with_a_warning(a_case, each_database, tmp_path):
    """By its place, day, offence and victim: of the register (V023), and of an earlier row of the same file."""
    place, victim, day = (
        a_case.place_code,
        a_case.involvements[1].person,
        f"{a_case.occurred_from:%d-%m-%Y %H:%M}",
    )
    profile = replace(profiles.shipped()["ecrime-2016"], encoding="utf-8", era="common")
    usual = {
        "case.occurred_from": day, "case.reported_at": day, "case.report_kind": "complaint", "case.place": place,
        "case.summary": "x", "case.status": "open", "offence.offence": a_case.offences[0].offence_code,
        "involvement.role": "victim", "person.sex": victim.sex, "person.nationality": "KH",
        "person.surname_km": victim.surname_km, "person.given_km": victim.given_km, "person.birth_year": "1990",
    }  # fmt: skip
    rows = [usual | {"case.old": number} for number in ("K-1", "K-2")]
    lines = [[row.get(key, "") for key in profile.columns] for row in rows]
    run = brought_in(profile, text(tmp_path / "cases.csv", [list(profile.columns.values()), *lines]))
    one, two = entries_of(run)
    told = [[p["en"] for p in entry.problems or () if p["rule"] == "V023"] for entry in (one, two)]
    assert [len(some) for some in told] == [1, 1], [entry.problems for entry in (one, two)]
    assert a_case.number in told[0][0] and "K-1" in told[1][0]


def test_people_come_with_a_case_alone(a_case):
    run = brought_in("ecrime-2012", SAMPLES / "ecrime-2012.csv")
    assert (run.entered, run.waiting) == (1, 1)
    assert said(waiting_of(run)[0]) == {("case.number", "V045")}
    added = db.session.scalars(select(Person).where(Person.origin == "import:ecrime-2012")).one()
    assert (str(added), added.born_on.isoformat()) == ("លី សំបូរ", "1987-04-12")  # 2530 of the Buddhist era
    assert added.names[0].text_km == "បូរតូច" and added.documents[0].number == "០១០២០៣០៥៥"


def test_who_is_proved_by_a_number_is_matched_and_not_doubled(a_case, tmp_path):
    there = a_case.involvements[0].person
    document = there.documents[0].number
    rows = people(
        tmp_path, {"document.number": document, "person.born_on": "20/01/1984", "involvement.role": "សាក្សី"}
    )
    run = brought_in(PEOPLE, rows)
    assert (run.entered, run.matched) == (1, 1)
    assert db.session.scalar(select(func.count(Person.id))) == 2
    roles = select(Involvement.role).where(Involvement.person_id == there.id).order_by(Involvement.id)
    assert db.session.scalars(roles).all() == ["suspect", "witness"]


def test_the_only_suspect_does_not_come_in_as_the_victim(a_case, tmp_path):
    document = a_case.involvements[0].person.documents[0].number
    row = {
        "document.number": document,
        "person.born_on": "20/01/1984",
        "involvement.role": "ជនរងគ្រោះ",
    }
    run = brought_in(PEOPLE, people(tmp_path, row))
    assert said(waiting_of(run)[0]) == {("involvement.role", "V047")}


def test_a_number_whose_bearer_was_born_another_day_waits(a_case, tmp_path):
    document = a_case.involvements[0].person.documents[0].number
    run = brought_in(PEOPLE, people(tmp_path, {"document.number": document}))
    assert (run.entered, said(waiting_of(run)[0])) == (0, {("person.sex", "V036")})


def test_nobody_is_matched_by_a_name_and_the_pair_waits_to_be_compared(a_case, tmp_path):
    there = a_case.involvements[0].person
    row = {
        "person.surname_km": there.surname_km,
        "person.given_km": there.given_km,
        "person.born_on": "20/01/1984",
    }
    run = brought_in(PEOPLE, people(tmp_path, row))
    assert (run.entered, run.matched, run.warned) == (1, 0, 1)  # V037 warns
    assert db.session.scalars(select(Duplicate)).one().first_id == there.id


def test_one_person_of_several_rows_is_one(a_case, tmp_path):
    rows = people(tmp_path, {"person.old": "B-1"}, {"person.old": "B-1", "involvement.role": "សាក្សី"})
    run = brought_in(PEOPLE, rows)
    assert run.entered == 2
    assert db.session.scalar(select(func.count(Person.id)).where(Person.origin == "import:ecrime-2012")) == 1


def test_each_rule_of_a_person_is_asked(a_case, tmp_path):
    rows = people(
        tmp_path,
        {"person.surname_km": "Sok"},
        {"person.sex": ""},
        {"person.born_on": "12/04/2060"},
        {"person.surname_km": "", "person.given_km": "", "person.born_on": ""},
        {"involvement.role": "ទណ្ឌិត"},
        {"person.born_on": "12/04/2004"},
    )
    run = brought_in(PEOPLE, rows)
    assert [said(entry) for entry in waiting_of(run)] == [
        {("person.surname_km", "V031")},
        {("person.sex", "V041")},
        {("person.born_on", "V032")},
        {("person.surname_km", "V030")},
        {("involvement.role", "V053")},
        {("involvement.role", "V049")},
    ]


def test_what_stands_in_no_latin_name_waits(a_case, tmp_path):
    latin = replace(PEOPLE, fixed=PEOPLE.fixed | {"person.surname_latin": "=1+1"})
    (entry,) = waiting_of(brought_in(latin, people(tmp_path, {})))
    assert said(entry) == {("person.surname_latin", "V031")}


def test_orders_are_active_from_the_day_of_the_import(db_session, each_database):
    run = brought_in("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    assert (run.entered, run.waiting) == (3, 1)
    one, two, three = db.session.scalars(select(CourtOrder).order_by(CourtOrder.id))
    assert (one.status, two.status, three.status) == ("active", "executed", "recalled")
    assert one.validate_by == dates.now().date() + timedelta(days=365) and one.search_unit_code == "PC-02"
    assert one.recorded_by_id == run.read_by_id and one.checked_by_id == run.let_in_by_id
    assert status.of(db.session, [one.person_id])[one.person_id].status == status.WANTED
    assert {"V073", "V074"} <= {rule for _field, rule in said(waiting_of(run)[0])}


def test_the_rules_of_an_act_are_asked_of_history_too(db_session):
    """Nobody has a photo, nobody is detained, and an arrest of those years stands in no file: all of it is told."""
    run = brought_in("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    told = {one["rule"]: one["severity"] for entry in entries_of(run) for one in entry.problems or ()}
    assert told["V040"] == told["V081"] == "warning"


def test_who_is_wanted_and_stands_in_old_cases_raises_no_hit(db_session, tmp_path):
    with written_by(SECOND):
        db.session.add(a_registered_person(number=5))
    brought_in("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    wanted = db.session.scalars(select(CourtOrder)).first().person
    db.session.add(
        OldNumber(source="ecrime-2012", entity="person", entity_id=wanted.id, number="W", number_key="W")
    )
    db.session.commit()
    row = {"person.old": "W", "person.sex": "ប", "person.born_on": "15/08/1986"}
    assert brought_in(PEOPLE, people(tmp_path, row)).matched == 1
    assert not db.session.scalars(select(Hit)).all()


def test_an_offence_of_somebody_who_was_in_prison_on_its_day_is_told(db_session, tmp_path):
    brought_in("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    person, case = (db.session.scalars(select(model)).first() for model in (Person, Case))
    since = case.occurred_from.date() - timedelta(days=1)
    held = {"status": "serving", "since": since, "entity": "detention", "entity_id": 1}
    db.session.add(status.PersonStatus(person_id=person.id, **held))
    number = {"entity_id": person.id, "number": "H", "number_key": "H"}
    db.session.add(OldNumber(source="ecrime-2012", entity="person", **number))
    db.session.commit()
    row = {"person.old": "H", "person.sex": "ប", "person.born_on": "20/01/1984"}
    run = brought_in(PEOPLE, people(tmp_path, row))
    told = {(one["rule"], one["severity"]) for entry in entries_of(run) for one in entry.problems or ()}
    assert ("V100", "warning") in told


def test_a_batch_is_one_row_of_the_log_with_the_seals_of_its_rows(db_session, owner, each_database):
    brought_in("ecrime-2016", SAMPLES / "ecrime-2016.csv")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.entity == "import")).all()
    assert [event.action for event in events] == ["import"]
    traced = select(AuditEvent).where(AuditEvent.entity.in_(("case", "person", "involvement")))
    assert not db.session.scalars(traced).all()
    with owner.connect() as connection:
        for model in (Case, Person, Involvement):
            assert not list(verify_rows.wrong_rows(connection, model.__table__))
        connection.execute(update(Person.__table__).values(father_name="x").where(Person.surname_km == "ហ៊ុន"))
        assert list(verify_rows.wrong_rows(connection, Person.__table__))
        connection.rollback()


def test_what_waits_is_mended(a_case):
    (entry,) = waiting_of(brought_in("ecrime-2012", SAMPLES / "ecrime-2012.csv"))
    cells = [[row, values | {"case.number": "2010/0001"}] for row, values in entry.values]
    with written_by(SECOND):
        assert not actions.mend(
            entry, [[row, values | {"case.number": "none"}] for row, values in entry.values]
        )
        assert actions.mend(db.session.get(ImportEntry, entry.id), cells)
    mended = db.session.get(ImportEntry, entry.id)
    assert (mended.state, mended.values, mended.run.waiting, mended.run.entered) == ("entered", None, 0, 2)
    again = brought_in("ecrime-2012", SAMPLES / "ecrime-2012.csv")
    assert (again.known, again.entered, again.waiting) == (2, 0, 0)


def test_what_waits_is_mended_while_the_rest_of_its_file_comes_in(a_case):
    run = brought_in("ecrime-2012", SAMPLES / "ecrime-2012.csv")
    (entry,) = waiting_of(run)
    held = run.last_row
    cells = [[row, values | {"case.number": "2010/0001"}] for row, values in entry.values]
    behind = update(ImportRun).values(last_row=held + 250).execution_options(synchronize_session=False)
    with written_by(SECOND):
        db.session.execute(behind)  # by the worker, after this session has read the import
        assert actions.mend(entry, cells)
    assert db.session.get(ImportRun, run.id, populate_existing=True).last_row == held + 250


def test_entries_of_a_sheet_are_tried_in_batches_and_one_that_came_in_meanwhile_stays(a_case, tmp_path):
    run = brought_in(PEOPLE, people(tmp_path, *({"case.number": f"none-{one}"} for one in range(3))))
    mended = [
        Entry([(row, values | {"case.number": "2010/0001"}) for row, values in entry.values], id=entry.id)
        for entry in waiting_of(run)
    ]
    with written_by(SECOND):
        assert actions.mend(db.session.get(ImportEntry, mended[0].id), mended[0].rows)
        runner.try_again(run.id, actions.mending_profile(run), mended)
    run = db.session.get(ImportRun, run.id, populate_existing=True)
    assert (run.waiting, run.entered) == (0, 3)


def test_what_is_the_same_for_all_rows_gives_way_to_what_was_mended(a_case, tmp_path):
    wrong = replace(
        PEOPLE, fixed=PEOPLE.fixed | {"document.kind": "identity card", "person.nationality": "Khmr"}
    )
    (entry,) = waiting_of(brought_in(wrong, people(tmp_path, {"document.number": "021 777 888"})))
    assert said(entry) == {("document.kind", ""), ("person.nationality", "")}
    mended = {"document.kind": "national_id", "person.nationality": "KH"}
    with written_by(SECOND):
        assert actions.mend(entry, [[row, values | mended] for row, values in entry.values])
