"""Doors at which another server has asked who is there: a provider of OpenID Connect, or the web server before this one."""

import logging
import time

from flask import abort, flash, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.views import AuthOAuthView, AuthRemoteUserView
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_user

from app.accounts import sessions
from app.accounts.reauthentication import FRESH_FOR
from app.accounts.sign_in_views import NO_ANSWER, SignsOut, next_page

log = logging.getLogger(__name__)

NOT_PROVED = _("The other server did not confirm who is there. Try again.")
NOT_ASKED = _("The other server did not say that it has just asked for the password, so nobody is let in.")
NO_ACCOUNT = _("The register has no open account of this name. Ask the administrator of the unit.")


class OAuthView(SignsOut, AuthOAuthView):
    """A provider proves who somebody is, by a token that it has signed and for which it asked the password just now.

    Who holds the keyboard may change what the browser asks of the provider; what the token says of it he cannot.
    """

    @expose("/login/")
    @expose("/login/<provider>")
    @no_cache
    def login(self, provider=None):
        if current_user.is_authenticated:
            return redirect(next_page())
        if sessions.waiting() is not None:
            return redirect(url_for("SecondStepView.ask", next=next_page()))
        if provider is None:
            return self.render_template(
                self.login_template, title=self.title, providers=self.appbuilder.sm.oauth_providers
            )
        remote, onward = self._remote(provider), next_page()
        for name in [name for name in session if name.startswith("_state_")]:
            del session[name]  # tries that were given up, before they outgrow the cookie
        session["onward"] = onward
        address = url_for(".oauth_authorized", provider=provider, _external=True)
        asked = {"prompt": "login", "max_age": int(FRESH_FOR.total_seconds())}
        answer = self._heard(lambda: remote.authorize_redirect(address, **asked))
        return answer or redirect(self.appbuilder.get_url_for_login)

    @expose("/oauth-authorized/<provider>")
    @no_cache
    def oauth_authorized(self, provider):
        remote = self._remote(provider)
        onward = session.pop("onward", self.appbuilder.get_url_for_index)
        # Authlib weighs state, signature, issuer, audience, nonce and end of the token.
        claims = self._heard(lambda: remote.authorize_access_token()["userinfo"])
        user = self._user(claims) if claims else None
        if user is None:
            return redirect(self.appbuilder.get_url_for_login)
        login_user(user)
        return redirect(onward)

    def _user(self, claims):
        asked_at = claims.get("auth_time")
        if not asked_at or time.time() - asked_at > FRESH_FOR.total_seconds():
            log.error("The provider did not ask for the password just now: auth_time is %s.", asked_at)
            flash(str(NOT_ASKED), "warning")
            return None
        user = self.appbuilder.sm.auth_user_oauth(claims)
        if user is None:
            flash(str(NO_ACCOUNT), "warning")
        return user

    def _remote(self, provider):
        return self.appbuilder.sm.oauth_remotes.get(provider) or abort(404)

    def _heard(self, asks):
        """What `asks()` gives. Whatever another server answers, or a stranger in its name, is no fault of the register."""
        import requests

        try:
            return asks()
        except requests.RequestException as fault:
            log.error("The provider gives no answer: %r", fault)
            flash(str(NO_ANSWER), "warning")
        except Exception as fault:
            log.warning("The provider did not prove who is there: %r", fault)
            flash(str(NOT_PROVED), "warning")
        return None


class RemoteUserView(SignsOut, AuthRemoteUserView):
    """The web server before this one has asked. Whom the register does not know is told so, and led nowhere."""

    @expose("/login/")
    @no_cache
    def login(self):
        if current_user.is_authenticated:
            return redirect(next_page())
        security = self.appbuilder.sm
        user = security.auth_user_remote_user(request.environ.get(security.auth_remote_user_env_var))
        if user is not None:
            login_user(user)
            return redirect(next_page())
        flash(str(NO_ACCOUNT), "warning")
        return self.render_template(OAuthView.login_template, title=self.title, providers=()), 403
