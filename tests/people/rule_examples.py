"""People, documents and reports of death that break one rule each."""

from datetime import date
from types import SimpleNamespace

from app.kernel.schema.rules import ERROR, WARNING
from app.people.deaths import DeathReport
from tests.factories import (
    make_document,
    make_foreigner,
    make_other_name,
    make_person,
    make_person_facts,
)
from tests.rule_examples import Example

UNNAMED = dict.fromkeys(("surname_km", "given_km", "surname_latin", "given_latin"))
KNOWN = [SimpleNamespace(number="P-0000007")]
ESTIMATE = {"born_on": None, "birth_precision": "estimated"}


def break_person(rule, field, level, facts=None, make=make_person, **values):
    return Example(rule, field, level, make(**values), make_person_facts(**facts or {}))


def break_document(rule, level, number, **facts):
    return Example(rule, "number", level, make_document(number=number), make_person_facts(**facts))


def break_death(rule, field, level=ERROR, facts=None, **values):
    died = {
        "person": make_person(),
        "died_on": date(2026, 3, 1),
        "document_no": "1/26",
        "document_date": date(2026, 3, 2),
    }
    return Example(rule, field, level, DeathReport(**died | values), make_person_facts(**facts or {}))


EXAMPLES = [
    break_person("V030", "surname_km", ERROR, **UNNAMED),
    break_person("V030", "surname_km", ERROR, **UNNAMED, born_on=None),
    break_person("V030", "age_from", ERROR, **UNNAMED, born_on=None, unidentified=True),
    break_person("V030", "surname_km", ERROR, surname_km=None, given_km=None),
    break_person("V030", "surname_latin", ERROR, make=make_foreigner, surname_latin=None, given_latin=None, surname_km="ង្វៀន"),
    Example("V030", "text_km", ERROR, make_other_name(text_km=None, text_latin=None), make_person_facts()),
    break_person("V031", "given_km", ERROR, given_km="Dara"),
    break_person("V031", "given_latin", ERROR, given_latin="ដារ៉ា"),
    break_person("V032", "born_on", ERROR, born_on=date(2026, 3, 6)),
    break_person("V032", "birth_year", ERROR, born_on=None, birth_year=2027),
    break_person("V032", "deceased_on", ERROR, deceased_on=date(1990, 1, 1)),
    break_person("V032", "age_stated", ERROR, born_on=None, age_stated=111),
    break_person("V033", "age_stated", WARNING, age_stated=20),
    break_person("V034", "birth_precision", ERROR, born_on=None, age_from=20, age_to=30, birth_precision=None),
    break_person("V034", "age_to", ERROR, **ESTIMATE, age_from=20),
    break_person("V034", "age_to", ERROR, **ESTIMATE, age_from=20, age_to=19),
    break_document("V035", WARNING, "12345"),
    break_document("V036", ERROR, "012345678", documents_elsewhere={"012345678": "P-0000007"}),
    break_person("V037", "surname_km", WARNING, {"same_people": KNOWN}),
    break_person("V038", "surname_km", WARNING, {"alike_people": KNOWN}),
    break_person("V041", "sex", ERROR, sex=None),
    break_person("V041", "sex", WARNING, sex="unknown"),
    break_person("V042", "nationality", ERROR, nationality=None),
    break_person("V042", "nationality", ERROR, nationality="ZZ"),
    break_person("V043", "nationality", WARNING, make=make_foreigner, documents=[]),
    break_person("V045", "surname_km", ERROR, {"has_case": False}),
    break_death("V004", "died_on", died_on=date(2026, 3, 6), document_date=date(2026, 3, 7)),
    break_death("V032", "died_on", died_on=date(1990, 1, 1)),
    break_death("V113", "document_no", document_no=None),
    break_death("V113", "document_date", document_date=None),
    break_death("V113", "document_date", document_date=date(2026, 2, 28)),
    break_death("V113", "died_on", WARNING, {"last_act_on": date(2026, 3, 3)}),
]  # fmt: skip
