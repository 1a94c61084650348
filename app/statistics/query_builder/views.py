"""The pages of the query builder: the table, its charts and the saved tables; its printout and its files."""

from urllib.parse import parse_qsl

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import and_, or_, select

from app.exports.xlsx_files import MEDIA_TYPE
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.database.transactions import commit
from app.kernel.schema.display import format_value
from app.kernel.screens.saved_view_pages import commit_saved, read_name
from app.kernel.screens.saved_views import MAX_VIEWS, SavedView
from app.kernel.screens.urls import add_query
from app.kernel.text import dates
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import PrintoutView
from app.statistics import reader
from app.statistics.map_views import name_place
from app.statistics.query_builder import exports, queries, tables
from app.statistics.query_builder.fields import (
    COUNTS,
    FIELDS,
    PROTECTED,
    PROTECTED_FIELDS,
    TABLES,
    UNKNOWN,
    list_filters,
)
from app.statistics.query_builder.queries import FILTER, MAX_EXPORTED_CELLS, TableTooLarge
from app.statistics.timeliness_views import NOT_READY, open_or_abort

SHOWN = {"table": _("Table"), "bars": _("Bars"), "line": _("Line"), "map": _("Map")}
TAKEN = _("You already have a table with this name. Give it another name.")
LARGE_PLACES = ("district", "commune")  # offered below the chosen province or district only


class TableBuilderView(BaseView):
    """Counts by rows, columns and filters that the reader chooses, within the reader's area and offence families."""

    route_base = "/statistics/tables"
    default_view = "page"
    class_permission_name = "TableBuilder"
    method_permission_name = dict.fromkeys(("page", "save", "change"), "list")

    @expose("/")
    @has_access
    def page(self):
        figures, limits = open_or_abort()
        title = _("Build a table")
        if figures is None:
            return self.render_template("statistics/not_ready.html", title=title, text=NOT_READY)
        query, problems = queries.read_query(request.args, limits, dates.now().date())
        shown = request.args.get("show") or "table"
        if shown not in SHOWN:
            problems["show"] = gettext("This choice is not in the list.")
        answered = {}
        if not problems:
            try:
                answered = _answer(figures, limits, query, shown)
            except TableTooLarge as error:
                problems["rows"] = str(error)
        page = self.render_template(
            "statistics/tables.html",
            title=title,
            counts=[(code, one.measure.name) for code, one in COUNTS.items()],
            axes=_group_axes(),
            shown_as=SHOWN,
            chosen=_read_choices(query),
            show=shown,
            filters=_list_filters(limits),
            problems=problems,
            saved=_list_saved(),
            arguments=request.query_string.decode(),
            as_of=figures.as_of,
            **answered,
        )
        return make_response(page, UNPROCESSABLE if problems else 200)

    @expose("/save", methods=["POST"])
    @has_access
    def save(self):
        """Save the query under a name, for the reader or the reader's unit."""
        pairs = parse_qsl(request.form.get("arguments", "")[:4000])
        arguments = [pair for pair in pairs if pair[0] in _ARGUMENTS or pair[0].startswith(FILTER)]
        name = read_name()
        if not name:
            flash(gettext("Give the table a name."), "warning")
            return redirect(add_query(url_for("TableBuilderView.page"), arguments))
        own = select(SavedView).where(SavedView.user_id == g.user.id, SavedView.list_name == _LIST)
        found = {one.name: one for one in db.session.scalars(own)}
        if name not in found and len(found) >= MAX_VIEWS:
            text = gettext(
                "There are already %(n)s saved tables. Delete one first.", n=format_value(MAX_VIEWS)
            )
            flash(text, "warning")
            return redirect(add_query(url_for("TableBuilderView.page"), arguments))
        saved = found.get(name) or SavedView(user_id=g.user.id, list_name=_LIST, name=name, columns=[])
        saved.arguments, saved.saved_at = {"pairs": arguments}, dates.now()
        saved.is_shared = request.form.get("shared") == "1" and bool(g.user.unit_code)
        saved.unit_code = g.user.unit_code
        db.session.add(saved)
        if commit_saved(TAKEN):
            flash(gettext("The table «%(name)s» was saved.", name=name), "success")
        return redirect(add_query(url_for("TableBuilderView.page"), arguments))

    @expose("/<int(max=2147483647):pk>/delete", methods=["POST"])
    @has_access
    def change(self, pk):
        """Delete an own table. A table of another user is not found."""
        saved = db.session.get(SavedView, pk)
        if saved is None or not saved.is_own or saved.list_name != _LIST:
            abort(404)
        db.session.delete(saved)
        commit()
        flash(gettext("The table «%(name)s» was deleted.", name=saved.name), "success")
        return redirect(url_for("TableBuilderView.page"))


class TableFileView(PrintoutView):
    """The table of a query as PDF, in Khmer, as .csv and as a workbook."""

    name, class_permission_name = "table", "TableBuilder"
    method_permission_name = {"print_pdf": "list", "download": "list"}

    @expose("/", methods=["GET"])
    @has_access
    def print_pdf(self):
        figures, limits, query = _read_or_abort()
        shown = request.args.get("show") or "table"
        with force_locale(LANGUAGE):
            answer = _count_or_abort(figures, limits, query)
            if not exports.explain_refusal(answer):
                printout = exports.build_printout(
                    query,
                    answer,
                    shown if shown in SHOWN else "table",
                    limits,
                    name_place(limits.area),
                    figures.as_of,
                )
                return self.respond_with_pdf(
                    [printout], "statistics", None, [], question=_write_question(query)
                )
        flash(exports.explain_refusal(answer), "warning")
        return redirect(add_query(url_for("TableBuilderView.page"), query.as_args))

    @expose("/<any('csv', 'xlsx'):suffix>", methods=["GET"])
    @has_access
    def download(self, suffix):
        figures, limits, query = _read_or_abort()
        answer = _count_or_abort(figures, limits, query)
        access_log.log_export("statistics", None, [], question=_write_question(query))
        write = exports.write_csv if suffix == "csv" else exports.write_workbook
        response = make_response(write(query, answer, name_place(limits.area), figures.as_of))
        response.headers["Content-Type"] = "text/csv; charset=utf-8" if suffix == "csv" else MEDIA_TYPE
        response.headers["Content-Disposition"] = f'attachment; filename="table-{query.count.code}.{suffix}"'
        response.headers["Cache-Control"] = "no-store"
        return response


_ARGUMENTS = ("count", "rows", "columns", "first", "last", "show")
_LIST = TableBuilderView.__name__  # of the saved views


def _answer(figures, limits, query, shown):
    answer = queries.count_table(figures, limits, query, dates.now().date())
    refusal = tables.explain_refusal(query, answer, shown) if shown != "table" else ""
    heads, rows = tables.build_rows(query, answer)
    is_whole = limits == reader.NATIONWIDE or query.count.code == PROTECTED
    args = [*query.as_args, ("show", shown)]
    return {
        "query": query,
        "name": tables.describe_title(query),
        "period": tables.describe_period(query),
        "place": name_place(limits.area),
        "texts": tables.describe_filters(query),
        "charts": [] if shown == "table" or refusal else tables.draw_charts(query, answer, shown, limits),
        "refusal": refusal,
        "heads": heads,
        "rows": rows,
        "country": None if is_whole else tables.format_number(queries.count_country(figures, query)),
        "rules": tables.list_rules(query),
        "files": [
            (gettext("PDF"), "printer", add_query(url_for("TableFileView.print_pdf"), args)),
            (gettext("Excel"), "download", add_query(url_for("TableFileView.download", suffix="xlsx"), args)),
            (gettext("CSV"), "download", add_query(url_for("TableFileView.download", suffix="csv"), args)),
        ],
    }


def _read_or_abort():
    """Return (figures, limits, query); abort with the problem of a query that cannot be answered."""
    figures, limits = open_or_abort()
    if figures is None:
        flash(str(NOT_READY), "warning")
        abort(redirect(url_for("TableBuilderView.page")))
    query, problems = queries.read_query(request.args, limits, dates.now().date())
    if problems:
        abort(400, " ".join(problems.values()))
    return figures, limits, query


def _count_or_abort(figures, limits, query):
    try:
        return queries.count_table(figures, limits, query, dates.now().date(), MAX_EXPORTED_CELLS)
    except TableTooLarge as error:
        abort(400, str(error))


def _write_question(query):
    return {name: value for name, value in query.as_args if value}


def _group_axes():
    """Return (label, fields) of the groups of fields that may be rows and columns."""
    groups = [
        (label, [one for one in FIELDS.values() if one.table == table]) for table, label in TABLES.items()
    ]
    return [*groups, (COUNTS[PROTECTED].measure.name, [PROTECTED_FIELDS["group"]])]


def _read_choices(query):
    """Return the values of the form: those of the query, or as they were sent."""
    if query is not None:
        return dict(query.as_args)
    return {name: request.args.get(name, "") for name in _ARGUMENTS}


def _list_filters(limits):
    """Return (field, [(value, label, whether it is chosen)], number of chosen values) of each filter of the count."""
    count = COUNTS.get(request.args.get("count") or "cases") or COUNTS["cases"]
    filters = []
    for code, field in list_filters(count).items():
        chosen = request.args.getlist(FILTER + code)
        values = {
            value: label for value, label in field.list_values().items() if _is_offered(code, value, limits)
        }
        choices = [(value, label, value in chosen) for value, label in values.items()]
        if choices:
            choices.append((UNKNOWN, gettext("unknown"), UNKNOWN in chosen))
            filters.append((field, choices, sum(one[2] for one in choices)))
    return filters


def _is_offered(code, value, limits):
    """Return whether a filter offers this value: within the limits, and small places below chosen ones only."""
    if code == "family":
        return not limits.families or value in limits.families
    if code in LARGE_PLACES:
        above = request.args.getlist(FILTER + ("province" if code == "district" else "district"))
        above = [one for one in (*above, limits.area) if len(one) >= len(value) - 2]
        return value in request.args.getlist(FILTER + code) or any(
            value.startswith(one[: len(value) - 2]) for one in above
        )
    return code != "province" or value.startswith(limits.area[:2])


def _list_saved():
    """Return (saved view, its URL) of the reader's tables and those shared in the unit."""
    shared = and_(SavedView.is_shared, SavedView.unit_code == g.user.unit_code)
    found = select(SavedView).where(SavedView.list_name == _LIST, or_(SavedView.user_id == g.user.id, shared))
    start = url_for("TableBuilderView.page")
    return [
        (one, add_query(start, [tuple(pair) for pair in one.arguments["pairs"]]))
        for one in db.session.scalars(found.order_by(SavedView.name, SavedView.id))
    ]
