"""Forms of the entry page: one case, and rows of offences, people, exhibits and files.

Fields of a row are named `<rows>-<i>-<field>`; numbers may have gaps where a row was removed.
"""

import re
from dataclasses import dataclass, field

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.forms.choices import LookupField
from app.kernel.forms.record_form import RowForm, make_form_class
from app.people.models import Person, PersonDocument, PersonName
from app.people.thumbnails import find_thumbnail_urls

MAX_ROWS = 60  # rows of a kind that can be saved; more are read, shown again and refused

TIME_FIELDS = ["occurred_from", "occurred_to", "reported_at", "report_kind", "time_unknown"]
PLACE_FIELDS = ["place", "place_kind", "place_text", "latitude", "longitude", "abroad_country"]
SUMMARY_FIELDS = ["summary", "modus_operandi_text", "sensitivity"]
STATUS_FIELDS = ["status", "solved_on", "clearance", "sent_on", "court", "dossier_no", "photo_missing"]
IDENTITY_FIELDS = [
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "sex_reason", "born_on", "birth_precision",
    "age_stated", "age_from", "age_to", "nationality", "ethnicity", "home", "father_name", "mother_name",
    "spouse_name", "children", "phone", "unidentified",
]  # fmt: skip
INVOLVEMENT_FIELDS = [
    "role", "participation", "relation", "injury", "intoxication", "schooling", "work", "family", "state",
    "photo_missing", "note",
]  # fmt: skip

# Shown only when another field of the same row, or of the case, has one of these values.
SHOWN_WHEN = {
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
CaseForm = make_form_class(
    Case,
    [*TIME_FIELDS, *PLACE_FIELDS, *SUMMARY_FIELDS, *STATUS_FIELDS],
    base=RowForm,
    rule_required={"occurred_from", "summary", "place"},
)
OffenceForm = make_form_class(
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
    rule_required={"offence", "offence_class"},
)
InvolvementForm = make_form_class(Involvement, INVOLVEMENT_FIELDS, base=RowForm)
IdentityForm = make_form_class(
    Person, IDENTITY_FIELDS, base=RowForm, rule_required={"sex", "surname_km", "given_km", "nationality"}
)


class _DocumentForm(RowForm):
    """The identity document of a new person; it may be left empty as a whole."""

    def is_complete(self):
        """Return whether type and number are both filled or all fields are empty. Marks the missing field."""
        if not any(one.data or one.errors for one in (self.kind, self.number, self.valid_to)):
            return True
        missing = [one for one in (self.kind, self.number) if not one.data and not one.errors]
        for one in missing:
            one.errors = [*one.errors, gettext("Enter a value.")]
        return not missing


DocumentForm = make_form_class(
    PersonDocument, ["kind", "number", "country", "valid_to"], base=_DocumentForm, optional={"kind", "number"}
)
AliasForm = make_form_class(PersonName, ["text_km", "text_latin"], base=RowForm)
ExhibitForm = make_form_class(
    Exhibit,
    [
        "kind", "property_role", "description", "substance", "quantity", "measure", "weapon", "plate", "frame_no",
        "engine_no", "serial", "document_no", "phone", "value_khr", "currency", "state",
    ],
    base=RowForm,
)  # fmt: skip
FileForm = make_form_class(CaseFile, ["kind", "note"], base=RowForm)
for model, form in {"Case": CaseForm, "Person": IdentityForm, "Exhibit": ExhibitForm}.items():
    form.when = SHOWN_WHEN[model]


class KnownPersonForm(RowForm):
    """The person of a row who is already registered."""

    known = LookupField(
        _("Search E-Crime first"),
        lookup="card",
        description=_("Name, document number or P- number"),
    )


ROWS = {
    "offences": {"": OffenceForm},
    "people": {
        "known-": KnownPersonForm, "": InvolvementForm, "person-": IdentityForm, "document-": DocumentForm, "alias-": AliasForm,
    },
    "exhibits": {"": ExhibitForm},
    "files": {"": FileForm},
}  # fmt: skip


@dataclass
class Row:
    """One row of the page: its number and its forms, by the prefix of their fields."""

    index: str
    forms: dict
    record: object = None
    uploads: list = field(default_factory=list)  # files uploaded for this row

    def __getitem__(self, part):
        return self.forms[part]

    @property
    def photo_url(self):
        """Return the URL of the registered person's photo, or "" if the reader may see only the person card."""
        known = self["known-"].known
        ids = [known.data.id] if known.data is not None and known.key.isdecimal() else []
        return next(iter(find_thumbnail_urls(ids).values()), "")

    @property
    def has_errors(self):
        """Return whether the row has anything that stops the save; such a row is shown expanded."""
        fields = [one for form in self.forms.values() for one in form]
        return any(one.errors or any(warning.blocks_save for warning in one.warnings) for one in fields)


def read_rows(name, formdata):
    """Return the rows of one kind that the browser sent, in order."""
    pattern = re.compile(rf"{name}-(\d{{1,4}})-")
    matches = (pattern.match(key) for key in formdata)
    numbers = dict.fromkeys(match[1] for match in matches if match)
    return [make_row(name, number, formdata) for number in numbers]


def make_row(name, number, formdata=None):
    """Return a row of fields, empty without `formdata`; number `__i__` makes the pattern for new rows."""
    forms = {}
    for part, form_class in ROWS[name].items():
        form = form_class(formdata, prefix=f"{name}-{number}-{part}", meta={"csrf": False})
        if part == "known-":
            form.known.width = 6
        forms[part] = form
    return Row(number, forms)
