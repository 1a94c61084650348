"""The doors: name and password, the code of the second factor, and the question that is asked again later."""

from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_user, logout_user

from app.accounts import audit_events, authentication, lockout, second_factor, sessions
from app.accounts.models import SignIn
from app.extensions import db
from app.kernel.text import dates

NO_ANSWER = _("The server that knows the passwords does not answer. Try again in a few minutes.")


def next_page():
    """Where the reader wanted to go, as a path of ours; else the first page. No host that was sent is believed."""
    parts = urlsplit(request.args.get("next", "").strip())
    elsewhere = parts.netloc not in ("", request.host) or parts.scheme not in ("", "http", "https")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if elsewhere or not path.startswith("/") or path.startswith(("//", "/\\")):
        return current_app.appbuilder.get_url_for_index
    return get_safe_redirect(path)


class SignsOut:
    """Whoever is to be signed out says so by a button: a link, which any page may hold, only shows that button."""

    @expose("/logout/", methods=["GET", "POST"])
    @no_cache
    def logout(self):
        row = g.get("sign_in") if current_user.is_authenticated else sessions.waiting()
        if request.method == "GET" and row is not None:
            return self.render_template("accounts/sign_out.html", title=gettext("Sign out"))
        if row is not None:
            user, mark = row.user, row.mark
            sessions.end("signout", SignIn.id == row.id, by=user.id)
            db.session.commit()
            audit_events.tell("signout", user, mark)
        answer = super().logout()
        session.pop("csrf_token", None)
        return answer


class SignInView(SignsOut, AuthDBView):
    """FAB's door for a name and a password, whoever knows it, with the second factor behind it."""

    invalid_login_message = _("User name or password is wrong, or the account is shut for some minutes.")

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self):
        """A wrong try gets the same form back, with the name that was typed and without the password."""
        if current_user.is_authenticated:
            return redirect(next_page())
        form = LoginForm_db()
        if form.validate_on_submit():
            try:
                user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
            except lockout.NoAnswer:
                user, sentence = None, NO_ANSWER
            else:
                sentence = self.invalid_login_message
            if user:
                login_user(user)
                return self._onward()
            flash(str(sentence), "warning")
        elif request.method == "GET" and sessions.waiting() is not None:
            return self._onward()
        return self.render_template(
            self.login_template, title=self.title, form=form, appbuilder=self.appbuilder
        )

    def _onward(self):
        row = g.get("sign_in")
        if row is None or row.waits_for_code:
            return redirect(url_for("SecondStepView.ask", next=next_page()))
        return redirect(next_page())


class SecondStepView(BaseView):
    """The second step: the password was right, the session waits for the code."""

    route_base = "/sign-in"
    default_view = "ask"

    @expose("/code", methods=["GET", "POST"])
    @no_cache
    def ask(self):
        row = sessions.waiting()
        if row is None:
            return redirect(self.appbuilder.get_url_for_login)
        user = row.user
        if request.method == "POST":
            kind = authentication.by_code(user, request.form.get("code", ""))
            if kind:
                return self._arrived(row, user, kind)
            flash(
                gettext("The code is wrong or was used already, or the account is shut for some minutes."),
                "danger",
            )
        return self.render_template("accounts/code.html", title=gettext("Second step"), next=next_page())

    def _arrived(self, row, user, kind):
        session.pop("csrf_token", None)
        sessions.renew(row, waits_for_code=False, second_factor=True, proved_at=dates.now())
        self.appbuilder.sm.lm._update_request_context_with_user(user)
        authentication.arrived(user, row)
        if kind == "recovery":
            left = second_factor.codes_left(user.id)
            audit_events.tell("secondfactor.recovery", user, row.mark, left=left)
            flash(gettext("A recovery code was used. Codes left: %(number)s.", number=left), "warning")
        return redirect(next_page())


class FreshSignInView(BaseView):
    """Before an act of weight: is it still the same person at the keyboard?"""

    route_base = "/sign-in"
    default_view = "ask"

    @expose("/again", methods=["GET", "POST"])
    @no_cache
    def ask(self):
        if not current_user.is_authenticated or g.get("sign_in") is None:
            return redirect(self.appbuilder.get_url_for_login)
        if self.appbuilder.sm.auth_type not in (AUTH_DB, AUTH_LDAP):
            return self._by_another_door()
        row, done = g.sign_in, False
        if request.method == "POST":
            try:
                proved = self._proved(row)
            except lockout.NoAnswer:
                proved, sentence = False, NO_ANSWER
            else:
                sentence = _("This is wrong, or the account is shut for some minutes.")
            if proved:
                sessions.renew(row, proved_at=dates.now())
                audit_events.tell("signin.again", current_user, row.mark)
                done = "next" not in request.args
                if not done:
                    return redirect(next_page())
            else:
                flash(str(sentence), "danger")
        return self.render_template(
            "accounts/again.html",
            title=gettext("Confirm who you are"),
            with_code=row.second_factor,
            done=done,
        )

    def _by_another_door(self):
        """The password is asked for elsewhere: this session ends, and the way in leads back here."""
        sessions.end("again", SignIn.id == g.sign_in.id, by=current_user.id)
        db.session.commit()
        logout_user()
        return redirect(self.appbuilder.get_url_for_login_with(next_page()))

    def _proved(self, row):
        user = current_user._get_current_object()
        if row.second_factor and second_factor.has(user.id):
            right = password_is_right(user, forget=False)
            return bool(authentication.by_code(user, request.form.get("code", ""))) and right
        return password_is_right(user)


def password_is_right(user, name="password", forget=True):
    """Whether the form gives the user's own password. A wrong one counts as a wrong try to sign in."""
    this = lockout.Try(user.username)
    given, knows = request.form.get(name, ""), current_app.appbuilder.sm.is_password_of
    right = this.weigh(lambda: knows(user, given)) and not this.locked
    if right:
        this.was_right(for_now=not forget)
    elif this.locked:
        this.was_locked()
    if not right:
        audit_events.tell("signin.failed", user, g.sign_in.mark, outcome="refused")
    return right
