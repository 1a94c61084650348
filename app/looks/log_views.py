"""The auditors' screens: the log entry by entry, one case replayed, the weekly report of odd looks, canary records."""

from datetime import datetime, time, timedelta

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.corrections.marks import KINDS
from app.extensions import db
from app.kernel import audit, codes, dates, khmer, looking, suggesting
from app.kernel.inputs import said_of_day
from app.looks import canaries, facts, reading, replay, weekly, words
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
        suggesting.finish()
        args = request.args
        faults = _faults(args)
        rows, older = (
            ([], None) if faults else reading.page(before=_number(args.get("before")), **_asked(args))
        )
        told = [(event, *replay.told(event, who)) for event, who in rows]
        page = self.render_template(
            "looks/log.html",
            title=gettext("Log of the register"),
            rows=told,
            older=url_for("LogView.list", **{**_plain(args), "before": older}) if older else None,
            args=args,
            faults=faults,
            acts=words.SENTENCES,
            kinds=KINDS | words.OTHERS,
            outcomes=words.OUTCOMES,
            outcome_of=words.outcome_of,
            word_of_act=words.word_of_act,
        )
        return page, 422 if faults else 200

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """Turn what was typed into an address: the name with which somebody signs in becomes a number there."""
        args = {name: value.strip()[:40] for name, value in _plain(request.form).items() if value.strip()}
        if "who" in args:
            user = reading.user_named(args.pop("who"))
            if user is None:
                flash(gettext("Nobody signs in with this name."), "warning")
            args["user"] = user
        return redirect(url_for("LogView.list", **args))

    @expose("/show/<int(max=2147483647):seq>")
    @has_access
    def show(self, seq):
        found = reading.one(seq)
        if found is None:
            abort(404)
        event, who = found
        _tell_reading("audit_event", seq)
        entry, purpose = replay.told(event, who)
        return self.render_template(
            "looks/event.html",
            title=gettext("Entry %(number)s of the log", number=seq),
            event=event,
            who=who,
            entry=entry,
            purpose=purpose or codes.label("purpose", event.purpose),
            facts=facts.of(event),
            outcome=words.outcome_of(event),
            unit=db.session.get(Unit, event.unit_code) if event.unit_code else None,
            what=words.what_of_event(event),
        )

    @expose("/case", methods=["POST"])
    @has_access
    def case(self):
        case_id = replay.case_numbered(khmer.latin_digits(request.form.get("number", "")).strip()[:20])
        if case_id is None:
            flash(gettext("There is no case with this number."), "warning")
            return redirect(url_for("LogView.list"))
        return redirect(url_for("LogView.replay", pk=case_id))

    @expose("/case/<int(max=2147483647):pk>")
    @has_access
    def replay(self, pk):
        found = replay.of_case(pk)
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
        suggesting.finish()
        try:
            until = _day(request.args.get("until"))
        except dates.Unreadable as fault:
            abort(400, said_of_day(fault))
        until = until + timedelta(days=1) if until else None
        _tell_reading("weekly_report")
        return self.render_template(
            "looks/week.html",
            title=gettext("Odd looks of a week"),
            report=weekly.report(until),
            most=weekly.MOST,
            what_of=words.what_of,
        )

    @expose("/canaries")
    @has_access
    def canaries(self):
        return self.render_template(
            "looks/canaries.html",
            title=gettext("Canary records"),
            rows=canaries.all_of(db.session),
            may_change=self.appbuilder.sm.has_access("can_watch", "Log"),
        )

    @expose("/canaries", methods=["POST"])
    @has_access
    def put(self):
        person_id = _number(
            khmer.latin_digits(request.form.get("number", "")).strip().upper().removeprefix("P-")
        )
        if person_id is None or not replay.person_is_there(person_id):
            flash(gettext("Nobody with this number is in the register."), "warning")
        else:
            canaries.put(db.session, person_id)
            db.session.commit()
            flash(gettext("Saved."), "success")
        return redirect(url_for("LogView.canaries"))

    @expose("/canaries/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def take(self, pk):
        canaries.take(db.session, pk)
        db.session.commit()
        return redirect(url_for("LogView.canaries"))


def _tell_reading(entity, entity_id=None):
    """That the log was read stands in it too."""
    looking.noted(lambda: audit.tell("look.open", entity, entity_id, source="log"))


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
