"""Scenario: one case through two provinces, two departments, a correction and sixty hours. After each
chapter every screen, count, API response and statement is compared with a small model of who may see and
change what.
"""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts import actions
from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.people.models import Person
from tests import sign_ins
from tests.accounts.sample_staff import find_user
from tests.cases.form_data import DRUGS, hours_ago, make_drug, make_row, make_theft
from tests.cases.test_entry import make_other_people
from tests.cases.test_row_filter import session_as
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.exports.file_contents import download, parse_csv, run_export
from tests.html_pages import Page
from tests.sample_rows import PHNOM_PENH
from tests.special_access.sample_cases import REASON, find_card_token
from tests.sql_calls import Program

LATER = timedelta(hours=60)
NEW = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។ "
OVERRIDDEN = {
    "place__reason": "transferred"
}  # override of the warning that the place is outside the user's area
IN_PHNOM_PENH = {"case-place": PHNOM_PENH, "case-place__text": "ផ្សារថ្មី"}
SEIZED = make_row("offences-0", offence=DRUGS, offence_class="felony", method="", means="") | make_drug(0)


@dataclass
class CaseModel:
    """The model of a case."""

    province: str
    families: set
    unit: str
    victim: bool = True  # known by name to users who see the case
    shared: set = field(default_factory=set)
    shut: bool = False


@dataclass(frozen=True)
class Reader:
    """A user: area, offence families and unit; whether the role changes and exports records."""

    area: str = ""
    families: frozenset = frozenset()
    unit: str = ""
    writes: bool = False
    exports: bool = False

    def sees(self, case):
        there = self.area in ("", case.province)
        return (there and (not self.families or self.families & case.families)) or self.unit in case.shared

    def knows(self, case):
        """Return whether the user sees its persons: a unit keeps seeing the persons that it has entered."""
        return self.sees(case) or self.unit == case.unit


DRUG_FAMILY, CRIME = frozenset(["drugs"]), frozenset(["property", "sexual", "killing"])
READERS = {
    "clerk.bb": Reader("02", unit="PC-02", writes=True),
    "investigator.bb": Reader("02", unit="PC-02", writes=True, exports=True),
    "chief.bb": Reader("02", unit="PC-02", exports=True),
    "clerk.pp": Reader("12", unit="PC-12", writes=True),
    "of.drugs": Reader(families=DRUG_FAMILY, unit="D-DRUG", writes=True, exports=True),
    "of.crimes": Reader(families=CRIME, unit="D-CRIM", writes=True, exports=True),
    "manager": Reader(exports=True),
    "planning": Reader(),
}


class Scenario:
    """The system, the browsers of all users, and the model."""

    def __init__(self, app, client_as, owner):
        for name in ("of.drugs", "of.crimes"):
            unit = READERS[name].unit
            assert actions.create_user(name, "សុខ ដារ៉ា", "Investigator", unit, "a password of a test") is None
            with app.app_context():
                sign_ins.write_session(name)
        self.owner, self.cases, self.count = owner, {}, 0
        self.by = {name: client_as(name) for name in (*READERS, "twg", "auditor")}

    def enter_case(self, who, *changes, **model):
        answer = self.by[who].send(f"/entry/of-{who}-{len(self.cases)}", make_theft(*changes))
        assert answer.status_code == 302, Page(answer.text).by_id("summary").text
        case = int(answer.location.rpartition("/")[2])
        self.cases[case] = CaseModel(unit=READERS[who].unit, **model)
        return case

    def compare(self, files=False):
        """Compare what each user finds by every channel with the model.

        With `files` also in exports, if the role may export.
        """
        db.session.rollback()
        for name, reader in READERS.items():
            seen = {case for case, model in self.cases.items() if reader.sees(model)}
            self._compare_screens(name, seen)
            self._compare_statements(name, seen)
            if files and reader.exports:
                _mark, _headings, rows = parse_csv(
                    download(self.by[name], run_export(self.by[name], "/export/table/CaseView"))
                )
                assert {row[0] for row in rows} == {number_of(case) for case in seen}, name

    def _compare_screens(self, name, seen):
        browser, api = self.by[name], Program(self.by[name])
        model = api.get("cases/", page_size=100)
        assert {one["id"] for one in model["result"]} == seen, name
        assert model["count"] == len(seen), name
        rows = browser.page("/case/list/").all("tr", data_row=True)
        assert len(rows) == len(seen), name
        assert len(api.search("cases")["result"]) == len(seen), name
        for case, known in self.cases.items():
            there = case in seen
            assert browser.get(f"/case/show/{case}").status_code == (200 if there else 404), (name, case)
            api.get(f"cases/{case}", 200 if there else 404)
            shows = browser.get(f"/case/edit/{case}").status_code
            assert shows == ((200 if there else 404) if READERS[name].writes else 403), (name, case)
            victim = self.involvement_of(case, "victim")
            answer = browser.get(f"/person/show/{victim.person_id}").status_code
            assert answer == (200 if READERS[name].knows(known) and known.victim else 404), (name, case)

    def _compare_statements(self, name, seen):
        with session_as(name) as session:
            assert set(session.scalars(select(Case.id))) == seen, name
            for model in (CaseOffence, Involvement, Exhibit):
                assert set(session.scalars(select(model.case_id))) == seen, (name, model)
            known = {case: model for case, model in self.cases.items() if READERS[name].knows(model)}
            people = {self.involvement_of(case, "suspect").person_id for case in known}
            people |= {
                self.involvement_of(case, "victim").person_id for case, model in known.items() if model.victim
            }
            assert set(session.scalars(select(Person.id))) == people, name
            if session.get_bind().dialect.name == "postgresql":
                own = {case for case, model in self.cases.items() if model.unit == READERS[name].unit}
                found = session.connection().execute(text('SELECT id FROM "case"')).scalars()
                assert set(found) == seen | own, f"{name} in plain SQL"

    def involvement_of(self, case, role):
        return db.session.scalars(select(Involvement).filter_by(case_id=case, role=role)).first()

    def change(self, who, case):
        """Try to change a fact as that user by the API, the form and the session; compare each result with
        the model.
        """
        model, reader = self.cases[case], READERS[who]
        api, browser = Program(self.by[who]), self.by[who]
        may = reader.writes and reader.sees(model) and not model.shut
        refused = 403 if not reader.writes else 404 if not reader.sees(model) else 422
        before = self.summary(case)
        api.put(
            f"cases/{case}",
            {"summary": f"{NEW} {who}", "version": self.version(case)} | OVERRIDDEN,
            200 if may else refused,
        )
        if reader.writes and reader.sees(model):
            typed = browser.page(f"/case/edit/{case}").typed()
            self.count += 1  # the same text again is no change, which the lock allows
            text_of_form = f"{NEW} {who} {self.count}"
            answer = browser.post(f"/case/edit/{case}", data=typed | {"summary": text_of_form} | OVERRIDDEN)
            assert answer.status_code == (302 if may else 422), who
        with session_as(who) as session:
            with pytest.raises(RuleViolation):  # no role changes records in bulk
                session.execute(update(Case).values(summary="x"))
            session.rollback()
            if model.shut and reader.sees(model):
                with pytest.raises(IntegrityError, match="lock"):
                    session.connection().execute(
                        text("UPDATE \"case\" SET summary = 'x' WHERE id = :id"), {"id": case}
                    )
        assert (self.summary(case) == before) is not may, who

    def summary(self, case):
        db.session.rollback()
        return db.session.get(Case, case, populate_existing=True).summary

    def version(self, case):
        db.session.rollback()
        return db.session.get(Case, case, populate_existing=True).version

    def sixty_hours_pass(self):
        """Move all registration times back by sixty hours, as the database owner."""
        db.session.rollback()
        tables = (
            "case",
            "case_offence",
            "involvement",
            "exhibit",
            "person",
            "person_name",
            "person_document",
        )
        with self.owner.begin() as connection:
            for table in tables:
                put_back(connection, table)
        for model in self.cases.values():
            model.shut = True
        self.compare()


def put_back(connection, table):
    then = {"then": -int(LATER.total_seconds())}
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
        moved = f"UPDATE \"{table}\" SET recorded_at = recorded_at + :then * interval '1 second'"  # noqa: S608
        connection.execute(text(moved), then)
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE TRIGGER USER'))
        return
    name = {"name": f"lock_{table}_immutable"}
    lock = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), name).scalar_one()
    connection.execute(text(f'DROP TRIGGER "{name["name"]}"'))
    moved = f"UPDATE \"{table}\" SET recorded_at = strftime('%Y-%m-%d %H:%M:%f000', recorded_at, :then || ' seconds')"  # noqa: S608
    connection.execute(text(moved), then)
    connection.exec_driver_sql(lock)


def test_case_through_provinces_department_and_correction(app, client_as, db_session, owner, each_database):
    scenario = Scenario(app, client_as, owner)

    # A theft in Battambang, drugs in Phnom Penh, and a crime with a protected victim
    stolen = scenario.enter_case("clerk.bb", make_drug(1), province="02", families={"property"})
    scenario.enter_case(
        "clerk.pp", make_other_people(1), IN_PHNOM_PENH, SEIZED, province="12", families={"drugs"}
    )
    hurt = scenario.enter_case(
        "clerk.bb",
        make_other_people(2),
        {
            "case-sensitivity": "sexual",
            "case-occurred_from": hours_ago(31),
            "case-occurred_to": hours_ago(30),
        },
        province="02",
        families={"property"},
        victim=False,
    )
    scenario.compare()
    for who in READERS:
        scenario.change(who, stolen)

    # The theft becomes a drug offence: another department sees it now, and the first no longer does
    offence = db_session.scalar(select(CaseOffence.id).filter_by(case_id=stolen))
    db_session.rollback()
    body = {"offence": DRUGS, "offence_class": "felony", "version": 1}
    Program(scenario.by["investigator.bb"]).put(f"case-offences/{offence}", body)
    scenario.cases[stolen].families = {"drugs"}
    scenario.compare()
    for who in ("of.drugs", "of.crimes"):
        scenario.change(who, stolen)

    # The chief shares it with the other province
    assert (
        scenario.by["chief.bb"]
        .send(f"/share/{stolen}", {"unit": "PC-12", "reason": REASON, "may_write": "y"})
        .status_code
        == 302
    )
    scenario.cases[stolen].shared.add("PC-12")
    scenario.compare(files=True)
    scenario.change("clerk.pp", stolen)

    # After sixty hours all roles fail to change it
    scenario.sixty_hours_pass()
    for case in scenario.cases:
        for who in READERS:
            scenario.change(who, case)

    # Three persons correct the locked record: it happened in Phnom Penh
    number = request_correction(
        scenario.by["chief.bb"],
        db_session.get(Case, stolen),
        place=PHNOM_PENH,
        **OVERRIDDEN,
        occurred_from__reason="another_event",
    )
    assert apply_correction(scenario.by["twg"], number).status_code == 409
    scenario.compare()
    assert decide(scenario.by["planning"], number).status_code == 302
    scenario.change("clerk.bb", stolen)
    assert apply_correction(scenario.by["twg"], number).status_code == 302
    scenario.cases[stolen].province = "12"
    scenario.cases[stolen].shared.add("PC-02")  # the unit that entered it keeps access
    scenario.compare(files=True)
    for who in READERS:
        scenario.change(who, stolen)

    # An investigator of the other department uses break-glass access to its suspect: it opens the person, but
    # no case
    suspect, investigator = scenario.involvement_of(stolen, "suspect").person, scenario.by["of.crimes"]
    person, name = suspect.id, suspect.surname_km
    assert investigator.get(f"/person/show/{person}").status_code == 404
    typed = {"word": find_card_token(investigator, name), "reason": REASON, "case_number": number_of(hurt)}
    assert investigator.send("/break-glass/open", typed).status_code == 302
    assert investigator.get(f"/person/show/{person}").status_code == 200
    assert investigator.get(f"/case/show/{stolen}").status_code == 404
    Program(investigator).get(f"cases/{stolen}", 404)

    # The auditor reads the case replay
    replay = scenario.by["auditor"].send("/log/case", {"number": number_of(stolen)})
    life = scenario.by["auditor"].page(replay.location).text
    for username in ("clerk.bb", "investigator.bb", "chief.bb", "planning", "twg"):
        assert name_of(username) in life, username


def name_of(username):
    return find_user(username).name_km


def number_of(case):
    return db.session.get(Case, case).number
