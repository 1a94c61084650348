"""The search query: a text and filters. It is sent in the body of a request, or stored behind a search token."""

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from unicodedata import category

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.forms.choices import CodeFilterField, LookupField
from app.kernel.forms.inputs import BUDDHIST_OFFSET, BUDDHIST_YEARS, DateField, YearField
from app.kernel.forms.record_form import RowForm
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import format_value
from app.kernel.schema.lookups import MAX_QUERY_LENGTH
from app.kernel.text import khmer
from app.kernel.text.dates import FIRST_YEAR, LAST_YEAR


class FilterForm(RowForm):
    """The filter fields of a search. All are optional."""

    sex = CodeFilterField(_("Sex"), codes_name="sex")
    born_from = YearField(_("Birth year from"))
    born_to = YearField(_("Birth year to"))
    status = CodeFilterField(_("Status"), codes_name="person_status")
    place = LookupField(_("Place"), lookup="place")
    role = CodeFilterField(_("Role in a case"), codes_name="role")
    offence = LookupField(_("Offence"), lookup="offence")
    since = DateField(_("Case date from"))
    until = DateField(_("Case date to"))


@dataclass(frozen=True)
class SearchQuery:
    """A parsed search. Invalid values are left out, and the filter form has their errors."""

    text: str = ""
    sex: str = ""
    born_from: int | None = None
    born_to: int | None = None
    status: str = ""
    place: str = ""
    role: str = ""
    offence: str = ""
    since: date | None = None
    until: date | None = None
    buddhist: int | None = None  # the birth year as it was typed after the name, in the Buddhist era

    @classmethod
    def from_form(cls, form):
        """Return (the query, its filter form) of a posted form."""
        filter_form = FilterForm(form)
        filter_form.validate()
        values = {}
        for name in FILTERS:
            field = filter_form[name]
            if not field.errors and field.data not in (None, ""):
                values[name] = field.key if isinstance(field, LookupField) else field.data
        if form.get("buddhist") == str(values.get("born_from", 0) + BUDDHIST_OFFSET):
            values["buddhist"] = values["born_from"] + BUDDHIST_OFFSET
        query = cls(text=read_text(form), **values)
        return (query if filter_form.errors else query.with_birth_year), filter_form

    @classmethod
    def from_payload(cls, payload):
        """Return the query of a stored payload."""
        known = {name: value for name, value in payload.items() if name in FIELD_NAMES}
        days = {name: date.fromisoformat(known[name]) for name in ("since", "until") if known.get(name)}
        return cls(**known | days)

    @property
    def payload(self):
        """Return the query as JSON data, without empty values."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
            if value not in ("", None)
        }

    @property
    def filter_form(self):
        """Return the filter form with the values of this query."""
        return FilterForm(
            data={
                **asdict(self),
                "place": _get_lookup_record("place", self.place),
                "offence": _get_lookup_record("offence", self.offence),
            }
        )

    @property
    def with_birth_year(self):
        """Return the query with a year after the name («Sok Dara 1984») as the birth year.

        The year may be of either era. It is ignored if a birth year is set already.
        """
        match = _NAME_WITH_YEAR.fullmatch(khmer.to_latin_digits(self.text))
        if not match or self.born_from is not None or self.born_to is not None:
            return self
        name, year, buddhist = match["name"], int(match["year"]), None
        if BUDDHIST_YEARS[0] <= year <= BUDDHIST_YEARS[1]:
            year, buddhist = year - BUDDHIST_OFFSET, year
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return self
        return replace(self, text=name, born_from=year, born_to=year, buddhist=buddhist)

    def without(self, *names):
        return replace(self, **{one.name: one.default for one in fields(self) if one.name in names})

    def only(self, *names):
        return self.without(*(name for name in FIELD_NAMES if name not in names))

    @property
    def has_filters(self):
        """Return whether a filter is set."""
        return any(getattr(self, name) not in ("", None) for name in FILTERS)

    @property
    def has_case_filters(self):
        """Return whether a filter is set that applies to cases in the reader's area only."""
        return bool(self.place or self.role or self.offence or self.since or self.until)

    @property
    def chips(self):
        """Return [(filter names, label, value)] for display."""
        texts = {
            "sex": code_lists.label("sex", self.sex),
            "status": code_lists.label("person_status", self.status),
            "place": lookups.get_lookup("place").words(self.place) if self.place else "",
            "role": code_lists.label("role", self.role),
            "offence": lookups.get_lookup("offence").words(self.offence) if self.offence else "",
        }
        labels = {name: FILTER_LABELS[name] for name in texts}
        found = [((name,), labels[name], word) for name, word in texts.items() if word]
        born = _range_chip(("born_from", "born_to"), _("Year of birth"), self.born_from, self.born_to)
        found[1:1] = [(*chip, self._format_era(years)) for *chip, years in born]
        return found + _range_chip(("since", "until"), _("Case date"), self.since, self.until)

    def _format_era(self, year):
        """Return the birth year with the Buddhist year it was converted from, so that the conversion is visible."""
        if not self.buddhist:
            return year
        return gettext(
            "%(year)s (Buddhist era %(buddhist)s)", year=year, buddhist=format_value(self.buddhist)
        )


# At least two letters and no other digit, so that no number of a case, plate or place matches.
_NAME_WITH_YEAR = re.compile(
    r"(?P<name>(?=\D*[^\W\d]\D*[^\W\d])\D*?[^\s\d])\s+(?:(?:កើត)?(?:នៅ)?ឆ្នាំ\s*|born\s+)?(?:ព\.?ស\.?\s*)?(?P<year>(?:19|2[0456])\d\d)",
    re.IGNORECASE,
)
# Control characters and lone surrogates separate words; direction marks and invisible spaces do not.
INVISIBLE = {"Cc": " ", "Cs": " ", "Cf": ""}
FIELD_NAMES = tuple(one.name for one in fields(SearchQuery))
FILTERS = FIELD_NAMES[1:-1]
FILTER_LABELS = {
    "sex": _("Sex"), "status": _("Status"), "place": _("Place"), "role": _("Role in a case"), "offence": _("Offence"),
}  # fmt: skip


def read_text(form):
    """Return the normalized search text, without invisible characters and without copied quotation marks."""
    typed = form.get("q", "")[: 2 * MAX_QUERY_LENGTH]
    text = khmer.normalize("".join(INVISIBLE.get(category(one), one) for one in typed))[
        :MAX_QUERY_LENGTH
    ].strip()
    return re.sub("^«([^«»]*)»$", r"\1", text).strip()


def _get_lookup_record(lookup, key):
    return lookups.get_lookup(lookup).get(key) if key else None


def _range_chip(names, label, first, last):
    if first is None and last is None:
        return []
    span = (
        format_value(first) if first == last else f"{format_value(first) or '…'}–{format_value(last) or '…'}"
    )
    return [(names, label, span)]
