"""A theft in Khmer, complete and true, of which no rule complains; a test changes the one thing it is about.

The objects are new and belong to no session. People and events are invented.
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


def a_place(**over):
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


def a_unit(**over):
    values = {
        "code": "PC-12",
        "name_km": "ស្នងការដ្ឋាននគរបាលរាជធានីភ្នំពេញ",
        "name_en": "Phnom Penh Commissariat",
        "kind": "commissariat",
        "area_code": "12",
    }
    return Unit(**values | over)


def a_court(**over):
    return Court(**{"code": "PP", "name_km": "សាលាដំបូងរាជធានីភ្នំពេញ", "name_en": "Phnom Penh Court"} | over)


def a_law(**over):
    values = {
        "code": "PC2009",
        "name_km": "ក្រមព្រហ្មទណ្ឌ",
        "name_en": "Penal Code",
        "valid_from": date(2010, 12, 10),
        "day_unsure": False,
    }
    return Law(**values | over)


def an_offence(**over):
    """An offence of the table: theft, with a sure class."""
    values = {
        "code": "PC2009-353_356",
        "article": "353, 356",
        "name_km": "អំពើលួច",
        "name_en": "Theft",
        "offence_class": "misdemeanour",
        "class_unsure": False,
        "family": "property",
        "causes_death": False,
        "involuntary": False,
        "protects_victim": False,
        "valid_from": date(2010, 12, 10),
    }
    values |= over
    if "law" not in values:
        values["law"] = a_law()
    return Offence(**values)


def a_murder(**over):
    values = {"code": "PC2009-199", "article": "199", "name_km": "មនុស្សឃាត", "name_en": "Murder"}
    return an_offence(
        **values | {"offence_class": "felony", "family": "killing", "causes_death": True} | over
    )


def a_drug_offence(**over):
    values = {
        "code": "DRUG2012-40",
        "article": "40",
        "name_km": "ការជួញដូរគ្រឿងញៀន",
        "name_en": "Drug trafficking",
    }
    return an_offence(**values | {"offence_class": "felony", "family": "drugs"} | over)


def a_case_offence(offence=None, **over):
    """An offence in a case."""
    return CaseOffence(**{"offence": offence or an_offence(), "attempt": False, "way": None} | over)


def a_person(**over):
    """A Cambodian man of 32 years, new to the register."""
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


def a_foreigner(**over):
    values = {
        "surname_km": None,
        "given_km": None,
        "surname_latin": "Nguyen",
        "given_latin": "Van An",
        "nationality": "VN",
        "documents": [a_document(kind="passport", number="B1234567", country="VN")],
    }
    return a_person(**values | over)


def a_document(**over):
    """A Cambodian identity card."""
    return PersonDocument(**{"kind": "national_id", "number": "012345678", "country": "KH"} | over)


def another_name(**over):
    return PersonName(**{"kind": "alias", "text_km": "ដារ៉ាតូច", "text_latin": "Dara Touch"} | over)


def an_involvement(role="suspect", person=None, **over):
    return Involvement(**{"role": role, "person": person or a_person()} | over)


def a_victim(person=None, **over):
    person = person or a_person(
        surname_km="ចាន់", given_km="សុភា", surname_latin="Chan", given_latin="Sophea", sex="F"
    )
    return an_involvement("victim", person, **{"injury": "none"} | over)


def an_exhibit(**over):
    """The telephone that was stolen."""
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


def a_drug(**over):
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
    return an_exhibit(**values | over)


def a_case(**over):
    """The theft of a telephone, with its suspect and its victim, entered on the next day."""
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
        "place": a_place,
        "offences": lambda: [a_case_offence()],
        "involvements": lambda: [an_involvement(), a_victim()],
        "exhibits": lambda: [an_exhibit()],
    }
    return Case(**{name: make() for name, make in children.items() if name not in values}, **values)


def facts_of_a_case(**over):
    """What a unit of Phnom Penh knows when it enters the case now."""
    values = {
        "now": NOW,
        "unit": a_unit(),
        "place_exists": True,
        "centre": PREAEK_AENG,
        "countries": COUNTRIES,
    }
    return CaseFacts(**values | over)


def facts_of_a_person(**over):
    return PersonFacts(**{"now": NOW, "has_case": True, "countries": COUNTRIES} | over)
