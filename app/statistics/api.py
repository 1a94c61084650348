"""The REST API of the figures: a table of the query builder, and the measures. Both have the limits of their screens."""

from functools import partial

from flask import request
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.security.decorators import permission_name

from app.kernel.api.authorization import authorized
from app.kernel.api.problem_details import INVALID_VALUES, problem_response
from app.kernel.api.serialization import json_response
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.text import dates
from app.statistics import measures, reader
from app.statistics.map_views import name_place
from app.statistics.query_builder import queries, tables
from app.statistics.query_builder.fields import (
    COUNTS,
    FIELDS,
    PROTECTED,
    PROTECTED_FIELDS,
    list_axes,
    list_filters,
)
from app.statistics.query_builder.queries import FILTER, TableTooLarge
from app.statistics.timeliness_views import NOT_READY, open_or_abort

ARGUMENTS = (
    *("count", "rows", "columns", "first", "last"),
    *(FILTER + code for code in FIELDS | PROTECTED_FIELDS),
)


class StatisticsTablesApi(BaseApi):
    """A table of counts, within the reader's area and offence families, and what can be counted."""

    resource_name, class_permission_name = "statistics-tables", "TableBuilder"
    csrf_exempt = False

    @expose("/", methods=["GET"])
    @partial(authorized, parameters=ARGUMENTS)
    @permission_name("list")
    def get_list(self):
        """Return the table of the arguments, which are those of the screen."""
        figures, limits = open_or_abort()
        if figures is None:
            return problem_response(UNPROCESSABLE, str(NOT_READY))
        today = dates.now().date()
        query, problems = queries.read_query(request.args, limits, today)
        if not problems:
            try:
                answer = queries.count_table(figures, limits, query, today)
            except TableTooLarge as error:
                problems = {"rows": str(error)}
        if problems:
            errors = {
                name: [{"text": text, "rule": "", "severity": "error"}] for name, text in problems.items()
            }
            return problem_response(UNPROCESSABLE, " ".join(problems.values()), INVALID_VALUES, errors=errors)
        question = {name: value for name, value in query.as_args if value}
        access_log.log_export("statistics", None, [], question=question)
        return json_response({"result": _describe(figures, limits, query, answer)})

    @expose("/_info", methods=["GET"])
    @authorized
    @permission_name("list")
    def info(self):
        """Return what can be counted, and the fields that may be rows, columns and filters."""
        return json_response(
            {
                "counts": [
                    {
                        "count": code,
                        "name": str(count.measure.name),
                        "axes": list(list_axes(count)),
                        "filters": list(list_filters(count)),
                    }
                    for code, count in COUNTS.items()
                ],
                "fields": {code: str(one.label) for code, one in (FIELDS | PROTECTED_FIELDS).items()},
            }
        )


class MeasuresApi(BaseApi):
    """The definitions of the measures."""

    resource_name, class_permission_name = "measures", "Measures"
    csrf_exempt = False

    @expose("/", methods=["GET"])
    @authorized
    @permission_name("list")
    def get_list(self):
        """Return the name, unit, counting rule, population, time, exclusions and source of each measure."""
        return json_response({"result": [measures.describe(one) for one in measures.MEASURES]})


def _describe(figures, limits, query, answer):
    """Return a table as JSON: a number is null if it is not shown."""
    is_whole = limits == reader.NATIONWIDE or query.count.code == PROTECTED
    columns = answer.column_keys
    return {
        "measure": measures.describe(query.count.measure),
        "title": tables.describe_title(query),
        "area": name_place(limits.area),
        "first": query.period.first.isoformat(),
        "last": query.period.last.isoformat(),
        "figures_of": dates.format_iso(figures.as_of) if figures.as_of else None,
        "filters": [{"name": label, "values": values} for label, values in tables.describe_filters(query)],
        "columns": [_describe_key(query.columns, key) for key in columns],
        "rows": [
            _describe_key(query.rows, row)
            | {
                "numbers": [tables.as_number(answer.cells.get((row, column), 0)) for column in columns],
                "total": tables.as_number(answer.row_totals[row]),
            }
            for row in answer.row_keys
        ],
        "column_totals": [tables.as_number(answer.column_totals[column]) for column in columns],
        "total": tables.as_number(answer.total),
        "whole_country": None if is_whole else tables.as_number(queries.count_country(figures, query)),
        "rules": tables.list_rules(query),
    }


def _describe_key(field, key):
    return {"key": str(key), "label": tables.format_key(field, key)}
