"""Random queries equal a plain recount over the register, and no queries single out protected people or juveniles.

`run.py nightly statistics` tries 10,000 queries.
"""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import select

from app.cases.models import Case, CaseOffence, Exhibit
from app.kernel.text import dates
from app.kernel.validation.withdrawal import withdraw
from app.people.models import Person
from app.reference.models import Offence
from app.statistics import consistency_check, crime, facts, reader, update_job
from app.statistics.facts import PROTECTED_GROUPS
from app.statistics.periods import Period
from app.statistics.query_builder import queries
from app.statistics.query_builder.fields import COUNTS, PROTECTED, UNKNOWN, list_axes, list_filters
from app.statistics.query_builder.queries import TableQuery
from app.statistics.reader import Limits
from tests import nightly
from tests.corrections.steps import void_record
from tests.duplicates.sample_pairs import create_two_records, merge_records
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.statistics.equations import reduce_row

QUERIES = nightly.count("STATISTICS_QUERIES", 60)
CASES = nightly.count("STATISTICS_CASES", 12)
QUESTIONS = nightly.count("STATISTICS_QUESTIONS", 150)
WEIGHTS = ("grams", "litres", "pills")
EVERY_MONTH = Period(date(2024, 1, 1), date(2026, 12, 31))
PLACES = ("02031001", "02010101", "12010101", "12020101")
FAMILIES = ("property", "drugs", "violence", "traffic")


def fill_register(session, chance):
    """Register cases with different places, times, offences, people and items."""
    offences = session.scalars(select(Offence).where(Offence.family.in_(FAMILIES))).all()
    now = dates.now().replace(second=0, microsecond=0)
    with acting_as("clerk.bb"):
        people = [make_registered_person(number, sex=chance.choice("MF")) for number in range(5)]
        for place in (chance.choice(PLACES) for _case in range(CASES)):
            roles = [
                (person, chance.choice(("suspect", "victim", "witness")))
                for person in chance.sample(people, 2)
            ]
            moment = now - timedelta(hours=chance.randrange(10, 24 * 500))
            case = add_registered_case(
                place, roles, occurred_from=moment, occurred_to=moment, time_unknown=chance.random() < 0.2,
                place_kind=chance.choice(("shop", "market", None)),
                sensitivity=chance.choice(("normal", "normal", "normal", "sexual")),
            )  # fmt: skip
            case.offences[0].method = chance.choice(("force", None))
            case.offences[0].second_weapon = chance.choice(("knife", None))
            for one in case.involvements:
                one.participation = (
                    chance.choice(("perpetrator", "accomplice", None)) if one.role == "suspect" else None
                )
                one.family, one.state = chance.choice(("single", None)), chance.choice(("calm", None))
            case.offences.append(CaseOffence(offence=chance.choice(offences), attempt=chance.random() < 0.3))
            for measure in chance.sample(("gram", "kilogram", "litre", "millilitre", "pill"), 2):
                quantity = chance.choice((None, Decimal(chance.randrange(1, 5000)) / 8))
                item = Exhibit(
                    kind="drug", property_role="seized", measure=measure, quantity=quantity, state="seized"
                )
                item.substance = chance.choice(("heroin", "cannabis"))
                case.exhibits.append(item)
            session.flush()
    session.commit()


def change_register(session, clerk, chief):
    """Void and withdraw records, move a case, import one, and merge two people."""
    people = [one.id for one in create_two_records()]
    cases = [
        case
        for case in session.scalars(select(Case).order_by(Case.id)).unique()
        if case.province_code == "02"
    ]
    with acting_as("clerk.bb") as user:
        withdraw(cases[1].exhibits[-1], "ស្ទួន", user.id)
        withdraw(cases[1].involvements[-1], "ស្ទួន", user.id)
        add_registered_case(PLACES[0], origin="import:old", status="solved", clearance="arrest")
        cases[0].place_code = next(one for one in PLACES[:2] if one != cases[0].place_code)
    session.commit()
    of_case, of_offence = (one.id for one in cases[2:4])
    void_record(session.get(Case, of_case))
    void_record(session.get(Case, of_offence).offences[-1])
    session.commit()
    merge_records(clerk, chief, *(session.get(Person, one) for one in people))


# The recount: every record as a dict of the values of its fields.


def read_register(session):
    """Return the open cases of the register: (values of the case, {table: values of its rows})."""
    found = []
    for case in session.scalars(select(Case).where(Case.voided_at.is_(None))).unique():
        offences = [one for one in case.offences if one.voided_at is None]
        people = [one for one in case.involvements if one.voided_at is None]
        if case.sensitivity not in ("normal", "minor") or any(one.protection for one in people):
            continue
        start, place = case.occurred_from, case.place_code
        found.append((
            {
                "id": case.id, "year": start.year, "month": start.year * 100 + start.month,
                "weekday": start.isoweekday(), "hours": None if case.time_unknown else start.hour // 3,
                "province": place[:2], "district": place[:4], "commune": place[:6], "unit": case.unit_code,
                "place_kind": case.place_kind, "report_kind": case.report_kind, "status": case.status,
                "clearance": case.clearance, "late_reason": case.late_reason, "imported": int(bool(case.origin)),
            },
            {
                "offences": [
                    {
                        "id": one.id, "family": one.offence.family, "offence": one.offence_code,
                        "class": one.offence_class, "attempt": int(one.attempt), "method": one.method,
                        "means": one.means, "motive": one.motive, "offence_weapon": one.weapon,
                        "second_weapon": one.second_weapon,
                    }
                    for one in offences
                ],
                "people": [
                    {
                        "id": one.id, "who": one.person_id, "role": one.role, "sex": one.person.sex,
                        "band": facts.age_band(one.age), "foreigner": int(one.person.nationality != "KH"),
                        "education": one.schooling, "occupation": one.work, "relation": one.relation,
                        "injury": one.injury, "intoxication": one.intoxication,
                        "participation": one.participation, "family_status": one.family, "state_of_mind": one.state,
                        "decision": one.end_reason,
                    }
                    for one in people if not one.minor
                ],
                "items": [
                    {
                        "id": one.id, "kind": one.kind, "property_role": one.property_role, "substance": one.substance,
                        "item_weapon": one.weapon, **convert(one.quantity, one.measure),
                    }
                    for one in case.exhibits if one.voided_at is None
                ],
            },
        ))  # fmt: skip
    return found


def convert(quantity, measure):
    factors = {"kilogram": ("gram", 1000), "millilitre": ("litre", Decimal("0.001"))}
    measure, factor = factors.get(measure, (measure, 1))
    return {"measure": measure, "quantity": None if quantity is None else quantity * factor}


def recount(register, query, limits):
    """Return {(row or None, column or None): number} with all totals."""
    axes = (query.rows, query.columns)
    counted, found = query.count.table, defaultdict(dict)
    joined = sorted({counted, *(one.table for one in axes if one)} - {"cases"})
    first, last = (f"{day:%Y%m}" for day in (query.period.first, query.period.last))
    for case, tables in register:
        own = {
            table: [row for row in rows if is_chosen(row, table, query, limits)]
            for table, rows in tables.items()
        }
        families = {row["family"] for row in tables["offences"]}
        filtered = {field.table for field, _values in query.filters}
        if (
            not first <= str(case["month"]) <= last
            or not case["commune"].startswith(limits.area)
            or (limits.families and not families & set(limits.families))
            or not is_chosen(case, "cases", query, limits)
            or any(not own[table] for table in filtered - {"cases"})
        ):
            continue
        for rows in product(*(own[table] for table in joined)):
            at = {"cases": case, **dict(zip(joined, rows, strict=True))}
            record = at[counted]
            is_weight = query.count.code in WEIGHTS
            if is_weight and (
                record["measure"] != query.count.code.removesuffix("s") or record["quantity"] is None
            ):
                continue
            row, column = (
                "" if one and at[one.table][one.code] is None else one and at[one.table][one.code]
                for one in axes
            )
            value = record.get("quantity") if is_weight else 1
            key = record["who"] if query.count.code == "people" else record["id"]
            for cell in {(row, column), (row, None), (None, column), (None, None)}:
                found[cell][key] = value
    return {cell: sum(numbers.values()) for cell, numbers in found.items()}


def is_chosen(row, table, query, limits):
    if table == "offences" and limits.families and row["family"] not in limits.families:
        return False
    return all(
        (UNKNOWN if row[field.code] is None else str(row[field.code])) in values
        for field, values in query.filters
        if field.table == table
    )


def make_query(chance, count, most_filters=2):
    axes = list(list_axes(count).values())
    rows, columns = chance.choice([None, *axes]), chance.choice([None, None, *axes])
    if rows is None or rows == columns:
        columns = None
    filters = []
    for field in chance.sample(list(list_filters(count).values()), chance.randrange(most_filters + 1)):
        values = [*field.list_values(), UNKNOWN]
        likely = [one for one in values if one[:2] in ("02", "12") or one in FAMILIES or len(values) < 9]
        filters.append((field, tuple(chance.sample(likely or values, 1 + len(likely or values) // 2))))
    period = (
        EVERY_MONTH
        if chance.random() < 0.7
        else Period(date(2026, chance.randrange(1, 7), 1), date(2026, 12, 31))
    )
    return TableQuery(count, rows, columns, tuple(filters), period)


def choose_limits(chance):
    area = chance.choice(("", "", "02", "12", "0203"))
    return Limits(area, chance.choice(((), (), ("drugs", "property"))))


@pytest.mark.machine
@pytest.mark.nightly(name="statistics")
def test_random_queries_equal_a_recount(session, client_as, each_database):
    chance = random.Random(QUERIES)
    fill_register(session, chance)
    update_job.update_figures(session)
    change_register(session, client_as("clerk.bb"), client_as("chief.bb"))
    update_job.update_figures(session)
    assert consistency_check.find_drift(session)[1] == []
    assert reader.open_reader().fetch_rows("SELECT count(*) FROM cases") == [
        (CASES + 2,)
    ]  # 2 merged, 1 imported, 1 void
    register, figures, counts = read_register(session), reader.open_reader(), []
    for _query in range(QUERIES):
        query = make_query(chance, COUNTS[chance.choice([one for one in COUNTS if one != PROTECTED])])
        limits = choose_limits(chance)
        answer = queries.count_table(figures, limits, query, dates.now().date(), 10**6)
        expected = recount(register, query, limits)
        shown = answer.cells | {(row, None): number for row, number in answer.row_totals.items()}
        shown |= {(None, column): number for column, number in answer.column_totals.items()}
        shown[None, None] = answer.total
        if query.count.code in WEIGHTS:  # a sum of nothing is in no cell of the recount
            shown, expected = (
                {key: one for key, one in numbers.items() if one} for numbers in (shown, expected)
            )
        assert shown.get((None, None), 0) == expected.pop((None, None), 0), query
        shown.pop((None, None), None)
        assert shown == expected, query
        check_sums(query, answer)
        counts.append(answer.total)
    assert sum(map(bool, counts)) > QUERIES / 4


def check_sums(query, answer):
    """Cells add up to the totals unless a record may be in several."""
    if query.has_overlaps or query.rows is None:
        return
    assert sum(answer.row_totals.values()) == answer.total
    if query.columns:
        assert sum(answer.column_totals.values()) == answer.total
        for row, total in answer.row_totals.items():
            assert sum(number for (one, _column), number in answer.cells.items() if one == row) == total


def test_totals_add_up_along_places_and_time(app, publish_facts):
    publish_random_facts(publish_facts, random.Random(4))
    with app.app_context():
        figures = reader.open_reader()

        def count(rows):
            query = TableQuery(COUNTS["cases"], list_axes(COUNTS["cases"])[rows], None, (), EVERY_MONTH)
            return queries.count_table(figures, reader.NATIONWIDE, query, dates.now().date()).row_totals

        for lower, upper, digits in (
            ("district", "province", 2),
            ("commune", "district", 4),
            ("month", "year", 4),
        ):
            sums = defaultdict(int)
            for key, number in count(lower).items():
                sums[str(key)[:digits]] += number
            assert sums == {str(key): number for key, number in count(upper).items()}


# Protected cases, protected people and juveniles


def publish_random_facts(publish, chance, with_protected=True):
    """Publish the same random facts, with or without everything that must not matter."""
    tables = {"cases": [], "offences": [], "people": []}
    for number in range(1, 400):
        province = chance.choice(("02", "12"))
        district = province + chance.choice(("01", "02"))
        day = date(2025, chance.randrange(1, 13), chance.randrange(1, 28))
        group = chance.choice((None, None, *PROTECTED_GROUPS))
        case = {
            "id": number, "day": day, "month": day.year * 100 + day.month, "hour": 3, "weekday": day.isoweekday(),
            "province": province, "district": district, "commune": district + chance.choice(("01", "02")),
            "status": "open", "recorded": datetime(2026, 1, 1), "imported": False, "protected": group, "unit": f"PC-{province}",
        }  # fmt: skip
        offence = {"id": number, "case_id": number, "family": chance.choice(FAMILIES), "attempt": False}
        people = [
            {
                "id": number * 10 + place, "case_id": number, "who": chance.randrange(300), "sex": chance.choice("MF"),
                "role": chance.choice(("suspect", "victim")), "minor": chance.random() < 0.2,
                "hidden": chance.random() < 0.1, "band": chance.choice(("14-17", "18-24", "25-34")),
            }
            for place in range(2)
        ]  # fmt: skip
        for one in people:
            one["minor"] = one["minor"] or one["band"] == "14-17"
        if group and not with_protected:
            continue
        tables["cases"].append(case)
        tables["offences"].append(offence)
        tables["people"] += [one for one in people if with_protected or not (one["minor"] or one["hidden"])]
    publish(**tables)


def narrow(chance, number):
    """Return questions that each add a filter or a field to the one before."""
    questions = []
    while len(questions) < number:
        query = make_query(chance, COUNTS[chance.choice(("cases", "offences", "people", "involvements"))], 0)
        questions.append(query)
        for field in chance.sample(list(list_filters(query.count).values()), 3):
            value = chance.choice(list(field.list_values()))
            query = TableQuery(
                query.count, query.rows, query.columns, (*query.filters, (field, (value,))), query.period
            )
            questions.append(query)
    return questions[:number]


@pytest.mark.slow
@pytest.mark.nightly(name="statistics")
def test_narrowing_queries_do_not_depend_on_protected_people(app, publish_facts, tmp_path, monkeypatch):
    """The answers stay the same without every protected case, protected person and juvenile: so they say nothing about them."""
    answers, questions = [], None
    for with_protected in (True, False):
        folder = tmp_path / str(with_protected)
        monkeypatch.setitem(app.config, "STATISTICS_DIR", folder)
        publish_random_facts(publish_facts, random.Random(9), with_protected)
        with app.app_context():
            figures, questions = reader.open_reader(), questions or narrow(random.Random(1), QUESTIONS)
            answers.append([
                queries.count_table(figures, reader.NATIONWIDE, query, date(2026, 11, 29), 10**6)
                for query in questions
            ])  # fmt: skip
    assert answers[0] == answers[1]
    assert sum(bool(one.total) for one in answers[0]) > QUESTIONS / 10


@pytest.mark.slow
def test_thousand_queries_of_protected_cases_give_no_hidden_number_away(app, publish_facts):
    """All answers together, as equations, determine no number from 1 to 4."""
    publish_random_facts(publish_facts, random.Random(9))
    chance, rows = random.Random(2), {}
    with app.app_context():
        figures = reader.open_reader()
        cube, _hidden = crime.load_protected_cube(figures, 2025)
        leaves = [key for key in cube if all(part != "" for part in key)]
        for _question in range(1000):
            query = make_query(chance, COUNTS[PROTECTED])
            query = TableQuery(query.count, query.rows, query.columns, query.filters, choose_months(chance))
            limits = Limits(chance.choice(("", "02", "12")))
            answer = queries.count_table(figures, limits, query, date(2026, 11, 29))
            for chosen, number in list_equations(query, answer, limits, leaves):
                assert number is None or number == sum(cube[key] for key in chosen)
                assert number is None or number == 0 or number >= 5, (query, number)
                if number is not None:
                    rows[chosen] = number
    basis = {}
    for chosen in rows:
        reduce_row(dict.fromkeys(chosen, 1), basis, keep=True)
    small = [key for key in leaves if 0 < cube[key] < 5]
    assert small and all(reduce_row({key: 1}, basis) for key in small)


def choose_months(chance):
    first = chance.randrange(1, 13)
    return Period(date(2025, first, 1), date(2025, chance.randrange(first, 13), 1))


def list_equations(query, answer, limits, leaves):
    """Return (leaves that a number counts, the number) for each number of an answer."""
    filters = {field.code: values for field, values in query.filters}

    def choose(**fixed):
        chosen = []
        for group, province, month in leaves:
            values = {"group": group, "province": province, "month": 202500 + month, "year": 2025}
            if (
                query.period.first.month <= month <= query.period.last.month
                and province.startswith(limits.area)
                and all(values[name] == value for name, value in fixed.items())
                and all(values[name] in wanted for name, wanted in filters.items())
            ):
                chosen.append((group, province, month))
        return frozenset(chosen)

    yield choose(), answer.total
    for row, number in answer.row_totals.items():
        yield choose(**{query.rows.code: row}), number
    for column, number in answer.column_totals.items():
        yield choose(**{query.columns.code: column}), number
    for (row, column), number in answer.cells.items():
        if query.columns:
            yield choose(**{query.rows.code: row, query.columns.code: column}), number


LONG = "range(1000000) a, range(1000000) b"  # a million million rows


def test_question_that_takes_too_long_is_refused(app, publish_facts):
    publish_random_facts(publish_facts, random.Random(9))
    with app.test_request_context():
        figures = reader.open_reader()
        with pytest.raises(reader.QuestionTooLarge):
            figures.fetch_rows_within(0.2, f"SELECT sum(hash(a.range + b.range)) FROM {LONG}", {})
        assert figures.fetch_rows("SELECT 1") == [(1,)]
