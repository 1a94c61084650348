"""The pages of the officer who shows the photos to the witness, and the record to sign."""
# unrestricted: prints for the officer who shows the photos; the paper names neither suspect nor other people

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _

from app.extensions import db
from app.inbox.record_links import register_page
from app.kernel.actor import unrestricted
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.screens.action_problems import take_action
from app.kernel.text import dates
from app.lineups import papers, sessions, steps
from app.lineups.models import Lineup
from app.lineups.sessions import SESSION_PAGE
from app.lineups.views import send_photo
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import RecordPrintoutView

register_page(SESSION_PAGE, "can_show", "LineupSession", "LineupSessionView.show")

TEXTS = {"place_text": 200, "present": 400, "words": 8000, "certainty": 400, "reason": 400}


class LineupSessionView(BaseView):
    """The line-ups that an officer shows. The pages name neither the suspect nor the case."""

    route_base = "/lineup-session"
    default_view = "list"
    class_permission_name = "LineupSession"
    method_permission_name = {"list": "list", "show": "show", "face": "show", "run": "add"}

    @expose("/")
    @has_access
    def list(self):
        return self.render_template(
            "lineups/sessions.html",
            title=_("Line-ups to show"),
            presentations=sessions.list_presentations(db.session, g.user.id),
        )

    @expose("/show/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def show(self, pk, status=200):
        found = sessions.find_presentation(db.session, pk, g.user.id) or abort(404)
        page = self.render_template(
            "lineups/session.html",
            title=_("Line-up %(number)s", number=found.number),
            found=found,
            instruction=steps.INSTRUCTION,
            results=[one for one in code_lists.choices("lineup_result") if one[0] in steps.STATEMENTS],
            may_print=found.state == steps.ENDED and LineupRecordView.is_allowed(self.appbuilder.sm),
            may_run=self.appbuilder.sm.has_access("can_add", "LineupSession"),
        )
        return make_response(page, status)

    @expose("/face/<int(max=2147483647):pk>/<int:position>", methods=["GET"])
    @has_access
    def face(self, pk, position):
        """Return the photo at a position that is on the screen now."""
        sha256 = sessions.find_photo_hash(db.session, pk, g.user.id, position) or abort(404)
        return send_photo(sha256, pk, position)

    @expose("/show/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def run(self, pk):
        """Start, show the next photo, record the words of the witness, or end the session with a reason."""
        if sessions.find_presentation(db.session, pk, g.user.id) is None:
            abort(404)
        step, form = request.form.get("step", ""), request.form

        def act():
            if step == "start":
                sessions.start(db.session, pk, g.user.id, "instruction_read" in form)
            elif step == "next":
                sessions.show_next(db.session, pk, g.user.id, form.get("shown", ""))
            elif step == "statement":
                sessions.end(db.session, pk, g.user.id, *_read_result(form), **_read_texts(form))
            elif step in (steps.REFUSED, steps.ABORTED):
                sessions.end(db.session, pk, g.user.id, step, None, reason=_read_texts(form)["reason"])
            else:
                abort(400)
            return "", url_for("LineupSessionView.show", pk=pk)

        return take_action(act, lambda status: self.show(pk, status), "LineupSessionView")


def _read_result(form):
    """Return the result and the number of the photo as the officer sent them."""
    result, position = form.get("result", ""), form.get("position", "").strip()
    if result not in steps.STATEMENTS:
        result = ""
    return result, int(position) if position.isdecimal() and len(position) < 4 else None


def _read_texts(form):
    """Return the texts as they were sent. Raise RuleViolation if one is too long."""
    texts = {name: form.get(name, "").strip().replace("\r\n", "\n") for name in TEXTS}
    problems = []
    for name, most in TEXTS.items():
        if len(texts[name]) > most:
            number = dates.format_number(most, reader_language())
            text = gettext("This text is too long. Use at most %(number)s characters.", number=number)
            problems.append(Problem(name, text))
    if problems:
        raise RuleViolation(problems)
    return {name: text or None for name, text in texts.items()}


class LineupRecordView(RecordPrintoutView):
    """The record of a line-up, to be signed: for the officers of the case, and for the officer who showed the photos."""

    name, title, class_permission_name = "lineup", _("Print the record of the line-up"), "LineupRecord"
    model, module, page = Lineup, papers, "LineupView.show"
    method_permission_name = {"print_pdf": "print", "print_shown": "print"}

    @expose("/shown/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_shown(self, pk):
        found = sessions.find_presentation(db.session, pk, g.user.id) or abort(404)
        if found.state != steps.ENDED:
            flash(gettext("The record is printed after the end of the line-up."), "warning")
            return redirect(url_for("LineupSessionView.show", pk=pk))
        with force_locale(LANGUAGE):
            with unrestricted(db.session):
                printout = papers.build_printout(db.session.get(Lineup, pk))
            return self.respond_with_pdf([printout], Lineup.__tablename__, pk, [])
