"""The pages of the exercises, in the practice system only."""

from datetime import datetime
from decimal import Decimal

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.corrections.models import Correction
from app.court_orders.models import OrderMatch
from app.extensions import db
from app.help.rule_pages import load_rules
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.kernel.schema.fields import fields_of
from app.kernel.screens.dashboard import paginate
from app.kernel.system_kind import is_practice
from app.kernel.text import dates, khmer
from app.people.models import Person, PersonDocument, PersonName
from app.practice import answers, exercises
from app.practice.models import Exercise
from app.reference.models import Offence
from app.reference.search import format_place_path

PAGE = 50  # exercises on a page
MAX_REASON, MAX_TEXT = 200, 400
SEPARATOR = ";"  # of typed words and alternatives
NUMBERS = {"age_stated", "age_from", "age_to", "quantity", "value_khr", "value_usd", "amount"}
WAYS = {
    exercises.EXACT: _("exactly this"), exercises.WORDS: _("contains these words"), exercises.BEGINS: _("begins with"),
    exercises.ANY: _("also these answers"),
}  # fmt: skip
SECTION_TITLES = {
    "case": _("Case"), "offences": _("Offences"), "people": _("People"), "exhibits": _("Exhibits"),
    "arrests": _("Arrest"), "custodies": _("Custody"), "custody_steps": _("Custody step"), "releases": _("Release"),
    "match_answers": _("Match"), "corrections": _("Correction"),
}  # fmt: skip
# The models of the fields of a row, by the prefix of their names.
MODELS = {
    "case": {"": (Case,)}, "offences": {"": (CaseOffence,)}, "exhibits": {"": (Exhibit,)},
    "people": {"document_": (PersonDocument,), "alias_": (PersonName,), "": (Involvement, Person)},
    **{section: {"": (model,)} for section, model in answers.ACTS.items()}, "match_answers": {"": (OrderMatch,)},
    "corrections": {"": (Correction, Exhibit, Case, Involvement, Person)},
}  # fmt: skip


class ExerciseView(BaseView):
    """Exercises, attempts and results; teachers write and review exercises."""

    route_base = "/exercises"
    default_view = "list"
    class_permission_name = "Exercise"
    method_permission_name = dict.fromkeys(("list", "show", "begin", "result"), "list") | dict.fromkeys(
        ("write", "review", "edit", "close", "report"), "add"
    )

    @expose("/")
    @has_access
    def list(self):
        _require_practice()
        is_teacher = self._is_teacher()
        return self.render_template(
            "practice/exercises.html", title=gettext("Exercises"), is_teacher=is_teacher,
            pager=paginate(exercises.select_exercises(is_teacher), PAGE),
            scores=exercises.list_best_scores(g.user.id),
            all_scores=exercises.list_all_scores() if is_teacher else [],
        )  # fmt: skip

    @expose("/<int(max=2147483647):pk>")
    @has_access
    def show(self, pk):
        return self._show(self._find(pk))

    def _show(self, exercise, problem=""):
        is_teacher = self._is_teacher()
        return self.render_template(
            "practice/exercise.html", title=exercise.title, exercise=exercise, problem=problem,
            incident=describe_incident(exercise), is_teacher=is_teacher, typed=request.form, ways=WAYS,
            fields=_describe_model(exercise) if is_teacher else [],
            may_edit=is_teacher and not exercise.is_open and exercise.author_id == g.user.id,
        )  # fmt: skip

    @expose("/<int(max=2147483647):pk>/begin", methods=["POST"])
    @has_access
    def begin(self, pk):
        exercise = self._find(pk)
        try:
            with unit_of_work():
                attempt = exercises.begin_attempt(exercise, g.user)
                page = find_page(attempt)
        except exercises.ExerciseRefused as refusal:
            return self._back(refusal, pk)
        return redirect(page)

    @expose("/result/<string(maxlength=40):token>")
    @has_access
    def result(self, token):
        """Compare the registered case with the model answer. Later calls show the same result."""
        _require_practice()
        attempt = exercises.find_attempt(g.user.id, token) or abort(404)
        with unit_of_work():
            comparison = exercises.grade_attempt(attempt)
        if comparison is None:
            flash(gettext("Save first what the exercise asks for. Then it is compared."), "warning")
            return redirect(find_page(attempt))
        return self.render_template(
            "practice/result.html", title=gettext("Result"), attempt=attempt, comparison=comparison,
            rows=_describe_rows(comparison),
        )  # fmt: skip

    @expose("/write", methods=["GET", "POST"])
    @has_access
    def write(self):
        _require_practice()
        typed = {name: request.form.get(name, "") for name in ("title", "incident", "case_number")}
        problem = ""
        if request.method == "POST":
            try:
                with unit_of_work():
                    exercise = exercises.write_exercise(
                        typed["title"], typed["incident"], typed["case_number"], g.user.id
                    )
                    db.session.flush()
                    pk = exercise.id
                return redirect(url_for("ExerciseView.show", pk=pk))
            except (exercises.ExerciseRefused, SaveRejected) as refusal:
                problem = str(refusal)
        page = self.render_template(
            "practice/write.html", title=gettext("Write an exercise"), typed=typed, problem=problem
        )
        return page, 422 if problem else 200

    @expose("/report", methods=["GET", "POST"])
    @has_access
    def report(self):
        """Seal the results of the trainees for a session of a course."""
        _require_practice()
        trainees, typed, problem, sealed = exercises.list_trainees(), dict(request.form), "", ""
        if request.method == "POST":
            numbers = {one[0]: typed.get(f"number-{one[0]}", "").strip() for one in trainees}
            try:
                sealed = exercises.seal_results(
                    typed.get("session", "").strip(), typed.get("code", "").strip(), numbers
                )
            except exercises.ExerciseRefused as refusal:
                problem = str(refusal)
        page = self.render_template(
            "practice/report.html", title=gettext("Report to a course"), trainees=trainees, typed=typed,
            problem=problem, sealed=sealed,
        )  # fmt: skip
        return page, 422 if problem else 200

    @expose("/<int(max=2147483647):pk>/edit", methods=["POST"])
    @has_access
    def edit(self, pk):
        """Save title, incident and what the model accepts."""
        exercise, form = self._find(pk), request.form
        try:
            with unit_of_work():
                chosen = _read_chosen(exercise)
                exercises.edit_exercise(
                    exercise, g.user.id, form.get("title", ""), form.get("incident", ""), chosen
                )
        except (exercises.ExerciseRefused, SaveRejected) as refusal:
            return self._show(exercise, str(refusal)), 422
        return self._back(gettext("Saved."), pk, "success")

    @expose("/<int(max=2147483647):pk>/review", methods=["POST"])
    @has_access
    def review(self, pk):
        """Open the exercise for trainees, or return it to its author."""
        exercise, reason = self._find(pk), " ".join(request.form.get("reason", "").split())[:MAX_REASON]
        is_returned = request.form.get("step") == "return"
        try:
            with unit_of_work():
                if is_returned:
                    exercises.return_exercise(exercise, g.user.id, reason)
                else:
                    exercises.review_exercise(exercise, g.user.id)
        except (exercises.ExerciseRefused, SaveRejected) as refusal:
            return self._back(refusal, pk)
        text = (
            gettext("The author is notified.")
            if is_returned
            else gettext("The exercise is open for trainees.")
        )
        return self._back(text, pk, "success")

    @expose("/<int(max=2147483647):pk>/close", methods=["POST"])
    @has_access
    def close(self, pk):
        exercise = self._find(pk)
        with unit_of_work():
            exercises.close_exercise(exercise, g.user.id)
        return self._back(gettext("The exercise is closed for trainees."), pk, "success")

    def _find(self, pk):
        _require_practice()
        exercise = db.session.get(Exercise, pk)
        if exercise is None or not (exercise.is_open or self._is_teacher()):
            abort(404)
        return exercise

    def _is_teacher(self):
        return self.appbuilder.sm.has_access("can_add", "Exercise")

    def _back(self, message, pk, kind="danger"):
        flash(str(message), kind)
        return redirect(url_for("ExerciseView.show", pk=pk))


def _require_practice():
    if not is_practice():
        abort(404)


def find_page(attempt):
    """Return the address where the trainee works: the page of the prepared case, or the entry page."""
    if attempt.case_id is not None:
        return url_for("CaseView.show", pk=attempt.case_id)
    return url_for("EntryView.page", token=attempt.token)


def describe_incident(exercise, attempt=None):
    """Return the text of the incident with the dates of the attempt, or of today."""
    day = (attempt.begun_at if attempt else dates.now()).date()
    return answers.fill_days_in_text(exercise.incident, day, reader_language())


def find_open_exercise():
    """Return (exercise title, incident, address of the result) of the exercise that the trainee is doing, or None."""
    attempt = exercises.find_open_attempt(g.user.id)
    if attempt is None:
        return None
    return (
        attempt.exercise.title,
        describe_incident(attempt.exercise, attempt),
        url_for("ExerciseView.result", token=attempt.token),
    )


def _describe_model(exercise):
    """Return (path, section, label, answer, way, text of the way, whether it may be missing) of each field of the model."""
    return [
        (path, SECTION_TITLES[section], _find_label(section, name), _format_text(section, name, exercises.get_answer(one)),
         *_describe_expected(section, name, one), isinstance(one, dict) and one.get("may", False))
        for path, section, _number, name, one in exercises.list_dated_fields(exercise, dates.now().date())
    ]  # fmt: skip


def _describe_expected(section, name, expected):
    """Return (way, text) of what a field of the model accepts, as the teacher types it."""
    if isinstance(expected, str):
        return exercises.EXACT, ""
    if "words" in expected:
        return exercises.WORDS, f"{SEPARATOR} ".join(one.replace("|", "/") for one in expected["words"])
    if "begins" in expected:
        return exercises.BEGINS, expected["begins"]
    others = expected["any"][1:]
    way = exercises.ANY if others else exercises.EXACT
    return way, f"{SEPARATOR} ".join(_format_text(section, name, one) for one in others)


def _read_chosen(exercise):
    """Return path → (way, texts, whether it may be missing) as the teacher has typed them. Raise ExerciseRefused."""
    form, today, chosen = request.form, dates.now().date(), {}
    for path, section, _number, name, one in exercises.list_model_fields(exercise):
        way = form.get(f"way-{path}", "")
        if way not in WAYS:
            continue
        texts = [
            text
            for part in form.get(f"text-{path}", "")[:MAX_TEXT].split(SEPARATOR)
            if (text := part.strip())
        ]
        if way == exercises.ANY:
            texts = [
                answers.make_relative(_parse_text(section, name, text, exercises.get_answer(one)), today)
                for text in texts
            ]
        chosen[path] = way, texts, path in form.getlist("may")
    return chosen


def _parse_text(section, name, text, answer):
    """Return a typed alternative as an answer has it: the key of a code, a date, Latin digits."""
    field = _find_field(section, name)
    if field is not None and field.codes:
        labels = code_lists.choices_with_retired(field.codes)
        found = [key for key, label in labels.items() if text in (key, str(label))]
        if not found:
            raise exercises.ExerciseRefused(gettext("The list of this field has no «%(text)s».", text=text))
        return found[0]
    if answers.is_day(answer):
        try:
            moment = dates.parse_datetime(text)[0] if "T" in answer else dates.parse_date(text)
        except ValueError as error:
            raise exercises.ExerciseRefused(str(error)) from error
        return moment.isoformat(*(("T", "minutes") if "T" in answer else ()))
    return khmer.to_latin_digits(text) if answer.isascii() else text


def _describe_rows(comparison):
    """Return the rows of the result with labels, texts and rules in the reader's language."""
    rules = {rule.number: rule.text for rule in load_rules(reader_language())}
    return [
        (
            SECTION_TITLES[row.section], row.verdict,
            [
                (_find_label(row.section, one.name), one.verdict, _format_expected(row.section, one.name, one.expected),
                 _format_text(row.section, one.name, one.given), one.rule, rules.get(one.rule, ''))
                for one in row.fields
            ],
        )
        for row in comparison.rows
    ]  # fmt: skip


def _find_field(section, name):
    """Return the description of the field of that row, or None."""
    for prefix, models in MODELS[section].items():
        if name.startswith(prefix):
            for model in models:
                if found := fields_of(model).get(name.removeprefix(prefix)):
                    return found
    return None


def _find_label(section, name):
    found = _find_field(section, name)
    return found.label if found else name


def _format_expected(section, name, expected):
    """Return what the model asks for as text."""
    if isinstance(expected, str):
        return _format_text(section, name, expected)
    if "words" in expected:
        words = ", ".join(one.replace("|", "/") for one in expected["words"])
        if not words:
            return gettext("any text")
        return gettext("contains: %(words)s", words=words)
    texts = [expected["begins"]] if "begins" in expected else expected["any"]
    return " / ".join(_format_text(section, name, one) for one in texts)


def _format_text(section, name, text):
    """Return a text of an answer in the reader's language: codes as words, dates and places as on the page."""
    field = _find_field(section, name)
    if not text or field is None:
        return text
    if field.codes:
        return str(code_lists.label(field.codes, text))
    if field.lookup == "place":
        return format_place_path(text)
    if field.lookup == "offence":
        offence = db.session.get(Offence, text)
        return str(offence) if offence else text
    if text == "yes":
        return gettext("yes")
    if name in NUMBERS and text.replace(".", "").isdigit():
        return dates.format_number(Decimal(text), reader_language())
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return format_value(moment if "T" in text else moment.date())
