"""One case walks through two provinces, two departments, a correction and sixty hours. After each chapter every screen,
count, answer of the API and statement is compared with a small model of who may see and change what."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts import actions
from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.extensions import db
from app.kernel.schema.rules import RuleBroken
from app.people.models import Person
from tests import sign_ins
from tests.accounts.sample_staff import user
from tests.cases.form_data import DRUGS, drug, hours_ago, row, theft
from tests.cases.test_entry import others
from tests.cases.test_row_filter import seen_by
from tests.corrections.steps import asked, carry_out, decide
from tests.exports.file_contents import ask, csv_of, fetched
from tests.html_pages import Page
from tests.sample_rows import PHNOM_PENH
from tests.special_access.sample_cases import REASON, word_of_the_card
from tests.sql_calls import Program

LATER = timedelta(hours=60)
NEW = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។ "
PASSED = {"place__reason": "transferred"}  # the warning that it lies beyond the area of whoever changes it
IN_PHNOM_PENH = {"case-place": PHNOM_PENH, "case-place__text": "ផ្សារថ្មី"}
SEIZED = row("offences-0", offence=DRUGS, offence_class="felony", way="", means="") | drug(0)


@dataclass
class Told:
    """What the model knows of a case."""

    province: str
    families: set
    unit: str
    victim: bool = True  # is known by name to whoever sees the case
    shared: set = field(default_factory=set)
    shut: bool = False


@dataclass(frozen=True)
class Reader:
    """Who looks: an area, families and a unit; whether the role changes records, and takes files along."""

    area: str = ""
    families: frozenset = frozenset()
    unit: str = ""
    writes: bool = False
    exports: bool = False

    def sees(self, case):
        there = self.area in ("", case.province)
        return (there and (not self.families or self.families & case.families)) or self.unit in case.shared

    def knows(self, case):
        """Whether he sees its people: whom a unit has entered it goes on seeing."""
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


class Walk:
    """The register, the browsers of all readers, and what the model knows."""

    def __init__(self, app, client_as, owner):
        for name in ("of.drugs", "of.crimes"):
            unit = READERS[name].unit
            assert actions.create_user(name, "សុខ ដារ៉ា", "Investigator", unit, "a password of a test") is None
            with app.app_context():
                sign_ins.write(name)
        self.owner, self.cases = owner, {}
        self.by = {name: client_as(name) for name in (*READERS, "twg", "auditor")}

    def enters(self, who, *changes, **told):
        answer = self.by[who].send(f"/entry/of-{who}-{len(self.cases)}", theft(*changes))
        assert answer.status_code == 302, Page(answer.text).by_id("summary").text
        case = int(answer.location.rpartition("/")[2])
        self.cases[case] = Told(unit=READERS[who].unit, **told)
        self.compare()
        return case

    def compare(self, files=False):
        """Every reader finds by every way what the model says that he sees, and nothing else.

        With `files` also in what he takes along, where his role may.
        """
        db.session.rollback()
        for name, reader in READERS.items():
            seen = {case for case, told in self.cases.items() if reader.sees(told)}
            self._compare_screens(name, seen)
            self._compare_statements(name, seen)
            if files and reader.exports:
                _mark, _headings, rows = csv_of(
                    fetched(self.by[name], ask(self.by[name], "/export/of/CaseView"))
                )
                assert {row[0] for row in rows} == {number_of(case) for case in seen}, name

    def _compare_screens(self, name, seen):
        browser, api = self.by[name], Program(self.by[name])
        told = api.get("cases/", page_size=100)
        assert {one["id"] for one in told["result"]} == seen, name
        assert told["count"] == len(seen), name
        rows = browser.page("/case/list/").all("tr", data_row=True)
        assert len(rows) == len(seen), name
        assert len(api.search("cases")["result"]) == len(seen), name
        for case, known in self.cases.items():
            there = case in seen
            assert browser.get(f"/case/show/{case}").status_code == (200 if there else 404), (name, case)
            api.get(f"cases/{case}", 200 if there else 404)
            shows = browser.get(f"/case/edit/{case}").status_code
            assert shows == ((200 if there else 404) if READERS[name].writes else 403), (name, case)
            victim = self.of(case, "victim")
            answer = browser.get(f"/person/show/{victim.person_id}").status_code
            assert answer == (200 if READERS[name].knows(known) and known.victim else 404), (name, case)

    def _compare_statements(self, name, seen):
        with seen_by(name) as session:
            assert set(session.scalars(select(Case.id))) == seen, name
            for model in (CaseOffence, Involvement, Exhibit):
                assert set(session.scalars(select(model.case_id))) == seen, (name, model)
            known = {case: told for case, told in self.cases.items() if READERS[name].knows(told)}
            people = {self.of(case, "suspect").person_id for case in known}
            people |= {self.of(case, "victim").person_id for case, told in known.items() if told.victim}
            assert set(session.scalars(select(Person.id))) == people, name
            if session.get_bind().dialect.name == "postgresql":
                own = {case for case, told in self.cases.items() if told.unit == READERS[name].unit}
                found = session.connection().execute(text('SELECT id FROM "case"')).scalars()
                assert set(found) == seen | own, f"{name} in plain SQL"

    def of(self, case, role):
        return db.session.scalars(select(Involvement).filter_by(case_id=case, role=role)).first()

    def change(self, who, case):
        """That reader tries to change a fact by the API, by the form and in the session; each time it is as the model says."""
        told, reader = self.cases[case], READERS[who]
        api, browser = Program(self.by[who]), self.by[who]
        may = reader.writes and reader.sees(told) and not told.shut
        refused = 403 if not reader.writes else 404 if not reader.sees(told) else 422
        before = self.summary(case)
        api.put(
            f"cases/{case}",
            {"summary": f"{NEW} {who}", "version": self.version(case)} | PASSED,
            200 if may else refused,
        )
        if reader.writes and reader.sees(told):
            typed = {name: values[-1] for name, values in browser.page(f"/case/edit/{case}").typed().items()}
            answer = browser.post(f"/case/edit/{case}", data=typed | {"summary": f"{NEW} {who} ២"} | PASSED)
            assert answer.status_code == (302 if may else 422), who
        with seen_by(who) as session:
            with pytest.raises(RuleBroken):  # in bulk for nobody
                session.execute(update(Case).values(summary="x"))
            session.rollback()
            if told.shut and reader.sees(told):
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
        """As if everything had been registered so much earlier: its owner puts the moments back."""
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
        for told in self.cases.values():
            told.shut = True
        self.compare()


def put_back(connection, table):
    then = {"then": -int(LATER.total_seconds())}
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
        moved = f"UPDATE \"{table}\" SET recorded_at = recorded_at + :then * interval '1 second'"  # noqa: S608
        connection.execute(text(moved), then)
        connection.execute(text(f'ALTER TABLE "{table}" ENABLE TRIGGER USER'))
        return
    name = {"name": f"lock_{table}_kept"}
    lock = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), name).scalar_one()
    connection.execute(text(f'DROP TRIGGER "{name["name"]}"'))
    moved = f"UPDATE \"{table}\" SET recorded_at = strftime('%Y-%m-%d %H:%M:%f000', recorded_at, :then || ' seconds')"  # noqa: S608
    connection.execute(text(moved), then)
    connection.exec_driver_sql(lock)


def test_a_case_walks_through_two_provinces_a_department_a_correction_and_sixty_hours(
    app, client_as, db_session, owner, each_database
):
    walk = Walk(app, client_as, owner)

    # A theft in Battambang, drugs in Phnom Penh, and a crime whose victim nobody may know
    stolen = walk.enters("clerk.bb", drug(1), province="02", families={"property"})
    walk.enters("clerk.pp", others(1), IN_PHNOM_PENH, SEIZED, province="12", families={"drugs"})
    hurt = walk.enters(
        "clerk.bb",
        others(2),
        {
            "case-sensitivity": "sexual",
            "case-occurred_from": hours_ago(31),
            "case-occurred_to": hours_ago(30),
        },
        province="02",
        families={"property"},
        victim=False,
    )
    for who in READERS:
        walk.change(who, stolen)

    # The theft turns out to be about drugs: another department sees it now, and the first no more
    offence = db_session.scalar(select(CaseOffence.id).filter_by(case_id=stolen))
    db_session.rollback()
    body = {"offence": DRUGS, "offence_class": "felony", "version": 1}
    Program(walk.by["investigator.bb"]).put(f"case-offences/{offence}", body)
    walk.cases[stolen].families = {"drugs"}
    walk.compare()
    for who in ("of.drugs", "of.crimes"):
        walk.change(who, stolen)

    # The chief shares it with the other province
    assert (
        walk.by["chief.bb"].send(f"/share/{stolen}", {"unit": "PC-12", "reason": REASON}).status_code == 302
    )
    walk.cases[stolen].shared.add("PC-12")
    walk.compare(files=True)
    walk.change("clerk.pp", stolen)

    # After sixty hours nobody changes anything
    walk.sixty_hours_pass()
    for case in walk.cases:
        for who in READERS:
            walk.change(who, case)

    # But three people together: it happened in Phnom Penh
    number = asked(
        walk.by["chief.bb"],
        db_session.get(Case, stolen),
        place=PHNOM_PENH,
        **PASSED,
        occurred_from__reason="another_event",
    )
    assert carry_out(walk.by["twg"], number).status_code == 409
    walk.compare()
    assert decide(walk.by["planning"], number).status_code == 302
    walk.change("clerk.bb", stolen)
    assert carry_out(walk.by["twg"], number).status_code == 302
    walk.cases[stolen].province = "12"
    walk.cases[stolen].shared.add("PC-02")  # whoever entered it does not lose sight of it
    walk.compare(files=True)
    for who in READERS:
        walk.change(who, stolen)

    # An investigator of the other department looks at its suspect by break-glass: he reads the person, and no case
    suspect, investigator = walk.of(stolen, "suspect").person, walk.by["of.crimes"]
    person, name = suspect.id, suspect.surname_km
    assert investigator.get(f"/person/show/{person}").status_code == 404
    typed = {"word": word_of_the_card(investigator, name), "reason": REASON, "case_number": number_of(hurt)}
    assert investigator.send("/break-glass/open", typed).status_code == 302
    assert investigator.get(f"/person/show/{person}").status_code == 200
    assert investigator.get(f"/case/show/{stolen}").status_code == 404
    Program(investigator).get(f"cases/{stolen}", 404)

    # And the auditor reads the whole life of the case
    replay = walk.by["auditor"].send("/log/case", {"number": number_of(stolen)})
    life = walk.by["auditor"].page(replay.location).text
    for username in ("clerk.bb", "investigator.bb", "chief.bb", "planning", "twg"):
        assert name_of(username) in life, username


def name_of(username):
    return user(username).name_km


def number_of(case):
    return db.session.get(Case, case).number
