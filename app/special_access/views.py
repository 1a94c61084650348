"""Views of break-glass access and its review, the reveal of a protected name, and the sharing of a case."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.cases.offence_summary import find_main_offence
from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, CASE_GRANTS, AccessGrant
from app.kernel.audit import access_log, denied_requests
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.database.transactions import commit
from app.kernel.schema import code_lists
from app.people import nationwide
from app.people.models import Person
from app.special_access import break_glass, case_sharing, identity_reveal
from app.special_access.forms import BreakGlassForm, RevealForm, ReviewForm, ShareForm
from app.special_access.notifications import format_person_number

MAX_LISTED = 100  # grants on the page of reviews


def _find_or_404(model, pk, *conditions):
    """Return the record with that key within the user's scope; respond 404 otherwise."""
    found = select(model).where(model.id == pk, *conditions) if 0 < pk < 2**31 else None
    record = db.session.scalars(found).unique().one_or_none() if found is not None else None
    return record if record is not None else abort(404)


class AccessGrantView(BaseView):
    """Base of the three views."""

    def _roles(self):
        return self.appbuilder.sm.get_reader_permissions().role_names

    def _page(self, template, title, form, **values):
        failed = form.is_submitted() and bool(form.errors)
        page = self.render_template(f"special_access/{template}.html", title=title, form=form, **values)
        return make_response(page, UNPROCESSABLE if failed else 200)

    def _refuse(self, entity, pk):
        denied_requests.set_denied_record(entity, pk)
        abort(403)


class BreakGlassView(AccessGrantView):
    """Break-glass access to a person from their card. The token of the card is sent only in the request body."""

    route_base = "/break-glass"
    default_view = "list"
    class_permission_name = "BreakGlass"
    method_permission_name = {
        "request_access": "use", "open": "use", "list": "list", "show": "list", "review": "review",
    }  # fmt: skip

    @expose("/request", methods=["GET", "POST"])
    @has_access
    def request_access(self):
        """Show the form for the reason."""
        if request.method == "GET":
            return redirect(url_for("SearchView.search"))
        card = self._card()
        if card.id in nationwide.find_visible_ids([card.id]):
            return redirect(url_for("PersonView.show", pk=card.id))
        return self._render_request(BreakGlassForm(formdata=None), card)

    @expose("/open", methods=["POST"])
    @has_access
    def open(self):
        card, form = self._card(), BreakGlassForm()
        if card.id not in nationwide.find_visible_ids([card.id]):
            if not form.validate():
                return self._render_request(form, card)
            break_glass.grant_access(g.user, card, form.reason.data, form.case_number.data)
            commit()
            flash(gettext("Opened for 8 hours, read only. The owning unit was notified."), "success")
        return redirect(url_for("PersonView.show", pk=card.id))

    def _card(self):
        return nationwide.find_card(request.form.get("word", "")) or abort(404)

    def _render_request(self, form, card):
        born = gettext("born %(year)s", year=card.birth_year) if card.birth_year else ""
        description = " · ".join(part for part in (code_lists.label("sex", card.sex), born) if part)
        word = request.form["word"]
        return self._page(
            "break_glass",
            _("Open with break-glass access"),
            form,
            card=card,
            description=description,
            word=word,
        )

    @expose("/list/")
    @has_access
    def list(self):
        """List the grants that the user reviews: pending ones first, oldest at the top."""
        reviewable = (
            AccessGrant.kind == BREAK_GLASS,
            break_glass.build_review_condition(g.user, self._roles()),
        )
        waiting = (
            select(AccessGrant)
            .where(*reviewable, AccessGrant.reviewed_at.is_(None))
            .order_by(AccessGrant.granted_at)
        )
        done = (
            select(AccessGrant)
            .where(*reviewable, AccessGrant.reviewed_at.is_not(None))
            .order_by(AccessGrant.reviewed_at.desc())
        )
        lists = [db.session.scalars(one.limit(MAX_LISTED)).all() for one in (waiting, done)]
        return self.render_template(
            "special_access/reviews.html",
            title=_("Break-glass reviews"),
            waiting=lists[0],
            done=lists[1],
            who=_find_users([*lists[0], *lists[1]]),
            number=format_person_number,
        )

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        return self._render_review(self._find_reviewable(pk), ReviewForm(formdata=None))

    @expose("/review/<int:pk>", methods=["POST"])
    @has_access
    def review(self, pk):
        grant, form, verdict = self._find_reviewable(pk), ReviewForm(), request.form.get("verdict")
        if not break_glass.may_review(g.user, self._roles(), grant):
            self._refuse("access_grant", pk)
        if verdict not in ("justified", "unjustified"):
            abort(400)
        if grant.reviewed_at is not None:
            flash(gettext("This break-glass access was already reviewed."), "warning")
        elif not form.validate():
            return self._render_review(grant, form)
        else:
            break_glass.save_review(g.user, grant, verdict == "justified", form.note.data)
            commit()
            flash(gettext("The review was saved."), "success")
        return redirect(url_for("BreakGlassView.show", pk=pk))

    def _find_reviewable(self, pk):
        return _find_or_404(
            AccessGrant,
            pk,
            AccessGrant.kind == BREAK_GLASS,
            break_glass.build_review_condition(g.user, self._roles()),
        )

    def _render_review(self, grant, form):
        person = db.session.get(Person, grant.entity_id)
        if person is not None:
            access_log.log_view(person)
        return self._page(
            "review",
            _("Break-glass access"),
            form,
            grant=grant,
            person=person,
            number=format_person_number(grant.entity_id),
            who=_find_users([grant]),
            reviews=grant.reviewed_at is None and break_glass.may_review(g.user, self._roles(), grant),
        )


class RevealView(AccessGrantView):
    """Reveal of the name of a protected person of a case, for a reason."""

    route_base = "/reveal"
    default_view = "request_reveal"
    class_permission_name = "Reveal"
    method_permission_name = {"request_reveal": "reveal"}

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def request_reveal(self, pk):
        row = _find_or_404(Involvement, pk)
        back = redirect(url_for("CaseView.show", pk=row.case_id))
        if not identity_reveal.is_masked(row):
            return back
        if not identity_reveal.may_reveal(g.user, self._roles(), row):
            self._refuse("involvement", pk)
        form = RevealForm()
        if not form.validate_on_submit():
            return self._page("reveal", _("Show a protected name"), form, row=row)
        if identity_reveal.is_protected_witness(row) and not identity_reveal.is_chief(self._roles()):
            self._refuse("involvement", pk)
        identity_reveal.reveal_identity(g.user, row, form.reason.data)
        commit()
        flash(gettext("The name is shown to you for 30 minutes. Keep it confidential."), "success")
        return back


class ShareView(AccessGrantView):
    """Sharing of a case with another unit, and its end."""

    route_base = "/share"
    default_view = "share_case"
    class_permission_name = "Share"
    method_permission_name = {"share_case": "share", "end_share": "share"}

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def share_case(self, pk):
        case = _find_or_404(Case, pk)
        if not case_sharing.may_share(g.user, case):
            self._refuse("case", pk)
        form = ShareForm()
        form.owner = case.unit_code
        if not form.validate_on_submit():
            return self._page("share", _("Share the case"), form, case=case, offence=find_main_offence(case))
        active = case_sharing.find_active_share(case, form.unit.data)
        asked = form.until.data, form.may_write.data
        if active is not None and (active.expires_at, active.may_write) != asked:
            form.unit.errors = [gettext("This unit can already view the case. Choose another.")]
            return self._page("share", _("Share the case"), form, case=case, offence=find_main_offence(case))
        if active is None:  # otherwise the form was sent twice
            case_sharing.share_case(g.user, case, form.unit.data, form.reason.data, *asked)
            commit()
        flash(gettext("Shared. The unit was notified."), "success")
        return redirect(url_for("CaseView.show", pk=pk))

    @expose("/end/<int:pk>", methods=["POST"])
    @has_access
    def end_share(self, pk):
        grant = _find_or_404(AccessGrant, pk, AccessGrant.kind.in_(CASE_GRANTS))
        case = _find_or_404(Case, grant.entity_id)
        if not case_sharing.may_share(g.user, case):
            self._refuse("case", case.id)
        if grant in case_sharing.find_shares(case):
            case_sharing.end_share(grant)
            commit()
            flash(gettext("The sharing has ended."), "success")
        return redirect(url_for("CaseView.show", pk=case.id))


def _find_users(openings):
    """Return id → user of all users with access and all reviewers."""
    ids = {one.user_id for one in openings} | {one.reviewed_by_id for one in openings}
    found = db.session.scalars(select(User).where(User.id.in_(ids - {None}))).unique()
    return {user.id: user for user in found}
