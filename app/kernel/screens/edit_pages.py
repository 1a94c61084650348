"""The add and edit pages of a record.

They close four gaps of FAB: a rejected save redirects and loses the input; a rejected change stays in the session and
is committed by the next save; the last of two writers wins silently; a form submitted twice creates two records.
"""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.kernel.access.hidden_identity import HIDDEN
from app.kernel.access.write_scope import READ_ONLY, is_read_only
from app.kernel.audit import access_log
from app.kernel.concurrency import edit_conflicts, idempotency
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import LOST_RACE, SaveRejected, unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.forms.choices import LookupField
from app.kernel.schema.rules import ERROR, Facts, Problem, check_rules
from app.kernel.text import dates
from app.kernel.validation import aggregates, warning_overrides
from app.kernel.validation.aggregates import aggregate_errors

MAX_SAVE_ATTEMPTS = 5  # how often a change is compared again before its sender must retry
VERSION_MISSING = _("The version of the record is missing. Compare the values, then save again.")


class EditPages(ModelView):
    """The add and edit pages of a RecordView."""

    # Defined by RecordView.
    find: Callable[..., Any]
    find_view: Callable[..., Any]
    heading: Callable[..., str]

    def facts(self, record):
        """Return what the rules of this record need to know; override for data from other records."""
        return Facts(now=dates.now())

    def problems(self, record):
        """Return what the rules of a changed record find, and the errors that the change causes in its aggregates."""
        # First: it loads the aggregates, which the rules of the record read too.
        errors = aggregate_errors(record)
        return [*check_rules(getattr(record, "__rules__", ()), record, self.facts(record)), *errors]

    def find_fixable_problems(self, record):
        """Return the problems of a changed record that its form can fix: all, until fields are locked."""
        return aggregates.drop_unfixable(record, self.problems(record), self.facts)

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self):
        access_log.require_purpose_for(self, access_log.OPEN)  # the form shows the name of its parent record
        form = self.add_form.refresh()
        form.idempotency_key = idempotency.form_key()
        if request.method == "GET":
            self.prefill(form)
            return self._render_form("add", form)
        record = self.datamodel.obj()
        redirection = self._redirect_if_saved(form)
        if redirection is not None:
            return redirection
        if not self._validate(form, record, request.form):
            # The rules may have found the record that the first of two clicks has just created.
            return self._redirect_if_saved(form) or self._render_form("add", form, UNPROCESSABLE)
        return self._save(record, form, "add") or self._render_conflict("add", form)

    def find_parent_record(self, form):
        """Return (URL, title) of the parent record that an add form was opened from, or None."""
        for field in form:
            if isinstance(field, LookupField) and field.name in request.args and field.data is not None:
                view = self.find_view(field.data)
                if view is not None:
                    access_log.log_view(field.data)  # the title has its name
                    pk = view.datamodel.get_pk_value(field.data)
                    return view.record_url(pk), view.record_title(field.data)
        return None

    def record_title(self, record):
        """Return the heading of a record and, if the heading lacks it, its name."""
        heading, name = self.heading(record), str(record)
        return heading if name in heading else f"{heading} · {name}"

    def prefill(self, form):
        """Fill an empty add form; links to parent records may be given in the URL.

        Redirect to a parent record that is read-only.
        """
        for field in form:
            if isinstance(field, LookupField) and field.name in request.args:
                field.data = field.lookup.get(request.args[field.name])
                if field.data is not None:  # the page shows its name
                    access_log.log_view(field.data)
                    self._refuse_read_only_parent(field)

    def _refuse_read_only_parent(self, field):
        is_parent = field.name in getattr(self.datamodel.obj, "__parents__", ())
        if is_parent and is_read_only(field.data):
            flash(str(READ_ONLY), "warning")
            abort(redirect(self.find_view(field.data).record_url(field.data.id)))

    def _redirect_if_saved(self, form):
        """Return a redirect to the record that this form already created (double click, back button), or None."""
        used = idempotency.find_key(form.idempotency_key)
        if used is None or used.entity != self.datamodel.obj.__tablename__:
            return None
        if used.request_digest == idempotency.digest_request(request.form):
            flash(gettext("Saved."), "success")
        else:
            flash(
                gettext(
                    "This form was already saved. Changes made after saving are not in the record. Edit the record, or start an empty form."
                ),
                "warning",
            )
        return redirect(self.url_after_save(used.entity_key))

    def url_after_save(self, pk):
        """Return the URL to open after a save: the page of the record."""
        return url_for(f"{self.endpoint}.show", pk=pk)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        record = self.find(pk)
        if g.read_only or getattr(record, "hides_identity", False):  # the form would show the hidden person
            flash(str(READ_ONLY if g.read_only else HIDDEN), "warning")
            return redirect(self.url_after_save(pk))
        if request.method == "GET":
            form = self.edit_form.refresh(obj=record)
            form.version = edit_conflicts.get_version(record)
            form.field_digests = edit_conflicts.field_digests(form)
            return self._render_form("edit", form, record=record)
        for _attempt in range(MAX_SAVE_ATTEMPTS):
            response = self._try_edit(record)
            if response is not None:
                return response
            record = self.find(pk)  # another user saved between our read and our write: compare again
        return self._render_conflict("edit", self._build_submitted_form(record), record)

    def _try_edit(self, record):
        """Return the response to one attempt to change `record`, or None if another user saved first."""
        edit_conflicts.lock_row(record)
        form = self._build_submitted_form(record)
        no_version = edit_conflicts.VERSION not in request.form
        if no_version or edit_conflicts.find_unresolved(form.conflicts, request.form):
            rollback()
            form.form_errors += [str(VERSION_MISSING)] if no_version else []
            return self._render_form("edit", form, CONFLICT, record)
        submitted = request.form
        accepted = [one.name for one in form.conflicts if one.choice == edit_conflicts.THEIRS]
        if accepted:
            submitted = edit_conflicts.drop_fields(submitted, accepted)
            form = self._build_submitted_form(record, submitted)
        if not self._validate(form, record, submitted):
            return self._render_form("edit", form, UNPROCESSABLE, record)
        return self._save(record, form, "edit")

    def _build_submitted_form(self, record, submitted=None):
        """Return the submitted form, with the changes that others saved since the page was opened."""
        submitted = request.form if submitted is None else submitted
        form = self.edit_form(submitted, obj=record)
        stored = self.edit_form(None, obj=record, meta={"csrf": False})
        version = submitted.get(edit_conflicts.VERSION, "")
        form.version = (
            int(version) if version.isdecimal() and len(version) < 12 else edit_conflicts.NO_VERSION
        )
        form.field_digests = submitted.get(edit_conflicts.DIGESTS, "") if form.version else ""
        form.conflicts = edit_conflicts.find_conflicts(
            form, stored, record, form.version, submitted, form.field_digests
        )
        return form

    def _validate(self, form, record, submitted):
        """Return True if all fields can be parsed and the rules accept the record.

        Both are checked, so that a form is rejected once with all its problems. A rejected change is rolled back.
        """
        readable = form.validate()
        valid = self._check_rules(form, record, submitted) and readable
        if not valid:
            rollback()
        return valid

    def _check_rules(self, form, record, submitted):
        """Fill the record and return True if its rules accept it."""
        with db.session.no_autoflush:
            form.populate(record, submitted)
            return form.show_problems(_shown_problems(record, self.find_fixable_problems(record)), submitted)

    def _save(self, record, form, screen):
        """Commit and redirect, or roll back and return the form with its problems.

        Return None if the version in the database is no longer the expected one (another user saved first).
        """
        edited = record if screen == "edit" else None
        try:
            with unit_of_work(record=record, form=form, where=type(self).__name__):
                db.session.add(record)
                db.session.flush()
                warning_overrides.save_overrides(form.overrides, record)
                if screen == "add":
                    idempotency.store_key(form.idempotency_key, record, request.form)
                # Computed before the commit, because afterwards record and user would be loaded again.
                message = gettext("Saved.")
                next_url = self.url_after_save(self.datamodel.get_pk_value(record))
        except SaveRejected as rejection:
            if rejection.is_lost_race:
                return None
            repeated = self._redirect_if_saved(form) if screen == "add" and rejection.is_conflict else None
            if repeated is not None:
                return repeated
            form.show_problems(rejection.problems, request.form)
            return self._render_form(screen, form, rejection.status, edited)
        flash(message, "success")
        return redirect(next_url)

    def _render_conflict(self, screen, form, record=None):
        form.form_errors.append(str(LOST_RACE))
        return self._render_form(screen, form, CONFLICT, record)

    def _render_form(self, screen, form, status=200, record=None):
        widget = self._get_add_widget(form=form) if screen == "add" else self._get_edit_widget(form=form)
        template = self.add_template if screen == "add" else self.edit_template
        title = self.add_title if screen == "add" else self.edit_title
        page = self.render_template(
            template,
            title=title,
            subtitle=self.record_title(record) if record is not None else "",
            widgets=widget,
            related_views=[],
            record=record,
            form=form,
            came_from=self.find_parent_record(form) if screen == "add" else None,
            failed=status >= 400,
        )
        return make_response(page, status)


def _shown_problems(record, problems):
    """Yield the problems that this form can show: its record's own, and errors of child rows with the row's name.

    Warnings and notices of a child row were shown when that row was entered.
    """
    for problem in problems:
        if problem.row is None or problem.row is record:
            yield problem
        elif problem.severity == ERROR:
            yield Problem("", f"{problem.row}: {problem.text}", problem.rule)
