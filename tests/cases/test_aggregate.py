"""A row of a case is saved only if the case stays whole; what was broken before stands in nobody's way."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.cases import aggregate, queries
from app.cases.models import CaseOffence, Involvement
from app.extensions import db
from app.kernel.text import dates
from app.kernel.validation import aggregates
from app.reference.models import Court, Offence
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import edit
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by
from tests.sql_calls import Program
from tests.statement_counts import counted

CHILD = date(dates.now().year - 9, 1, 1)
LONG_AGO = "05-03-2001 10:00"  # when the suspects of these tests were eleven


@pytest.fixture
def theft(db_session):
    """A theft with a suspect and a victim."""
    with written_by("clerk.bb"):
        people = [with_photo(a_registered_person(number)) for number in range(2)]
        case = a_registered_case(people=list(zip(people, ("suspect", "victim"), strict=True)))
        db_session.commit()
        return case


def broken(answer):
    """The numbers of the rules that refused a form, the empty one among them."""
    page = Page.of(answer, 422)
    return {code.text for line in page.all("p", css="say") for code in line.all(css="code")} | {
        code.text for line in page.all(role="alert") for code in line.all(css="code")
    }


def refused(program, path, **values):
    """field → rules that refused a program's change."""
    version = program.get(path)["result"]["version"]
    errors = program.put(path, {"version": version, **values}, 422)["errors"]
    return {field: {one["rule"] for one in said} for field, said in errors.items()}


@pytest.fixture
def left(db_session):
    """Writes what no form would take, as an import or an older rule may have left it."""

    def write(record, **values):
        with written_by("clerk.bb"):
            for name, value in values.items():
                setattr(record, name, value)
            db_session.commit()

    return write


def test_a_corrected_birth_that_makes_the_suspect_a_child_is_refused(clerk, theft, db_session, each_database):
    person = theft.involvements[0].person
    answer = edit(clerk, f"/person/edit/{person.id}", born_on=CHILD.strftime("%d-%m-%Y"))
    assert broken(answer) == {"V049"}
    assert theft.number in answer.text
    assert refused(Program(clerk), f"persons/{person.id}", born_on=CHILD.isoformat()) == {"record": {"V049"}}
    db_session.expire_all()
    assert person.born_on.year == 1990


def test_a_suspect_who_is_no_longer_identified_leaves_no_solved_case_without_one(clerk, theft, left):
    left(theft, status="solved")
    suspect = theft.involvements[0].person
    answer = edit(clerk, f"/person/edit/{suspect.id}", unidentified="y", birth_precision="estimated",
                  age_from="30", age_to="40")  # fmt: skip
    assert broken(answer) == {"V026"}


def test_the_stolen_thing_of_a_theft_stays_stolen(clerk, theft, each_database):
    exhibit = theft.exhibits[0]
    assert broken(edit(clerk, f"/exhibit/edit/{exhibit.id}", property_role="seized")) == {"V019"}
    assert refused(Program(clerk), f"exhibits/{exhibit.id}", property_role="seized") == {"record": {"V019"}}


def test_an_offence_that_needs_a_drug_cannot_take_the_place_of_a_theft(clerk, theft):
    offence = theft.offences[0]
    changed = {"offence": "DRUG2012-40", "offence__text": "", "offence_class": "felony"}
    assert broken(edit(clerk, f"/caseoffence/edit/{offence.id}", **changed)) == {"V017"}


def test_the_last_suspect_of_a_solved_case_stays_one(clerk, theft, left):
    left(theft, status="solved")
    row = theft.involvements[0]
    answer = edit(clerk, f"/involvement/edit/{row.id}", role="other")
    assert broken(answer) == {"V026"}
    assert refused(Program(clerk), f"involvements/{row.id}", role="other") == {"record": {"V026"}}


def test_the_row_itself_still_speaks_at_its_own_field(clerk, theft):
    row = theft.involvements[0]
    assert refused(Program(clerk), f"involvements/{row.id}", role="child_below_14") == {"role": {"V049"}}


def test_a_case_that_was_broken_before_stops_no_row(clerk, theft, left, db_session, each_database):
    left(theft.exhibits[0], property_role="seized")
    left(theft.involvements[0].person, born_on=CHILD)
    suspect, victim = theft.involvements
    assert edit(clerk, f"/involvement/edit/{victim.id}", note="បានរបួសដៃ").status_code == 302
    assert edit(clerk, f"/person/edit/{suspect.person_id}", phone="012345678").status_code == 302
    assert edit(clerk, f"/exhibit/edit/{theft.exhibits[0].id}", plate="2AB-9999").status_code == 302
    db_session.expire_all()
    assert (victim.note, suspect.person.phone) == ("បានរបួសដៃ", "012345678")


def test_a_case_stays_editable_when_a_row_of_it_was_broken_elsewhere(
    clerk, theft, left, db_session, each_database
):
    left(theft.exhibits[0], property_role="seized")
    left(theft.involvements[0].person, born_on=CHILD)
    assert edit(clerk, f"/case/edit/{theft.id}", dossier_no="PP-12").status_code == 302
    program, path = Program(clerk), f"cases/{theft.id}"
    version = program.get(path)["result"]["version"]
    program.put(path, {"version": version, "dossier_no": "PP-13"})
    db_session.expire_all()
    assert theft.dossier_no == "PP-13"


def test_a_case_is_not_moved_to_a_day_on_which_its_suspect_was_a_child(clerk, theft):
    answer = edit(clerk, f"/case/edit/{theft.id}", occurred_from=LONG_AGO)
    assert "V049" in broken(answer)
    assert str(theft.involvements[0]) in answer.text


def test_a_new_row_is_asked_what_it_breaks(theft, db_session):
    """The suspect is named as the victim too: the row that was there before, not the new one, is wrong then."""
    suspect, victim = theft.involvements
    victim.role = "witness"
    db_session.commit()
    with db_session.no_autoflush:
        added = Involvement(role="victim", person=suspect.person, case=theft)
        problems = aggregates.broken_by(added)
    assert [problem.rule for problem in problems] == ["V047"]
    assert added in theft.involvements and added.case is theft


def test_what_is_asked_of_the_state_before_leaves_the_change_as_it_was(theft, db_session):
    assert theft.place.code == "020310"  # a view has loaded what it changes
    with db_session.no_autoflush:
        theft.place, theft.status = None, "solved"
        with aggregates.as_stored(theft):
            assert (theft.place.code, theft.place_code, theft.status) == ("020310", "020310", "open")
        assert (theft.place, theft.place_code, theft.province_code, theft.status) == (
            None,
            None,
            None,
            "solved",
        )
    db_session.commit()
    assert (theft.place_code, theft.province_code) == (None, None)


def test_the_rules_read_the_place_and_court_that_are_chosen_and_not_those_that_were(clerk, theft, db_session):
    url, court = f"/case/edit/{theft.id}", db_session.scalars(select(Court)).first().code
    at_court = {"status": "at_court", "court": court, "sent_on": "05-03-2026", "dossier_no": "PP-12"}
    assert edit(clerk, url, **at_court).status_code == 302
    assert broken(edit(clerk, url, court="", court__text="")) == {"V027"}
    assert broken(edit(clerk, url, place="", place__text="")) == {"V007"}
    edit(clerk, url, place="", place__text="", abroad_country="TH")
    db_session.expire_all()
    assert (theft.place_code, theft.province_code, theft.abroad_country) == (None, None, "TH")


def test_a_case_moves_to_another_commune_of_its_province(clerk, theft, db_session):
    assert edit(clerk, f"/case/edit/{theft.id}", place="020301", place__text="").status_code == 302
    db_session.expire_all()
    assert (theft.place_code, theft.commune_code) == ("020301", "020301")


def test_a_place_and_a_country_abroad_are_not_saved_together(clerk, theft):
    errors = refused(Program(clerk), f"cases/{theft.id}", abroad_country="TH")
    assert errors == {"abroad_country": {""}}
    answer = edit(clerk, f"/case/edit/{theft.id}", abroad_country="TH")
    said = Page.of(answer, 422).said_at("abroad_country")
    assert [kind for _text, _rule, kind in said] == ["error"]


def offences_of_other_laws(number):
    laws = {
        offence.law_code: offence for offence in db.session.scalars(select(Offence).order_by(Offence.code))
    }
    return [CaseOffence(offence=offence, attempt=False) for offence in list(laws.values())[:number]]


@pytest.mark.parametrize("kind", ["person", "involvement", "case"])
def test_a_save_takes_the_same_statements_however_much_hangs_on_it(register, clerk, db_session, kind):
    def asked(number):
        with written_by("clerk.bb"):
            somebody = with_photo(a_registered_person(number))
            for place in range(number):
                others = [(with_photo(a_registered_person(n)), "victim") for n in range(number)]
                people = [(somebody, "suspect"), *others]
                case = a_registered_case(f"02030{place + number}", people)
                case.offences += offences_of_other_laws(number - 1)
            db_session.commit()
            urls = {"person": somebody.id, "involvement": case.involvements[0].id, "case": case.id}
        url, changed = (
            f"/{kind}/edit/{urls[kind]}",
            {"case": "dossier_no", "person": "phone"}.get(kind, "note"),
        )
        edit(clerk, url, **{changed: "A-1"})
        with counted(register) as statements:
            assert edit(clerk, url, **{changed: "A-2"}).status_code == 302
        return statements

    few, many = asked(1), asked(5)
    assert len(few) == len(many), "\n".join(" ".join(one.split())[:140] for one in many)


def test_of_somebody_in_very_many_cases_the_newest_are_asked(theft, db_session, monkeypatch):
    monkeypatch.setattr(queries, "MOST_CASES", 1)
    somebody = theft.involvements[0].person
    with written_by("clerk.bb"):
        newest = a_registered_case(
            people=[(somebody, "suspect")], occurred_from=dates.now() - timedelta(days=9)
        )
        db_session.commit()
    assert [case for case, _facts in aggregate.his_cases(somebody)] == [newest]
