"""The report of a place and a period as PDF, in Khmer, and as a workbook."""

from flask import abort, flash, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext

from app.exports.xlsx_files import MEDIA_TYPE
from app.kernel.audit import access_log
from app.kernel.text import dates
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import PrintoutView
from app.statistics import map_figures, reader
from app.statistics.map_views import Choices, own_limits
from app.statistics.official_reports import contents
from app.statistics.reader import Limits


class StatisticsReportView(PrintoutView):
    """Fixed tables and charts of the country or a province, with lines for the author and the reviewer to sign."""

    name, class_permission_name = "statistics-report", "StatisticsReport"
    method_permission_name = {"print_pdf": "print", "download_workbook": "print"}

    @expose("/", methods=["GET"])
    @has_access
    def print_pdf(self):
        with force_locale(LANGUAGE):
            report = _build_report()
            if report is not None:
                printout = contents.build_printout(report, dates.now())
                return self.respond_with_pdf([printout], "statistics", None, [], figures=report.fingerprint)
        return _refuse()

    @expose("/workbook", methods=["GET"])
    @has_access
    def download_workbook(self):
        report = _build_report()
        if report is None:
            return _refuse()
        access_log.log_export("statistics", None, [], figures=report.fingerprint)
        response = make_response(contents.write_workbook(report))
        response.headers["Content-Type"] = MEDIA_TYPE
        name = f"statistics-{report.area or 'KH'}-{report.first}-{report.last}.xlsx"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _build_report():
    """Return the report, None before the first figures."""
    code, limits = request.args.get("code", ""), own_limits()
    if code and map_figures.find_spot(code) is None:
        abort(404)
    if not code.startswith(limits.area):
        abort(403)
    choices, figures = Choices.from_args(request.args), reader.open_reader()
    if figures is None:
        return None
    now = dates.now()
    period = choices.days.until((figures.as_of or now).date())  # a running year is compared with as many days
    return contents.build_report(figures, Limits(code, limits.families), period, now)


def _refuse():
    flash(gettext("The figures are not ready yet."), "warning")
    return redirect(url_for("MapView.show_nation"))
