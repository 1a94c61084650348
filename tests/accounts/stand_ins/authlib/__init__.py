"""A fake of Authlib, which is not in the lock file: an OpenID Connect provider for Flask-AppBuilder."""
