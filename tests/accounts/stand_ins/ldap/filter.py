"""The part of python-ldap that Flask-AppBuilder uses."""


def escape_filter_chars(text):
    return text.replace("(", r"\28").replace(")", r"\29").replace("*", r"\2a")
