"""Pages of the official reports: the list, a draft, the review, the issued files and what has changed since."""

import io

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.reauthentication import require_fresh_sign_in
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT, UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.i18n.locale import reader_language
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates, khmer
from app.statistics import periods, reader
from app.statistics.models import DRAFTED, ISSUED, OfficialReport, OfficialReportFile
from app.statistics.official_reports import actions, contents
from app.statistics.timeliness_views import NOT_READY


class OfficialReportView(RecordView):
    """Weekly to yearly reports of a unit, a province or the country."""

    datamodel = SQLAInterface(OfficialReport)
    class_permission_name = "OfficialReport"
    resource_name = "official-reports"
    base_permissions = ["can_list", "can_show", "can_draft", "can_review"]
    list_title, show_title = _("Official reports"), _("Official report")
    empty_text = _("Press «Draft a report». A second officer reviews and issues it.")
    list_columns = ["number", "kind", "unit", "first_day", "state", "drafted_at"]
    extra_columns = ("unit_code", "area_code", "last_day")
    label_columns = {"unit": _("Unit")}
    list_links = ("unit",)
    cell_kinds = {"number": "lead", "state": "short", "first_day": "id", "drafted_at": "id"}
    list_template = "statistics/official_reports.html"
    extra_args = {"reads_country": reader.reads_country}
    method_permission_name = RecordView.method_permission_name | {
        "draft": "draft", "review": "review", "file": "show", "compare": "show",
    }  # fmt: skip

    def format_cell(self, record, name):
        if name == "number":
            return str(record)
        return str(record.unit) if name == "unit" else super().format_cell(record, name)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._show_report(self.find(pk))

    def _show_report(self, report, changes=None):
        stored = contents.load_report(report.figures)
        return self.render_template(
            "statistics/official_report.html",
            title=f"{actions.name_kind(report.kind)} · {stored.place} · {stored.period}",
            report=report,
            tables=[table for table in contents.list_tables(stored) if table.rows],
            total=stored.total,
            differences=actions.list_differences(report),
            changes=changes,
            name_officer=actions.name_officer,
            may_review=report.state == DRAFTED
            and report.drafted_by_id != g.user.id
            and self.appbuilder.sm.has_access("can_review", self.class_permission_name),
            may_draft=report.state == ISSUED
            and self.appbuilder.sm.has_access("can_draft", self.class_permission_name),
        )

    @expose("/draft", methods=["GET", "POST"])
    @has_access
    def draft(self):
        """Draft a report: the figures are counted now and no longer change."""
        figures, limits = reader.open_reader(), reader.find_limits()
        if limits is None:
            abort(403)
        if figures is None:
            return self.render_template(
                "statistics/not_ready.html", title=_("Draft a report"), text=NOT_READY
            )
        units = actions.list_units(limits)
        typed = {name: request.values.get(name, "") for name in ("unit", "kind", "day", "remarks")}
        if request.method == "GET":
            return self._draft_page(units, typed, {})
        problems, unit, period, remarks = self._parse_draft(units, typed)
        if problems:
            return self._draft_page(units, typed, problems)
        try:
            with unit_of_work(where="OfficialReportView"):
                report = actions.draft_report(g.user, unit, typed["kind"], period, remarks, figures)
        except SaveRejected as rejection:
            if not rejection.is_conflict:
                raise
            return self._redirect_to_draft(unit.code, typed["kind"], period.first)
        flash(gettext("The draft waits for the review by a second officer."), "success")
        return redirect(url_for("OfficialReportView.show", pk=report.id))

    @staticmethod
    def _parse_draft(units, typed):
        """Return (problems by field, unit, period, remarks) of the form."""
        problems, period, remarks = {}, None, ""
        unit = next((one for one in units if one.code == typed["unit"]), None)
        if unit is None:
            problems["unit"] = gettext("Choose a unit of the list.")
        if typed["kind"] not in actions.KINDS:
            problems["kind"] = gettext("Choose the kind of the report.")
        try:
            day = periods.parse_day(typed["day"])
            if "kind" not in problems:
                period = actions.find_period(typed["kind"], day, dates.now().date())
        except periods.InvalidPeriod as error:
            problems["day"] = str(error)
        try:
            remarks = khmer.normalize(typed["remarks"], multiline=True).strip()
        except khmer.InvalidText:
            problems["remarks"] = gettext("This text contains characters that cannot be saved.")
        if len(remarks) > actions.MAX_REMARKS:
            problems["remarks"] = gettext(
                "This text is too long. Use at most %(number)s characters.",
                number=dates.format_number(actions.MAX_REMARKS, reader_language()),
            )
        return problems, unit, period, remarks

    def _draft_page(self, units, typed, problems):
        page = self.render_template(
            "statistics/draft_report.html",
            title=_("Draft a report"),
            units=[(one.code, str(one)) for one in units],
            kinds=[(kind, actions.name_kind(kind)) for kind in actions.KINDS],
            typed=typed,
            problems=problems,
            most=actions.MAX_REMARKS,
        )
        return make_response(page, UNPROCESSABLE if problems else 200)

    def _redirect_to_draft(self, unit_code, kind, first_day):
        found = db.session.scalar(
            select(OfficialReport.id).where(
                OfficialReport.unit_code == unit_code,
                OfficialReport.kind == kind,
                OfficialReport.first_day == first_day,
                OfficialReport.state == DRAFTED,
            )
        )
        if found is None:
            abort(CONFLICT)
        flash(gettext("This report is drafted already."), "warning")
        return redirect(url_for("OfficialReportView.show", pk=found))

    @expose("/review/<int:pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def review(self, pk):
        """Issue the draft of another officer, or return it."""
        report, verdict = self.find(str(pk)), request.form.get("verdict")
        if verdict not in ("issue", "return"):
            abort(400)

        def act():
            actions.decide_report(g.user, report, verdict == "issue", read_text("review", 1000))
            text = gettext("Issued.") if verdict == "issue" else gettext("Returned to the author.")
            return text, self.record_url(pk)

        return self.take_action(str(pk), act)

    @expose("/file/<int:pk>/<name>", methods=["GET"])
    @has_access
    def file(self, pk, name):
        """Return a stored file of an issued report, as it was issued."""
        report = self.find(str(pk))
        found = db.session.scalar(
            select(OfficialReportFile).where(
                OfficialReportFile.report_id == report.id, OfficialReportFile.name == name
            )
        )
        if found is None:
            abort(404)
        access_log.log_export("official_report", report.id, [], file=found.name, sha256=found.sha256)
        response = send_file(
            io.BytesIO(found.content), as_attachment=True, download_name=f"{report.number}-{name}"
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @expose("/compare/<int:pk>", methods=["GET"])
    @has_access
    def compare(self, pk):
        """Show what has changed in the figures since the report."""
        report = self.find(str(pk))
        changes = actions.compare_with_now(report)
        if changes is None:
            flash(str(NOT_READY), "warning")
        return self._show_report(report, changes=changes)
