"""How a record is added and changed through a form.

What FAB does otherwise, and is closed here: a refused save that redirects and loses what was typed; a refused
change that stays in the session and is committed by the next save; the last of two writers who silently wins.
"""

import logging

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.kernel import passed
from app.kernel.choices import LookupBox
from app.kernel.records import Record
from app.kernel.rules import ERROR, Problem, RuleBroken, ask

log = logging.getLogger(__name__)

UNPROCESSABLE, CONFLICT, UNAVAILABLE = 422, 409, 503


class Saving:
    """The add and edit pages of a RecordView."""

    def facts(self, record):
        """What the rules of this record must know from elsewhere."""
        return None

    def problems(self, record):
        return ask(getattr(record, "__rules__", ()), record, self.facts(record))

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self):
        form = self.add_form.refresh()
        if request.method == "GET":
            self.begin(form)
            return self._form_page("add", form)
        record = self.datamodel.obj()
        if not form.validate() or not self._hear(form, record):
            return self._form_page("add", form, UNPROCESSABLE)
        return self._save(record, form, "add")

    def begin(self, form):
        """Fill an empty add form; what it hangs on may come in the address, from that record's page."""
        for box in form:
            if isinstance(box, LookupBox) and box.name in request.args:
                box.data = box.lookup.get(request.args[box.name])

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        record = self.find(pk)
        if request.method == "GET":
            return self._form_page("edit", self.edit_form.refresh(obj=record), record=record)
        form = self.edit_form.refresh(obj=record)
        if isinstance(record, Record) and request.form.get("version", str(record.version)) != str(
            record.version
        ):
            flash(
                gettext(
                    "Not saved yet: somebody else changed this record meanwhile. All you typed is still here."
                ),
                "danger",
            )
            return self._form_page("edit", form, CONFLICT, record)
        if not form.validate() or not self._hear(form, record):
            return self._form_page("edit", form, UNPROCESSABLE, record)
        return self._save(record, form, "edit")

    def _hear(self, form, record):
        """Fill the record and ask its rules. A refusal takes the change out of the session at once."""
        with db.session.no_autoflush:
            form.fill(record, request.form)
            clear = form.hear(_about(record, self.problems(record)), request.form)
        if not clear:
            db.session.rollback()
        return clear

    def _save(self, record, form, screen):
        """Commit, or roll back and say so in a page that is no redirect and keeps the form."""
        shown = record if screen == "edit" else None  # its version goes with the form again
        try:
            db.session.add(record)
            if form.passed:
                db.session.flush()
                passed.keep(form.passed, record)
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            form.hear(refusal.problems, request.form)
            return self._form_page(screen, form, UNPROCESSABLE, shown)
        except (IntegrityError, StaleDataError):
            db.session.rollback()
            form.hear(
                [Problem("", _("Another record already has this value, or it was changed meanwhile."))],
                request.form,
            )
            return self._form_page(screen, form, CONFLICT, shown)
        except SQLAlchemyError:
            db.session.rollback()
            log.exception("A save failed in %s", type(self).__name__)
            flash(
                gettext(
                    "Not saved yet: the database did not answer. All you typed is still here. Save again."
                ),
                "danger",
            )
            return self._form_page(screen, form, UNAVAILABLE, shown)
        flash(gettext("Saved."), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=self.datamodel.get_pk_value(record)))

    def _form_page(self, screen, form, status=200, record=None):
        widget = self._get_add_widget(form=form) if screen == "add" else self._get_edit_widget(form=form)
        template = self.add_template if screen == "add" else self.edit_template
        title = self.add_title if screen == "add" else self.edit_title
        page = self.render_template(
            template,
            title=title,
            widgets=widget,
            related_views=[],
            record=record,
            form=form,
            failed=status >= 400,
        )
        return make_response(page, status)


def _about(record, problems):
    """The problems this form can show: its record's own, and the errors of its rows with the row's name.

    What only warns or informs of a row was said when the row was entered.
    """
    for problem in problems:
        if problem.row is None or problem.row is record:
            yield problem
        elif problem.severity == ERROR:
            yield Problem("", f"{problem.row}: {problem.text}", problem.rule)
