"""The page of the quarterly review: each user with roles and last sign-in, to confirm or remove, and the sign-off."""

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.accounts import access_reviews
from app.accounts import staff_queries as people
from app.accounts.reauthentication import require_fresh_sign_in
from app.accounts.staff_views import commit_or_abort, get_template_helpers, read_reason
from app.kernel.database.transactions import rollback


class StaffReviewView(BaseView):
    """The whole review on one page, submitted as one form."""

    route_base = "/staff-review"
    default_view = "list"
    class_permission_name = "StaffReview"
    method_permission_name = {"list": "list", "sign": "edit"}

    @expose("/", methods=["GET"])
    @has_access
    def list(self):
        return self._page({})

    def _page(self, chosen, problem="", unsaid=""):
        me = people.get_granter()
        users = access_reviews.find_users_to_review(me)
        return self.render_template(
            "accounts/staff_review.html",
            title=gettext("Quarterly review"),
            people=users,
            factors=people.find_second_factor_ids(users),
            state=access_reviews.get_review_state(me.unit, me.managed_units is None),
            units=access_reviews.list_unit_reviews() if me.managed_units is None else (),
            is_national=me.managed_units is None,
            chosen=chosen,
            problem=problem,
            unsaid=unsaid,
            reason=read_reason(),
            **get_template_helpers(),
        )

    @expose("/", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def sign(self):
        me = people.get_granter()
        chosen = {
            user.id: request.form.get(f"judged-{user.id}", "")
            for user in access_reviews.find_users_to_review(me)
        }
        reason = read_reason()
        if not all(word in ("keep", "remove") for word in chosen.values()):
            return self._page(
                chosen, gettext("Choose for each officer whether to keep or remove the roles.")
            ), 422
        if "remove" in chosen.values() and not reason:
            return self._page(chosen, unsaid=gettext("Enter the reason for removing the roles.")), 422
        review = commit_or_abort(
            lambda: access_reviews.sign_review(
                me, {pk: word == "keep" for pk, word in chosen.items()}, reason
            )
        )
        if review is None:
            rollback()
            sentence = gettext("The list of officers has just changed. Review it again, then sign off.")
            return self._page(chosen, sentence), 409
        flash(gettext("The review was signed off."), "success")
        return redirect(url_for(".list"))
