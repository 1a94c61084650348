"""The screens and the API of prevention programmes: the record, and the cases before and after it."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.i18n.locale import reader_language
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.prevention import effect, figures
from app.prevention.models import PreventionProgramme
from app.statistics import measures, periods, reader
from app.statistics.charts.drawing import draw_at_both_widths
from app.statistics.charts.line_charts import Point, draw_line


class ProgrammeView(RecordView):
    """Prevention programmes with their figures, in careful words: a difference does not say why."""

    datamodel = SQLAInterface(PreventionProgramme)
    class_permission_name = "PreventionProgramme"
    resource_name = "prevention-programmes"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Prevention programmes"), _("Prevention programme")
    add_title, edit_title = _("Enter a prevention programme"), _("Edit the prevention programme")
    empty_text = _("Enter what your unit does against which offences, where and from when on.")
    list_columns = ["title", "place", "family", "starts_on", "ends_on", "unit"]
    add_columns = [
        "title", "place", "comparison", "family", "second_family", "starts_on", "ends_on", "owner", "text", "goal",
    ]  # fmt: skip
    edit_columns = add_columns
    omitted_columns = {"unit": "the unit of the officer who enters it"}
    base_order = ("starts_on", "desc")
    order_columns = ["starts_on"]
    cell_kinds = {"title": "lead"}
    show_template = "prevention/programme.html"

    def url_after_save(self, pk):
        return self.record_url(pk)

    def show_context(self, record, extra_rows):
        return super().show_context(record, extra_rows) | {"figures": _describe_figures(record)}


def _describe_figures(programme):
    """Return the variables of the page about before and after, or the reason why there are none."""
    opened, months, limits = reader.open_reader(), figures.find_months(programme), reader.find_limits()
    groups = figures.list_counted_groups(programme, limits) if limits is not None else ()
    if figures.TARGET not in groups:
        return {
            "reason": gettext("The figures of this place or offence are outside your area of responsibility.")
        }
    if opened is None:
        return {"reason": gettext("The figures are not ready yet.")}
    if months is None:
        return {"reason": gettext("The first whole month of the programme has not ended yet.")}
    counts = figures.count_months(opened, programme, months)
    sums = {
        group: (
            figures.sum_months(counts, months.before, group),
            figures.sum_months(counts, months.after, group),
        )
        for group in (figures.TARGET, figures.NEIGHBOURS, figures.COMPARISON)
    }
    found = effect.compute_effect(*sums[figures.TARGET], *sums[figures.COMPARISON])
    moved = None
    if found is not None and found.verdict != effect.CHANCE:
        moved = effect.compute_displacement(*sums.values())
    return {
        "measures": measures.select_measures("effect", "displacement"), "effect": found, "sums": {group: sums[group] for group in groups}, "displacement": moved, "as_of": opened.as_of,
        "smallest": effect.find_smallest_visible(sums[figures.TARGET][0], sums[figures.COMPARISON][0]),
        "months": len(months.after), "charts": _draw_months(counts, months), "rows": _list_months(counts, months, groups),
    }  # fmt: skip


def _list_numbers(months):
    """Return every month from the first one before to the last one after."""
    day, numbers = periods.first_day(months.before[0]), []
    while (number := periods.month_number(day)) <= months.after[-1]:
        numbers.append(number)
        day = periods.add_months(day, 1)
    return numbers


def _draw_months(counts, months):
    points = [
        Point(periods.first_day(month), counts.get(month, {}).get(figures.TARGET, 0))
        for month in _list_numbers(months)
    ]
    text = gettext(
        "Cases of the area by month. The programme begins in %(month)s.",
        month=periods.format_month(months.after[0]),
    )
    return draw_at_both_widths(draw_line, points, gettext("Cases by month"), text, reader_language())


def _list_months(counts, months, groups):
    language, rows = reader_language(), []
    for month in _list_numbers(months):
        of_month = counts.get(month, {})
        mark = f"{periods.format_month(month)} ●" if month in months.after else periods.format_month(month)
        numbers = (of_month.get(group, 0) for group in groups)
        rows.append([mark, *(dates.format_number(number, language) for number in numbers)])
    return rows
