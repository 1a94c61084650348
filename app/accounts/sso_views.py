"""Sign-in with another server that verifies the user: an OpenID Connect provider."""

import logging
import time

from flask import abort, flash, redirect, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.views import AuthOAuthView
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_user

from app.accounts import sessions
from app.accounts.reauthentication import FRESH_FOR
from app.accounts.sign_in_views import NO_ANSWER, SignOutMixin, get_next_page

log = logging.getLogger(__name__)

NOT_PROVED = _("The other server did not confirm your identity. Try again.")
NOT_ASKED = _(
    "The other server did not confirm that it has just asked for the password, so the sign-in was refused. Try again."
)
NO_ACCOUNT = _("There is no active account with this name. Ask your unit administrator.")


class OAuthView(SignOutMixin, AuthOAuthView):
    """Sign-in by a signed token of a provider, which must have asked for the password just now.

    A user can change the browser's request to the provider, but not `auth_time` in the signed token. So it is checked.
    """

    @expose("/login/")
    @expose("/login/<provider>")
    @no_cache
    def login(self, provider=None):
        if current_user.is_authenticated:
            return redirect(get_next_page())
        if sessions.find_pending_session() is not None:
            return redirect(url_for("SecondFactorView.enter_code", next=get_next_page()))
        if provider is None:
            return self.render_template(
                self.login_template, title=self.title, providers=self.appbuilder.sm.oauth_providers
            )
        remote, onward = self._get_provider(provider), get_next_page()
        for name in [name for name in session if name.startswith("_state_")]:
            del session[name]  # of abandoned attempts, which would outgrow the cookie
        session["onward"] = onward
        address = url_for(".oauth_authorized", provider=provider, _external=True)
        options = {"prompt": "login", "max_age": int(FRESH_FOR.total_seconds())}
        answer = self._call_provider(lambda: remote.authorize_redirect(address, **options))
        return answer or redirect(self.appbuilder.get_url_for_login)

    @expose("/oauth-authorized/<provider>")
    @no_cache
    def oauth_authorized(self, provider):
        remote = self._get_provider(provider)
        onward = session.pop("onward", self.appbuilder.get_url_for_index)
        # Authlib checks the state, signature, issuer, audience, nonce and expiry of the token.
        claims = self._call_provider(lambda: remote.authorize_access_token()["userinfo"])
        user = self._find_user(claims) if claims else None
        if user is None:
            return redirect(self.appbuilder.get_url_for_login)
        login_user(user)
        return redirect(onward)

    def _find_user(self, claims):
        authenticated_at = claims.get("auth_time")
        if not authenticated_at or time.time() - authenticated_at > FRESH_FOR.total_seconds():
            log.error(
                "The provider did not ask for the password just now: auth_time is %s.", authenticated_at
            )
            flash(str(NOT_ASKED), "warning")
            return None
        user = self.appbuilder.sm.auth_user_oauth(claims)
        if user is None:
            flash(str(NO_ACCOUNT), "warning")
        return user

    def _get_provider(self, provider):
        return self.appbuilder.sm.oauth_remotes.get(provider) or abort(404)

    def _call_provider(self, call):
        """Return the result of `call()`, or None with a message if the provider fails or sends a bad answer."""
        import requests

        try:
            return call()
        except requests.RequestException as error:
            log.error("The provider does not answer: %r", error)
            flash(str(NO_ANSWER), "warning")
        except Exception as error:  # noqa: BLE001  (the library may raise anything on an answer of the provider)
            log.warning("The provider did not confirm the identity: %r", error)
            flash(str(NOT_PROVED), "warning")
        return None
