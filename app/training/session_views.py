"""Pages of courses, their sessions and the questions of the bank."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.chain_of_command import CHIEF_ROLE
from app.confirmations.views import ConfirmedView, build_decide_actions
from app.extensions import db
from app.kernel.api.record_api import RecordApi
from app.kernel.concurrency.unit_of_work import unit_of_work
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import format_value
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates, khmer
from app.reference.search import find_units_below
from app.training import actions, reports, supplied_questions
from app.training.models import (
    FIRST,
    SECOND,
    TEST_NAMES,
    Course,
    CourseSession,
    CourseTest,
    Question,
    Sitting,
)

PAGE = 50  # participants on a page
MAX_REASON = 400
MOST_TEXT = 20_000  # characters of the results of practice


class CourseView(RecordView):
    """Plans of courses: syllabus, hours, validity of the certificate and the bands of results."""

    datamodel = SQLAInterface(Course)
    class_permission_name = "Course"
    resource_name = "courses"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Courses"), _("Course")
    add_title, edit_title = _("Plan a course"), _("Edit the course")
    empty_text = _("The planning department plans the courses.")
    cell_kinds = {"title_km": "lead"}
    show_template = "training/course.html"

    def prefill(self, form):
        super().prefill(form)
        for name in ("validity_months", "attendance_percent", "good_percent", "average_percent"):
            form[name].data = getattr(Course, name).property.columns[0].default.arg

    def show_context(self, record, extra_rows):
        return super().show_context(record, extra_rows) | {
            "sessions": reports.count_sessions(record),
            "may_plan": self.appbuilder.sm.has_access("can_add", "CourseSession"),
        }


class QuestionView(ConfirmedView):
    """The question bank. Another officer confirms each question before a test may contain it."""

    datamodel = SQLAInterface(Question)
    class_permission_name = "Question"
    resource_name = "questions"
    method_permission_name = ConfirmedView.method_permission_name | dict.fromkeys(
        ("retire", "enter_supplied"), "add"
    )
    list_title, show_title, add_title = _("Question bank"), _("Question"), _("Enter a question")
    empty_text = _("Enter questions. Another officer reviews each before a test may contain it.")
    list_columns = ["text_km", "topic", "kind", "confirmation"]
    add_columns = ["topic", "kind", "text_km", "choices_km", "text_en", "choices_en", "why"]
    base_order = ("id", "desc")
    cell_kinds = {"text_km": "lead", "confirmation": "short"}
    list_template, show_template = "training/questions.html", "training/question.html"

    @expose("/enter-supplied", methods=["POST"])
    @has_access
    def enter_supplied(self):
        """Enter the supplied questions that are not in the bank. Another officer reviews each."""
        with unit_of_work(where="QuestionView"):
            missing = supplied_questions.list_missing()
            db.session.add_all(missing)
        if missing:
            text = gettext(
                "%(number)s questions were entered. Another officer reviews each.",
                number=format_value(len(missing)),
            )
        else:
            text = gettext("All supplied questions are in the bank.")
        flash(text, "success")
        return redirect(url_for("QuestionView.list"))

    @expose("/retire/<pk>", methods=["POST"])
    @has_access
    def retire(self, pk):
        """Take the question out of the bank. Tests that have it keep it."""
        record = self.find(pk)
        with unit_of_work(where="QuestionView"):
            if record.retired_at is None:
                record.retired_at = dates.now()
        flash(gettext("Saved."), "success")
        return redirect(self.record_url(pk))


class QuestionApi(RecordApi):
    view, resource_name = QuestionView, "questions"
    api_actions = build_decide_actions()


class CourseSessionView(RecordView):
    """Sessions of courses. Planners and the trainers of a session run it; chiefs see the results of their units."""

    datamodel = SQLAInterface(CourseSession)
    class_permission_name = "CourseSession"
    resource_name = "course-sessions"
    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]
    list_title, show_title = _("Sessions of courses"), _("Session of a course")
    add_title, edit_title = _("Plan a session"), _("Edit the session")
    empty_text = _("A session of a course has a place, days and trainers.")
    list_columns = ["name", "course", "starts_on", "days", "place"]
    cell_kinds = {"name": "lead"}
    base_order = ("starts_on", "desc")
    order_columns = ["starts_on"]
    show_template = "training/session.html"
    method_permission_name = RecordView.method_permission_name | dict.fromkeys(
        (
            "enrol", "remove", "save_attendance", "prepare_test", "cancel_test", "enter_result", "enter_practice",
            "issue", "results",
        ),
        "show",
    )  # fmt: skip

    def show_context(self, record, extra_rows):
        runs = self.may_run(record)
        shown = actions.list_participants(record)
        page = max(_parse_short(request.args.get("page", "1")) or 1, 1)
        participants = shown[(page - 1) * PAGE : page * PAGE]
        may_issue = self.appbuilder.sm.has_access("can_add", "Certificate")
        obstacles = actions.list_obstacles(g.user, record, participants) if may_issue and participants else {}
        tests = db.session.scalars(
            select(CourseTest)
            .where(CourseTest.session_id == record.id, CourseTest.cancelled_at.is_(None))
            .order_by(CourseTest.ordinal)
        ).all()
        begun = set(
            db.session.scalars(
                select(Sitting.test_id).where(Sitting.test_id.in_([one.id for one in tests])).distinct()
            )
        )
        return super().show_context(record, extra_rows) | {
            "runs": runs, "may_plan": self.may_do("edit"),
            "may_issue": may_issue,
            "participants": participants, "page": page, "has_more": len(shown) > page * PAGE, "total": len(shown),
            "tests": tests, "begun": begun, "test_names": TEST_NAMES,
            "missing": [one for one in TEST_NAMES if one not in {test.ordinal for test in tests}],
            "columns": sorted({FIRST, SECOND} | {test.ordinal for test in tests}),
            "topics": code_lists.choices("training_topic"), "typed": request.form,
            "band": reports.name_band, "obstacles": obstacles,
            "practice_code": actions.find_practice_code(record) if runs else "",
            "has_practice": any(one.practice_percent is not None for one in shown),
            "chosen_unit": lookups.get_lookup("unit").words(request.form.get("unit", "")[:20]),
        }  # fmt: skip

    def may_run(self, record):
        """Return whether the reader runs the session: a planner, or one of its trainers."""
        return self.may_do("edit") or actions.may_teach(g.user, record)

    def _act(self, pk, step):
        """Take a step and return to the page, or show it again with the problem and the input."""
        record = self.find(pk)
        url = url_for("CourseSessionView.show", pk=pk, page=request.args.get("page"))
        return self.take_action(pk, lambda: (step(record), url))

    def _require(self, is_allowed):
        if not is_allowed:
            abort(403)

    @expose("/enrol/<pk>", methods=["POST"])
    @has_access
    def enrol(self, pk):
        """Add all accounts of a unit and of the units below it, or the accounts with the typed user names."""
        self._require(self.may_do("edit"))
        return self._act(pk, _enrol)

    @expose("/remove/<pk>", methods=["POST"])
    @has_access
    def remove(self, pk):
        """Remove a participant who has begun no test."""
        self._require(self.may_do("edit"))

        def step(record):
            actions.remove_participant(record, _parse_number("line"), read_text())
            return gettext("The participant is removed.")

        return self._act(pk, step)

    @expose("/attendance/<pk>", methods=["POST"])
    @has_access
    def save_attendance(self, pk):
        """Save the half-days of the participants on the page."""

        def step(record):
            self._require(self.may_run(record))
            present = {
                key: {_parse_short(at) for at in request.form.getlist(f"present-{one}")}
                for one in request.form.getlist("participant")
                if (key := _parse_short(one)) is not None
            }
            actions.save_attendance(g.user, record, present)
            return gettext("Saved.")

        return self._act(pk, step)

    @expose("/test/<pk>", methods=["POST"])
    @has_access
    def prepare_test(self, pk):
        """Draw the questions of a test or a resit."""

        def step(record):
            self._require(self.may_run(record))
            form = request.form
            actions.prepare_test(
                g.user, record, _parse_number("ordinal"), form.getlist("topic"), _parse_number("number"),
                _parse_number("minutes"), _parse_time("opens_at"), _parse_time("closes_at"), "has_code" in form,
            )  # fmt: skip
            return gettext("The questions are drawn.")

        return self._act(pk, step)

    @expose("/cancel-test/<pk>", methods=["POST"])
    @has_access
    def cancel_test(self, pk):
        """Cancel a test that no participant has begun."""

        def step(record):
            self._require(self.may_run(record))
            actions.cancel_test(record, _parse_number("ordinal"))
            return gettext("The test is cancelled.")

        return self._act(pk, step)

    @expose("/result/<pk>", methods=["POST"])
    @has_access
    def enter_result(self, pk):
        """Enter the results of a test on paper, of all participants on the page."""

        def step(record):
            self._require(self.may_run(record))
            typed = {
                name.removeprefix("percent-"): text.strip()
                for name, text in request.form.items()
                if name.startswith("percent-") and text.strip()
            }
            percents = {_parse_short(number): _parse_number(f"percent-{number}") for number in typed}
            if not percents:
                raise actions.InvalidStep(gettext("Enter at least one result."))
            count = actions.enter_paper_results(g.user, record, _parse_number("ordinal"), percents)
            return gettext("%(n)s results are saved.", n=format_value(count))

        return self._act(pk, step)

    @expose("/practice/<pk>", methods=["POST"])
    @has_access
    def enter_practice(self, pk):
        """Enter the results of exercises from the sealed text of the practice system."""

        def step(record):
            self._require(self.may_run(record))
            text = request.form.get("practice", "")[:MOST_TEXT]
            return gettext(
                "%(n)s results of practice are entered.",
                n=actions.enter_practice_results(g.user, record, text),
            )

        return self._act(pk, step)

    @expose("/issue/<pk>", methods=["POST"])
    @has_access
    def issue(self, pk):
        """Issue certificates to the participants who meet the settings of the course."""
        self._require(self.appbuilder.sm.has_access("can_add", "Certificate"))

        def step(record):
            return gettext("%(n)s certificates are issued.", n=actions.issue_certificates(g.user, record))

        return self._act(pk, step)

    @expose("/results/<pk>", methods=["GET"])
    @has_access
    def results(self, pk):
        """Show the shares of the bands; to trainers and planners also the analysis of the questions."""
        record = self.find(pk)
        runs = self.may_run(record)
        self._require(runs or is_chief())
        return self.render_template(
            "training/results.html", title=_("Results of the session"), record=record,
            report=reports.build_report(record, actions.list_participants(record)), items=reports.list_items(record) if runs else (),
            band=reports.name_band, runs=runs,
        )  # fmt: skip


def is_chief():
    """Return whether the reader is a chief, who sees the results of the unit and of the units below it."""
    return CHIEF_ROLE in {role.name for role in g.user.roles}


def _enrol(record):
    code, names = request.form.get("unit", ""), request.form.get("names", "").replace(",", " ").split()
    if code:
        users = actions.list_accounts(find_units_below(code) if request.form.get("below") else [code])
    else:
        users, unknown = actions.find_accounts(names)
        if unknown:
            raise actions.InvalidStep(gettext("There is no account %(name)s.", name=unknown[0]), "names")
    return gettext("%(n)s participants are added.", n=actions.enrol(record, users))


def _parse_number(name):
    number = _parse_short(khmer.to_latin_digits(request.form.get(name, "").strip()))
    if number is None:
        raise actions.InvalidStep(gettext("Enter whole numbers."), name)
    return number


def _parse_short(text):
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _parse_time(name):
    try:
        return dates.parse_datetime(request.form.get(name, ""))[0]
    except ValueError as error:
        raise actions.InvalidStep(gettext("Enter day and time, such as 05/03/2026 14:30."), name) from error
