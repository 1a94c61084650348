"""The page of timeliness and quality, a unit over a year, the records behind a number, and the definitions."""

from flask import abort, current_app, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.chain_of_command import CHIEF_ROLE
from app.accounts.models import User
from app.cases.models import Case
from app.corrections.models import Correction
from app.court_orders.models import CourtOrder, OrderMatch
from app.custody.models import Custody
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists, lookups
from app.kernel.screens.dashboard import CardContent, CardLine, dashboard_card
from app.kernel.text import dates
from app.reference.models import Unit
from app.reference.search import format_place_path
from app.statistics import measures, periods, reader, record_pages, timeliness
from app.statistics.query_builder import fields

PARTS = {
    "entered": ("district", "officer"),
    "corrections": ("cause",),
    "orders": (),
    "matches": (),
    "custodies": (),
}
MONTHS = 24  # months that a reader can choose
NOT_READY = _("The figures are being prepared. They appear within a few minutes.")
DELAYS = {
    "delay_day": _("up to 24 hours"), "delay_two_days": _("24 to 48 hours"), "delay_week": _("2 to 7 days"),
    "delay_month": _("7 to 30 days"), "delay_longer": _("more than 30 days"),
}  # fmt: skip
CRITERIA = {
    "has_file": _("A file of the case"), "has_village": _("Village of the incident"),
    "has_photos": _("Photos of suspects and victims"), "has_documents": _("Identity documents of suspects"),
}  # fmt: skip
# What a number opens: the model, the condition on its facts, and the view of a record.
RECORDS = {
    "entered": (Case, _("Registered cases"), "CaseView"),
    "late": (Case, _("Cases entered late"), "CaseView"),
    "incomplete": (Case, _("Cases incomplete at the lock"), "CaseView"),
    "orders": (CourtOrder, _("Orders not verified in time"), "CourtOrderView"),
    "matches": (OrderMatch, _("Matches not answered in time"), "OrderMatchView"),
    "custodies": (Custody, _("Custody over the limit"), "CustodyView"),
    "errors": (Case, _("Cases with an error"), "CaseView"),
    "corrections": (Correction, _("Applied corrections"), "CorrectionView"),
    "has_file": (Case, _("Cases without a file at the lock"), "CaseView"),
    "has_village": (Case, _("Cases without a village at the lock"), "CaseView"),
    "has_photos": (Case, _("Cases without photos at the lock"), "CaseView"),
    "has_documents": (Case, _("Cases without identity documents at the lock"), "CaseView"),
    **{name: (Case, _("Entry delay"), "CaseView") for name in timeliness.DELAYS},
}


def format_share(value):
    """Return a percentage in the reader's language, or a dash for nothing."""
    return "—" if value is None else f"{dates.format_number(value, reader_language())} %"


def describe_error_rate(value):
    """Return the colour of an error rate: red, amber, or "" up to the second threshold."""
    _goal, amber, red = current_app.config["ERROR_RATES"]
    return "red" if value > red else "amber" if value > amber else ""


def format_hours(value):
    """Return hours as a duration, or a dash."""
    return "—" if value is None else dates.format_duration(round(value * 60), reader_language())


def parse_requested_month(text):
    """Return the month of the URL as a number, 202611. Without one it is the first to show; another value aborts."""
    now = dates.now()
    if not text:
        return periods.choose_month(now.date())
    if not (text.isascii() and text.isdecimal() and len(text) == 6 and 1 <= int(text[4:]) <= 12):
        abort(400, gettext("This month is not valid. Choose one of the list."))
    if not 1900 <= int(text[:4]) <= now.year:
        abort(400, gettext("There are figures from 1900 until now. Choose a month of the list."))
    return int(text)


def list_months():
    """Return the months that can be chosen, newest first."""
    today = dates.now().date().replace(day=1)
    return [periods.month_number(periods.add_months(today, -back)) for back in range(MONTHS)]


def open_or_abort():
    """Return (figures, limits of the reader); figures are None before the first copy. Abort without a scope."""
    limits, figures = reader.find_limits(), reader.open_reader()
    if limits is None:
        abort(403)
    return figures, limits


class TimelinessView(BaseView):
    """Units by month, worst first."""

    route_base = "/statistics/timeliness"
    default_view = "units"
    class_permission_name = "Timeliness"
    method_permission_name = {"units": "list", "unit": "list", "records": "list"}

    @expose("/")
    @has_access
    def units(self):
        month = parse_requested_month(request.args.get("month"))
        figures, limits = open_or_abort()
        if figures is None:
            return self.render_template("statistics/not_ready.html", title=_("Timely work"), text=NOT_READY)
        now = dates.now()
        rows = timeliness.list_units(figures, limits, month, now)
        return self.render_template(
            "statistics/timeliness.html",
            title=_("Timely work"),
            rows=rows,
            total=_add_up(rows),
            silent=[row for row in rows if row.is_silent],
            delays=list(zip(DELAYS.items(), timeliness.count_delays(figures, limits, month), strict=True)),
            corrections=timeliness.count_corrections(figures, limits, month),
            measures=measures.select_measures("on_time", "delay", "complete", "orders_checked", "matches_in_time", "over_limit", "silence", "errors", "corrections"),
            **_build_context(figures, month),
        )  # fmt: skip

    @expose("/unit/<code>")
    @has_access
    def unit(self, code):
        month = parse_requested_month(request.args.get("month"))
        figures, limits = open_or_abort()
        if code not in fields.list_units():
            abort(404)
        if figures is None:
            return self.render_template("statistics/not_ready.html", title=_("Timely work"), text=NOT_READY)
        now = dates.now()
        officers = _list_officers(figures, limits, code, month, now) if _is_chief_of(code) else None
        unit = db.session.get(Unit, code)
        return self.render_template(
            "statistics/unit.html",
            title=str(unit),
            code=code,
            successor=unit.successor,
            months=timeliness.list_months(figures, limits, code, month, now),
            districts=timeliness.list_parts(figures, limits, code, month, "district", now),
            officers=officers,
            criteria=CRITERIA,
            measures=measures.select_measures(
                "on_time", "delay", "complete", "errors", "orders_checked", "matches_in_time", "over_limit"
            ),
            **_build_context(figures, month),
        )

    @expose("/records/<kind>/")
    @expose("/records/<kind>/<code>")
    @has_access
    def records(self, kind, code=""):
        """List the records behind a number, as far as the reader may see them."""
        month = parse_requested_month(request.args.get("month"))
        figures, limits = open_or_abort()
        if kind not in RECORDS or (code and code not in fields.list_units()):
            abort(404)
        model, title, endpoint = RECORDS[kind]
        if not record_pages.may_list(endpoint):
            abort(403)
        parts = {name: request.args.get(name, "") for name in ("district", "officer", "cause")}
        if parts["officer"] and not (parts["officer"].isascii() and parts["officer"].isdecimal()):
            abort(400, gettext("This choice is not in the list."))
        if parts["officer"] and not _is_chief_of(code):
            abort(403)
        parts = {name: value for name, value in parts.items() if name in PARTS.get(kind, PARTS["entered"])}
        ids = (
            timeliness.find_ids(figures, limits, kind, month, dates.now(), unit=code, **parts)
            if figures
            else []
        )
        if code:
            name = lookups.get_lookup("unit").words(code)
            above = url_for("TimelinessView.unit", code=code, month=month), name
        else:
            above = url_for("TimelinessView.units", month=month), gettext("Timely work")
        texts = [periods.format_month(month), _describe_part(kind, parts)]
        return record_pages.render_records(self, model, endpoint, ids, title=title, above=above, texts=texts)


def _may_open(kind):
    """Return whether the reader may list the records behind a number."""
    return record_pages.may_list(RECORDS[kind][2])


def _describe_part(kind, parts):
    """Return the part of the number that was opened: its delay, district or cause."""
    if kind in DELAYS:
        return str(DELAYS[kind])
    if parts.get("district"):
        return format_place_path(parts["district"])
    return code_lists.label("correction_cause", parts["cause"]) if parts.get("cause") else ""


def _is_chief_of(code):
    """Return whether the reader is the chief of this unit: only this chief sees the entries of each officer."""
    actor = actor_of(db.session)
    return actor.unit_code == code and CHIEF_ROLE in actor.roles


def _list_officers(figures, limits, code, month, now):
    rows = timeliness.list_parts(figures, limits, code, month, "officer", now)
    found = select(User).where(User.id.in_([row.key for row in rows]))
    names = {one.id: one.name_km or one.get_full_name() for one in db.session.scalars(found).unique()}
    return [(names.get(row.key, "—"), row) for row in rows]


def _add_up(rows):
    total = timeliness.Row("")
    for row in rows:
        total.entered, total.on_time = total.entered + row.entered, total.on_time + row.on_time
        total.locked, total.complete = total.locked + row.locked, total.complete + row.complete
        for name in ("orders", "matches", "custodies", "errors"):
            pair, more = getattr(total, name), getattr(row, name)
            setattr(total, name, (pair[0] + more[0], pair[1] + more[1]))
    return total


def _build_context(figures, month):
    return {
        "month": month, "choices": [(one, periods.format_month(one)) for one in list_months()],
        "month_text": periods.format_month(month),
        "is_former": not request.args.get("month") and month != periods.month_number(dates.now()),
        "as_of": figures and figures.as_of, "share": format_share,
        "hours": format_hours, "unit_name": lookups.get_lookup("unit").words, "goal": timeliness.GOAL,
        "low": timeliness.LOW, "percent": timeliness.percent, "format_month": periods.format_month,
        "error_rates": current_app.config["ERROR_RATES"], "error_colour": describe_error_rate, "may_open": _may_open, "is_final": timeliness.is_final(month, dates.now()),
    }  # fmt: skip


class MeasuresView(BaseView):
    """How the figures are counted."""

    route_base = "/statistics/measures"
    default_view = "page"
    class_permission_name = "Measures"
    method_permission_name = {"page": "list"}

    @expose("/")
    @has_access
    def page(self):
        return self.render_template(
            "statistics/measures.html", title=_("How the figures are counted"), measures=measures.MEASURES
        )


@dashboard_card(60, _("Entries of this month"), "calendar-check", ("can_register", "Entry"))
def build_own_month_card():
    """Return the card with the reader's own entries of the month. There is no comparison with other officers."""
    figures, today = reader.open_reader(), dates.now().date()
    month, shown = periods.month_number(today), periods.choose_month(today)
    row = _count_own(figures, month)
    lines = _list_own_shares(row, month)
    if shown != month:  # a month that has just begun says little
        former = _count_own(figures, shown)
        text = gettext("entered in %(month)s", month=periods.format_month(shown))
        count = dates.format_number(former.entered, reader_language())
        lines += [CardLine(text, count, _list_own_url(shown)), *_list_own_shares(former, shown)]
    return CardContent(
        dates.format_number(row.entered, reader_language()),
        gettext("cases entered"),
        _list_own_url(month),
        lines,
    )


def _count_own(figures, month):
    if figures is None:
        return timeliness.Row(month)
    return timeliness.count_own_month(figures, reader.find_officer(), month, dates.now())


def _list_own_shares(row, month):
    """Return the lines of an own month; none without an entry."""
    shares = (
        (gettext("on time"), row.on_time_percent),
        (gettext("complete at the lock"), row.complete_percent),
    )
    return [
        CardLine(text, format_share(share), _list_own_url(month)) for text, share in shares if row.entered
    ]


def _list_own_url(month):
    """Return the URL of the list of the cases that the reader entered in a month."""
    first = periods.first_day(month)
    days = {
        "_flt_0_recorded_at": first.isoformat(),
        "_flt_1_recorded_at": periods.last_day_of_month(first).isoformat(),
    }
    return url_for("CaseView.list", _flt_0_officer=reader.find_officer(), **days)
