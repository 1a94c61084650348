"""The searches that somebody keeps, and their watches. They stand on the page of the quick search."""

from datetime import datetime, time, timedelta

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import ValidationError

from app.cases.models import Case
from app.extensions import db
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.forms.choices import CodeBox
from app.kernel.forms.inputs import DateBox, TextBox
from app.kernel.forms.record_form import Filled, Fits, RecordForm
from app.kernel.screens.search_tokens import read_slip, write_slip
from app.kernel.text import dates, khmer
from app.search import saved_searches
from app.search.models import LONGEST_NAME
from app.search.query import Question

DAYS = saved_searches.LONGEST_WATCH.days


class OwnCase:
    """The number of a case that the owner sees: a watch without a case has no basis."""

    def __call__(self, form, box):
        number = khmer.latin_digits(box.data or "").replace(" ", "-")
        if not box.errors and db.session.scalar(select(Case.id).where(Case.number == number)) is None:
            raise ValidationError(gettext("No case of this number is in your part of the register."))
        box.data = number


class WithinNinetyDays:
    def __call__(self, form, box):
        today = dates.now().date()
        if box.data is not None and not today < box.data <= today + saved_searches.LONGEST_WATCH:
            raise ValidationError(gettext("Choose a day between tomorrow and %(n)s days from today.", n=DAYS))


class WatchForm(RecordForm):
    """What a watch rests on, and when it ends."""

    case_number = TextBox(
        _("Case number"), [Filled(), Fits(20), OwnCase()], description=_("The case on which the watch rests.")
    )
    purpose = CodeBox(_("Purpose of the watch"), [Filled()], codes_name="purpose")
    until = DateBox(
        _("Last day"),
        [Filled(), WithinNinetyDays()],
        description=_("The watch ends by itself, after %(n)s days at most.", n=DAYS),
    )


class SavedSearchView(BaseView):
    """Keeping, opening and dropping one's own searches; beginning and ending a watch."""

    route_base = "/saved-searches"
    default_view = "keep"
    class_permission_name = "Person"
    method_permission_name = dict.fromkeys(("keep", "open", "drop", "watch", "end"), "list")

    @expose("/keep", methods=["POST"])
    @has_access
    def keep(self):
        token = request.form.get("slip", "")
        question = Question.kept(read_slip(token))
        name = _name(request.form.get("name", "")) or question.text[:LONGEST_NAME]
        if saved_searches.keep(g.user, name, question) is None:
            flash(
                gettext("There are %(n)s saved searches already. Let one go first.", n=saved_searches.MOST),
                "warning",
            )
            return redirect(url_for("SearchView.search", slip=token))
        db.session.commit()
        flash(gettext("The search is kept."), "success")
        return redirect(url_for("SearchView.search"))

    @expose("/<int:pk>/open", methods=["POST"])
    @has_access
    def open(self, pk):
        """Ask it again: the answer has the address of a slip of today."""
        return redirect(url_for("SearchView.search", slip=write_slip(_own(pk).payload)), 303)

    @expose("/<int:pk>/drop", methods=["POST"])
    @has_access
    def drop(self, pk):
        saved_searches.drop(_own(pk))
        return self._done(gettext("The saved search is gone."))

    @expose("/<int:pk>/watch", methods=["GET", "POST"])
    @has_access
    def watch(self, pk):
        search, form = _own(pk), WatchForm()
        if not saved_searches.can_be_watched(Question.kept(search.payload)):
            flash(gettext("A watch needs a name. This search has none."), "warning")
            return redirect(url_for("SearchView.search"))
        if not form.validate_on_submit():
            if request.method == "GET":
                form.case_number.data, form.purpose.data = g.purpose.case_number, g.purpose.code or None
                form.until.data = dates.now().date() + timedelta(days=30)
            page = self.render_template(
                "search/watch.html", title=gettext("Watch for a new match"), form=form, search=search
            )
            return make_response(page, UNPROCESSABLE if form.is_submitted() else 200)
        last = datetime.combine(form.until.data, time.max.replace(microsecond=0))
        saved_searches.watch(search, last, form.purpose.data, form.case_number.data)
        return self._done(gettext("The watch has begun. A new match is told in the inbox."))

    @expose("/<int:pk>/end", methods=["POST"])
    @has_access
    def end(self, pk):
        saved_searches.end(_own(pk))
        return self._done(gettext("The watch has ended."))

    def _done(self, told):
        db.session.commit()
        flash(told, "success")
        return redirect(url_for("SearchView.search"))


def _own(pk):
    return saved_searches.own(g.user, pk) or abort(404)


def _name(typed):
    try:
        return khmer.normal(typed[:LONGEST_NAME])
    except khmer.Refused:
        return ""
