"""The part of Authlib that Flask-AppBuilder uses. Authlib's own token checks were tried by hand."""

from flask import redirect


class OAuth:
    def __init__(self, _app): ...

    def register(self, _name, **settings):
        return Remote(settings)


class Remote:
    """A provider that returns the `claims` of a test, or raises `error`."""

    def __init__(self, settings):
        self.settings, self.options, self.claims, self.error = settings, None, {}, None

    def authorize_redirect(self, _back_to, **options):
        self.options = options
        if self.error:
            raise self.error
        return redirect("https://provider.invalid/authorize")

    def authorize_access_token(self):
        if self.error:
            raise self.error
        return {"userinfo": self.claims}
