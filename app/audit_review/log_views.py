"""Views for auditors: audit log, case replay, weekly report of unusual access, canary records."""

from datetime import datetime, time, timedelta

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.audit_review import (
    bulk_access_alert,
    canary_records,
    case_replay,
    event_details,
    event_sentences,
    log_queries,
    log_verification,
    report_signatures,
    weekly_report,
)
from app.corrections.template_globals import get_record_type_labels
from app.extensions import db
from app.kernel.audit import access_log, recorder, typeahead_searches
from app.kernel.database.transactions import commit
from app.kernel.forms.inputs import describe_date_error
from app.kernel.schema import code_lists
from app.kernel.screens.urls import add_query
from app.kernel.text import dates, khmer
from app.reference.models import Unit


class LogView(BaseView):
    """Audit log. Users are filtered by number, so that no URL contains a name."""

    route_base = "/log"
    default_view = "list"
    class_permission_name = "Log"
    method_permission_name = {
        "list": "list", "search": "list", "show": "list", "find_case": "list", "replay": "list", "week": "list",
        "sign_week": "list", "verify": "list", "canaries": "list", "add_canary": "mark", "remove_canary": "mark",
    }  # fmt: skip

    @expose("/list/")
    @has_access
    def list(self):
        typeahead_searches.close_searches()
        args = request.args
        faults = _find_date_errors(args)
        rows, older = (
            ([], None)
            if faults
            else log_queries.load_page(before=_parse_number(args.get("before")), **_parse_filters(args))
        )
        numbers = case_replay.load_case_names(event for event, _who in rows)
        entries = [(event, *case_replay.describe_for_auditor(event, who, numbers)) for event, who in rows]
        page = self.render_template(
            "audit_review/log.html",
            title=gettext("Audit log"),
            rows=entries,
            older=_list_url(args, older) if older else None,
            args=args,
            faults=faults,
            action_groups=event_sentences.list_action_groups(),
            verification=log_verification.find_last_result(),
            kinds=get_record_type_labels() | event_sentences.OTHER_LABELS,
            outcomes=event_sentences.OUTCOME_LABELS,
            get_outcome_label=event_sentences.get_outcome_label,
        )
        return page, 422 if faults else 200

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """Redirect to the URL of the filters. The URL contains the number of the user instead of the user name."""
        args = {name: value.strip()[:40] for name, value in request.form.items() if value.strip()}
        if "who" in args:
            user = log_queries.find_user_id(args.pop("who"))
            if user is None:
                flash(gettext("There is no account with this name."), "warning")
            else:
                args["user"] = user
        return redirect(_list_url(args))

    @expose("/show/<int(max=2147483647):seq>")
    @has_access
    def show(self, seq):
        found = log_queries.load_event(seq)
        if found is None:
            abort(404)
        event, who = found
        _log_access("audit_event", seq)
        entry, purpose = case_replay.describe_for_auditor(event, who, case_replay.load_case_names([event]))
        return self.render_template(
            "audit_review/event.html",
            title=gettext("Audit log entry %(number)s", number=seq),
            event=event,
            who=who,
            entry=entry,
            purpose=purpose or code_lists.label("purpose", event.purpose),
            facts=event_details.describe_facts(event),
            outcome=event_sentences.get_outcome_label(event),
            unit=db.session.get(Unit, event.unit_code) if event.unit_code else None,
            what=event_sentences.describe_subject(event),
        )

    @expose("/case", methods=["POST"])
    @has_access
    def find_case(self):
        case_id = case_replay.find_case_id(khmer.to_latin_digits(request.form.get("number", "")).strip()[:20])
        if case_id is None:
            flash(gettext("There is no case with this number."), "warning")
            return redirect(url_for("LogView.list"))
        return redirect(url_for("LogView.replay", pk=case_id))

    @expose("/case/<int(max=2147483647):pk>")
    @has_access
    def replay(self, pk):
        found = case_replay.replay_case(pk)
        if found is None:
            abort(404)
        _log_access("case", pk)
        number, rows = found
        return self.render_template(
            "audit_review/case_replay.html",
            title=gettext("Replay of case %(number)s from the audit log", number=number),
            rows=rows,
        )

    @expose("/weekly-report")
    @has_access
    def week(self):
        typeahead_searches.close_searches()
        try:
            until = _parse_day(request.args.get("until"))
        except dates.InvalidDate as fault:
            abort(400, describe_date_error(fault))
        until = until + timedelta(days=1) if until else None
        _log_access("weekly_report")
        week = until and report_signatures.find_week(until)
        return self.render_template(
            "audit_review/weekly_report.html",
            title=gettext("Unusual access"),
            week=week if week and not week.is_signed_by(g.user.id) else None,
            shown_until=until,
            weeks=report_signatures.list_weeks(),
            note_lengths=(report_signatures.MIN_NOTE_LENGTH, report_signatures.MAX_NOTE_LENGTH),
            report=weekly_report.build_report(until),
            most=bulk_access_alert.MAX_PERSONS,
            describe_record=event_sentences.describe_record,
        )

    @expose("/weekly-report", methods=["POST"])
    @has_access
    def sign_week(self):
        """Sign the report of a full week, with a note."""
        address = url_for("LogView.week", until=request.args.get("until", ""))
        try:
            until = _parse_day(request.args.get("until"))
        except dates.InvalidDate:
            abort(400)
        week = until and report_signatures.find_week(until + timedelta(days=1))
        if not week:
            abort(404)
        try:
            note = khmer.normalize(request.form.get("note", ""))[: report_signatures.MAX_NOTE_LENGTH]
        except khmer.InvalidText:
            note = ""
        if week.is_signed_by(g.user.id):
            flash(gettext("This report is already signed."), "info")
        elif len(note) < report_signatures.MIN_NOTE_LENGTH:
            flash(gettext("Write a note: what was asked, and what was found."), "warning")
        else:
            report_signatures.sign_week(week, note)
            commit()
            flash(gettext("The report is signed."), "success")
        return redirect(address)

    @expose("/verification", methods=["POST"])
    @has_access
    def verify(self):
        """Start the verification of the whole log as background work."""
        job = log_verification.start_verification()
        commit()
        return redirect(url_for("JobView.show", pk=job.id))

    @expose("/canaries")
    @has_access
    def canaries(self):
        return self.render_template(
            "audit_review/canary_records.html",
            title=gettext("Canary records"),
            rows=canary_records.list_canaries(db.session),
            may_change=self.appbuilder.sm.has_access("can_mark", "Log"),
        )

    @expose("/canaries", methods=["POST"])
    @has_access
    def add_canary(self):
        person_id = _parse_number(
            khmer.to_latin_digits(request.form.get("number", "")).strip().upper().removeprefix("P-")
        )
        if person_id is None or not case_replay.is_registered_person(person_id):
            flash(gettext("No person with this number is registered."), "warning")
        else:
            canary_records.add_canary(db.session, person_id)
            commit()
            flash(gettext("Saved."), "success")
        return redirect(url_for("LogView.canaries"))

    @expose("/canaries/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def remove_canary(self, pk):
        canary_records.remove_canary(db.session, pk)
        commit()
        return redirect(url_for("LogView.canaries"))


def _log_access(entity, entity_id=None):
    """Record the access to the audit log in the audit log."""
    access_log.write_or_abort(lambda: recorder.record_now("access.viewed", entity, entity_id, source="log"))


def _list_url(filters, before=None):
    """Return the URL of the log with these filters, from the entry `before` on."""
    filters = {name: value for name, value in filters.items() if name not in ("csrf_token", "before")}
    return add_query(url_for("LogView.list"), filters | ({"before": before} if before else {}))


def _parse_filters(args):
    """Return the filters for `log_queries.load_page`."""
    until = _parse_day(args.get("until"))
    return {
        "user": _parse_number(args.get("user")),
        "action": args.get("action", "")[:40],
        "entity": args.get("entity", "")[:40],
        "entity_id": _parse_number(args.get("id")),
        "outcome": args.get("outcome", "")[:20],
        "since": _parse_day(args.get("since")),
        "until": until + timedelta(days=1) if until else None,
    }


def _parse_number(text):
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _find_date_errors(args):
    """Return field name → error message of each invalid date."""
    found = {}
    for name in ("since", "until"):
        try:
            _parse_day(args.get(name))
        except dates.InvalidDate as fault:
            found[name] = describe_date_error(fault)
    return found


def _parse_day(text):
    """Return the start of a day, or None if the field is empty."""
    return datetime.combine(dates.parse_date(text), time()) if text else None
