"""The pages of saved searches and watches. The list is part of the quick search page."""

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
from app.kernel.database.transactions import commit
from app.kernel.forms.choices import CodeField
from app.kernel.forms.inputs import DateField, TextField
from app.kernel.forms.record_form import RecordForm
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.screens.search_tokens import load_search, store_search
from app.kernel.text import dates, khmer
from app.search import saved_searches
from app.search.models import MAX_NAME_LENGTH
from app.search.query import SearchQuery

MAX_WATCH_DAYS = saved_searches.MAX_WATCH_PERIOD.days


class OwnCase:
    """The number of a case that the user sees, because a watch needs a case as its basis."""

    def __call__(self, form, field):
        number = khmer.to_latin_digits(field.data or "").replace(" ", "-")
        if not field.errors and db.session.scalar(select(Case.id).where(Case.number == number)) is None:
            raise ValidationError(gettext("No case with this number in your area of responsibility."))
        field.data = number


class WithinNinetyDays:
    def __call__(self, form, field):
        today = dates.now().date()
        if field.data is not None and not today < field.data <= today + saved_searches.MAX_WATCH_PERIOD:
            raise ValidationError(
                gettext("Choose a day between tomorrow and %(n)s days from today.", n=MAX_WATCH_DAYS)
            )


class WatchForm(RecordForm):
    """The case, the purpose and the end of a watch."""

    case_number = TextField(
        _("Case number"),
        [Required(), MaxLength(20), OwnCase()],
        description=_("The case that the watch is linked to."),
    )
    purpose = CodeField(_("Purpose of the watch"), [Required()], codes_name="purpose")
    until = DateField(
        _("Last day"),
        [Required(), WithinNinetyDays()],
        description=_("The watch expires after at most %(n)s days.", n=MAX_WATCH_DAYS),
    )


class SavedSearchView(BaseView):
    """Save, open and delete the user's searches; start and end a watch."""

    route_base = "/saved-searches"
    default_view = "save"
    class_permission_name = "Person"
    method_permission_name = dict.fromkeys(("save", "open", "delete", "watch", "end"), "list")

    @expose("/save", methods=["POST"])
    @has_access
    def save(self):
        token = request.form.get("search", "")
        query = SearchQuery.from_payload(load_search(token))
        name = _read_name(request.form.get("name", "")) or query.text[:MAX_NAME_LENGTH]
        if saved_searches.save_search(g.user, name, query) is None:
            flash(
                gettext(
                    "There are already %(n)s saved searches. Delete one first.", n=saved_searches.MAX_SEARCHES
                ),
                "warning",
            )
            return redirect(url_for("SearchView.search", search=token))
        commit()
        flash(gettext("The search was saved."), "success")
        return redirect(url_for("SearchView.search"))

    @expose("/<int:pk>/open", methods=["POST"])
    @has_access
    def open(self, pk):
        """Run a saved search again, with a new search token in its URL."""
        return redirect(url_for("SearchView.search", search=store_search(_get_own_or_404(pk).payload)), 303)

    @expose("/<int:pk>/delete", methods=["POST"])
    @has_access
    def delete(self, pk):
        saved_searches.delete_search(_get_own_or_404(pk))
        return self._finish(gettext("The saved search was deleted."))

    @expose("/<int:pk>/watch", methods=["GET", "POST"])
    @has_access
    def watch(self, pk):
        search, form = _get_own_or_404(pk), WatchForm()
        if not saved_searches.can_watch(SearchQuery.from_payload(search.payload)):
            flash(gettext("A watch needs a person's name, but this search has none. Add a name."), "warning")
            return redirect(url_for("SearchView.search"))
        if not form.validate_on_submit():
            if request.method == "GET":
                form.case_number.data, form.purpose.data = g.purpose.case_number, g.purpose.code or None
                form.until.data = dates.now().date() + timedelta(days=30)
            page = self.render_template(
                "search/search_alert.html", title=gettext("Watch for a new match"), form=form, search=search
            )
            return make_response(page, UNPROCESSABLE if form.is_submitted() else 200)
        end = datetime.combine(form.until.data, time.max.replace(microsecond=0))
        saved_searches.start_watch(search, end, form.purpose.data, form.case_number.data)
        return self._finish(gettext("The watch has begun. New matches appear under tasks and notices."))

    @expose("/<int:pk>/end-watch", methods=["POST"])
    @has_access
    def end(self, pk):
        saved_searches.end_watch(_get_own_or_404(pk))
        return self._finish(gettext("The watch has ended."))

    def _finish(self, message):
        commit()
        flash(message, "success")
        return redirect(url_for("SearchView.search"))


def _get_own_or_404(pk):
    return saved_searches.get_own_search(g.user, pk) or abort(404)


def _read_name(typed):
    try:
        return khmer.normalize(typed[:MAX_NAME_LENGTH])
    except khmer.InvalidText:
        return ""
