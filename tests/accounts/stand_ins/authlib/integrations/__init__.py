"""The part of Authlib that Flask-AppBuilder uses."""
