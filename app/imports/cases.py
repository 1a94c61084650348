"""Import of cases: rows with one legacy number are one case; each has a person, an offence, or both."""

from dataclasses import replace

from app.cases import queries, rules
from app.cases.models import Case, CaseDisposition, CaseOffence, Exhibit, Involvement
from app.cases.models.exhibits import find_initial_state
from app.cases.rules.completeness import SOLVED
from app.cases.rules.dispositions import COURT_STEPS, OPEN, STATUS_AFTER, STEP_BEFORE, VOID
from app.imports import existing_records
from app.imports.built_entry import BuiltEntry, collect_problems, require_fields, values_for
from app.imports.people import BatchPeople, get_own_unit
from app.kernel.i18n.lazy_message import _
from app.kernel.schema import bulk_save
from app.kernel.schema.legacy_numbers import legacy_number_key
from app.kernel.schema.origin import import_origin
from app.kernel.schema.rules import WARNING, Problem, check_rules

ALREADY_IMPORTED = _(
    "A case with this old number was already imported with other rows. Put all rows of one case together."
)
OWN_NUMBER = _("This system has a case of its own with this number.")
OTHER_CASE = _(
    "This row has the old case number of the row before, but another value. Correct the number or the value."
)
VOID_STATUS = _("A void case cannot be imported. Leave it out of the file.")
FINAL_STATE = _(
    "An exhibit cannot be imported with this status. Import it as stored, then enter the movement with its document."
)
FINAL_STATES = ("returned", "forfeited", "destroyed")


def build_entries(profile, entries, actors, now):
    """Build the records of these entries and check every rule of cases."""
    known_numbers = existing_records.find_by_legacy_numbers(
        profile.source, "case", [entry.first.get("case.old") for entry in entries]
    )
    people_of_batch, origin = (
        BatchPeople(profile.source, [row for entry in entries for row in entry.values]),
        import_origin(profile.source),
    )
    numbers = set(known_numbers)
    own_numbers = existing_records.find_own_cases(
        profile.source, [entry.first.get("case.old") for entry in entries]
    )
    for entry in entries:
        number = legacy_number_key(entry.first.get("case.old"))
        if entry.first.get("case.old") in own_numbers:
            entry.add_problem("case.old", OWN_NUMBER, "V112")
        elif number in numbers:
            entry.add_problem("case.old", ALREADY_IMPORTED, "V112")
        elif not number:
            entry.add_problem("case.old", _("The old case number is missing."), "V112")
        else:
            numbers.add(number)
            _refuse_endings(entry)
            entry.built = _build_entry(entry, people_of_batch, origin)
    built = [entry for entry in entries if entry.built is not None]
    facts, earlier = queries.load_facts_of_cases([entry.built.lead for entry in built], get_own_unit()), {}
    for entry in built:
        case = entry.built.lead
        keys, case_facts = queries.similarity_keys(case), facts[id(case)]
        similar_cases = dict.fromkeys(earlier[key] for key in keys if key in earlier)
        case_facts = replace(case_facts, similar_cases=(*case_facts.similar_cases, *similar_cases))
        collect_problems(entry, check_rules(rules.CASE, case, case_facts), case)
        earlier |= dict.fromkeys(keys - earlier.keys(), entry.first["case.old"])
        people = [row.person for row in case.involvements if row.person.id is None]
        documents = [document for person in people for document in person.documents]
        require_fields(
            entry,
            profile.kind,
            [case, *case.offences, *case.exhibits, *case.involvements, *people, *documents],
        )


def _refuse_endings(entry):
    """Add a problem for a status that only a document in E-Crime gives: a void case, an exhibit that is gone."""
    if entry.first.get("case.status") == VOID:
        entry.add_problem("case.status", VOID_STATUS, "V141")
    for (number, _cells), row in zip(entry.rows, entry.values, strict=True):
        if row.get("exhibit.state") in FINAL_STATES:
            entry.add_problem("exhibit.state", FINAL_STATE, "V141", number)


def _add_steps(case, number):
    """Add the steps of procedure that the file states, with its row in place of a document.

    A step without a day has that of the report.
    """
    solved, sent = case.clearance or case.solved_on, case.sent_on or case.court
    days = {SOLVED: case.solved_on} if solved else {}
    status_step = STEP_BEFORE.get(case.status, case.status)
    days |= {status_step if status_step in COURT_STEPS else COURT_STEPS[0]: case.sent_on} if sent else {}
    kinds, previous = [*days], OPEN
    if status_step != (kinds[-1] if kinds else OPEN):
        kinds.append(status_step)
    for kind in kinds:
        values = {"clearance": case.clearance} if kind == SOLVED else {}
        values |= {"court": case.court} if kind in COURT_STEPS and case.court is not None else {}
        step = bulk_save.new_record(
            CaseDisposition, kind=kind, decided_on=days.get(kind) or case.reported_at.date(), source_row=number,
            previous_status=previous, **values,
        )  # fmt: skip
        bulk_save.append_child(case, "dispositions", step)
        previous = STATUS_AFTER[kind]


def _build_entry(entry, people_of_batch, origin):
    case = bulk_save.new_record(
        Case,
        **{"status": "open", "sensitivity": "normal"} | values_for(entry.first, "case", "old"),
        origin=origin,
    )
    case.set_area(case.place_code)  # the rules need the area of the case
    offences, exhibits, numbers, rows = {}, [], [(case, entry.first["case.old"])], {}
    seen = {}
    for place, ((number, cells), row) in enumerate(zip(entry.rows, entry.values, strict=True)):
        text = tuple(sorted((key, str(cell)) for key, cell in cells.items() if cell is not None))
        if text in seen:
            repeats = seen[text]
            text = _("This row repeats row %(row)s. It is not imported again.", row=repeats)
            entry.problems.append(Problem("", text, severity=WARNING, row=number))
            entry.repeated[place] = repeats
            continue
        seen[text] = number
        _compare_case(entry, row, number)
        _add_offence(case, offences, row)
        _add_exhibit(case, exhibits, row)
        if not row.get("involvement.role"):
            continue
        person = people_of_batch.find_or_create(entry, row, place)
        if person is None:
            continue
        if person.id is None:
            person.origin = origin
        if row.get("person.old"):
            numbers.append((person, row["person.old"]))
        involvement = bulk_save.new_record(Involvement, person=person, **values_for(row, "involvement"))
        bulk_save.append_child(case, "involvements", involvement)
        if person.id is None:
            ids = map(id, (person, *person.documents, *person.names))
            rows = dict.fromkeys(ids, number) | rows  # a person in several rows gets the number of the first
        rows[id(involvement)] = number
    if case.reported_at is not None and case.status != VOID:  # otherwise the entry is refused
        _add_steps(case, entry.row)
    return BuiltEntry(case, [case], numbers, rows)


def _compare_case(entry, row, number):
    """Add a problem for each field of the case in which this row differs from the first row of the case."""
    for key, value in row.items():
        stated = entry.first.get(key)
        if key.startswith("case.") and stated is not None and value != stated:
            entry.add_problem(key, OTHER_CASE, "V112", number)


def _add_offence(case, offences, row):
    offence = row.get("offence.offence")
    if offence is not None and offence.code not in offences:
        offences[offence.code] = offence
        bulk_save.append_child(
            case,
            "offences",
            bulk_save.new_record(CaseOffence, **{"attempt": False} | values_for(row, "offence")),
        )


def _add_exhibit(case, exhibits, row):
    """Add the exhibit of a row unless an earlier row of the case has the same one."""
    exhibit = values_for(row, "exhibit")
    if exhibit.get("kind") and exhibit not in exhibits:
        exhibits.append(exhibit)
        record = bulk_save.new_record(Exhibit, **exhibit)
        stated = exhibit.get("state")
        record.start_state = stated if stated != find_initial_state(record) else None
        bulk_save.append_child(case, "exhibits", record)
