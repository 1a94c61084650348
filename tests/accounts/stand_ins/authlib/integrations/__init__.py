"""Of Authlib, what Flask-AppBuilder takes."""
