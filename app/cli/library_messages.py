"""The English messages of the libraries that users may see.

They are extracted from the installed packages, so the tests notice new messages of a new release. marshmallow has none
here: the API reads bodies with its own forms (`kernel.api.request_body`).
"""

from importlib.resources import files

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

APPBUILDER_KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_formatter_gettext": None}


def extract_library_messages():
    """Yield pairs of library and message; for a message with a plural, the pair of singular and plural."""
    code_and_templates = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    appbuilder = str(files("flask_appbuilder"))
    for _file, _line, message, *_rest in extract_from_dir(
        appbuilder, code_and_templates, keywords=APPBUILDER_KEYWORDS
    ):
        yield "flask_appbuilder", message
    with (files("wtforms") / "locale" / "wtforms.pot").open("rb") as source:
        yield from (("wtforms", message.id) for message in read_po(source) if message.id)
    csrf = str(files("flask_wtf") / "csrf.py")
    for _line, message, *_rest in extract_from_file("python", csrf, {"ValidationError": None}):
        yield "flask_wtf", message
