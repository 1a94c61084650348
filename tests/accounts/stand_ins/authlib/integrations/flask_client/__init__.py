"""Of Authlib, what Flask-AppBuilder takes. What Authlib itself weighs in a token was tried by hand."""

from flask import redirect


class OAuth:
    def __init__(self, _app): ...

    def register(self, _name, **settings):
        return Remote(settings)


class Remote:
    """One provider: it signs the `claims` that a test gives it, or fails with the `fault`."""

    def __init__(self, settings):
        self.settings, self.asked, self.claims, self.fault = settings, None, {}, None

    def authorize_redirect(self, _back_to, **asked):
        self.asked = asked
        if self.fault:
            raise self.fault
        return redirect("https://provider.invalid/authorize")

    def authorize_access_token(self):
        if self.fault:
            raise self.fault
        return {"userinfo": self.claims}
