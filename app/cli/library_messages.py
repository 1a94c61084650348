"""The English sentences of the libraries that a reader of the register can meet.

They are read from the installed packages, so a new release that brings a new sentence is noticed by the tests.
marshmallow has none here: the register's API reads its bodies with its own forms (`kernel.api_body`).
"""

from importlib.resources import files

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

MARKED_IN_APPBUILDER = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_formatter_gettext": None}


def library_sentences():
    """Pairs of library and sentence; a sentence with a plural is a pair of singular and plural itself."""
    code_and_templates = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    appbuilder = str(files("flask_appbuilder"))
    for found in extract_from_dir(appbuilder, code_and_templates, keywords=MARKED_IN_APPBUILDER):
        yield "flask_appbuilder", found[2]
    with (files("wtforms") / "locale" / "wtforms.pot").open("rb") as source:
        yield from (("wtforms", message.id) for message in read_po(source) if message.id)
    csrf = str(files("flask_wtf") / "csrf.py")
    for found in extract_from_file("python", csrf, {"ValidationError": None}):
        yield "flask_wtf", found[1]
