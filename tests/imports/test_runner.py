"""Rows of earlier systems become records by the rules of the forms, or are rejected with reasons."""

from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

import pytest
from sqlalchemy import func, select, update

from app.cases import case_status, deadlines
from app.cases.models import Case, Involvement
from app.court_orders.models import CourtOrder, OrderMatch
from app.duplicates.models import Duplicate
from app.extensions import db
from app.imports import actions, profiles, runner
from app.imports.entries import Entry
from app.imports.models import ImportEntry, ImportRun
from app.kernel.audit import verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.legacy_numbers import LegacyNumber
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from app.people import status
from app.people.models import Person
from tests.custody.sample_rows import imprison
from tests.imports.steps import APPROVER, approve_fixes, import_file, list_waiting
from tests.imports.workbooks import write_text
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person

SAMPLES = files("app.imports") / "samples"
PEOPLE = replace(profiles.load_shipped()["ecrime-2012"], era="common")
NAMES = list(PEOPLE.columns)
SOLVED_ON, SENT_ON = date(2010, 3, 1), date(2010, 4, 1)


def list_errors(entry):
    return {(one["field"], one["rule"]) for one in entry.problems if one["severity"] == "error"}


def list_entries(run):
    found = select(ImportEntry).where(ImportEntry.run_id == run.id).order_by(ImportEntry.row)
    return db.session.scalars(found).all()


@prepared
def imported_case(db_session):
    """The case of the samples, registered under its legacy number."""
    import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    return db.session.scalars(select(Case)).one()


def test_imported_stolen_item_follows_its_status(imported_case, db_session):
    exhibit = imported_case.exhibits[0]
    assert (exhibit.property_role, exhibit.state, exhibit.start_state) == ("stolen", "missing", None)
    with acting_as("clerk.bb"):
        exhibit.property_role = "seized"
        db_session.commit()
    assert exhibit.state == "seized"


def write_people(path, *rows):
    """Write a file of people of that case; each row overrides the default values."""
    defaults = {
        "case.number": "2010/0001", "involvement.role": "ជនសង្ស័យ", "person.surname_km": "លី",
        "person.given_km": "សំបូរ", "person.sex": "ប", "person.born_on": "១២/០៤/១៩៨៧",
    }  # fmt: skip
    lines = [[(defaults | row).get(key, "") for key in NAMES] for row in rows]
    return write_text(path / "people.csv", [list(PEOPLE.columns.values()), *lines])


def name_as(person):
    """Return the name and birth of a registered person as the file writes them."""
    names = {f"person.{name}": getattr(person, name) for name in ("surname_km", "given_km")}
    return names | {"person.born_on": "20/01/1984"}


def test_limon_cases_are_imported_as_unicode(db_session, each_database):
    run = import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert (run.entered, run.waiting, run.last_row, run.state) == (1, 1, 4, "done")
    case = db.session.scalars(select(Case)).one()
    assert [str(row.person) for row in case.involvements] == ["សុខ ដារ៉ា", "ចាន់ សុភា"]
    assert case.number.startswith("02-") and case.origin == "import:ecrime-2010"
    (entry,) = list_waiting(run)
    assert list_errors(entry) == {("case.occurred_from", ""), ("person.surname_km", "")}
    assert entry.values[0][1]["person.surname_km"] == "ហេង⟦'⟧"


def test_control_character_in_limon_text_waits_to_be_fixed(client_as, db_session, tmp_path):
    data = (SAMPLES / "ecrime-2010.csv").read_bytes().replace(b",sux,", b",s\x01ux,", 1)
    (tmp_path / "cases.csv").write_bytes(data)
    run = import_file("ecrime-2010", tmp_path / "cases.csv")
    assert (run.entered, run.waiting, run.state) == (0, 2, "done")
    assert "person.surname_km" in {field for field, _rule in list_errors(list_waiting(run)[0])}
    assert client_as("planning").get(f"/rejected-entries/list/{run.id}").status_code == 200


def test_batch_is_checkpointed_during_the_next(register, db_session):
    """Without it the next commit would wait, and SQLite's write-ahead log would grow with the file."""
    import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert b"2010/0001" in register.file_of("register").read_bytes()


def test_imported_case_has_no_entry_deadline(imported_case):
    assert not list(deadlines.list_deadlines(imported_case)) and not imported_case.late
    unit, soon = imported_case.unit_code, dates.now() + timedelta(hours=1)
    assert unit and soon and not db.session.scalars(deadlines.select_locking_soon(unit)).all()


def test_same_file_twice_adds_nothing(imported_case):
    run = import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    assert (run.entered, run.waiting, run.known) == (0, 0, 2)
    assert db.session.scalar(select(func.count(Case.id))) == 1


def test_same_number_with_other_content_is_rejected(db_session, tmp_path):
    import_file("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    other = (SAMPLES / "ecrime-2014.tsv").read_text("utf-8").replace("2015-04-09", "2015-04-10")
    (tmp_path / "other.tsv").write_text(other, "utf-8")
    run = import_file("ecrime-2014", tmp_path / "other.tsv")
    assert (run.entered, run.known, run.waiting) == (0, 3, 1)
    assert list_errors(list_waiting(run)[0]) == {("order.old", "V112")}


def test_similar_case_is_imported_with_a_warning(imported_case, each_database, tmp_path):
    """Similar by place, day, offence and victim to a registered case (V023) and to an earlier row."""
    place, victim, day = (
        imported_case.place_code,
        imported_case.involvements[1].person,
        f"{imported_case.occurred_from:%d-%m-%Y %H:%M}",
    )
    profile = replace(profiles.load_shipped()["ecrime-2016"], encoding="utf-8", era="common")
    defaults = {
        "case.occurred_from": day, "case.reported_at": day, "case.report_kind": "complaint", "case.place": place,
        "case.summary": "x", "case.status": "open", "offence.offence": imported_case.offences[0].offence_code,
        "involvement.role": "victim", "person.sex": victim.sex, "person.nationality": "KH",
        "person.surname_km": victim.surname_km, "person.given_km": victim.given_km, "person.birth_year": "1990",
    }  # fmt: skip
    rows = [defaults | {"case.old": number} for number in ("K-1", "K-2")]
    lines = [[row.get(key, "") for key in profile.columns] for row in rows]
    run = import_file(profile, write_text(tmp_path / "cases.csv", [list(profile.columns.values()), *lines]))
    one, two = list_entries(run)
    messages = [[p["en"] for p in entry.problems or () if p["rule"] == "V023"] for entry in (one, two)]
    assert [len(some) for some in messages] == [1, 1], [entry.problems for entry in (one, two)]
    assert imported_case.number in messages[0][0] and "K-1" in messages[1][0]


@pytest.mark.parametrize(
    ("fixed", "steps"),
    [
        ({"case.status": "closed"}, [("closed", None)]),
        ({"case.status": "solved", "case.clearance": "arrest", "case.solved_on": SOLVED_ON}, [("solved", SOLVED_ON)]),
        (
            {"case.status": "filed", "case.clearance": "arrest", "case.solved_on": SOLVED_ON, "case.sent_on": SENT_ON},
            [("solved", SOLVED_ON), ("at_prosecutor", SENT_ON), ("filed", None)],
        ),
    ],
)  # fmt: skip
def test_status_of_an_imported_case_is_an_act_with_its_row(db_session, each_database, fixed, steps):
    profile = profiles.load_shipped()["ecrime-2010"]
    texts = {name: f"{value:%d/%m/%Y}" if name.endswith("_on") else value for name, value in fixed.items()}
    import_file(replace(profile, fixed=profile.fixed | texts), SAMPLES / "ecrime-2010.csv")
    case = db.session.scalars(select(Case)).one()
    reported = case.reported_at.date()
    written = [(one.kind, one.decided_on) for one in case.dispositions]
    assert written == [(kind, day or reported) for kind, day in steps]
    assert {one.source_row for one in case.dispositions} == {2}
    assert {one.recorded_by_id for one in case.dispositions} == {case.recorded_by_id}
    computed = case_status.compute_status(db.session, case.id)
    assert computed == {name: getattr(case, name) for name in computed}
    assert computed["status"] == fixed["case.status"]


def test_person_without_case_is_rejected(imported_case):
    run = import_file("ecrime-2012", SAMPLES / "ecrime-2012.csv")
    assert (run.entered, run.waiting) == (1, 1)
    assert list_errors(list_waiting(run)[0]) == {("case.number", "V045")}
    added = db.session.scalars(select(Person).where(Person.origin == "import:ecrime-2012")).one()
    assert (str(added), added.born_on.isoformat()) == ("លី សំបូរ", "1987-04-12")  # 2530 of the Buddhist era
    assert added.names[0].text_km == "បូរតូច" and added.documents[0].number == "០១០២០៣០៥៥"


def test_person_with_known_document_is_matched(imported_case, tmp_path):
    registered = imported_case.involvements[0].person
    document = registered.documents[0].number
    rows = write_people(
        tmp_path, name_as(registered) | {"document.number": document, "involvement.role": "សាក្សី"}
    )
    run = import_file(PEOPLE, rows)
    assert (run.entered, run.matched) == (1, 1)
    assert db.session.scalar(select(func.count(Person.id))) == 2
    roles = select(Involvement.role).where(Involvement.person_id == registered.id).order_by(Involvement.id)
    assert db.session.scalars(roles).all() == ["suspect", "witness"]


def test_document_of_protected_person_is_imported_as_unknown(imported_case, tmp_path, each_database):
    with acting_as("clerk.pp"):
        witness = make_registered_person(number=8, surname_km="ទេព", surname_latin="Tep")
        add_registered_case(place=PHNOM_PENH, people=[(witness, "witness")])
        db.session.commit()
    number = witness.documents[0].number
    row = {"person.born_on": "20/01/1984", "involvement.role": "សាក្សី"}
    results = []
    for one in (number, "098765431"):
        run = import_file(PEOPLE, write_people(tmp_path, row | {"document.number": one}))
        results.append((run.entered, run.matched, run.waiting, list_waiting(run)))
    assert results == [(1, 0, 0, [])] * 2


def test_old_number_of_protected_person_is_imported_as_unknown(imported_case, tmp_path, each_database):
    with acting_as("clerk.pp"):
        witness = make_registered_person(number=8, surname_km="ទេព", surname_latin="Tep")
        add_registered_case(place=PHNOM_PENH, people=[(witness, "witness")])
        numbers = {"number": "OLD-1", "number_key": "OLD-1", "entity": "person", "entity_id": witness.id}
        db.session.add(LegacyNumber(source=PEOPLE.source, **numbers))
        db.session.commit()
    row, results = {"involvement.role": "សាក្សី"}, []
    for one in ("OLD-1", "OLD-2"):
        run = import_file(PEOPLE, write_people(tmp_path, row | {"person.old": one}))
        results.append((run.entered, run.matched, run.waiting, list_waiting(run)))
    assert results == [(1, 0, 0, [])] * 2
    (owner_id,) = db.session.scalars(select(LegacyNumber.entity_id).where(LegacyNumber.number_key == "OLD-1"))
    assert owner_id == witness.id


def test_old_number_of_a_void_person_is_rejected_and_left_out(imported_case, tmp_path, each_database):
    with acting_as("clerk.bb"):
        people = [make_registered_person(number=number) for number in (8, 9)]
        case = add_registered_case(people=[(one, "suspect") for one in people])
        void = people[0]
        numbers = {"number": "OLD-1", "number_key": "OLD-1", "entity": "person", "entity_id": void.id}
        db.session.add(LegacyNumber(source=PEOPLE.source, **numbers))
        db.session.commit()
        withdraw(case.involvements[0], "បញ្ចូលច្រឡំ", case.recorded_by_id)
        db.session.commit()
    assert void.is_void
    named = {"person.old": "OLD-1", "document.number": void.documents[0].number}
    run = import_file(PEOPLE, write_people(tmp_path, named))
    (entry,) = list_waiting(run)
    assert list_errors(entry) == {("person.old", "")}
    cells = [[row, values | {"person.old": ""}] for row, values in entry.values]
    with acting_as(APPROVER):
        assert actions.fix_entry(entry, cells)
    assert approve_fixes(run) == 1
    added = db.session.scalars(select(Involvement).order_by(Involvement.id.desc()).limit(1)).one()
    assert added.case == imported_case and added.person != void
    assert added.person.documents[0].number == void.documents[0].number


def test_sole_suspect_as_victim_is_rejected(imported_case, tmp_path):
    document = imported_case.involvements[0].person.documents[0].number
    row = name_as(imported_case.involvements[0].person)
    row |= {"document.number": document, "involvement.role": "ជនរងគ្រោះ"}
    run = import_file(PEOPLE, write_people(tmp_path, row))
    assert list_errors(list_waiting(run)[0]) == {("involvement.role", "V047")}


def test_document_of_person_with_other_birth_is_rejected(imported_case, tmp_path):
    document = imported_case.involvements[0].person.documents[0].number
    run = import_file(PEOPLE, write_people(tmp_path, {"document.number": document}))
    assert (run.entered, list_errors(list_waiting(run)[0])) == (0, {("person.sex", "V036")})


def test_person_with_same_name_becomes_duplicate_pair(imported_case, tmp_path):
    registered = imported_case.involvements[0].person
    row = {
        "person.surname_km": registered.surname_km,
        "person.given_km": registered.given_km,
        "person.born_on": "20/01/1984",
    }
    run = import_file(PEOPLE, write_people(tmp_path, row))
    assert (run.entered, run.matched, run.warned) == (1, 0, 1)  # V037 is a warning
    assert db.session.scalars(select(Duplicate)).one().first_id == registered.id


def test_person_in_several_rows_is_one_person(imported_case, tmp_path):
    rows = write_people(tmp_path, {"person.old": "B-1"}, {"person.old": "B-1", "involvement.role": "សាក្សី"})
    run = import_file(PEOPLE, rows)
    assert run.entered == 2
    assert db.session.scalar(select(func.count(Person.id)).where(Person.origin == "import:ecrime-2012")) == 1


def test_each_rule_of_a_person_is_checked(imported_case, tmp_path):
    rows = write_people(
        tmp_path,
        {"person.surname_km": "Sok"},
        {"person.sex": ""},
        {"person.born_on": "12/04/2060"},
        {"person.surname_km": "", "person.given_km": "", "person.born_on": ""},
        {"involvement.role": "ទណ្ឌិត"},
        {"person.born_on": "12/04/2004"},
    )
    run = import_file(PEOPLE, rows)
    assert [list_errors(entry) for entry in list_waiting(run)] == [
        {("person.surname_km", "V031")},
        {("person.sex", "V041")},
        {("person.born_on", "V032"), ("involvement.role", "V032")},
        {("person.surname_km", "V030")},
        {("involvement.role", "V053")},
        {("involvement.role", "V049")},
    ]


def test_invalid_latin_name_is_rejected(imported_case, tmp_path):
    latin = replace(PEOPLE, fixed=PEOPLE.fixed | {"person.surname_latin": "=1+1"})
    (entry,) = list_waiting(import_file(latin, write_people(tmp_path, {})))
    assert list_errors(entry) == {("person.surname_latin", "V031")}


def test_imported_order_is_active_from_import_day(db_session, each_database):
    run = import_file("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    assert (run.entered, run.waiting) == (3, 1)
    one, two, three = db.session.scalars(select(CourtOrder).order_by(CourtOrder.id))
    assert (one.status, two.status, three.status) == ("active", "executed", "recalled")
    assert one.validate_by == dates.now().date() + timedelta(days=365) and one.search_unit_code == "PC-02"
    assert one.recorded_by_id == run.read_by_id and one.checked_by_id == run.approved_by_id
    assert status.get_statuses(db.session, [one.person_id])[one.person_id].status == status.WANTED
    assert {"V073", "V074"} <= {rule for _field, rule in list_errors(list_waiting(run)[0])}


def test_event_rules_apply_to_history_as_warnings(db_session):
    """Missing photos, detentions and arrests of historic orders are warnings."""
    run = import_file("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    severities = {one["rule"]: one["severity"] for entry in list_entries(run) for one in entry.problems or ()}
    assert severities["V040"] == severities["V081"] == "warning"


def test_wanted_person_in_old_case_makes_a_match_without_haste(db_session, tmp_path):
    with acting_as(APPROVER):
        db.session.add(make_registered_person(number=5))
    import_file("ecrime-2014", SAMPLES / "ecrime-2014.tsv")
    import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    wanted = db.session.scalars(select(CourtOrder)).first().person
    db.session.add(
        LegacyNumber(source="ecrime-2012", entity="person", entity_id=wanted.id, number="W", number_key="W")
    )
    db.session.commit()
    row = name_as(wanted) | {"person.old": "W", "person.sex": "ប", "person.born_on": "15/08/1986"}
    assert import_file(PEOPLE, write_people(tmp_path, row)).matched == 1
    match = db.session.scalars(select(OrderMatch)).one()
    assert (match.person_id, match.urgent, match.due_at - match.raised_at) == (
        wanted.id,
        False,
        timedelta(days=1),
    )


def test_offence_during_imprisonment_is_a_warning(db_session, tmp_path):
    import_file("ecrime-2010", SAMPLES / "ecrime-2010.csv")
    person, case = (db.session.scalars(select(model)).first() for model in (Person, Case))
    since = case.occurred_from.date() - timedelta(days=1)
    imprison(person, since)
    number = {"entity_id": person.id, "number": "H", "number_key": "H"}
    db.session.add(LegacyNumber(source="ecrime-2012", entity="person", **number))
    db.session.commit()
    row = name_as(person) | {"person.old": "H", "person.sex": "ប"}
    run = import_file(PEOPLE, write_people(tmp_path, row))
    problems = {(one["rule"], one["severity"]) for entry in list_entries(run) for one in entry.problems or ()}
    assert ("V100", "warning") in problems


def test_batch_is_one_audit_entry_with_row_hashes(db_session, owner, each_database):
    import_file("ecrime-2016", SAMPLES / "ecrime-2016.csv")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.entity == "import")).all()
    assert [event.action for event in events] == ["batch.imported"]
    query = select(AuditEvent).where(AuditEvent.entity.in_(("case", "person", "involvement")))
    assert not db.session.scalars(query).all()
    with owner.connect() as connection:
        for model in (Case, Person, Involvement):
            assert not list(verify_rows.tampered_rows(connection, model.__table__))
        connection.execute(update(Person.__table__).values(father_name="x").where(Person.surname_km == "ហ៊ុន"))
        assert list(verify_rows.tampered_rows(connection, Person.__table__))
        connection.rollback()


def test_rejected_entry_is_fixed(imported_case):
    (entry,) = list_waiting(import_file("ecrime-2012", SAMPLES / "ecrime-2012.csv"))
    cells = [[row, values | {"case.number": "2010/0001"}] for row, values in entry.values]
    with acting_as(APPROVER):
        assert not actions.fix_entry(
            entry, [[row, values | {"case.number": "none"}] for row, values in entry.values]
        )
        assert actions.fix_entry(db.session.get(ImportEntry, entry.id), cells)
    assert approve_fixes(entry.run) == 1
    fixed = db.session.get(ImportEntry, entry.id)
    assert (fixed.state, fixed.values, fixed.run.waiting, fixed.run.entered) == ("entered", None, 0, 2)
    again = import_file("ecrime-2012", SAMPLES / "ecrime-2012.csv")
    assert (again.known, again.entered, again.waiting) == (2, 0, 0)


def test_entry_is_fixed_during_the_import(imported_case):
    run = import_file("ecrime-2012", SAMPLES / "ecrime-2012.csv")
    (entry,) = list_waiting(run)
    last_row = run.last_row
    cells = [[row, values | {"case.number": "2010/0001"}] for row, values in entry.values]
    progress = update(ImportRun).values(last_row=last_row + 250).execution_options(synchronize_session=False)
    with acting_as(APPROVER):
        db.session.execute(progress)  # by the worker, after this session has loaded the import
        assert actions.fix_entry(entry, cells)
    assert approve_fixes(run) == 1
    assert db.session.get(ImportRun, run.id, populate_existing=True).last_row == last_row + 250


def test_fix_skips_entry_fixed_before(imported_case, tmp_path):
    run = import_file(PEOPLE, write_people(tmp_path, *({"case.number": f"none-{one}"} for one in range(3))))
    fixed = [
        Entry([(row, values | {"case.number": "2010/0001"}) for row, values in entry.values], id=entry.id)
        for entry in list_waiting(run)
    ]
    with acting_as(APPROVER):
        assert actions.fix_entry(db.session.get(ImportEntry, fixed[0].id), fixed[0].rows)
        runner.fix_entries(run.id, actions.get_fix_profile(run), fixed)
    assert approve_fixes(run) == 3
    run = db.session.get(ImportRun, run.id, populate_existing=True)
    assert (run.waiting, run.entered) == (0, 3)


def test_fixed_value_of_profile_yields_to_the_fix(imported_case, tmp_path):
    wrong = replace(
        PEOPLE, fixed=PEOPLE.fixed | {"document.kind": "identity card", "person.nationality": "Khmr"}
    )
    (entry,) = list_waiting(import_file(wrong, write_people(tmp_path, {"document.number": "021 777 888"})))
    assert list_errors(entry) == {("document.kind", ""), ("person.nationality", "")}
    fixed = {"document.kind": "national_id", "person.nationality": "KH"}
    with acting_as(APPROVER):
        assert actions.fix_entry(entry, [[row, values | fixed] for row, values in entry.values])


@pytest.mark.parametrize(
    ("names", "entered"),
    [
        ({"person.surname_km": "កែវ", "person.given_km": "រតនា"}, 1),
        ({"person.surname_km": "សំបូរ", "person.given_km": "លី"}, 2),
        ({"person.given_km": "សម្បូរណ៍"}, 2),
    ],
    ids=["another name", "swapped", "another spelling"],
)
def test_number_with_two_names_is_not_joined(imported_case, tmp_path, each_database, names, entered):
    """The second row waits, and its offence is not written on the person of the first."""
    rows = write_people(
        tmp_path, {"person.old": "B-1"}, {"person.old": "B-1", "involvement.role": "សាក្សី"} | names
    )
    run = import_file(PEOPLE, rows)
    assert run.entered == entered
    if entered == 1:
        assert list_errors(list_waiting(run)[0]) == {("person.surname_km", "V036")}


def test_document_of_a_person_with_another_name_is_rejected(imported_case, tmp_path):
    registered = imported_case.involvements[0].person
    row = {
        "document.number": registered.documents[0].number,
        "person.born_on": "20/01/1984",
        "involvement.role": "សាក្សី",
    }
    run = import_file(PEOPLE, write_people(tmp_path, row))
    assert (run.entered, list_errors(list_waiting(run)[0])) == (0, {("person.surname_km", "V036")})


@pytest.mark.parametrize(("typed", "unknown"), [("05-03-2026", True), ("05-03-2026 00:00", False)])
def test_imported_day_without_a_time_is_kept_as_a_day(db_session, tmp_path, typed, unknown):
    profile = replace(profiles.load_shipped()["ecrime-2016"], encoding="utf-8", era="common")
    fixed = {key: value for key, value in profile.fixed.items() if key != "case.time_unknown"}
    profile = replace(profile, fixed=fixed)
    row = {
        "case.old": "K-1", "case.occurred_from": typed, "case.reported_at": typed, "case.place": "020310",
        "case.report_kind": "complaint", "case.summary": "x", "case.status": "open", "offence.offence": "PC2009-353_356",
        "exhibit.kind": "phone", "exhibit.property_role": "stolen", "involvement.role": "suspect", "person.sex": "M",
        "person.nationality": "KH", "person.surname_km": "សុខ", "person.given_km": "ដារ៉ា", "person.birth_year": "1990",
    }  # fmt: skip
    cells = [row.get(key, "") for key in profile.columns]
    run = import_file(profile, write_text(tmp_path / "cases.csv", [list(profile.columns.values()), cells]))
    assert run.entered == 1, [entry.problems for entry in list_waiting(run)]
    case = db.session.scalars(select(Case)).one()
    assert (case.occurred_from.isoformat(), case.time_unknown) == ("2026-03-05T00:00:00", unknown)
    assert (case.reported_at.isoformat(), case.report_time_unknown) == ("2026-03-05T00:00:00", unknown)
    assert [one.state for one in case.exhibits] == ["missing"], "a stolen item is not seized"
