"""Sign-in views: user name and password, second factor, reauthentication and sign-out."""

from urllib.parse import urlsplit

from flask import current_app, flash, g, make_response, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_user, logout_user

from app.accounts import audit_events, authentication, lockout, passkeys, second_factor, sessions
from app.accounts.models import LoginSession
from app.extensions import db
from app.kernel.audit import hash_chain
from app.kernel.database.transactions import commit
from app.kernel.flask_login_patches import set_request_user
from app.kernel.text import dates

ADDRESS_LOCKED = _(
    "Too many sign-ins from this network address failed, so it is locked for up to 15 minutes."
    " An administrator can unlock it at once."
)
CODES_NEED_TIME = _(
    "The clock of the server is wrong, so the codes of a telephone are not accepted. Use a passkey or a recovery code,"
    " and inform the administrator."
)
NO_ANSWER = _("The password server does not respond. Try again in a few minutes.")

# What the sign-in page says about the end of the session of this browser.
SESSION_ENDS = {
    sessions.LIMIT: _(
        "This session was ended because the account was signed in on another device. If that was not you,"
        " sign in and change the password."
    ),
    sessions.MANUAL: _("You ended this session from another device. Sign in to continue."),
    sessions.ADMINISTRATOR: _("An administrator ended this session. Sign in to continue."),
    sessions.UNUSED: _("The session ended because it was not used for a long time. Sign in to continue."),
}
ACCOUNT_CHANGED = _("The account was changed, so its sessions ended. Sign in to continue.")
UNEXPLAINED_ENDS = (None, sessions.SIGN_OUT, sessions.SIGN_IN_AGAIN)


def get_next_page():
    """Return the path in the parameter `next` if it is on this site, else the first page.

    The host that the browser sends is not trusted.
    """
    parts = urlsplit(request.args.get("next", "").strip())
    elsewhere = parts.netloc not in ("", request.host) or parts.scheme not in ("", "http", "https")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if elsewhere or not path.startswith("/") or path.startswith(("//", "/\\")):
        return current_app.appbuilder.get_url_for_index
    return get_safe_redirect(path)


class SignOutMixin:
    """Sign-out by a button (POST). A GET only shows the button, because any page can contain a link."""

    @expose("/logout/", methods=["GET", "POST"])
    @no_cache
    def logout(self):
        row = g.get("sign_in") if current_user.is_authenticated else sessions.find_pending_session()
        if request.method == "GET" and row is not None:
            return self.render_template("accounts/sign_out.html", title=gettext("Sign out"))
        if row is not None:
            user, session_ref = row.user, row.session_ref
            sessions.end_sessions(sessions.SIGN_OUT, LoginSession.id == row.id, by=user.id)
            commit()
            audit_events.record_event("session.signed_out", user, session_ref)
        answer = make_response(super().logout())
        session.pop("csrf_token", None)
        answer.headers["Clear-Site-Data"] = '"cache"'  # thumbnails and pages, on shared computers
        return answer


class SignInView(SignOutMixin, AuthDBView):
    """FAB's sign-in form for a user name and password, followed by the second factor."""

    invalid_login_message = _("Wrong user name or password, or the account is locked for a few minutes.")

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self):
        """Show or check the form. After a failed attempt it keeps the user name, but not the password."""
        if current_user.is_authenticated:
            return redirect(get_next_page())
        form = LoginForm_db()
        if form.validate_on_submit():
            try:
                user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
            except lockout.PasswordServerError:
                user, sentence = None, NO_ANSWER
            else:
                is_locked = user is None and lockout.is_address_locked()
                sentence = ADDRESS_LOCKED if is_locked else self.invalid_login_message
            if user:
                login_user(user)
                return self._redirect_onward()
            flash(str(sentence), "warning")
        elif request.method == "GET" and sessions.find_pending_session() is not None:
            return self._redirect_onward()
        elif request.method == "GET" and (reason := sessions.find_end_reason()) not in UNEXPLAINED_ENDS:
            flash(str(SESSION_ENDS.get(reason, ACCOUNT_CHANGED)), "warning")
        return self.render_template(
            self.login_template, title=self.title, form=form, appbuilder=self.appbuilder
        )

    def _redirect_onward(self):
        row = g.get("sign_in")
        if row is None or row.awaits_second_factor:
            return redirect(url_for("SecondFactorView.enter_code", next=get_next_page()))
        return redirect(get_next_page())


class SecondFactorView(BaseView):
    """The second factor: the password was right, the session waits for the code."""

    route_base = "/sign-in"
    default_view = "enter_code"

    @expose("/code", methods=["GET", "POST"])
    @no_cache
    def enter_code(self):
        row = sessions.find_pending_session()
        if row is None:
            return redirect(self.appbuilder.get_url_for_login)
        user = row.user
        if request.method == "POST":
            kind = _verify_form_second_factor(user, row)
            if kind:
                return self._complete_sign_in(row, user, kind)
            flash(
                gettext(
                    "The code or the passkey is wrong or already used, or the account is locked for a few minutes."
                ),
                "danger",
            )
            if hash_chain.is_clock_behind(db.session.connection()):
                flash(str(CODES_NEED_TIME), "warning")
        return self.render_template(
            "accounts/sign_in_code.html",
            title=gettext("Two-step verification"),
            next=get_next_page(),
            passkey_options=passkeys.build_use_options(user.id, row),
        )

    def _complete_sign_in(self, row, user, kind):
        session.pop("csrf_token", None)
        sessions.renew_session(
            row, awaits_second_factor=False, second_factor=True, authenticated_at=dates.now()
        )
        set_request_user(user)
        authentication.complete_sign_in(user, row)
        if kind == "recovery":
            left = second_factor.count_recovery_codes(user.id)
            audit_events.record_event("recovery_code.used", user, row.session_ref, left=left)
            flash(gettext("A recovery code was used. Codes left: %(number)s.", number=left), "warning")
        return redirect(get_next_page())


class ReauthenticationView(BaseView):
    """Reauthentication before a sensitive action."""

    route_base = "/sign-in"
    default_view = "confirm"

    @expose("/confirm", methods=["GET", "POST"])
    @no_cache
    def confirm(self):
        if not current_user.is_authenticated or g.get("sign_in") is None:
            return redirect(self.appbuilder.get_url_for_login)
        if self.appbuilder.sm.auth_type not in (AUTH_DB, AUTH_LDAP):
            return self._reauthenticate_externally()
        row, done = g.sign_in, False
        if request.method == "POST":
            try:
                proved = self._is_identity_proved(row)
            except lockout.PasswordServerError:
                proved, sentence = False, NO_ANSWER
            else:
                sentence = _("Wrong code or password, or the account is locked for a few minutes.")
            if proved:
                sessions.renew_session(row, authenticated_at=dates.now())
                audit_events.record_event("sign_in.confirmed", current_user, row.session_ref)
                done = "next" not in request.args
                if not done:
                    return redirect(get_next_page())
            else:
                flash(str(sentence), "danger")
        return self.render_template(
            "accounts/reauthentication.html",
            title=gettext("Confirm your identity"),
            with_code=row.second_factor,
            passkey_options=passkeys.build_use_options(current_user.id, row) if row.second_factor else "",
            done=done,
        )

    def _reauthenticate_externally(self):
        """End this session and sign in again at the other server, which asks for the password."""
        sessions.end_sessions(sessions.SIGN_IN_AGAIN, LoginSession.id == g.sign_in.id, by=current_user.id)
        commit()
        logout_user()
        return redirect(self.appbuilder.get_url_for_login_with(get_next_page()))

    def _is_identity_proved(self, row):
        user = current_user._get_current_object()
        if row.second_factor and second_factor.has_second_factor(user.id):
            right = is_form_password_correct(user, forget_earlier=False)
            return bool(_verify_form_second_factor(user, row)) and right
        return is_form_password_correct(user)


def _verify_form_second_factor(user, row):
    """Return "passkey", "code" or "recovery" if the form contains a right second factor of the user, else None."""
    answer = request.form.get("passkey")
    if answer:
        return authentication.verify_passkey(user, row, answer)
    return authentication.verify_second_factor(user, request.form.get("code", ""))


def is_form_password_correct(user, name="password", forget_earlier=True):
    """Return whether the form contains the user's own password. A wrong one counts as a failed attempt."""
    attempt = lockout.SignInAttempt(user.username)
    typed, is_password = request.form.get(name, ""), current_app.appbuilder.sm.is_password_correct
    right = attempt.run_check(lambda: is_password(user, typed)) and not attempt.locked
    if right:
        attempt.mark_succeeded(only_this=not forget_earlier)
    elif attempt.locked:
        attempt.mark_locked()
    if not right:
        audit_events.record_event("sign_in.failed", user, g.sign_in.session_ref, outcome="refused")
    return right
