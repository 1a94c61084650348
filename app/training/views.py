"""The page «Training» of every officer: own certificates, tests and results, and the check of a certificate."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts import entry_right
from app.accounts.admin_scope import get_admin_profile
from app.accounts.models import User
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import unit_of_work
from app.kernel.i18n.locale import reader_language
from app.kernel.screens import action_problems
from app.kernel.screens.dashboard import paginate
from app.kernel.text import dates
from app.kernel.text.khmer import to_latin_digits
from app.printouts.document import Printout, build_facts, build_paragraphs
from app.printouts.footer import build_issue_texts
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import PrintoutView
from app.training import actions, reports
from app.training.choices import order_choices, order_for, parse_choices
from app.training.models import (
    RESITS,
    TEST_NAMES,
    Certificate,
    CourseSession,
    CourseTest,
    Participant,
    Question,
    Sitting,
)

MAX_REASON = 400
PAGE = 50  # accounts on a page


class TrainingView(BaseView):
    """Certificates, tests and sessions of the reader."""

    route_base, class_permission_name, default_view = "/training", "Training", "list"
    method_permission_name = {
        "list": "list", "take": "list", "work": "list", "result": "list", "check": "list",
    }  # fmt: skip

    @expose("/list/", methods=["GET"])
    @has_access
    def list(self):
        return self._show_list()

    def _show_list(self, status=200, **more):
        rows = db.session.scalars(
            select(Participant)
            .where(Participant.user_id == g.user.id, Participant.removed_at.is_(None))
            .options(
                joinedload(Participant.session).joinedload(CourseSession.course),
                joinedload(Participant.certificate),
                selectinload(Participant.sittings).joinedload(Sitting.test),
            )
            .order_by(Participant.id.desc()).limit(20)
        ).unique().all()  # fmt: skip
        tests = db.session.scalars(
            select(CourseTest)
            .where(
                CourseTest.session_id.in_([one.session_id for one in rows]), CourseTest.cancelled_at.is_(None)
            )
            .order_by(CourseTest.opens_at.desc())
        ).all()
        people = {one.session_id: one for one in rows}
        tests = [one for one in tests if _is_for(people[one.session_id], one)]
        own = CourseSession.trainer_id, CourseSession.second_trainer_id, CourseSession.third_trainer_id
        taught = db.session.scalars(
            select(CourseSession)
            .where(or_(*(column == g.user.id for column in own)))
            .order_by(CourseSession.starts_on.desc()).limit(20)
        ).all()  # fmt: skip
        has_access = self.appbuilder.sm.has_access
        page = self.render_template(
            "training/training.html", title=_("Training"), rows=rows, tests=tests, taught=taught,
            sittings={one.test_id: one for row in rows for one in row.sittings}, is_over=actions.is_over,
            may_plan=has_access("can_add", "CourseSession"), may_ask=has_access("can_add", "Question"),
            may_preview=has_access("can_list", "Certificate"), today=dates.now().date(), **more,
        )  # fmt: skip
        return make_response(page, status)

    def _find_own(self, pk):
        """Return (test, own participation); the test of another session is a 404."""
        test = db.session.get(CourseTest, pk)
        found = select(Participant).where(Participant.user_id == g.user.id, Participant.removed_at.is_(None))
        participant = test and db.session.scalar(found.where(Participant.session_id == test.session_id))
        if participant is None or not test.question_ids or test.cancelled_at is not None:
            abort(404)
        return test, participant

    @expose("/test/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def take(self, pk):
        """Show the start of the test, or one of its questions."""
        test, participant = self._find_own(pk)
        return self._show_test(test, participant)

    def _show_test(self, test, participant, status=200):
        sitting = actions.find_sitting(participant.id, test.id)
        if sitting is not None and actions.is_over(sitting):
            return redirect(url_for("TrainingView.result", pk=test.id))
        more = {}
        if sitting is not None:
            order = order_for(test.question_ids, test.seed, participant.id)
            answers = {one.question_id: one.chosen.split(",") for one in sitting.answers}
            at = min(max(_parse_position(request.values.get("at")), 1), len(order))
            question = db.session.get(Question, order[at - 1])
            texts = choose_language(question)[1]
            positions = order_choices(len(texts), test.seed, participant.id, question.id)
            chosen = answers.get(question.id, [])
            typed = [str(place) for place, key in enumerate(positions) if str(key) in chosen]
            more = {
                "question": question, "at": at, "order": order, "answers": answers,
                "typed": typed if status == 200 else request.form.getlist("choice"),
                "choices": [texts[key] for key in positions], "text": choose_language(question)[0],
                "left": max(int((sitting.ends_at - dates.now()).total_seconds() // 60), 0),
            }  # fmt: skip
        page = self.render_template("training/test.html", title=_("Test"), test=test, sitting=sitting, **more)
        response = make_response(page, status)
        response.headers["Cache-Control"] = "no-store"  # the back button asks the server again
        return response

    @expose("/test/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    def work(self, pk):
        """Begin the test, save one answer, or end the test."""
        test, participant = self._find_own(pk)
        act, at = request.form.get("act"), _parse_position(request.form.get("at"))

        def save():
            if act == "start":
                actions.start_sitting(participant, test, request.form.get("code", "")[:20])
                return "", url_for("TrainingView.take", pk=pk)
            sitting = actions.find_sitting(participant.id, test.id) or abort(404)
            if act == "end":
                actions.finish_sitting(sitting)
                return "", url_for("TrainingView.result", pk=pk)
            if act != "answer":
                abort(400)
            _save_answer(sitting, participant)
            return "", url_for("TrainingView.take", pk=pk, at=at + 1)

        return action_problems.take_action(
            save, lambda status: self._show_test(*self._find_own(pk), status), "TrainingView"
        )

    @expose("/result/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def result(self, pk):
        """Show the result of the participant; question by question after the end of the test."""
        test, participant = self._find_own(pk)
        sitting = actions.find_sitting(participant.id, test.id) or abort(404)
        if not actions.is_over(sitting):
            return redirect(url_for("TrainingView.take", pk=pk))
        if sitting.finished_at is None:
            with unit_of_work(where="TrainingView"):
                actions.finish_sitting(sitting)
            sitting = actions.find_sitting(participant.id, test.id)
        rows = []
        if actions.may_see_answers(participant, test):
            answers = {one.question_id: one for one in sitting.answers}
            found = {
                one.id: one
                for one in db.session.scalars(select(Question).where(Question.id.in_(test.question_ids)))
            }
            for key in order_for(test.question_ids, test.seed, participant.id):
                text, choices = choose_language(found[key])
                answer = answers.get(key)
                chosen = {int(one) for one in answer.chosen.split(",") if one} if answer else set()
                rows.append(
                    (
                        text,
                        choices,
                        found[key].right_choices,
                        chosen,
                        found[key].why,
                        bool(answer and answer.is_right),
                    )
                )
        return self.render_template(
            "training/result.html", title=_("Result of the test"), test=test, sitting=sitting, rows=rows,
            band=reports.name_band(participant, test.ordinal),
        )  # fmt: skip

    @expose("/check", methods=["POST"])
    @has_access
    def check(self):
        """Say whether a certificate is genuine and valid. The number alone proves nothing: the code is on the paper."""
        typed = request.form.get("number", "")[:60]
        found = actions.find_certificate(typed)
        recorder.record_now(
            "certificate.checked", "certificate", found.id if found is not None else None,
            outcome="ok" if found is not None else "refused",
        )  # fmt: skip
        status = 200 if found is not None else UNPROCESSABLE
        return self._show_list(status, checked=found, typed_number=typed, was_checked=True)


def _is_for(participant, test):
    """Return whether the participant takes the test, or has taken it: a resit is for some only."""
    taken = participant.get_sitting(test.ordinal) is not None
    return taken or test.ordinal not in RESITS or actions.needs_resit(participant, test.ordinal)


def choose_language(question):
    """Return the text and the choices of a question in the reader's language; Khmer if the English is missing."""
    if reader_language() == "en" and question.text_en and question.choices_en:
        return question.text_en, [one.text for one in parse_choices(question.choices_en)]
    return question.text_km, [one.text for one in parse_choices(question.choices_km)]


def _parse_position(text):
    return int(text) if text and text.isdecimal() and len(text) < 5 else 1


def _save_answer(sitting, participant):
    question = request.form.get("question", "")
    places = {int(one) for one in request.form.getlist("choice") if one.isdecimal() and len(one) < 3}
    if not question.isdecimal() or len(question) > 9:
        abort(400)
    record = db.session.get(Question, int(question))
    number = len(parse_choices(record.choices_km)) if record is not None else 0
    if not places or max(places) >= number:
        raise actions.InvalidStep(gettext("Choose an answer, or go on to another question."), "choice")
    if record.kind == "one" and len(places) > 1:
        raise actions.InvalidStep(gettext("This question has one right choice."), "choice")
    positions = order_choices(number, sitting.test.seed, participant.id, record.id)
    actions.save_answer(sitting, record.id, {positions[place] for place in places})


class CertificateView(BaseView):
    """Revocation of certificates, and the preview of who would lose the right to enter data."""

    route_base, class_permission_name, default_view = "/certificate", "Certificate", "preview"
    method_permission_name = {"preview": "list", "revoke": "add"}

    @expose("/preview", methods=["GET"])
    @has_access
    def preview(self):
        """List the accounts that would lose the right to enter data now, or within the grace days.

        An administrator sees those of one unit and the units below it.
        """
        return self._show()

    def _show(self, status=200):
        may_revoke = self.appbuilder.sm.has_access("can_add", "Certificate")
        units = None if may_revoke else get_admin_profile(g.user, db.session).managed_units
        total, lost = entry_right.count_affected(units)
        pager = paginate(
            entry_right.select_affected(units),
            PAGE,
            url=lambda number: url_for("CertificateView.preview", page=number),
        )
        page = self.render_template(
            "training/preview.html", title=_("Right to enter data"), total=total, lost=lost, pager=pager,
            rows=[(user, entry_right.find_right(user, until)) for user, until in pager.rows],
            mode=entry_right.get_mode(), may_revoke=may_revoke,
        )  # fmt: skip
        return make_response(page, status)

    @expose("/revoke", methods=["POST"])
    @has_access
    def revoke(self):
        """Revoke the certificate with the typed number."""
        number = to_latin_digits(request.form.get("number", "").strip().upper()[:20])

        def act():
            certificate = db.session.scalar(select(Certificate).where(Certificate.number == number))
            if certificate is None:
                raise actions.InvalidStep(gettext("There is no certificate with this number."), "number")
            actions.revoke_certificate(g.user, certificate, action_problems.read_text())
            return gettext("The certificate is revoked."), url_for("CertificateView.preview")

        return action_problems.take_action(act, self._show, "CertificateView")


class CertificatePdfView(PrintoutView):
    """The certificate as PDF, with its number and code as a QR code."""

    name, class_permission_name = "certificate", "Training"
    method_permission_name = {"print_pdf": "list"}

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_pdf(self, pk):
        certificate = db.session.get(Certificate, pk)
        is_planner = self.appbuilder.sm.has_access("can_add", "Certificate")
        if certificate is None or not (certificate.user_id == g.user.id or is_planner):
            abort(404)
        if certificate.revoked_at is not None:
            flash(gettext("This certificate is revoked."), "warning")
            return redirect(url_for("TrainingView.list"))
        with force_locale(LANGUAGE):
            return self.respond_with_pdf([_build_certificate(certificate)], "certificate", certificate.id, [])


def _build_certificate(certificate):
    participant, course = certificate.participant, certificate.participant.session.course
    language = reader_language()
    issuer = db.session.get(User, certificate.issued_by_id or 0)
    facts = [
        (gettext("Name of the officer"), certificate.holder_name),
        (gettext("Unit"), str(participant.unit or "")),
        (gettext("Course"), str(course)),
        (gettext("Session of a course"), f"{participant.session} · {participant.session.place}"),
        (gettext("Hours"), dates.format_number(course.hours, language)),
        *(
            (str(TEST_NAMES[ordinal]), str(reports.name_band(participant, ordinal)))
            for ordinal in TEST_NAMES
            if ordinal not in RESITS or participant.get_sitting(ordinal) is not None
        ),
        (gettext("Issue date of the certificate"), dates.format_date(certificate.issued_on, language)),
        (gettext("Valid until"), dates.format_date(certificate.valid_until, language)),
    ]
    text = gettext("Check the number and the code of this certificate on the page «Training» of E-Crime.")
    return Printout(
        title=gettext("Certificate of a course"),
        number=f"{certificate.number}-{certificate.code}",
        proves_itself=True,
        parts=(build_facts(facts, wide=True), build_paragraphs(text)),
        signers=(gettext("Head of planning"),),
        issue=build_issue_texts(
            issuer.unit_code if issuer is not None else None, certificate.number, certificate.issued_on
        ),
    )


class CourseReportView(PrintoutView):
    """The results of a session on one page, as PDF."""

    name, class_permission_name = "course-report", "CourseSession"
    method_permission_name = {"print_pdf": "show"}

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @has_access
    def print_pdf(self, pk):
        course_session = db.session.get(CourseSession, pk) or abort(404)
        is_planner = self.appbuilder.sm.has_access("can_edit", "CourseSession")
        if not (is_planner or actions.may_teach(g.user, course_session)):
            abort(403)
        with force_locale(LANGUAGE):
            return self.respond_with_pdf([reports.build_printout(course_session)], "course_session", pk, [])
