"""Forms of the entry page: one case, and rows of offences, people, exhibits and files.

Fields of a row are named `<rows>-<i>-<field>`; numbers may have gaps where a row was removed.
"""

import re
from dataclasses import dataclass, field

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.audit import access_log
from app.kernel.forms.choices import TEXT_SUFFIX, LookupField
from app.kernel.forms.inputs import SHOWN_SUFFIX
from app.kernel.forms.record_form import RowForm, make_form_class
from app.kernel.i18n.locale import reader_language
from app.kernel.schema.fields import field_groups
from app.kernel.text import dates
from app.people.models import Person, PersonDocument, PersonName
from app.people.rules.identity import CAMBODIAN
from app.people.thumbnails import find_thumbnail_urls

MAX_ROWS = 60  # rows of a kind that can be saved; more are read, shown again and refused

# Shown only when another field of the same row, or of the case, has one of these values.
SHOWN_WHEN = {
    "Person": {
        "sex_reason": "sex=unknown", "age_from": "birth_precision=estimated", "age_to": "birth_precision=estimated",
    },
    "Exhibit": {
        "substance": "kind=drug", "weapon": "kind=weapon", "plate": "kind=vehicle", "frame_no": "kind=vehicle",
        "engine_no": "kind=vehicle", "serial": "kind=phone|weapon|other", "phone": "kind=phone",
        "document_no": "kind=document", "currency": "kind=cash", "quantity": "kind=drug|weapon|cash|other",
        "measure": "kind=drug|weapon|other", "make": "kind=vehicle|phone|weapon|other", "model": "kind=vehicle|phone|weapon",
        "colour": "kind=vehicle|phone|other", "imei": "kind=phone", "calibre": "kind=weapon",
    },
}  # fmt: skip


def _make_form(model, groups, omitted=(), base=RowForm, **options):
    """Return the form of the fields of the model, in the groups of the page (see `field_groups`)."""
    groups = field_groups(model, "add edit", groups, omitted)
    names = [name for names in groups.values() for name in names]
    form = make_form_class(model, names, base=base, **options)
    form.groups = groups
    form.when = SHOWN_WHEN.get(model.__name__, {})
    return form


CaseForm = _make_form(
    Case,
    {
        "times": [
            "occurred_from", "occurred_to", "time_unknown", "reported_at", "report_kind", "place", "place_kind",
            "place_text",
        ],
        "position": ["latitude", "longitude", "abroad_country"],
        "summary": ["summary", "modus_operandi_text", "sensitivity"],
        "outcome": ["photo_missing", "dossier_no"],
    },
    omitted={"late_reason": "the warning of a late entry asks for it"},
    rule_required={"occurred_from", "summary", "place"},
)  # fmt: skip
OffenceForm = _make_form(
    CaseOffence,
    {"": ["offence", "offence_class", "attempt", "method", "means", "motive", "weapon", "second_weapon", "class_reason"]},
    rule_required={"offence", "offence_class"},
)  # fmt: skip
InvolvementForm = _make_form(
    Involvement,
    {
        "role": ["role", "participation"],
        "photo": ["photo_missing"],
        "condition": ["relation", "injury", "intoxication", "state", "schooling", "work", "family", "note"],
    },
)
IdentityForm = _make_form(
    Person,
    {
        "names": ["unidentified", "surname_km", "given_km", "surname_latin", "given_latin"],
        "identity": [
            "sex", "sex_reason", "nationality", "born_on", "birth_precision", "age_stated", "age_from", "age_to", "home",
            "phone", "father_name", "mother_name",
        ],
        "more": ["ethnicity", "spouse_name", "children"],
    },
    omitted=dict.fromkeys(("occupation", "education", "marital"), "copied from the condition at the time")
    | dict.fromkeys(("birthplace", "height_cm", "deceased_on"), "entered on the page of the person")
    | {"photo_missing": "typed with the involvement"},
    rule_required={"sex", "surname_km", "given_km", "nationality"},
)  # fmt: skip


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


_OF_THE_ROW = {"person": "the person of the row"}
DocumentForm = _make_form(
    PersonDocument,
    {"": ["kind", "number"], "more": ["country", "valid_to"]},
    _OF_THE_ROW,
    _DocumentForm,
    optional={"kind", "number"},
)
AliasForm = _make_form(
    PersonName,
    {"": ["text_km"], "more": ["text_latin"]},
    _OF_THE_ROW | {"kind": "the entry page asks for aliases only"},
)
ExhibitForm = _make_form(
    Exhibit,
    {
        "found": ["found_by", "found_at", "found_place", "taken_from", "owner", "packaging"],
        "": ["kind", "property_role", "description", "substance", "weapon"],
    },
)
FileForm = _make_form(CaseFile, {"": ["kind", "note"]})


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
    is_untouched: bool = False  # the clerk left it empty; it is not saved
    uploads: list = field(default_factory=list)  # files uploaded for this row

    def __getitem__(self, part):
        return self.forms[part]

    @property
    def is_card(self):
        """True if the row names a registered person, and the user may see only the card."""
        known = self["known-"].known
        return known.data is not None and not known.key.isdecimal()

    @property
    def photo_url(self):
        """Return the URL of the registered person's photo, or "" if the reader may see only the person card."""
        known = self["known-"].known
        ids = [known.data.id] if known.data is not None and not self.is_card else []
        url = next(iter(find_thumbnail_urls(ids).values()), "")
        if url:  # the number may come from no search
            access_log.log_view_for(access_log.DATA_ENTRY, "", known.data)
        return url

    def format_name(self, kind, number):
        """Return the kind and number of the row, with the typed name of a person."""
        title = f"{kind} {dates.format_number(number, reader_language())}"
        if "person-" not in self.forms:
            return title
        person = self["person-"]
        typed = " ".join(part.data for part in (person.surname_km, person.given_km) if part.data)
        name = self["known-"].known.display_text or typed
        return f"{title} ({name})" if name else title

    @property
    def has_errors(self):
        """Return whether the row has anything that stops the save; such a row is shown expanded."""
        fields = [one for form in self.forms.values() for one in form]
        return any(one.errors or any(warning.blocks_save for warning in one.warnings) for one in fields)


# The usual values of a new row. A row with nothing else is untouched.
USUAL = {"people": {"person-nationality": CAMBODIAN}}


def read_rows(name, formdata, needs_one=False):
    """Return the rows of one kind that the browser sent, in order.

    If the entry needs one and all are empty, the first counts as filled: the messages are at its fields.
    """
    pattern = re.compile(rf"{name}-(\d{{1,4}})-(.*)")
    touched = {}  # number of the row → whether the clerk filled it
    for key in formdata:
        if match := pattern.match(key):
            number, part = match.groups()
            touched[number] = touched.get(number) or _is_typed(name, part, formdata.getlist(key))
    if needs_one and touched and not any(touched.values()):
        touched[next(iter(touched))] = True
    return [make_row(name, number, formdata, not typed) for number, typed in touched.items()]


def _is_typed(name, part, values):
    """Return whether a field of a row has a value that a new row does not have."""
    usual = USUAL.get(name, {})
    if part.endswith(SHOWN_SUFFIX) or part.removesuffix(TEXT_SUFFIX) in usual and part not in usual:
        return False
    return any(value.strip() and value != usual.get(part) for value in values)


def make_row(name, number, formdata=None, is_untouched=False):
    """Return a row of fields, with the usual values without `formdata`; number `__i__` makes the pattern for new rows."""
    forms = {}
    for part, form_class in ROWS[name].items():
        values = {} if formdata else USUAL.get(name, {})
        data = {key.removeprefix(part): value for key, value in values.items()}
        form = form_class(formdata, prefix=f"{name}-{number}-{part}", meta={"csrf": False}, data=data)
        if part == "known-":
            form.known.width = 6
        forms[part] = form
    return Row(number, forms, is_untouched=is_untouched)
