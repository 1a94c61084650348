"""Break-glass and its review, the reason for a protected name, the sharing of a case."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, SHARE, Opening
from app.kernel.audit import access_log, denied_requests
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.schema import code_lists
from app.people import nationwide
from app.people.models import Person
from app.special_access import break_glass, case_sharing, identity_reveal
from app.special_access.forms import BreakGlassForm, RevealForm, ReviewForm, ShareForm
from app.special_access.notifications import person_number

MOST = 100  # openings on the page of reviews


def _record(model, pk, *conditions):
    """The record of that key within the reader's part; a 404 page for any other."""
    found = select(model).where(model.id == pk, *conditions) if 0 < pk < 2**31 else None
    record = db.session.scalars(found).unique().one_or_none() if found is not None else None
    return record if record is not None else abort(404)


class OpeningView(BaseView):
    """What the three screens share."""

    def _roles(self):
        return self.appbuilder.sm.held_by_reader().role_names

    def _page(self, template, title, form, **values):
        failed = form.is_submitted() and bool(form.errors)
        page = self.render_template(f"openings/{template}.html", title=title, form=form, **values)
        return make_response(page, UNPROCESSABLE if failed else 200)

    def _refuse(self, entity, pk):
        denied_requests.about(entity, pk)
        abort(403)


class BreakGlassView(OpeningView):
    """A person outside one's part, from his card: the word of the card travels in the body of the request alone."""

    route_base = "/break-glass"
    default_view = "list"
    class_permission_name = "BreakGlass"
    method_permission_name = {
        "ask": "break", "open": "break", "list": "list", "show": "list", "review": "review",
    }  # fmt: skip

    @expose("/ask", methods=["GET", "POST"])
    @has_access
    def ask(self):
        """The page that asks for the reason."""
        if request.method == "GET":
            return redirect(url_for("SearchView.search"))
        card = self._card()
        if card.id in nationwide.within([card.id]):
            return redirect(url_for("PersonView.show", pk=card.id))
        return self._asked(BreakGlassForm(formdata=None), card)

    @expose("/open", methods=["POST"])
    @has_access
    def open(self):
        card, form = self._card(), BreakGlassForm()
        if card.id not in nationwide.within([card.id]):
            if not form.validate():
                return self._asked(form, card)
            break_glass.open_person(g.user, card, form.reason.data, form.case_number.data)
            db.session.commit()
            flash(gettext("Opened for eight hours, to be read only. The owner was told."), "success")
        return redirect(url_for("PersonView.show", pk=card.id))

    def _card(self):
        return nationwide.card_of(request.form.get("word", "")) or abort(404)

    def _asked(self, form, card):
        born = gettext("born %(year)s", year=card.birth_year) if card.birth_year else ""
        told = " · ".join(part for part in (code_lists.label("sex", card.sex), born) if part)
        word = request.form["word"]
        return self._page("break_glass", _("Open by break-glass"), form, card=card, told=told, word=word)

    @expose("/list/")
    @has_access
    def list(self):
        """What this reader reviews: what waits first, the oldest on top."""
        mine = (Opening.kind == BREAK_GLASS, break_glass.to_review(g.user, self._roles()))
        waiting = select(Opening).where(*mine, Opening.reviewed_at.is_(None)).order_by(Opening.opened_at)
        done = (
            select(Opening)
            .where(*mine, Opening.reviewed_at.is_not(None))
            .order_by(Opening.reviewed_at.desc())
        )
        lists = [db.session.scalars(one.limit(MOST)).all() for one in (waiting, done)]
        return self.render_template(
            "openings/reviews.html",
            title=_("Break-glass reviews"),
            waiting=lists[0],
            done=lists[1],
            who=_users([*lists[0], *lists[1]]),
            number=person_number,
        )

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        return self._one(self._mine(pk), ReviewForm(formdata=None))

    @expose("/review/<int:pk>", methods=["POST"])
    @has_access
    def review(self, pk):
        opening, form, verdict = self._mine(pk), ReviewForm(), request.form.get("verdict")
        if not break_glass.may_review(g.user, self._roles(), opening):
            self._refuse("opening", pk)
        if verdict not in ("justified", "unjustified"):
            abort(400)
        if opening.reviewed_at is not None:
            flash(gettext("This break-glass was reviewed already."), "warning")
        elif not form.validate():
            return self._one(opening, form)
        else:
            break_glass.review(g.user, opening, verdict == "justified", form.note.data)
            db.session.commit()
            flash(gettext("The review is kept."), "success")
        return redirect(url_for("BreakGlassView.show", pk=pk))

    def _mine(self, pk):
        return _record(Opening, pk, Opening.kind == BREAK_GLASS, break_glass.to_review(g.user, self._roles()))

    def _one(self, opening, form):
        person = db.session.get(Person, opening.entity_id)
        if person is not None:
            access_log.opened(person)
        return self._page(
            "review",
            _("Break-glass"),
            form,
            opening=opening,
            person=person,
            number=person_number(opening.entity_id),
            who=_users([opening]),
            reviews=opening.reviewed_at is None and break_glass.may_review(g.user, self._roles(), opening),
        )


class RevealView(OpeningView):
    """The name of a protected person of a case, for a reason."""

    route_base = "/reveal"
    default_view = "ask"
    class_permission_name = "Reveal"
    method_permission_name = {"ask": "reveal"}

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def ask(self, pk):
        row = _record(Involvement, pk)
        back = redirect(url_for("CaseView.show", pk=row.case_id))
        if not identity_reveal.is_masked(row):
            return back
        if not identity_reveal.may_reveal(g.user, self._roles(), row):
            self._refuse("involvement", pk)
        form = RevealForm()
        if not form.validate_on_submit():
            return self._page("reveal", _("Show a protected name"), form, row=row)
        if identity_reveal.is_for_chief_alone(row) and not identity_reveal.is_chief(self._roles()):
            self._refuse("involvement", pk)
        identity_reveal.reveal(g.user, row, form.reason.data)
        db.session.commit()
        flash(gettext("The name is shown to you for thirty minutes. Keep it to yourself."), "success")
        return back


class ShareView(OpeningView):
    """A case is shared with another unit, and the sharing is ended."""

    route_base = "/share"
    default_view = "ask"
    class_permission_name = "Share"
    method_permission_name = {"ask": "share", "end": "share"}

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def ask(self, pk):
        case = _record(Case, pk)
        if not case_sharing.may_share(g.user, case):
            self._refuse("case", pk)
        form = ShareForm()
        form.owner = case.unit_code
        if not form.validate_on_submit():
            return self._page("share", _("Share the case"), form, case=case)
        standing = case_sharing.standing_with(case, form.unit.data)
        if standing is not None and standing.closes_at != form.until.data:
            form.unit.errors = [gettext("This unit sees the case already. Choose another.")]
            return self._page("share", _("Share the case"), form, case=case)
        if standing is None:  # else it was sent twice
            case_sharing.share(g.user, case, form.unit.data, form.reason.data, form.until.data)
            db.session.commit()
        flash(gettext("Shared. The unit was told."), "success")
        return redirect(url_for("CaseView.show", pk=pk))

    @expose("/end/<int:pk>", methods=["POST"])
    @has_access
    def end(self, pk):
        opening = _record(Opening, pk, Opening.kind == SHARE)
        case = _record(Case, opening.entity_id)
        if not case_sharing.may_share(g.user, case):
            self._refuse("case", case.id)
        if opening in case_sharing.shares_of(case):
            case_sharing.end(opening)
            db.session.commit()
            flash(gettext("The sharing has ended."), "success")
        return redirect(url_for("CaseView.show", pk=case.id))


def _users(openings):
    """id → user, of all who opened or reviewed."""
    ids = {one.user_id for one in openings} | {one.reviewed_by_id for one in openings}
    found = db.session.scalars(select(User).where(User.id.in_(ids - {None}))).unique()
    return {user.id: user for user in found}
