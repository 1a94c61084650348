"""What the query builder counts, and the coded fields by which it counts them.

A field belongs to a table of facts. A count may have the fields of some tables as rows and columns (`axes`), and more as filters.
Fields of people are for counts of people only: with them, a count of cases could describe a single person.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.i18n.locale import reader_language
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import code_lists, lookups
from app.kernel.text import dates, khmer
from app.reference.models import Offence, Unit
from app.reference.place_index import get_place_index
from app.statistics import map_figures, measures, periods
from app.statistics.charts import heat_grids
from app.statistics.facts import CHILD_CLEARANCE, PROTECTED_GROUPS, SEXUAL, STATE, TRAFFICKING

ALIASES = {"cases": "c", "offences": "o", "people": "p", "items": "i"}
TABLES = {"cases": _("Case"), "offences": _("Offence"), "people": _("Person"), "items": _("Item")}
UNKNOWN = "-"  # the choice of a filter for rows without a value
PROTECTED = "protected"
HIDDEN_FAMILIES = (SEXUAL, TRAFFICKING, STATE)  # their cases are counted as protected cases only
BANDS = ("18-24", "25-34", "35-44", "45-59", "60+", "unknown")  # of adults: no others are counted


@dataclass(frozen=True)
class Field:
    """A coded field: its table, its SQL expression, the label of a value, and its values for filters, if it has any."""

    code: str
    label: object
    table: str
    sql: str
    format: Callable
    list_values: Callable | None = None  # () → {value: label}
    is_ordered: bool = False  # the values have an order of their own: time, age


@dataclass(frozen=True)
class Count:
    """A number to count: its SQL, and the tables whose fields may be rows and columns, or also filters."""

    code: str
    table: str
    sql: str
    axes: tuple
    filters: tuple
    where: str = "TRUE"

    @property
    def measure(self):
        return measures.BY_CODE[self.code]


_CASES, _OFFENCES, _ITEMS = ("cases",), ("cases", "offences"), ("cases", "items")
_PEOPLE = ("cases", "offences", "people")
_ALL = ("cases", "offences", "items")
_ADULTS = "NOT p.minor AND NOT p.hidden AND p.band NOT IN ('0-13', '14-17')"
COUNTS = {
    one.code: one
    for one in (
        Count("cases", "cases", "count(DISTINCT c.id)", _ALL, _ALL),
        Count("offences", "offences", "count(DISTINCT o.id)", _OFFENCES, _ALL),
        Count("people", "people", "count(DISTINCT p.who)", _PEOPLE, (*_PEOPLE, "items"), _ADULTS),
        Count("involvements", "people", "count(DISTINCT p.id)", _PEOPLE, (*_PEOPLE, "items"), _ADULTS),
        Count("objects", "items", "count(*)", _ITEMS, _ALL),
        Count("grams", "items", "coalesce(sum(i.quantity), 0)", _ITEMS, _ALL, "i.measure = 'gram'"),
        Count("litres", "items", "coalesce(sum(i.quantity), 0)", _ITEMS, _ALL, "i.measure = 'litre'"),
        Count("pills", "items", "coalesce(sum(i.quantity), 0)", _ITEMS, _ALL, "i.measure = 'pill'"),
        Count(PROTECTED, "cases", "", _CASES, _CASES),
    )
}


def get_group_label(group):
    """Return the name of a group of protected cases."""
    return code_lists.label("protected_group", group)


def get_area_name(code):
    """Return the short name of a place in the reader's language, or “unknown” without a code."""
    index = get_place_index()
    number = index.numbers.get(code)
    return gettext("unknown") if number is None else index.format_name(number, reader_language())


def format_year(year):
    """Return a year in the digits of the reader's language."""
    return khmer.to_khmer_digits(str(year)) if reader_language() == "km" else str(year)


def _load_names():
    units = select(Unit.code, Unit.name_km, Unit.name_en, Unit.area_code).order_by(Unit.code)
    offences = select(Offence.code, Offence.name_km, Offence.name_en).order_by(Offence.code)
    offences = offences.where(Offence.protected_group.is_(None))
    with db.engine.connect() as connection:
        return [connection.execute(one).all() for one in (units, offences)]


_names = versioned_cache.VersionedCache("reference", _load_names)


def _choose_name(row):
    return (row.name_en if reader_language() == "en" else None) or row.name_km


def list_units():
    """Return {code: name} of all units."""
    return {row.code: _choose_name(row) for row in _names.get()[0]}


def _list_offences():
    return {row.code: _choose_name(row) for row in _names.get()[1]}


def _list_families():
    labels = code_lists.choices_with_retired("offence_family")
    return {key: label for key, label in labels.items() if key not in HIDDEN_FAMILIES}


def list_open_families(limits):
    """Return {key: label} of the families of a reader that pages of open cases offer, with retired ones."""
    families = _list_families()
    return {key: label for key, label in families.items() if not limits.families or key in limits.families}


def _list_roles():
    labels = code_lists.choices_with_retired("role")
    return {key: label for key, label in labels.items() if key != "child_below_14"}  # no minor is counted


def _list_clearances():
    labels = code_lists.choices_with_retired("clearance")
    return {key: label for key, label in labels.items() if key != CHILD_CLEARANCE}


def _list_places(digits):
    return {spot.code: spot.full_name for spot in map_figures.list_spots("", digits)}


def _of_codes(code, label, table, codes, sql="", list_values=None):
    def format_code(key):
        return code_lists.label(codes, key)

    sql = sql or f"{ALIASES[table]}.{code}"
    return Field(
        code, label, table, sql, format_code, list_values or partial(code_lists.choices_with_retired, codes)
    )


def _of_numbers(code, label, table, sql, form, numbers):
    def list_numbers():
        return {str(one): form(one) for one in numbers}

    return Field(code, label, table, sql, form, list_numbers if numbers else None, True)


def _format_band(band):
    return heat_grids.format_band(band * 3, reader_language())


def _format_age(band):
    if band == "unknown":
        return gettext("unknown")
    return khmer.to_khmer_digits(band) if reader_language() == "km" else band


def _list_ages():
    return {band: _format_age(band) for band in BANDS}


def _list_groups():
    return {group: get_group_label(group) for group in PROTECTED_GROUPS}


def _yes_no(code, label, table, sql):
    return _of_numbers(code, label, table, f"CAST({sql} AS INTEGER)", APPLIES.label_for, (1, 0))


def _place(code, label, digits):
    return Field(code, label, "cases", f"c.{code}", get_area_name, partial(_list_places, digits))


FIELDS = {
    one.code: one
    for one in (
        _of_numbers("year", _("Year"), "cases", "c.month // 100", format_year, ()),
        _of_numbers("month", _("Month"), "cases", "c.month", periods.format_month, ()),
        _of_numbers("weekday", _("Weekday"), "cases", "c.weekday",
                    lambda day: dates.format_weekday(day - 1, reader_language()), range(1, 8)),
        _of_numbers("hours", _("Time of day"), "cases", "c.hour // 3", _format_band, range(8)),
        _place("province", _("Province"), 2),
        _place("district", _("District"), 4),
        _place("commune", _("Commune"), 6),
        Field("unit", _("Unit"), "cases", "c.unit", lambda code: lookups.get_lookup("unit").words(code), list_units),
        _of_codes("place_kind", _("Place type"), "cases", "place_kind"),
        _of_codes("report_kind", _("Reporting method"), "cases", "report_kind"),
        _of_codes("status", _("Case status"), "cases", "case_status"),
        _of_codes("clearance", _("Solving method"), "cases", "clearance", list_values=_list_clearances),
        _of_codes("late_reason", _("Reason for late entry"), "cases", "late_reason"),
        _yes_no("imported", _("Imported"), "cases", "c.imported"),
        _of_codes("family", _("Offence family"), "offences", "offence_family", list_values=_list_families),
        Field("offence", _("Offence"), "offences", "o.offence",
              lambda code: lookups.get_lookup("offence").words(code), _list_offences),
        _of_codes("class", _("Offence class"), "offences", "offence_class"),
        _yes_no("attempt", _("Attempted"), "offences", "o.attempt"),
        _of_codes("method", _("Method of commission"), "offences", "method"),
        _of_codes("means", _("Means used"), "offences", "means"),
        _of_codes("motive", _("Motive"), "offences", "motive"),
        _of_codes("offence_weapon", _("Weapon"), "offences", "weapon", "o.weapon"),
        _of_codes("second_weapon", _("Second weapon"), "offences", "weapon"),
        _of_codes("role", _("Role in the case"), "people", "role", list_values=_list_roles),
        _of_codes("participation", _("Suspected role"), "people", "participation"),
        _of_codes("sex", _("Sex"), "people", "sex"),
        Field("band", _("Age at the time"), "people", "p.band", _format_age, _list_ages, True),
        _yes_no("foreigner", _("Foreigner"), "people", "p.foreigner"),
        _of_codes("education", _("Education level"), "people", "education"),
        _of_codes("occupation", _("Occupation"), "people", "occupation"),
        _of_codes("family_status", _("Family status"), "people", "marital"),
        _of_codes("state_of_mind", _("Mental state"), "people", "state_of_mind"),
        _of_codes("relation", _("Relation to the victim"), "people", "relation"),
        _of_codes("injury", _("Injury"), "people", "injury"),
        _of_codes("intoxication", _("Alcohol or drugs"), "people", "intoxication"),
        _of_codes("decision", _("Court decision"), "people", "verdict"),
        _of_codes("kind", _("Exhibit type"), "items", "exhibit_kind"),
        _of_codes("property_role", _("Item status"), "items", "property_role", "i.role"),
        _of_codes("substance", _("Substance"), "items", "substance"),
        _of_codes("item_weapon", _("Weapon type"), "items", "weapon", "i.weapon"),
        _of_codes("measure", _("Unit of measure"), "items", "measure"),
    )
}  # fmt: skip
# Protected cases have these fields only.
PROTECTED_FIELDS = {
    "group": Field("group", _("Group"), "cases", "", get_group_label, _list_groups)
} | {code: FIELDS[code] for code in ("province", "month", "year")}  # fmt: skip


def list_axes(count):
    """Return {code: Field} of the fields that may be rows and columns of a count."""
    if count.code == PROTECTED:
        return PROTECTED_FIELDS
    return {code: one for code, one in FIELDS.items() if one.table in count.axes}


def list_filters(count):
    """Return {code: Field} of the fields that may filter a count."""
    fields = PROTECTED_FIELDS if count.code == PROTECTED else FIELDS
    return {code: one for code, one in fields.items() if one.table in count.filters and one.list_values}


def find_field(code):
    """Return the field with this code, or None."""
    return FIELDS.get(code) or PROTECTED_FIELDS.get(code)
