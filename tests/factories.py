"""Factories: a complete theft in Khmer that breaks no rule. A test changes the one value it is about.

The objects are new and belong to no session. Persons and events are invented.
"""

from datetime import date, datetime

from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.cases.rules import CaseFacts
from app.people.models import Person, PersonDocument, PersonName
from app.people.rules import PersonFacts
from app.reference.models import Court, Law, Offence, Place, Unit

NOW = datetime(2026, 3, 5, 14, 30)
COUNTRIES = frozenset(("KH", "VN", "TH", "stateless", "unknown"))
PREAEK_AENG = (11.5118, 104.9868)  # latitude, longitude

SUMMARY = (
    "តាមពាក្យបណ្តឹង នៅល្ងាចថ្ងៃទី៤ ខែមីនា ជនសង្ស័យបានលួចទូរស័ព្ទដៃមួយគ្រឿងពីតុក្នុងហាងកាហ្វេ "
    "រួចរត់គេចខ្លួនតាមម៉ូតូ។ ម្ចាស់ហាងបានឃើញហេតុការណ៍ និងបានប្តឹងនគរបាល។"
)


def make_place(**over):
    values = {
        "code": "121206",
        "name_km": "ព្រែកឯង",
        "name_en": "Preaek Aeng",
        "level": 6,
        "kind": "sangkat",
        "latitude": PREAEK_AENG[0],
        "longitude": PREAEK_AENG[1],
    }
    return Place(**values | over)


def make_unit(**over):
    values = {
        "code": "PC-12",
        "name_km": "ស្នងការដ្ឋាននគរបាលរាជធានីភ្នំពេញ",
        "name_en": "Phnom Penh Commissariat",
        "kind": "commissariat",
        "area_code": "12",
    }
    return Unit(**values | over)


def make_court(**over):
    return Court(**{"code": "PP", "name_km": "សាលាដំបូងរាជធានីភ្នំពេញ", "name_en": "Phnom Penh Court"} | over)


def make_law(**over):
    values = {
        "code": "PC2009",
        "name_km": "ក្រមព្រហ្មទណ្ឌ",
        "name_en": "Penal Code",
        "valid_from": date(2010, 12, 10),
        "date_uncertain": False,
    }
    return Law(**values | over)


def make_offence(**over):
    """Return an offence of the table: theft, with a confirmed class."""
    values = {
        "code": "PC2009-353_356",
        "article": "353, 356",
        "name_km": "អំពើលួច",
        "name_en": "Theft",
        "offence_class": "misdemeanour",
        "class_uncertain": False,
        "family": "property",
        "causes_death": False,
        "involuntary": False,
        "protects_victim": False,
        "valid_from": date(2010, 12, 10),
    }
    values |= over
    if "law" not in values:
        values["law"] = make_law()
    return Offence(**values)


def make_murder(**over):
    values = {"code": "PC2009-199", "article": "199", "name_km": "មនុស្សឃាត", "name_en": "Murder"}
    return make_offence(
        **values | {"offence_class": "felony", "family": "killing", "causes_death": True} | over
    )


def make_drug_offence(**over):
    values = {
        "code": "DRUG2012-40",
        "article": "40",
        "name_km": "ការជួញដូរគ្រឿងញៀន",
        "name_en": "Drug trafficking",
    }
    return make_offence(**values | {"offence_class": "felony", "family": "drugs"} | over)


def make_case_offence(offence=None, **over):
    """Return an offence in a case."""
    return CaseOffence(**{"offence": offence or make_offence(), "attempt": False, "method": None} | over)


def make_person(**over):
    """Return a Cambodian man of 32 years who is not registered."""
    values = {
        "surname_km": "សុខ",
        "given_km": "ដារ៉ា",
        "surname_latin": "Sok",
        "given_latin": "Dara",
        "sex": "M",
        "born_on": date(1994, 1, 20),
        "birth_precision": "day",
        "nationality": "KH",
        "father_name": "សុខ សំណាង",
        "photo_missing": "not_available",
    }
    return Person(**values | over)


def make_foreigner(**over):
    values = {
        "surname_km": None,
        "given_km": None,
        "surname_latin": "Nguyen",
        "given_latin": "Van An",
        "nationality": "VN",
        "documents": [make_document(kind="passport", number="B1234567", country="VN")],
    }
    return make_person(**values | over)


def make_document(**over):
    """Return a Cambodian identity card."""
    return PersonDocument(**{"kind": "national_id", "number": "012345678", "country": "KH"} | over)


def make_other_name(**over):
    return PersonName(**{"kind": "alias", "text_km": "ដារ៉ាតូច", "text_latin": "Dara Touch"} | over)


def make_involvement(role="suspect", person=None, **over):
    return Involvement(**{"role": role, "person": person or make_person()} | over)


def make_victim(person=None, **over):
    person = person or make_person(
        surname_km="ចាន់", given_km="សុភា", surname_latin="Chan", given_latin="Sophea", sex="F"
    )
    return make_involvement("victim", person, **{"injury": "none"} | over)


def make_exhibit(**over):
    """Return the stolen telephone."""
    values = {
        "kind": "phone",
        "property_role": "stolen",
        "description": "ទូរស័ព្ទដៃពណ៌ខ្មៅ",
        "quantity": 1,
        "measure": "piece",
        "serial": "356938035643809",
        "value_khr": 800000,
        "state": "seized",
    }
    return Exhibit(**values | over)


def make_drug(**over):
    values = {
        "kind": "drug",
        "property_role": "seized",
        "description": None,
        "substance": "ice",
        "quantity": 5,
        "measure": "gram",
        "serial": None,
        "value_khr": None,
    }
    return make_exhibit(**values | over)


def make_case(**over):
    """Return the theft of a telephone with its suspect and its victim, entered on the next day."""
    values = {
        "occurred_from": datetime(2026, 3, 4, 19, 40),
        "occurred_to": datetime(2026, 3, 4, 19, 50),
        "time_unknown": False,
        "reported_at": datetime(2026, 3, 4, 20, 15),
        "report_kind": "complaint",
        "place_kind": "shop",
        "latitude": 11.51,
        "longitude": 104.98,
        "summary": SUMMARY,
        "status": "open",
        "sensitivity": "normal",
    }
    values |= over
    children = {
        "place": make_place,
        "offences": lambda: [make_case_offence()],
        "involvements": lambda: [make_involvement(), make_victim()],
        "exhibits": lambda: [make_exhibit()],
    }
    return Case(**{name: make() for name, make in children.items() if name not in values}, **values)


def make_case_facts(**over):
    """Return what a unit of Phnom Penh knows when it enters the case now."""
    values = {
        "now": NOW,
        "unit": make_unit(),
        "place_exists": True,
        "centre": PREAEK_AENG,
        "countries": COUNTRIES,
    }
    return CaseFacts(**values | over)


def make_person_facts(**over):
    return PersonFacts(**{"now": NOW, "has_case": True, "countries": COUNTRIES} | over)
