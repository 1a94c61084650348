"""The page of the national extract and its files, for readers of the whole country."""

from flask import abort, flash, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.exports.xlsx_files import MEDIA_TYPE
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.text import dates
from app.statistics import periods, reader
from app.statistics.national_extract import contents, exports
from app.statistics.national_extract.contents import GOOD, UNMAPPED, WRONG
from app.statistics.timeliness_views import NOT_READY, open_or_abort

MAX_FOUND = 20  # lines of one check on the page; the workbook has all


class NationalExtractView(BaseView):
    """Offences of a year by category of the ICCS, province and month, with the checks of the extract."""

    route_base = "/statistics/national"
    default_view = "page"
    class_permission_name = "StatisticsReport"
    method_permission_name = {"page": "print", "download": "print"}

    @expose("/")
    @has_access
    def page(self):
        figures, title = _open_country(), _("National extract")
        if figures is None:
            return self.render_template("statistics/not_ready.html", title=title, text=NOT_READY)
        problem, extract, today = "", None, dates.now().date()
        years = contents.list_years(figures)
        year = request.args.get("year", "") or str(today.year - 1)
        try:
            extract = contents.build_extract(figures, contents.parse_year(year, today), today)
        except periods.InvalidPeriod as error:
            problem = str(error)
        page = self.render_template(
            "statistics/national.html", title=title, years=years, year=year, problem=problem, extract=extract,
            today=today, most=MAX_FOUND, good=GOOD, wrong=WRONG, unmapped=UNMAPPED, describe_result=exports.describe_result,
            name_category=contents.name_category, rules=exports.list_rules(),
        )  # fmt: skip
        return make_response(page, UNPROCESSABLE if problem else 200)

    @expose("/<any('csv', 'xlsx'):suffix>", methods=["GET"])
    @has_access
    def download(self, suffix):
        figures, today = _open_country(), dates.now().date()
        if figures is None:
            flash(str(NOT_READY), "warning")
            return redirect(url_for("NationalExtractView.page"))
        try:
            year = contents.parse_year(request.args.get("year", ""), today)
        except periods.InvalidPeriod as error:
            abort(400, str(error))
        extract = contents.build_extract(figures, year, today)
        access_log.log_export("statistics", None, [], national=year)
        is_csv = suffix == "csv"
        response = make_response((exports.write_csv if is_csv else exports.write_workbook)(extract))
        response.headers["Content-Type"] = "text/csv; charset=utf-8" if is_csv else MEDIA_TYPE
        response.headers["Content-Disposition"] = f'attachment; filename="national-{year}.{suffix}"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _open_country():
    """Return the figures, None before the first ones; refuse readers of a part of the country."""
    figures, limits = open_or_abort()
    if limits != reader.NATIONWIDE:
        abort(403, gettext("The national extract is for readers of the whole country."))
    return figures
