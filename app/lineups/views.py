"""The pages of the officers of the case: they prepare a line-up, choose its photos, and read its result."""

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log
from app.kernel.files import store
from app.kernel.files.views import thumbnail_url
from app.kernel.screens.action_problems import read_text
from app.kernel.text import dates
from app.lineups import actions, fillers, steps
from app.lineups.models import Lineup
from app.lineups.rules import NOT_OF_TEAM
from app.people.rules import get_ages_on
from app.reference.list_filters import unit_filter

LARGE = "264"
MAX_REASON = 400


def send_photo(sha256, lineup_id, position):
    """Return a photo of a line-up. Neither its address nor its headers name the person or the stored file."""
    answer = send_file(
        store.file_path(sha256),
        mimetype=store.JPEG,
        download_name=f"lineup-{lineup_id}-{position}.jpg",
        etag=False,
        conditional=False,
        last_modified=None,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers.pop("Last-Modified", None)
    return answer


class LineupView(WithdrawableView):
    datamodel = SQLAInterface(Lineup)
    class_permission_name = "Lineup"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = WithdrawableView.method_permission_name | {
        "withdraw": "add", "choose": "add", "fix": "add", "enter": "add", "face": "show", "cancel": "show",
    }  # fmt: skip
    needs_purpose = frozenset((access_log.LIST,))
    list_title, show_title, add_title = _("Photo line-ups"), _("Photo line-up"), _("Prepare a photo line-up")
    empty_text = _(
        "An officer of the case prepares a line-up. Another officer, who does not know the case, shows it."
    )
    list_columns = ["case", "suspect", "witness", "presenter", "mode", "started_at", "result"]
    related_columns = ["suspect", "witness", "presenter", "started_at", "result"]
    add_columns = ["case", "suspect", "witness", "described_at", "first_description", "mode", "presenter"]
    cell_kinds = {"suspect": "lead", "case": "id", "started_at": "id"}
    base_order = ("id", "desc")
    show_template = "lineups/lineup.html"
    list_filters = {"unit": unit_filter(Lineup.unit_code)}
    list_links = ("suspect", "witness", "presenter")

    def facts(self, record):
        return actions.load_facts(db.session, record)

    def url_after_save(self, pk):
        return url_for("LineupView.show", pk=pk)

    def show_context(self, record, extra_rows):
        may_write = self.may_do("add") and not record.is_void and not g.read_only
        may_write = may_write and actions.may_prepare(db.session, record)
        context = super().show_context(record, extra_rows)
        return context | {
            "state": record.state,
            "may_cancel": not g.read_only and actions.may_cancel(db.session, record),
            "typed": request.form,
            "most": MAX_REASON,
            "may_withdraw": context["may_withdraw"] and record.state in (steps.DRAFT, steps.PREPARED),
            "faces": [
                (url_for("LineupView.face", pk=record.id, position=number), one.is_suspect)
                for number, one in enumerate(steps.order_faces(record), 1)
            ],
            "may_choose": may_write and record.state == steps.DRAFT,
            "may_enter": may_write and record.result in steps.STATEMENTS and record.act_id is None,
            "identification_url": url_for(
                "InvestigationActView.add",
                case=record.case_id,
                kind="identification",
                involvement=record.suspect_id,
            )
            if may_write and steps.has_chosen_suspect(record)
            else "",
        }

    @expose("/face/<pk>/<int:position>", methods=["GET"])
    @has_access
    def face(self, pk, position):
        """Return the photo at a position, for the officers of the case."""
        faces = steps.order_faces(self.find(pk))
        if not 1 <= position <= len(faces):
            abort(404)
        return send_photo(faces[position - 1].sha256, pk, position)

    @expose("/choose/<pk>", methods=["GET"])
    @has_access
    def choose(self, pk, status=200):
        """Show the proposed photos. They are of people in the scope of the reader, without names."""
        access_log.require_purpose()
        record, today = self.find(pk), dates.now()
        if not actions.may_prepare(db.session, record):
            flash(str(NOT_OF_TEAM), "warning")
            return redirect(self.record_url(pk))
        is_wide = "wide" in request.args
        people = fillers.propose_fillers(db.session, record, is_wide)
        access_log.log_dashboard(people)
        photo = fillers.find_photo(db.session, record.suspect.person_id)
        page = self.render_template(
            "lineups/choose.html",
            title=_("Choose the photos"),
            record=record,
            suspect_url=thumbnail_url("person-photo", photo.id, LARGE) if photo else None,
            people=[
                (one, thumbnail_url("person-photo", one.photo.id, LARGE), get_ages_on(one, today))
                for one in people
            ],
            chosen=set(request.form.getlist("person")),
            wide_url=None if is_wide else url_for("LineupView.choose", pk=pk, wide=1),
            fewest=steps.FEWEST - 1,
        )
        return make_response(page, status)

    @expose("/choose/<pk>", methods=["POST"])
    @has_access
    def fix(self, pk):
        """Fix the chosen photos. The officer who shows them is notified."""
        record = self.find(pk)
        chosen = [int(one) for one in request.form.getlist("person") if one.isdecimal() and len(one) < 10]

        def act():
            actions.fix_faces(db.session, record, chosen)
            text = gettext("The photos are fixed. The officer who shows them is notified.")
            return text, self.record_url(pk)

        return self.take_action(pk, act, lambda status: self.choose(pk, status))

    @expose("/cancel/<pk>", methods=["POST"])
    @has_access
    def cancel(self, pk):
        """End a line-up that was not shown, with a reason."""
        record = self.find(pk)

        def act():
            actions.cancel(db.session, record, read_text())
            return gettext("The line-up is cancelled."), self.record_url(pk)

        return self.take_action(pk, act)

    @expose("/enter/<pk>", methods=["POST"])
    @has_access
    def enter(self, pk):
        """Enter the recorded line-up in the case, as an investigation act."""
        record = self.find(pk)

        def act():
            entered = actions.enter_act(db.session, record)
            return gettext("Saved."), url_for("InvestigationActView.show", pk=entered.id)

        return self.take_action(pk, act)
