"""Form for requesting a correction: each field of the record with its current and its new value."""

from flask_babel import gettext
from sqlalchemy import inspect

from app.corrections import actions, correctable_records, impact
from app.corrections.models import CHANGE, NOT_STATED, VOID
from app.kernel.concurrency.edit_conflicts import comparable_text, display_text
from app.kernel.database.transactions import rollback
from app.kernel.forms.inputs import CheckboxField
from app.kernel.forms.record_form import fields_by_name
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.schema.record_lock import column_of_field
from app.kernel.text import khmer

MAX_LETTER_LENGTH = 60
OWN = "correction_"  # precedes the names of the fields that are no field of the record: many records have a `kind`


def list_causes():
    """Return (key, label) of the causes that a chief can select."""
    return [(key, label) for key, label in code_lists.choices("correction_cause") if key != NOT_STATED]


class CorrectionRequest:
    """Request of one chief for one record, as entered. `kind` is that of the correction: change or void."""

    def __init__(self, record, formdata, kind, from_api=False):
        self.record, self.formdata = record, formdata
        self.entity, self.pk = record.__tablename__, record.id
        self.kind = VOID if kind == VOID else CHANGE
        self.problems, self.message = {}, ""
        form_class = correctable_records.make_correction_form(record)
        self.stored_form = form_class(None, obj=record, meta={"csrf": False})
        # The CSRF token of the form is for pages; the API checks its own requests.
        self.form = form_class(formdata, obj=record, **({"meta": {"csrf": False}} if from_api else {}))
        self.cause = (formdata or {}).get(f"{OWN}cause", "")
        self.reason = self._text("reason")
        self.letter_no = " ".join(self._text("letter_no").split())
        self.effects = {}

    def _text(self, name):
        try:
            return khmer.normalize((self.formdata or {}).get(f"{OWN}{name}", ""), multiline=True).strip()
        except khmer.InvalidText:
            self.problems[name] = gettext("This text contains characters that cannot be saved.")
            return ""

    @property
    def rows(self):
        """Yield (current value as text, field of the new value) in the order of the form."""
        for field in self.form:
            if field.short_name != "csrf_token":
                yield display_text(self.stored_form[field.short_name]), field

    @property
    def changes(self):
        """Return column → new value of the fields that differ from the stored record."""
        model, found = type(self.record), {}
        for name, field in fields_by_name(self.form).items():
            if name == "csrf_token" or comparable_text(field) == comparable_text(self.stored_form[name]):
                continue
            if (
                name not in self.formdata
                and not isinstance(field, CheckboxField)
                and f"{name}__text" not in self.formdata
            ):
                continue
            value = field.data
            if value is not None and not isinstance(value, str) and name in model.__mapper__.relationships:
                value = inspect(value).identity[0]
            found[column_of_field(model, name)] = value or None if isinstance(value, str) else value
        return found | dict(self._find_changed_flags(found))

    def _find_changed_flags(self, changes):
        """Yield (flag, new value) of the changed times of which only the day is known now, or was known before."""
        for name, flag in self.record.__day_flags__.items():
            if changes.get(name) is None:
                continue
            is_day = not self.form[name].time_given
            if (is_day or flag not in self.form) and is_day != bool(getattr(self.record, flag)):
                yield flag, is_day

    def validate(self):
        """Return whether it can be submitted. Checks the rules with the new values and then rolls the session back."""
        for name, minimum, text in (
            (
                "reason",
                actions.MIN_REASON_LENGTH,
                gettext(
                    "Give a reason of at least %(n)s characters.", n=format_value(actions.MIN_REASON_LENGTH)
                ),
            ),
            ("letter_no", 1, gettext("Enter the number of the request letter.")),
        ):
            if len(getattr(self, name)) < minimum:
                self.problems.setdefault(name, text)
        if self.cause not in dict(list_causes()):
            self.problems["cause"] = gettext("Select the cause of the correction.")
        if len(self.letter_no) > MAX_LETTER_LENGTH:
            self.problems["letter_no"] = gettext(
                "This text is too long. Use at most %(number)s characters.",
                number=format_value(MAX_LETTER_LENGTH),
            )
        readable = self.kind == VOID or self.form.validate()
        if not readable or self.problems:
            return False
        self.requested_changes = {} if self.kind == VOID else self.changes
        with impact.unrestricted_session():
            reason = self.reason[: actions.MAX_REASON_LENGTH]
            record = correctable_records.find_record(self.entity, self.pk)
            self.effects, problems = actions.preview_correction(
                record, self.kind, self.requested_changes, reason
            )
            clear = self.form.show_problems(problems, self.formdata)
            rollback()
        return clear

    def submit(self, user):
        record = correctable_records.find_record(self.entity, self.pk)
        return actions.request_correction(
            user,
            record,
            self.kind,
            self.requested_changes,
            self.cause,
            self.reason,
            self.letter_no,
            self.form.overrides,
            self.effects,
        )

    def reload(self):
        """Load the record again after the session was rolled back."""
        self.record = correctable_records.find_record(self.entity, self.pk)
