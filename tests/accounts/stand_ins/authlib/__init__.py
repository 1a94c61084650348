"""A provider of OpenID Connect, under the names that Flask-AppBuilder takes from Authlib, which is not in the lock."""
