"""The entry page: an offence entered on one page and with one save, with a draft that survives everything."""

import logging
import secrets

from flask import abort, flash, g, jsonify, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from werkzeug.datastructures import MultiDict

from app.cases import drafts
from app.cases.drafts import Draft
from app.cases.entry import SECTIONS, Entry, deadline
from app.extensions import db
from app.kernel.access.row_level_security import plan_once
from app.kernel.forms.record_form import Said
from app.kernel.schema.rules import RuleBroken

log = logging.getLogger(__name__)

DRAFT_LIMIT = 400_000  # characters of one draft


class EntryView(BaseView):
    """Enter an offence: begin, keep, check, save."""

    route_base = "/entry"
    default_view = "begin"
    class_permission_name = "Entry"
    method_permission_name = {
        "begin": "save",
        "page": "save",
        "save": "save",
        "keep": "save",
        "check": "save",
        "drop": "save",
    }

    @expose("/")
    @has_access
    def begin(self):
        """A new page has an address of its own, so that reload, back and a second tab find the same draft."""
        return redirect(url_for("EntryView.page", token=secrets.token_urlsafe(12)))

    @expose("/<string(maxlength=40):token>", methods=["GET"])
    @has_access
    def page(self, token):
        done, draft = drafts.of_token(token)
        if done is not None:
            return self._leave_for(done.id)
        if self._own(draft) is None:
            entry = Entry(user_id=g.user.id)
            entry.begin()
        else:
            entry = Entry(MultiDict(draft.payload["boxes"]), g.user.id)
            with db.session.no_autoflush:
                entry.recall(g.user.unit)
            db.session.rollback()
        return self._show(entry, token, draft=draft)

    def _own(self, draft):
        """The draft, where there is one and it is the reader's."""
        if draft is not None and draft.user_id != g.user.id:
            abort(404)
        return draft

    @expose("/<string(maxlength=40):token>", methods=["POST"])
    @has_access
    def save(self, token):
        plan_once(db.session())  # whatever a save asks it has the key of
        done, draft = drafts.of_token(token)
        if done is not None:
            return self._registered_before(done)
        self._own(draft)
        entry = Entry(request.form, g.user.id)
        readable = entry.validate()
        with db.session.no_autoflush:
            case = entry.build()
            clear = entry.judge(case, g.user.unit) and readable
        if not clear:
            db.session.rollback()
            done = drafts.registered(token)
            if (
                done is not None
            ):  # by the first of two clicks meanwhile: it is its own double that the rules found
                return self._registered_before(done)
            return self._refuse(entry, token, 422)
        try:
            entry.save(case, token)
            pk, number = case.id, case.number
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            done = drafts.registered(token)
            if done is not None:
                return self._registered_before(done)
            log.exception("An entry was refused by the database")
            flash(gettext("Another record already has this value, or it was changed meanwhile."), "danger")
            return self._refuse(entry, token, 409)
        except RuleBroken as refusal:
            entry.hear(refusal.problems, case)
            return self._refuse(entry, token, 422)
        except SQLAlchemyError:
            db.session.rollback()  # before anything is said: the reader's language is read by this session
            log.exception("An entry could not be saved")
            flash(
                gettext(
                    "Not saved yet: the database did not answer. All you typed is still here. Save again."
                ),
                "danger",
            )
            return self._refuse(entry, token, 503)
        flash(gettext("Saved. The number of the case is %(number)s.", number=number), "success")
        return self._leave_for(pk)

    def _registered_before(self, case):
        """A second click, a retry after an answer that was lost, or a page that was changed after its save."""
        flash(
            gettext(
                "This entry is registered already as case %(number)s. What was changed on the page after the"
                " save is not in it: edit the case, or add a supplement.",
                number=case.number,
            ),
            "warning",
        )
        return self._leave_for(case.id)

    def _leave_for(self, pk):
        """The page of the case; a post officer, who enters and does not read, goes home."""
        if self.appbuilder.sm.has_access("can_show", "Case"):
            return redirect(url_for("CaseView.show", pk=pk))
        return redirect(self.appbuilder.get_url_for_index)

    def _refuse(self, entry, token, status):
        db.session.rollback()
        try:
            drafts.keep_draft(token, request.form.items(multi=True))
        except SQLAlchemyError:
            db.session.rollback()  # the page itself still holds everything
        return make_response(self._show(entry, token, failed=True), status)

    def _show(self, entry, token, draft=None, failed=False):
        others = []
        if draft is None and not failed:
            others = db.session.scalars(
                select(Draft).where(Draft.user_id == g.user.id).order_by(Draft.saved_at.desc()).limit(5)
            ).all()
        return self.render_template(
            "cases/entry.html",
            title=gettext("Enter an offence"),
            entry=entry,
            token=token,
            draft=draft,
            failed=failed,
            drafts=others,
            sections=SECTIONS,
            deadline=deadline(entry.case_form),
        )

    @expose("/<string(maxlength=40):token>/draft", methods=["POST"])
    @has_access
    def keep(self, token):
        """Keep what was typed so far; the page calls this a moment after the last key."""
        boxes = list(request.form.items(multi=True))
        if sum(len(key) + len(value) for key, value in boxes) > DRAFT_LIMIT:
            return jsonify(error=gettext("This draft is too long to be kept.")), 413
        if not drafts.keep_draft(token, boxes):
            return jsonify(error=gettext("This entry is registered already.")), 409
        return jsonify(kept=True)

    @expose("/<string(maxlength=40):token>/check", methods=["POST"])
    @has_access
    def check(self, token):
        """What the rules say of the page as it stands: box → sentences. Nothing is written."""
        entry = Entry(request.form, g.user.id)
        entry.validate()
        with db.session.no_autoflush:
            entry.judge(entry.build(), g.user.unit)
        db.session.rollback()
        return jsonify(problems=[_told(box_id, name, said) for box_id, name, said in _spoken(entry)])

    @expose("/<string(maxlength=40):token>/drop", methods=["POST"])
    @has_access
    def drop(self, token):
        """Throw one's own draft away."""
        draft = self._own(drafts.of_token(token)[1])
        if draft is not None:
            db.session.delete(draft)
            db.session.commit()
        return redirect(url_for("EntryView.begin"))


def _spoken(entry):
    for section, problems in entry.section_problems.items():
        yield from ((f"section-{section}", f"section-{section}", said) for said in problems)
    for form in entry.forms:
        for box in form:
            yield from ((box.id, box.name, said) for said in [*box.errors, *box.warnings])


def _told(box_id, name, said):
    if not isinstance(said, Said):  # a sentence of the box itself: it could not be read
        said = Said(said)
    return {
        "box": box_id,
        "name": name,
        "text": str(said),
        "rule": said.rule,
        "kind": said.severity,
        "reasons": said.reasons,
        "reason": said.reason,
        "stops": said.stops,
    }
