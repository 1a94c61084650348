"""The auditors' screens: the log entry by entry, one case replayed, the weekly report of odd looks, canary records."""

from datetime import datetime, time, timedelta

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.audit_review import (
    canary_records,
    case_replay,
    event_details,
    event_sentences,
    log_queries,
    weekly_report,
)
from app.corrections.template_globals import KINDS
from app.extensions import db
from app.kernel.audit import access_log, recorder, typeahead_searches
from app.kernel.forms.inputs import said_of_day
from app.kernel.schema import code_lists
from app.kernel.text import dates, khmer
from app.reference.models import Unit


class LogView(BaseView):
    """Reads the log. Whoever is sought travels as a number, so that no name stands in an address."""

    route_base = "/log"
    default_view = "list"
    class_permission_name = "Log"
    method_permission_name = {
        "list": "list", "search": "list", "show": "list", "case": "list", "replay": "list", "week": "list",
        "canaries": "list", "put": "watch", "take": "watch",
    }  # fmt: skip

    @expose("/list/")
    @has_access
    def list(self):
        typeahead_searches.finish()
        args = request.args
        faults = _faults(args)
        rows, older = (
            ([], None) if faults else log_queries.page(before=_number(args.get("before")), **_asked(args))
        )
        told = [(event, *case_replay.told(event, who)) for event, who in rows]
        page = self.render_template(
            "looks/log.html",
            title=gettext("Log of the register"),
            rows=told,
            older=url_for("LogView.list", **{**_plain(args), "before": older}) if older else None,
            args=args,
            faults=faults,
            acts=event_sentences.SENTENCES,
            kinds=KINDS | event_sentences.OTHERS,
            outcomes=event_sentences.OUTCOMES,
            outcome_of=event_sentences.outcome_of,
            word_of_act=event_sentences.word_of_act,
        )
        return page, 422 if faults else 200

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """Turn what was typed into an address: the name with which somebody signs in becomes a number there."""
        args = {name: value.strip()[:40] for name, value in _plain(request.form).items() if value.strip()}
        if "who" in args:
            user = log_queries.user_named(args.pop("who"))
            if user is None:
                flash(gettext("Nobody signs in with this name."), "warning")
            args["user"] = user
        return redirect(url_for("LogView.list", **args))

    @expose("/show/<int(max=2147483647):seq>")
    @has_access
    def show(self, seq):
        found = log_queries.one(seq)
        if found is None:
            abort(404)
        event, who = found
        _tell_reading("audit_event", seq)
        entry, purpose = case_replay.told(event, who)
        return self.render_template(
            "looks/event.html",
            title=gettext("Entry %(number)s of the log", number=seq),
            event=event,
            who=who,
            entry=entry,
            purpose=purpose or code_lists.label("purpose", event.purpose),
            facts=event_details.of(event),
            outcome=event_sentences.outcome_of(event),
            unit=db.session.get(Unit, event.unit_code) if event.unit_code else None,
            what=event_sentences.what_of_event(event),
        )

    @expose("/case", methods=["POST"])
    @has_access
    def case(self):
        case_id = case_replay.case_numbered(khmer.latin_digits(request.form.get("number", "")).strip()[:20])
        if case_id is None:
            flash(gettext("There is no case with this number."), "warning")
            return redirect(url_for("LogView.list"))
        return redirect(url_for("LogView.replay", pk=case_id))

    @expose("/case/<int(max=2147483647):pk>")
    @has_access
    def replay(self, pk):
        found = case_replay.of_case(pk)
        if found is None:
            abort(404)
        _tell_reading("case", pk)
        number, rows = found
        return self.render_template(
            "looks/replay.html", title=gettext("Case %(number)s out of the log", number=number), rows=rows
        )

    @expose("/week")
    @has_access
    def week(self):
        typeahead_searches.finish()
        try:
            until = _day(request.args.get("until"))
        except dates.Unreadable as fault:
            abort(400, said_of_day(fault))
        until = until + timedelta(days=1) if until else None
        _tell_reading("weekly_report")
        return self.render_template(
            "looks/week.html",
            title=gettext("Odd looks of a week"),
            report=weekly_report.report(until),
            most=weekly_report.MOST,
            what_of=event_sentences.what_of,
        )

    @expose("/canaries")
    @has_access
    def canaries(self):
        return self.render_template(
            "looks/canaries.html",
            title=gettext("Canary records"),
            rows=canary_records.all_of(db.session),
            may_change=self.appbuilder.sm.has_access("can_watch", "Log"),
        )

    @expose("/canaries", methods=["POST"])
    @has_access
    def put(self):
        person_id = _number(
            khmer.latin_digits(request.form.get("number", "")).strip().upper().removeprefix("P-")
        )
        if person_id is None or not case_replay.person_is_there(person_id):
            flash(gettext("Nobody with this number is in the register."), "warning")
        else:
            canary_records.put(db.session, person_id)
            db.session.commit()
            flash(gettext("Saved."), "success")
        return redirect(url_for("LogView.canaries"))

    @expose("/canaries/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def take(self, pk):
        canary_records.take(db.session, pk)
        db.session.commit()
        return redirect(url_for("LogView.canaries"))


def _tell_reading(entity, entity_id=None):
    """That the log was read stands in it too."""
    access_log.noted(lambda: recorder.tell("look.open", entity, entity_id, source="log"))


def _plain(args):
    return {name: value for name, value in args.items() if name not in ("csrf_token", "before")}


def _asked(args):
    """What `reading.page` is asked for."""
    until = _day(args.get("until"))
    return {
        "user": _number(args.get("user")),
        "action": args.get("action", "")[:40],
        "entity": args.get("entity", "")[:40],
        "entity_id": _number(args.get("id")),
        "outcome": args.get("outcome", "")[:20],
        "since": _day(args.get("since")),
        "until": until + timedelta(days=1) if until else None,
    }


def _number(text):
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _faults(args):
    """name → why what was typed there is no day."""
    found = {}
    for name in ("since", "until"):
        try:
            _day(args.get(name))
        except dates.Unreadable as fault:
            found[name] = said_of_day(fault)
    return found


def _day(text):
    """The beginning of a day; None where none was asked for."""
    return datetime.combine(dates.read_date(text), time()) if text else None
