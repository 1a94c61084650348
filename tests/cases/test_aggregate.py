"""A changed row is saved only if the case stays valid; earlier errors in the case do not block it."""

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
from tests.kernel.screens.test_record_view import submit_edit
from tests.prepared import prepared
from tests.sample_rows import (
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
    take_step,
)
from tests.sql_calls import Program
from tests.statement_counts import counted

CHILD = date(dates.now().year - 9, 1, 1)
LONG_AGO = "05-03-2001 10:00"  # when the suspects of these tests were 11 years old


@prepared
def theft(db_session):
    """A theft with a suspect and a victim."""
    with acting_as("clerk.bb"):
        people = [add_photo(make_registered_person(number)) for number in range(2)]
        case = add_registered_case(people=list(zip(people, ("suspect", "victim"), strict=True)))
        db_session.commit()
        return case


def find_broken_rules(answer):
    """Return the numbers of the rules that refused a form, "" for an error without a number."""
    page = Page.from_response(answer, 422)
    return {code.text for line in page.all("p", css="message") for code in line.all(css="code")} | {
        code.text for line in page.all(role="alert") for code in line.all(css="code")
    }


def put_refused(program, path, **values):
    """Return field → rules that refused a change by the API."""
    version = program.get(path)["result"]["version"]
    errors = program.put(path, {"version": version, **values}, 422)["errors"]
    return {field: {one["rule"] for one in said} for field, said in errors.items()}


@pytest.fixture
def save_unchecked(db_session):
    """Writes values that no form accepts, as an import or an older rule may have left them."""

    def write(record, **values):
        with acting_as("clerk.bb"):
            for name, value in values.items():
                setattr(record, name, value)
            db_session.commit()

    return write


@pytest.fixture
def solved(theft, db_session):
    take_step(theft, "solved", clearance="identified")
    db_session.commit()


def test_birth_correction_making_suspect_a_child_is_refused(clerk, theft, db_session, each_database):
    person = theft.involvements[0].person
    answer = submit_edit(clerk, f"/person/edit/{person.id}", born_on=CHILD.strftime("%d-%m-%Y"))
    assert find_broken_rules(answer) == {"V049"}
    assert theft.number in answer.text
    assert put_refused(Program(clerk), f"persons/{person.id}", born_on=CHILD.isoformat()) == {
        "record": {"V049"}
    }
    db_session.expire_all()
    assert person.born_on.year == 1990


def test_solved_case_requires_an_identified_suspect(clerk, theft, solved):
    suspect = theft.involvements[0].person
    answer = submit_edit(clerk, f"/person/edit/{suspect.id}", unidentified="y", birth_precision="estimated",
                  age_from="30", age_to="40")  # fmt: skip
    assert find_broken_rules(answer) == {"V026"}


def test_theft_requires_its_stolen_exhibit(clerk, theft, each_database):
    exhibit = theft.exhibits[0]
    assert find_broken_rules(submit_edit(clerk, f"/exhibit/edit/{exhibit.id}", property_role="seized")) == {
        "V019"
    }
    assert put_refused(Program(clerk), f"exhibits/{exhibit.id}", property_role="seized") == {
        "record": {"V019"}
    }


def test_offence_changed_to_drug_offence_requires_a_drug(clerk, theft):
    offence = theft.offences[0]
    changed = {"offence": "DRUG2012-40", "offence__text": "", "offence_class": "felony"}
    assert find_broken_rules(submit_edit(clerk, f"/caseoffence/edit/{offence.id}", **changed)) == {"V017"}


def test_solved_case_requires_its_last_suspect(clerk, theft, solved):
    row = theft.involvements[0]
    answer = submit_edit(clerk, f"/involvement/edit/{row.id}", role="other")
    assert find_broken_rules(answer) == {"V026"}
    assert put_refused(Program(clerk), f"involvements/{row.id}", role="other") == {"record": {"V026"}}


def test_row_problem_is_reported_at_its_own_field(clerk, theft):
    row = theft.involvements[0]
    assert put_refused(Program(clerk), f"involvements/{row.id}", role="child_below_14") == {"role": {"V049"}}


def test_row_edit_in_already_invalid_case_is_accepted(
    clerk, theft, save_unchecked, db_session, each_database
):
    save_unchecked(theft.exhibits[0], property_role="seized")
    save_unchecked(theft.involvements[0].person, born_on=CHILD)
    suspect, victim = theft.involvements
    assert submit_edit(clerk, f"/involvement/edit/{victim.id}", note="បានរបួសដៃ").status_code == 302
    assert submit_edit(clerk, f"/person/edit/{suspect.person_id}", phone="012345678").status_code == 302
    assert submit_edit(clerk, f"/exhibit/edit/{theft.exhibits[0].id}", plate="2AB-9999").status_code == 302
    db_session.expire_all()
    assert (victim.note, suspect.person.phone) == ("បានរបួសដៃ", "012345678")


def test_case_edit_with_already_invalid_row_is_accepted(
    clerk, theft, save_unchecked, db_session, each_database
):
    save_unchecked(theft.exhibits[0], property_role="seized")
    save_unchecked(theft.involvements[0].person, born_on=CHILD)
    assert submit_edit(clerk, f"/case/edit/{theft.id}", dossier_no="PP-12").status_code == 302
    program, path = Program(clerk), f"cases/{theft.id}"
    version = program.get(path)["result"]["version"]
    program.put(path, {"version": version, "dossier_no": "PP-13"})
    db_session.expire_all()
    assert theft.dossier_no == "PP-13"


def test_case_date_making_suspect_a_child_is_refused(clerk, theft):
    answer = submit_edit(clerk, f"/case/edit/{theft.id}", occurred_from=LONG_AGO)
    assert "V049" in find_broken_rules(answer)
    assert str(theft.involvements[0]) in answer.text


def test_new_row_reports_problems_in_other_rows(theft, db_session):
    """The suspect is also entered as victim: the existing row is wrong then, not the new one."""
    suspect, victim = theft.involvements
    victim.role = "witness"
    db_session.commit()
    with db_session.no_autoflush:
        added = Involvement(role="victim", person=suspect.person, case=theft)
        problems = aggregates.aggregate_errors(added)
    assert [problem.rule for problem in problems] == ["V047"]
    assert added in theft.involvements and added.case is theft


def test_reading_stored_state_keeps_pending_changes(theft, db_session):
    assert theft.place.code == "020310"  # loaded, as a view loads a record before it changes it
    with db_session.no_autoflush:
        theft.place, theft.dossier_no = None, "PP-12"
        with aggregates.stored_values(theft):
            assert (theft.place.code, theft.place_code, theft.dossier_no) == ("020310", "020310", None)
        assert (theft.place, theft.place_code, theft.province_code, theft.dossier_no) == (
            None,
            None,
            None,
            "PP-12",
        )
    db_session.commit()
    assert (theft.place_code, theft.province_code) == (None, None)


def test_rules_read_the_new_place_and_court(clerk, theft, db_session):
    url, court = f"/case/edit/{theft.id}", db_session.scalars(select(Court)).first()
    take_step(theft, "at_court", court=court)
    db_session.commit()
    assert submit_edit(clerk, url, dossier_no="PP-12").status_code == 302
    assert find_broken_rules(submit_edit(clerk, url, dossier_no="")) == {"V027"}
    assert find_broken_rules(submit_edit(clerk, url, place="", place__text="")) == {"V007"}
    submit_edit(clerk, url, place="", place__text="", abroad_country="TH")
    db_session.expire_all()
    assert (theft.place_code, theft.province_code, theft.abroad_country) == (None, None, "TH")


def test_case_place_change_within_province_is_saved(clerk, theft, db_session):
    assert submit_edit(clerk, f"/case/edit/{theft.id}", place="020301", place__text="").status_code == 302
    db_session.expire_all()
    assert (theft.place_code, theft.commune_code) == ("020301", "020301")


def test_case_with_place_and_foreign_country_is_refused(clerk, theft):
    errors = put_refused(Program(clerk), f"cases/{theft.id}", abroad_country="TH")
    assert errors == {"abroad_country": {""}}
    answer = submit_edit(clerk, f"/case/edit/{theft.id}", abroad_country="TH")
    said = Page.from_response(answer, 422).get_messages("abroad_country")
    assert [kind for _text, _rule, kind in said] == ["error"]


def make_offences_of_other_laws(number):
    laws = {
        offence.law_code: offence for offence in db.session.scalars(select(Offence).order_by(Offence.code))
    }
    return [CaseOffence(offence=offence, attempt=False) for offence in list(laws.values())[:number]]


@pytest.mark.parametrize("kind", ["person", "involvement", "case"])
def test_save_statement_count_is_constant(register, clerk, db_session, kind):
    def count_statements(number):
        with acting_as("clerk.bb"):
            somebody = add_photo(make_registered_person(number))
            for place in range(number):
                others = [(add_photo(make_registered_person(n)), "victim") for n in range(number)]
                people = [(somebody, "suspect"), *others]
                case = add_registered_case(f"02030{place + number}", people)
                case.offences += make_offences_of_other_laws(number - 1)
            db_session.commit()
            urls = {"person": somebody.id, "involvement": case.involvements[0].id, "case": case.id}
        url, changed = (
            f"/{kind}/edit/{urls[kind]}",
            {"case": "dossier_no", "person": "phone"}.get(kind, "note"),
        )
        submit_edit(clerk, url, **{changed: "A-1"})
        with counted(register) as statements:
            assert submit_edit(clerk, url, **{changed: "A-2"}).status_code == 302
        return statements

    few, many = count_statements(1), count_statements(5)
    assert len(few) == len(many), "\n".join(" ".join(one.split())[:140] for one in many)


def test_person_in_many_cases_checks_only_the_newest(theft, db_session, monkeypatch):
    monkeypatch.setattr(queries, "MAX_CASES", 1)
    somebody = theft.involvements[0].person
    with acting_as("clerk.bb"):
        newest = add_registered_case(
            people=[(somebody, "suspect")], occurred_from=dates.now() - timedelta(days=9)
        )
        db_session.commit()
    assert [case for case, _facts in aggregate.find_cases_of_person(somebody)] == [newest]
