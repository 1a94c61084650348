"""How a record is added and changed through a form.

What FAB does otherwise, and is closed here: a refused save that redirects and loses what was typed; a refused
change that stays in the session and is committed by the next save; the last of two writers who silently wins; two
records of one form that was sent twice.
"""

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency import database_errors, edit_conflicts, idempotency
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unique_conflicts import Sent
from app.kernel.forms.choices import LookupBox
from app.kernel.schema.rules import ERROR, Problem, RuleBroken, ask
from app.kernel.validation import warning_overrides

RACES = 5  # how often a change is compared anew before its sender is told to try again
LOST = _("Several people are changing this record at this moment. Save again.")
NO_VERSION = _("This page did not say which state of the record it shows. Compare, then save again.")


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
        access_log.before(self, access_log.OPEN)  # the form names what it hangs on
        form = self.add_form.refresh()
        form.once = idempotency.of_form()
        if request.method == "GET":
            self.begin(form)
            return self._form_page("add", form)
        record = self.datamodel.obj()
        done = self._made_before(form)
        if done is not None:
            return done
        if not self._agreed(form, record, request.form):
            # The rules may have found the record that the first of two clicks has made meanwhile.
            return self._made_before(form) or self._form_page("add", form, UNPROCESSABLE)
        return self._save(record, form, "add") or self._lost_page("add", form)

    def opened_from(self, form):
        """(address, name) of the record from whose page an add form was opened; None where it stands alone."""
        for box in form:
            if isinstance(box, LookupBox) and box.name in request.args and box.data is not None:
                view = self.view_of(box.data)
                if view is not None:
                    return view.address_of(box.data.id), view.called(box.data)
        return None

    def called(self, record):
        """What a form says of the record that it changes or hangs on: its heading, and what else names it."""
        heading, name = self.heading(record), str(record)
        return heading if name in heading else f"{heading} · {name}"

    def begin(self, form):
        """Fill an empty add form; what it hangs on may come in the address, from that record's page."""
        for box in form:
            if isinstance(box, LookupBox) and box.name in request.args:
                box.data = box.lookup.get(request.args[box.name])

    def _made_before(self, form):
        """The way to the record that this form has made already, sent by a double click or the back button."""
        used = idempotency.used(form.once)
        if used is None or used.entity != self.datamodel.obj.__tablename__:
            return None
        if used.mark == idempotency.mark_of(request.form):
            flash(gettext("Saved."), "success")
        else:
            flash(
                gettext(
                    "This form was saved already. What was changed in it after the save is not in the record:"
                    " change the record, or begin an empty form."
                ),
                "warning",
            )
        return redirect(self.page_after(used.entity_key))

    def page_after(self, pk):
        """Where a save leads: to the page of what was saved."""
        return url_for(f"{self.endpoint}.show", pk=pk)

    def only_read(self, record):
        """Why this reader opens no form of a record that he sees; empty where he may."""
        return ""

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        record = self.find(pk)
        why = self.only_read(record)
        if why:
            flash(why, "warning")
            return redirect(self.page_after(pk))
        if request.method == "GET":
            form = self.edit_form.refresh(obj=record)
            form.version, form.seen = edit_conflicts.version_of(record), edit_conflicts.marks(form)
            return self._form_page("edit", form, record=record)
        for _race in range(RACES):
            answer = self._change(record)
            if answer is not None:
                return answer
            record = self.find(pk)  # somebody was faster between our reading and our writing: compare anew
        return self._lost_page("edit", self._sent_form(record), record)

    def _change(self, record):
        """The answer to one try to change `record`; None where somebody else was faster."""
        edit_conflicts.hold(record)
        form = self._sent_form(record)
        nameless = edit_conflicts.VERSION not in request.form
        if nameless or edit_conflicts.open_ones(form.clashes, request.form):
            db.session.rollback()
            form.form_errors += [str(NO_VERSION)] if nameless else []
            return self._form_page("edit", form, CONFLICT, record)
        sent = request.form
        theirs = [one.name for one in form.clashes if one.choice == edit_conflicts.THEIRS]
        if theirs:
            sent = edit_conflicts.without(sent, theirs)
            form = self._sent_form(record, sent)
        if not self._agreed(form, record, sent):
            return self._form_page("edit", form, UNPROCESSABLE, record)
        return self._save(record, form, "edit")

    def _sent_form(self, record, sent=None):
        """The form as it was sent, with what others saved since its page was opened."""
        sent = request.form if sent is None else sent
        form = self.edit_form(sent, obj=record)
        stored = self.edit_form(None, obj=record, meta={"csrf": False})
        version = sent.get(edit_conflicts.VERSION, "")
        form.version = (
            int(version) if version.isdecimal() and len(version) < 12 else edit_conflicts.NOTHING_SEEN
        )
        form.seen = sent.get(edit_conflicts.SEEN, "") if form.version else ""
        form.clashes = edit_conflicts.clashes(form, stored, record, form.version, sent, form.seen)
        return form

    def _agreed(self, form, record, sent):
        """Whether the boxes can be read and the rules agree. Both are asked, so that a form is refused once, with all that
        is wrong in it; a refusal takes the change out of the session at once.
        """
        readable = form.validate()
        agreed = self._hear(form, record, sent) and readable
        if not agreed:
            db.session.rollback()
        return agreed

    def _hear(self, form, record, sent):
        """Fill the record and ask its rules."""
        with db.session.no_autoflush:
            form.fill(record, sent)
            return form.hear(_about(record, self.problems(record)), sent)

    def _save(self, record, form, screen):
        """Commit, or roll back and say so in a page that is no redirect and keeps the form.

        None where a race was lost: a version was no longer the one in the database.
        """
        shown = record if screen == "edit" else None
        try:
            db.session.add(record)
            db.session.flush()
            warning_overrides.keep(form.passed, record)
            if screen == "add":
                idempotency.keep(form.once, record, request.form)
            # Said before the commit, after which record and reader would be read once more.
            said, after = gettext("Saved."), self.page_after(self.datamodel.get_pk_value(record))
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            form.hear(refusal.problems, request.form)
            return self._form_page(screen, form, UNPROCESSABLE, shown)
        except StaleDataError:
            db.session.rollback()
            return None
        except SQLAlchemyError as fault:
            sent = Sent.of(record)
            db.session.rollback()
            double = isinstance(fault, IntegrityError)
            done = self._made_before(form) if screen == "add" and double else None
            box = sent.box(form._fields) if double and done is None else ""
            return done or self._refused_page(fault, form, screen, shown, box)
        flash(said, "success")
        return redirect(after)

    def _lost_page(self, screen, form, record=None):
        form.form_errors.append(str(LOST))
        return self._form_page(screen, form, CONFLICT, record)

    def _refused_page(self, fault, form, screen, record, box):
        status, sentence = database_errors.meaning(fault, type(self).__name__)
        form.hear([Problem(box, sentence)], request.form)
        return self._form_page(screen, form, status, record)

    def _form_page(self, screen, form, status=200, record=None):
        widget = self._get_add_widget(form=form) if screen == "add" else self._get_edit_widget(form=form)
        template = self.add_template if screen == "add" else self.edit_template
        title = self.add_title if screen == "add" else self.edit_title
        page = self.render_template(
            template,
            title=title,
            subtitle=self.called(record) if record is not None else "",
            widgets=widget,
            related_views=[],
            record=record,
            form=form,
            came_from=self.opened_from(form) if screen == "add" else None,
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
