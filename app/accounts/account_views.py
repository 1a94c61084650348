"""What a user does with his own account: sessions, second factor, tokens of programs, password."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_login import current_user

from app.accounts import actions, api_tokens, second_factor, sessions
from app.accounts.models import ApiToken, SignIn
from app.accounts.reauthentication import needs_fresh_sign_in
from app.accounts.sign_in_views import password_is_right
from app.accounts.staff_views import said
from app.extensions import db
from app.kernel.concurrency import idempotency
from app.kernel.schema import code_lists

DAYS = (7, 30, 90, 365)  # how long a token may serve


class AccountView(BaseView):
    """The page of one's own account: who one is here, sign-in and security, and its acts."""

    route_base = "/my-account"
    default_view = "page"
    class_permission_name = "MyAccount"
    method_permission_name = dict.fromkeys(
        ("page", "end", "end_others", "enrol", "confirm", "codes", "make_token", "end_token"), "list"
    )

    @expose("/")
    @has_access
    def page(self):
        return self._page()

    def _page(self, **more):
        me = current_user
        return self.render_template(
            "accounts/account.html",
            title=gettext("Sign-in and security"),
            particulars=_particulars(me._get_current_object()),
            open_sessions=sessions.open_of(me.id),
            this=g.sign_in,
            factor=second_factor.has(me.id),
            codes_left=second_factor.codes_left(me.id),
            tokens=api_tokens.open_of(me.id),
            days=DAYS,
            key=idempotency.new_key(),
            **more,
        )

    @expose("/sessions/<int(max=2147483647):pk>/end", methods=["POST"])
    @has_access
    def end(self, pk):
        actions.end_sessions(current_user, SignIn.id == pk)
        db.session.commit()
        flash(gettext("The session has ended."), "success")
        return redirect(url_for(".page"))

    @expose("/sessions/end-others", methods=["POST"])
    @has_access
    def end_others(self):
        actions.end_sessions(current_user, SignIn.id != g.sign_in.id)
        db.session.commit()
        flash(gettext("All other sessions have ended."), "success")
        return redirect(url_for(".page"))

    @expose("/second-factor", methods=["GET"])
    @has_access
    @needs_fresh_sign_in
    def enrol(self):
        if second_factor.has(current_user.id):
            return redirect(url_for(".page"))
        return self._enrolment()

    def _enrolment(self):
        secret = second_factor.offered(current_user.id, g.sign_in)
        picture = second_factor.picture_of(second_factor.address_of(current_user, secret))
        return self.render_template(
            "accounts/second_factor.html",
            title=gettext("Set up the second step"),
            picture=picture,
            secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            needed=second_factor.needed_by(self.appbuilder.sm.held_by_reader().role_names),
        )

    @expose("/second-factor", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def confirm(self):
        if second_factor.has(current_user.id):
            return redirect(url_for(".page"))
        code_lists = actions.switch_second_factor_on(current_user, g.sign_in, request.form.get("code", ""))
        if code_lists is None:
            flash(
                gettext("This code is not the right one. Type the one that the telephone shows now."),
                "danger",
            )
            return self._enrolment()
        sessions.renew(g.sign_in, second_factor=True)
        return self.render_template(
            "accounts/recovery_codes.html", title=gettext("Recovery codes"), codes=code_lists
        )

    @expose("/second-factor/codes", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def codes(self):
        if not g.sign_in.second_factor:
            abort(403)
        code_lists = actions.renew_recovery_codes(current_user)
        db.session.commit()
        return self.render_template(
            "accounts/recovery_codes.html", title=gettext("Recovery codes"), codes=code_lists
        )

    @expose("/tokens", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def make_token(self):
        if not g.sign_in.second_factor:
            abort(403, gettext("Set up the second step first: only then tokens are given out."))
        name, days = request.form.get("name", "").strip()[:80], request.form.get("days", type=int)
        if not name or days not in DAYS:
            flash(gettext("Give the token a name and an end."), "danger")
            return redirect(url_for(".page"))
        texts = []

        def make():
            row, text = actions.make_token(current_user, name, days, writes=request.form.get("writes") == "1")
            texts.append(text)
            return row

        row = idempotency.made(ApiToken, request.form, make)
        if not texts:
            flash(
                gettext(
                    "This token was made already, and is not shown again. End «%(name)s» if it was not noted, and make another.",
                    name=row.name,
                ),
                "warning",
            )
            return redirect(url_for(".page"))
        return self._page(new_token=texts[0])

    @expose("/tokens/<int(max=2147483647):pk>/end", methods=["POST"])
    @has_access
    def end_token(self, pk):
        actions.end_token(current_user, ApiToken.id == pk)
        db.session.commit()
        flash(gettext("The token has ended."), "success")
        return redirect(url_for(".page"))


class OwnPasswordView(BaseView):
    """One's own password is changed by whoever knows the old one."""

    route_base = "/resetmypassword"
    default_view = "form"
    class_permission_name = "ResetMyPasswordView"
    method_permission_name = {"this_form_get": "this_form_get", "this_form_post": "this_form_post"}

    @expose("/form", methods=["GET"])
    @has_access
    def this_form_get(self):
        return self._form({})

    @expose("/form", methods=["POST"])
    @has_access
    def this_form_post(self):
        new, again = request.form.get("password", ""), request.form.get("conf_password", "")
        wrong = {}
        if not password_is_right(current_user, "old_password"):
            wrong["old_password"] = gettext("This is not the password you signed in with.")
        elif new != again:
            wrong["conf_password"] = gettext("The two do not match.")
        else:
            user, factor = current_user._get_current_object(), g.sign_in.second_factor
            problem = actions.change_own_password(user, request.form["old_password"], new)
            if problem is None:
                db.session.commit()
                sessions.begin(user, second_factor=factor)
                flash(gettext("The password is changed. All sessions have ended but this one."), "success")
                return redirect(self.appbuilder.get_url_for_index)
            wrong["password"] = problem
        return self._form(wrong), 422

    def _form(self, wrong):
        return self.render_template(
            "accounts/password.html",
            title=gettext("Change password"),
            wrong=wrong,
            must=current_user.must_change_password,
        )


def _particulars(user):
    """What the register holds of its own user, in the words of the reader."""
    return {
        gettext("Name"): user.name_km or user.get_full_name(),
        gettext("User name"): user.username,
        gettext("Rank"): code_lists.label("rank", user.rank) if user.rank else "",
        gettext("Unit"): user.unit,
        gettext("Telephone"): user.phone,
        gettext("Roles"): " · ".join(str(said(role.name)[0]) for role in user.roles),
    }
