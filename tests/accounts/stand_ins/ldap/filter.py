"""Of python-ldap, what Flask-AppBuilder takes."""


def escape_filter_chars(text):
    return text.replace("(", r"\28").replace(")", r"\29").replace("*", r"\2a")
