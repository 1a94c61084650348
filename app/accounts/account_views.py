"""Pages of the user's own account: sessions, second factor, API tokens and password."""

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_login import current_user

from app.accounts import actions, api_tokens, display_settings, passkeys, second_factor, sessions
from app.accounts.account_functions import CODES, get_functions
from app.accounts.devices import describe_device
from app.accounts.models import ApiToken, LoginSession
from app.accounts.reauthentication import require_fresh_sign_in
from app.accounts.sign_in_views import is_form_password_correct
from app.accounts.staff_views import get_role_text
from app.kernel.concurrency import idempotency
from app.kernel.database.transactions import commit
from app.kernel.schema import code_lists

TOKEN_DAYS = (7, 30, 90, 365)  # validity periods of a token


class AccountView(BaseView):
    """The reader's own account: particulars, sessions, second factor and API tokens."""

    route_base = "/my-account"
    default_view = "page"
    class_permission_name = "MyAccount"
    method_permission_name = dict.fromkeys(
        (
            "page",
            "end",
            "end_others",
            "save_display",
            "stay",
            "enrol",
            "confirm",
            "codes",
            "new_passkey",
            "add_passkey",
            "remove_passkey",
            "create_token",
            "end_token",
        ),
        "list",
    )

    @expose("/")
    @has_access
    def page(self):
        return self._page()

    def _page(self, **context):
        me = current_user
        return self.render_template(
            "accounts/account.html",
            title=gettext("Sign-in and security"),
            particulars=_list_particulars(me._get_current_object()),
            open_sessions=sessions.list_open_sessions(me.id),
            this=g.sign_in,
            telephone=second_factor.has_telephone(me.id),
            passkeys=passkeys.list_passkeys(me.id),
            may_add_passkey=passkeys.get_host() is not None,
            codes_left=second_factor.count_recovery_codes(me.id),
            tokens=api_tokens.list_active_tokens(me.id),
            days=TOKEN_DAYS,
            display=display_settings.list_choices(me.display),
            key=idempotency.generate_key(),
            **context,
        )

    @expose("/sessions/<int(max=2147483647):pk>/end", methods=["POST"])
    @has_access
    def end(self, pk):
        actions.end_sessions(current_user, LoginSession.id == pk)
        commit()
        flash(gettext("The session has ended."), "success")
        return redirect(url_for(".page"))

    @expose("/sessions/end-others", methods=["POST"])
    @has_access
    def end_others(self):
        actions.end_sessions(current_user, LoginSession.id != g.sign_in.id)
        commit()
        flash(gettext("All other sessions have ended."), "success")
        return redirect(url_for(".page"))

    @expose("/display", methods=["POST"])
    @has_access
    def save_display(self):
        current_user.display = display_settings.read_display(request.form)
        commit()
        flash(gettext("The display settings were saved."), "success")
        return redirect(url_for(".page"))

    @expose("/stay", methods=["POST"])
    @has_access
    def stay(self):
        """Return nothing. The request itself keeps the session open."""
        return "", 204

    @expose("/second-factor", methods=["GET"])
    @has_access
    @require_fresh_sign_in
    def enrol(self):
        return self._render_enrolment() if self._may_set_telephone() else redirect(url_for(".page"))

    def _may_set_telephone(self):
        """Return whether this session may set the telephone: it was signed in by a second factor if there is one."""
        return g.sign_in.second_factor or not second_factor.has_second_factor(current_user.id)

    def _render_enrolment(self):
        secret = second_factor.derive_offered_secret(current_user.id, g.sign_in)
        picture = second_factor.draw_qr_code(second_factor.build_otp_uri(current_user, secret))
        return self.render_template(
            "accounts/second_factor.html",
            title=gettext("Set up two-step verification"),
            is_replaced=second_factor.has_telephone(current_user.id),
            picture=picture,
            secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            needed=self._requires_second_factor(),
            may_add_passkey=passkeys.get_host() is not None,
        )

    def _requires_second_factor(self):
        role_names = self.appbuilder.sm.get_reader_permissions().role_names
        return second_factor.is_required_for(role_names) and not g.sign_in.second_factor

    @expose("/second-factor", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def confirm(self):
        if not self._may_set_telephone():
            return redirect(url_for(".page"))
        recovery_codes = actions.set_telephone(current_user, g.sign_in, request.form.get("code", ""))
        if recovery_codes is None:
            flash(
                gettext("This code is not correct. Type the code that the telephone shows now."),
                "danger",
            )
            return self._render_enrolment()
        sessions.renew_session(g.sign_in, second_factor=True)
        return self.render_template(
            "accounts/recovery_codes.html", title=gettext("Recovery codes"), codes=recovery_codes
        )

    @expose("/passkeys/add", methods=["GET"])
    @has_access
    @require_fresh_sign_in
    def new_passkey(self):
        options = passkeys.build_add_options(current_user, g.sign_in)
        if not options:
            abort(404)
        return self.render_template(
            "accounts/passkey.html",
            title=gettext("Add a passkey"),
            options=options,
            needed=self._requires_second_factor(),
        )

    @expose("/passkeys/add", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def add_passkey(self):
        name = request.form.get("name", "").strip()[:80] or describe_device(request.user_agent.string)
        done = actions.add_passkey(current_user, g.sign_in, name, request.form.get("passkey", ""))
        if done is None:
            flash(gettext("The passkey was not added. Try again, or use another device."), "danger")
            return redirect(url_for(".new_passkey"))
        sessions.renew_session(g.sign_in, second_factor=True)
        if recovery_codes := done[1]:
            return self.render_template(
                "accounts/recovery_codes.html", title=gettext("Recovery codes"), codes=recovery_codes
            )
        flash(gettext("The passkey was added."), "success")
        return redirect(url_for(".page"))

    @expose("/passkeys/<int(max=2147483647):pk>/remove", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def remove_passkey(self, pk):
        done = actions.remove_passkey(current_user, pk)
        commit()
        if done:
            flash(gettext("The passkey was removed."), "success")
        elif done is False:
            flash(gettext("This is the only second step. Set up another one first."), "danger")
        return redirect(url_for(".page"))

    @expose("/second-factor/codes", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def codes(self):
        if not g.sign_in.second_factor:
            abort(403)
        recovery_codes = actions.renew_recovery_codes(current_user)
        commit()
        return self.render_template(
            "accounts/recovery_codes.html", title=gettext("Recovery codes"), codes=recovery_codes
        )

    @expose("/tokens", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def create_token(self):
        if not g.sign_in.second_factor:
            abort(403, gettext("Set up two-step verification first. You can then create tokens."))
        name, days = request.form.get("name", "").strip()[:80], request.form.get("days", type=int)
        if not name or days not in TOKEN_DAYS:
            flash(gettext("Enter a name and an expiry date for the token."), "danger")
            return redirect(url_for(".page"))
        texts = []

        def create():
            row, text = actions.create_token(
                current_user, name, days, writes=request.form.get("writes") == "1"
            )
            texts.append(text)
            return row

        row = idempotency.run_once(ApiToken, request.form, create)
        if not texts:
            flash(
                gettext(
                    "This token already exists and is not shown again. If you did not note it, end «%(name)s» and create another.",
                    name=row.name,
                ),
                "warning",
            )
            return redirect(url_for(".page"))
        return self._page(new_token=texts[0])

    @expose("/tokens/<int(max=2147483647):pk>/end", methods=["POST"])
    @has_access
    def end_token(self, pk):
        actions.end_tokens(current_user, ApiToken.id == pk)
        commit()
        flash(gettext("The token was ended."), "success")
        return redirect(url_for(".page"))


class OwnPasswordView(BaseView):
    """The form with which users change their own password. It requires the old one."""

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
        if not is_form_password_correct(current_user, "old_password"):
            wrong["old_password"] = gettext("This is not the password you signed in with.")
        elif new != again:
            wrong["conf_password"] = gettext("The two passwords do not match. Type them again.")
        else:
            user, factor = current_user._get_current_object(), g.sign_in.second_factor
            problem = actions.change_own_password(user, request.form["old_password"], new)
            if problem is None:
                commit()
                sessions.begin_session(user, second_factor=factor)
                flash(gettext("The password was changed. All other sessions were ended."), "success")
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


def _list_particulars(user):
    """Return label → value of the user's particulars, in the reader's language."""
    return {
        gettext("Name"): user.name_km or user.get_full_name(),
        gettext("User name"): user.username,
        gettext("Rank"): code_lists.label("rank", user.rank) if user.rank else "",
        gettext("Unit"): user.unit,
        gettext("Telephone"): user.phone,
        gettext("Roles"): " · ".join(str(get_role_text(role.name)[0]) for role in user.roles),
        gettext("Functions"): " · ".join(code_lists.label(CODES, one) for one in sorted(get_functions(user))),
    }
