"""What is asked: a text, and the filters that narrow its answers. It travels in the body of a request or behind a token."""

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from unicodedata import category

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.forms.choices import LookupBox, OldCodeBox
from app.kernel.forms.inputs import AHEAD, BUDDHIST, DateBox, YearBox
from app.kernel.forms.record_form import RowForm
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import said
from app.kernel.schema.lookups import LONGEST
from app.kernel.text import khmer
from app.kernel.text.dates import FIRST_YEAR, LAST_YEAR


class FilterForm(RowForm):
    """The boxes that narrow a search; each may stay empty."""

    sex = OldCodeBox(_("Sex"), codes_name="sex")
    born_from = YearBox(_("Born from the year"))
    born_to = YearBox(_("Born until the year"))
    status = OldCodeBox(_("Status"), codes_name="person_status")
    place = LookupBox(_("Place"), lookup="place")
    role = OldCodeBox(_("Role in a case"), codes_name="role")
    offence = LookupBox(_("Offence"), lookup="offence")
    since = DateBox(_("Case from the day"))
    until = DateBox(_("Case until the day"))


@dataclass(frozen=True)
class Question:
    """A search as it was meant: every value read, what could not be read left out (`form` says so at its box)."""

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
    buddhist: int | None = None  # the year of birth as it was typed behind the name, where it is of that era

    @classmethod
    def read(cls, form):
        """The question in a posted form."""
        boxes = FilterForm(form)
        boxes.validate()
        values = {}
        for name in FILTERS:
            box = boxes[name]
            if not box.errors and box.data not in (None, ""):
                values[name] = box.key if isinstance(box, LookupBox) else box.data
        if form.get("buddhist") == str(values.get("born_from", 0) + AHEAD):
            values["buddhist"] = values["born_from"] + AHEAD
        question = cls(text=text_of(form), **values)
        return (question if boxes.errors else question.with_the_year_said), boxes

    @classmethod
    def kept(cls, payload):
        """The question behind a token."""
        known = {name: value for name, value in payload.items() if name in NAMES}
        days = {name: date.fromisoformat(known[name]) for name in ("since", "until") if known.get(name)}
        return cls(**known | days)

    @property
    def payload(self):
        """The same as plain JSON, without what was not asked."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
            if value not in ("", None)
        }

    @property
    def boxes(self):
        """The filter form, filled with this question."""
        return FilterForm(
            data={
                **asdict(self),
                "place": _record("place", self.place),
                "offence": _record("offence", self.offence),
            }
        )

    @property
    def with_the_year_said(self):
        """The same, but a year of either era behind the name («Sok Dara 1984») is his year of birth, as long as no other is
        asked.
        """
        said_year = _YEAR_SAID.fullmatch(khmer.latin_digits(self.text))
        if not said_year or self.born_from is not None or self.born_to is not None:
            return self
        name, year, buddhist = said_year["name"], int(said_year["year"]), None
        if BUDDHIST[0] <= year <= BUDDHIST[1]:
            year, buddhist = year - AHEAD, year
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return self
        return replace(self, text=name, born_from=year, born_to=year, buddhist=buddhist)

    def without(self, *names):
        return replace(self, **{one.name: one.default for one in fields(self) if one.name in names})

    def only(self, *names):
        return self.without(*(name for name in NAMES if name not in names))

    @property
    def is_narrowed(self):
        """Whether anything is asked beside the text."""
        return any(getattr(self, name) not in ("", None) for name in FILTERS)

    @property
    def asks_of_cases(self):
        """Whether it asks what only the cases of one's own part tell."""
        return bool(self.place or self.role or self.offence or self.since or self.until)

    @property
    def chips(self):
        """[(names of the filters, label, value)] as a reader is told them."""
        words = {
            "sex": code_lists.label("sex", self.sex),
            "status": code_lists.label("person_status", self.status),
            "place": lookups.named("place").words(self.place) if self.place else "",
            "role": code_lists.label("role", self.role),
            "offence": lookups.named("offence").words(self.offence) if self.offence else "",
        }
        labels = {name: FILTER_LABELS[name] for name in words}
        found = [((name,), labels[name], word) for name, word in words.items() if word]
        born = _span(("born_from", "born_to"), _("Year of birth"), self.born_from, self.born_to)
        found[1:1] = [(*chip, self._of_era(span)) for *chip, span in born]
        return found + _span(("since", "until"), _("Day of the case"), self.since, self.until)

    def _of_era(self, year):
        """The year of birth with that of the Buddhist era from which it was reckoned, so that nobody is filtered unseen."""
        if not self.buddhist:
            return year
        return gettext("%(year)s (Buddhist era %(buddhist)s)", year=year, buddhist=said(self.buddhist))


# Two letters at least and no other digit, so that it is no case, plate or place with a number.
_YEAR_SAID = re.compile(
    r"(?P<name>(?=\D*[^\W\d]\D*[^\W\d])\D*?[^\s\d])\s+(?:(?:កើត)?(?:នៅ)?ឆ្នាំ\s*|born\s+)?(?:ព\.?ស\.?\s*)?(?P<year>(?:19|2[0456])\d\d)",
    re.IGNORECASE,
)
# Control characters and halves of letters part words; marks of direction and invisible spaces do not.
UNSEEN = {"Cc": " ", "Cs": " ", "Cf": ""}
NAMES = tuple(one.name for one in fields(Question))
FILTERS = NAMES[1:-1]
FILTER_LABELS = {
    "sex": _("Sex"), "status": _("Status"), "place": _("Place"), "role": _("Role in a case"), "offence": _("Offence"),
}  # fmt: skip


def text_of(form):
    """What was typed in the box, in normal form, without what cannot be seen and the quotes it was copied with."""
    typed = form.get("q", "")[: 2 * LONGEST]
    text = khmer.normal("".join(UNSEEN.get(category(one), one) for one in typed))[:LONGEST].strip()
    return re.sub("^«([^«»]*)»$", r"\1", text).strip()


def _record(lookup, key):
    return lookups.named(lookup).get(key) if key else None


def _span(names, label, first, last):
    if first is None and last is None:
        return []
    span = said(first) if first == last else f"{said(first) or '…'}–{said(last) or '…'}"
    return [(names, label, span)]
