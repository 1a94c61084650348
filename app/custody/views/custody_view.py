"""Base views of custody records and their steps."""

from flask import flash
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_

from app.custody import next_steps, queries, unreported_deaths
from app.extensions import db
from app.inbox.record_links import find_record_url
from app.kernel.audit import access_log
from app.kernel.forms.inputs import DateField, DateTimeField
from app.kernel.schema.rules import check_rules
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.kernel.validation import warning_overrides
from app.people.deaths import is_death_reported


def is_open(model, ended):
    """Return the condition that a record is valid and has not ended."""
    return and_(ended.is_(None), model.voided_at.is_(None))


def open_filter(model, ended):
    """Return the list filter by open and ended records; `ended` is the column of the end."""
    conditions = {"open": is_open(model, ended), "ended": ended.is_not(None)}
    return ListFilter(
        _("Status"), choices={"open": _("Not ended"), "ended": _("Ended")}, build=conditions.__getitem__
    )


def show_unserved(person):
    """Show a note if this person has a sentence that no prison executes (V184). The form may set the person free."""
    numbers = queries.find_unserved(person, dates.now().date()).get("unserved")
    if numbers:
        text = gettext(
            "This person has a sentence that no prison executes: %(numbers)s. Ask the prosecutor before a release.",
            numbers=" · ".join(numbers),
        )
        flash(text, "warning")


class CustodyRecordView(RecordView):
    """View of a custody record. Its rules run with the derived person and case."""

    needs_purpose = frozenset((access_log.LIST,))
    omitted_columns = {"case": "a list names the person"}

    def facts(self, record):
        return queries.load_facts(record)

    def heading(self, record):
        return str(record.person or "") or super().heading(record)

    def subtitle(self, record):
        return " · ".join(filter(None, (str(self.show_title), str(record))))

    show_template = "custody/custody_record.html"

    def show_context(self, record, extra):
        may_step = not record.voided_at
        return {
            "next_steps": list(next_steps.list_next_steps(record)) if may_step else [],
            "notes": list(next_steps.list_notes(record)) if may_step else [],
            "overrides": warning_overrides.load_overrides(record),
            "has_scans": bool(getattr(self, "scans", "")),
        }

    def problems(self, record):
        record.update_derived()  # sets the person and the case, which the rules read
        return check_rules(record.__rules__, record, self.facts(record))


class CustodyStepFormView(CustodyRecordView):
    """View of the steps of a custody, detention, judgment, sentence or release.

    `kind_fields` lists the fields of each kind, in addition to the `common_fields` of every step. `required_fields` lists
    those that the rules require. The form shows only the fields of its kind.
    """

    parent_link = ""  # relationship to the record that shows the steps on its page
    common_fields, kind_fields, required_fields = (), {}, {}
    sets_free = False  # whether the step "end" may set the person free
    omitted_columns = dict.fromkeys(("person", "case"), "on the page of the parent record")

    def url_after_save(self, pk):
        """Return the page of the parent record, which shows all steps."""
        step = db.session.get(self.datamodel.obj, int(pk))
        if unreported_deaths.is_death(step) and not is_death_reported(db.session, step.person_id):
            text = gettext(
                "Report the death with its document on the page of the person. A second officer confirms it."
            )
            flash(text, "warning")
        parent = getattr(step, self.parent_link)
        # The form found the parent in the scope of the user, and a step hides no person.
        return find_record_url(parent.__tablename__, parent.id, is_visible=True)

    def prefill(self, form):
        super().prefill(form)
        now = dates.now().replace(second=0, microsecond=0)
        for field in form:
            if field.name in self.common_fields and isinstance(field, (DateField, DateTimeField)):
                field.data = now if isinstance(field, DateTimeField) else now.date()
        parent = form[self.parent_link].data
        if form.kind.data == "end" and self.sets_free and parent is not None:
            show_unserved(parent.person)

    def _get_add_widget(self, form, exclude_cols=None, widgets=None):
        return super()._get_add_widget(form, self._unused_fields(form, self.add_columns), widgets)

    def _get_edit_widget(self, form, exclude_cols=None, widgets=None):
        return super()._get_edit_widget(form, self._unused_fields(form, self.edit_columns), widgets)

    def _unused_fields(self, form, names):
        """Return the fields that this kind does not use. A field with an error stays visible."""
        if form.kind.data not in self.kind_fields:
            return []
        for name in self.required_fields.get(form.kind.data, ()):
            form[name].optional = False
        shown = {"kind", "note", *self.common_fields, *self.kind_fields[form.kind.data]}
        return [name for name in names if name not in shown and not form[name].errors]
