"""Pages of series: the list, a series with its cases, map, timeline and common suspects, and repeat people and places."""

from flask import abort, g, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Problem
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.series import actions, repeats
from app.series.models import REJECTED, REMOVED, CaseSeries, CaseSeriesMember
from app.series.proposals import load_facts
from app.series.similarity import COMPARED, list_values
from app.series.timeline_chart import draw_timeline
from app.statistics import map_figures, measures, reader
from app.statistics.charts.drawing import draw_at_both_widths
from app.statistics.charts.heat_grids import format_band
from app.statistics.charts.map_charts import Area, Circle, draw_map

MAX_CASES = 100  # on a page
MAX_REASON = 400
CODE_LISTS = {"objects": "exhibit_kind"}
PLACES = ("district", "commune")
LABELS = {
    "method": _("Method of commission"), "means": _("Means used"), "weapon": _("Weapon"), "place_kind": _("Place type"),
    "hour": _("Time of day"), "weekday": _("Weekday"), "objects": _("Exhibit type"), "district": _("District"),
    "commune": _("Commune"),
}  # fmt: skip


class SeriesView(RecordView):
    """Series of similar cases. They are proposed from the facts of the cases, never from facts about people."""

    datamodel = SQLAInterface(CaseSeries)
    class_permission_name = "CaseSeries"
    resource_name = "case-series"
    base_permissions = ["can_list", "can_show", "can_decide"]
    list_title, show_title = _("Similar cases"), _("Series of cases")
    empty_text = _(
        "Once a day E-Crime compares the cases of the last 120 days. It has found no series in your area."
    )
    list_columns = ["last_day", "family", "province_code", "first_day", "state"]
    base_order = ("last_day", "desc")
    order_columns = ["last_day"]
    cell_kinds = {"last_day": "lead", "state": "short"}
    list_template, show_template = "series/list.html", "series/series.html"
    omitted_columns = {"common": "described on the page"}
    method_permission_name = RecordView.method_permission_name | {"decide": "decide", "repeat_cases": "list"}

    def format_cell(self, record, name):
        if name == "province_code":
            return map_figures.find_spot(record.province_code).name
        return super().format_cell(record, name)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        series = self.find(pk, reads=_load_suspects)
        rows, typed = _load_members(series), request.form.getlist("case")
        facts = _load_facts(series, [case.id for _member, case in rows])
        may_decide = series.state != REJECTED and self.may_do("decide")
        return self.render_template(
            self.show_template, title=self.show_title, record=series, pk=series.id, rows=rows,
            common=[_describe_common(name, series.common[name]) for name in COMPARED if name in series.common],
            agreements={case.id: _describe_agreement(series.common, facts.get(case.id)) for _m, case in rows},
            map=_draw_map(series, rows, facts), timeline=_draw_timeline(rows), suspects=series.suspects,
            may_decide=may_decide, may_open_people=self.appbuilder.sm.has_access("can_show", "Person"),
            chosen={int(one) for one in typed if one.isdecimal()} or {member.id for member, _case in rows},
            province=map_figures.find_spot(series.province_code).name, most=MAX_REASON, limit=MAX_CASES,
            measure=measures.BY_CODE["similar"],
        )  # fmt: skip

    @expose("/decide/<int:pk>", methods=["POST"])
    @has_access
    def decide(self, pk):
        """Confirm the series with the chosen cases, split them off, or reject the series."""
        series, step = self.find(str(pk), reads=_load_suspects), request.form.get("step")
        if step not in (actions.CONFIRM, actions.SPLIT, actions.REJECT):
            abort(400)

        def act():
            if request.form.get("version") != str(series.version):
                text = _("Another officer has changed this series. Check it and decide again.")
                raise SaveRejected(CONFLICT, [Problem("", text, row=series)])
            chosen = {int(one) for one in request.form.getlist("case") if one.isdecimal()}
            shown = actions.decide_series(g.user, series, step, chosen, read_text(most=MAX_REASON))
            return gettext("Saved."), self.record_url(shown.id)

        return self.take_action(str(pk), act)

    @expose("/repeats/", methods=["GET"])
    @has_access
    def repeat_cases(self):
        """List the suspects, victims and villages with several cases in a year."""
        access_log.require_purpose()
        figures, limits = reader.open_reader(), reader.find_limits() or abort(403)
        people = {
            kind: repeats.find_repeat_people(figures, limits, kind) if figures else []
            for kind in repeats.ROLES
        }
        access_log.log_dashboard([row for rows in people.values() for row, _cases in rows])
        return self.render_template(
            "series/repeats.html", title=_("Repeat suspects, victims and places"), people=people,
            places=repeats.find_repeat_places(), is_waiting=figures is None, measure=measures.BY_CODE["repeats"],
            most=repeats.MOST,
        )  # fmt: skip


def _load_members(series):
    """Return (member, case) of the cases that the reader may open, the oldest first."""
    found = (
        select(CaseSeriesMember, Case).join(Case, Case.id == CaseSeriesMember.case_id)
        .where(CaseSeriesMember.series_id == series.id, CaseSeriesMember.state != REMOVED, Case.voided_at.is_(None))
        .order_by(Case.occurred_from, Case.id).limit(MAX_CASES)
    )  # fmt: skip
    return db.session.execute(found).all()


def _load_suspects(series):
    """Load the people who are suspects in several cases of the series, as far as the reader may see them."""
    found = (
        select(Involvement).join(CaseSeriesMember, CaseSeriesMember.case_id == Involvement.case_id)
        .where(
            CaseSeriesMember.series_id == series.id, CaseSeriesMember.state != REMOVED, Involvement.role.in_(SUSPECT_ROLES),
            Involvement.voided_at.is_(None), Involvement.ended_on.is_(None),
        )
        .options(joinedload(Involvement.person), joinedload(Involvement.case)).order_by(Involvement.id).limit(500)
    )  # fmt: skip
    by_person = {}
    for row in db.session.scalars(found):
        if row.person is not None and row.case is not None:
            key = row.person.merged_into_id or row.person.id
            by_person.setdefault(key, (row.person, {}))[1][row.case.id] = row.case
    series.suspects = [
        (person, list(cases.values())) for person, cases in by_person.values() if len(cases) > 1
    ]
    series.people_shown = [person.id for person, _cases in series.suspects]


def _load_facts(series, ids):
    """Return {case id: facts} of these cases; a case whose offence has changed since may lack them."""
    of_cases = load_facts(db.session, ids)
    return {facts.id: facts for (family, _province), facts in of_cases if family == series.family}


def _describe_value(name, value):
    language = reader_language()
    if name in PLACES:
        spot = map_figures.find_spot(value)
        return spot.full_name if spot else value
    if name == "hour":
        return format_band(value, language)
    if name == "weekday":
        return dates.format_weekday(value, language)
    return code_lists.label(CODE_LISTS.get(name, name), value)


def _describe_common(name, common):
    share = gettext(
        "%(n)s %% of the compared cases", n=dates.format_number(common["percent"], reader_language())
    )
    return LABELS[name], _describe_value(name, common["value"]), share


def _describe_agreement(common, facts):
    """Return (labels in which the case agrees with the series, descriptions of what differs)."""
    agrees, differs = [], []
    for name in COMPARED:
        if name not in common or facts is None:
            continue
        values = list_values(facts, name)
        if common[name]["value"] in values:
            agrees.append(LABELS[name])
        else:
            shown = ", ".join(_describe_value(name, value) for value in values) or gettext("unknown")
            differs.append(f"{LABELS[name]}: {shown}")
    return agrees, differs


def _draw_map(series, rows, facts):
    circles = [
        Circle(*facts[case.id].point, 1, case.number, url_for("CaseView.show", pk=case.id), is_case=True)
        for _member, case in rows
        if case.id in facts and facts[case.id].point is not None
    ]
    if not circles:
        return None
    text = gettext("Each dot is a case. A case without a position is at the point of its commune.")
    is_local = len({facts[case.id].district for _member, case in rows if case.id in facts}) == 1
    areas = [Area(one.code, one.name, None) for one in map_figures.list_spots("", 2)]
    return draw_at_both_widths(
        draw_map,
        areas,
        circles,
        gettext("Map of the series"),
        text,
        reader_language(),
        focus=series.province_code,
        closeup=is_local,
    )


def _draw_timeline(rows):
    if not rows:
        return None
    cases = [
        (
            case.occurred_from.date(), None if case.time_unknown else case.occurred_from.hour, case.number,
            url_for("CaseView.show", pk=case.id),
        )
        for _member, case in rows
    ]  # fmt: skip
    text = gettext("Each dot is a case, at its day and hour.")
    return draw_at_both_widths(
        draw_timeline, cases, gettext("Timeline of the series"), text, reader_language(),
        unknown_label=gettext("Hour unknown"),
    )  # fmt: skip
