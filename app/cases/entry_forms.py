"""The boxes of the entry page: one case, and rows of offences, people, exhibits and files.

A row's boxes are named `<rows>-<i>-<field>`; numbers may be missing where a row was taken away.
"""

import re
from dataclasses import dataclass, field

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.forms.choices import LookupBox
from app.kernel.forms.record_form import RowForm, form_for
from app.people.models import Person, PersonDocument, PersonName
from app.people.thumbnails import faces_of

MOST_ROWS = 60  # that are saved of a kind; more are read, shown again and refused

TIMES = ["occurred_from", "occurred_to", "reported_at", "report_kind", "time_unknown"]
PLACE = ["place", "place_kind", "place_text", "latitude", "longitude", "abroad_country"]
FACTS = ["summary", "way_text", "sensitivity"]
STATE = ["status", "solved_on", "clearance", "sent_on", "court", "dossier_no", "photo_missing"]
IDENTITY = [
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "sex_reason", "born_on", "birth_precision",
    "age_stated", "age_from", "age_to", "nationality", "ethnicity", "home", "father_name", "mother_name",
    "spouse_name", "children", "phone", "unidentified",
]  # fmt: skip
PART = [
    "role", "participation", "relation", "injury", "intoxication", "schooling", "work", "family", "state",
    "photo_missing", "note",
]  # fmt: skip

# Shown only where another box of the same row, or of the case, has one of these values.
WHEN = {
    "Case": {
        "solved_on": "status=solved", "clearance": "status=solved", "sent_on": "status=at_prosecutor|at_court|judged",
        "court": "status=at_prosecutor|at_court|judged", "dossier_no": "status=at_prosecutor|at_court|judged",
    },
    "Person": {
        "sex_reason": "sex=unknown", "age_from": "birth_precision=estimated", "age_to": "birth_precision=estimated",
    },
    "Exhibit": {
        "substance": "kind=drug", "weapon": "kind=weapon", "plate": "kind=vehicle", "frame_no": "kind=vehicle",
        "engine_no": "kind=vehicle", "serial": "kind=phone|weapon|other", "phone": "kind=phone",
        "document_no": "kind=document", "currency": "kind=cash", "quantity": "kind=drug|weapon|cash|other",
        "measure": "kind=drug|weapon|other",
    },
}  # fmt: skip
CaseForm = form_for(
    Case, [*TIMES, *PLACE, *FACTS, *STATE], base=RowForm, spoken={"occurred_from", "summary", "place"}
)
OffenceForm = form_for(
    CaseOffence,
    [
        "offence",
        "attempt",
        "offence_class",
        "class_reason",
        "way",
        "means",
        "motive",
        "weapon",
        "second_weapon",
    ],
    base=RowForm,
    spoken={"offence", "offence_class"},
)
PartForm = form_for(Involvement, PART, base=RowForm)
IdentityForm = form_for(
    Person, IDENTITY, base=RowForm, spoken={"sex", "surname_km", "given_km", "nationality"}
)


class _DocumentForm(RowForm):
    """The document of a new person, which may be left out as a whole."""

    def is_whole(self):
        """Whether kind and number are both there, or nothing is. Says at the empty one that it is missing."""
        if not any(box.data or box.errors for box in (self.kind, self.number, self.valid_to)):
            return True
        missing = [box for box in (self.kind, self.number) if not box.data and not box.errors]
        for box in missing:
            box.errors = [*box.errors, gettext("Fill in this box.")]
        return not missing


DocumentForm = form_for(
    PersonDocument, ["kind", "number", "country", "valid_to"], base=_DocumentForm, optional={"kind", "number"}
)
AliasForm = form_for(PersonName, ["text_km", "text_latin"], base=RowForm)
ExhibitForm = form_for(
    Exhibit,
    [
        "kind", "property_role", "description", "substance", "quantity", "measure", "weapon", "plate", "frame_no",
        "engine_no", "serial", "document_no", "phone", "value_khr", "currency", "state",
    ],
    base=RowForm,
)  # fmt: skip
FileForm = form_for(CaseFile, ["kind", "note"], base=RowForm)
for of, form in {"Case": CaseForm, "Person": IdentityForm, "Exhibit": ExhibitForm}.items():
    form.when = WHEN[of]


class KnownForm(RowForm):
    """The person of a row, where he or she is in the register already."""

    known = LookupBox(
        _("Search the register first"),
        lookup="card",
        description=_("Name, number of a document or P- number"),
    )


ROWS = {
    "offences": {"": OffenceForm},
    "people": {
        "known-": KnownForm, "": PartForm, "person-": IdentityForm, "document-": DocumentForm, "alias-": AliasForm,
    },
    "exhibits": {"": ExhibitForm},
    "files": {"": FileForm},
}  # fmt: skip


@dataclass
class Row:
    """One row of the page: its number and its forms, by the prefix of their boxes."""

    index: str
    forms: dict
    record: object = None
    held: list = field(default_factory=list)  # files that were uploaded for this row

    def __getitem__(self, part):
        return self.forms[part]

    @property
    def face(self):
        """The photo that the register has of the person of this row; none of whom only the card may be seen."""
        known = self["known-"].known
        ids = [known.data.id] if known.data is not None and known.key.isdecimal() else []
        return next(iter(faces_of(ids).values()), "")

    @property
    def has_mistakes(self):
        """Whether anything in the row stands in the way of the save; such a row is drawn open."""
        boxes = [box for form in self.forms.values() for box in form]
        return any(box.errors or any(said.stops for said in box.warnings) for box in boxes)


def read_rows(name, formdata):
    """The rows of one kind that the browser sent, in their order."""
    pattern = re.compile(rf"{name}-(\d{{1,4}})-")
    found = (pattern.match(key) for key in formdata)
    numbers = dict.fromkeys(match[1] for match in found if match)
    return [make_row(name, number, formdata) for number in numbers]


def make_row(name, number, formdata=None):
    """A row of boxes, empty where there is no `formdata`; number `__i__` makes the pattern for new rows."""
    forms = {}
    for part, form_class in ROWS[name].items():
        made = form_class(formdata, prefix=f"{name}-{number}-{part}", meta={"csrf": False})
        if part == "known-":
            made.known.width = 6
        forms[part] = made
    return Row(number, forms)
