"""The quarterly review: all people with their roles and last sign-in, each confirmed or taken away, and signed off."""

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.accounts import access_reviews
from app.accounts import staff_queries as people
from app.accounts.reauthentication import needs_fresh_sign_in
from app.accounts.staff_views import in_words, kept, reason_given
from app.extensions import db


class StaffReviewView(BaseView):
    """One page for the whole review, sent at once."""

    route_base = "/staff-review"
    default_view = "list"
    class_permission_name = "StaffReview"
    method_permission_name = {"list": "list", "sign": "edit"}

    @expose("/", methods=["GET"])
    @has_access
    def list(self):
        return self._page({})

    def _page(self, chosen, problem="", unsaid=""):
        me = people.granter()
        judged = access_reviews.judged(me)
        return self.render_template(
            "accounts/staff_review.html",
            title=gettext("Quarterly review"),
            people=judged,
            factors=people.with_factor(judged),
            state=access_reviews.state(me.unit, me.reach is None),
            units=access_reviews.of_units() if me.reach is None else (),
            of_all=me.reach is None,
            chosen=chosen,
            problem=problem,
            unsaid=unsaid,
            reason=reason_given(),
            **in_words(),
        )

    @expose("/", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def sign(self):
        me = people.granter()
        chosen = {user.id: request.form.get(f"judged-{user.id}", "") for user in access_reviews.judged(me)}
        reason = reason_given()
        if not all(word in ("keep", "take") for word in chosen.values()):
            return self._page(chosen, gettext("Say of each person whether the roles stay.")), 422
        if "take" in chosen.values() and not reason:
            return self._page(chosen, unsaid=gettext("Give the reason for what is taken away.")), 422
        review = kept(
            lambda: access_reviews.sign(me, {pk: word == "keep" for pk, word in chosen.items()}, reason)
        )
        if review is None:
            db.session.rollback()
            sentence = gettext("Meanwhile somebody came, went or changed. Look once more, then sign off.")
            return self._page(chosen, sentence), 409
        flash(gettext("The review is signed off."), "success")
        return redirect(url_for(".list"))
