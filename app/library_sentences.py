"""The English sentences of the libraries that a reader of the register can meet.

They are read from the installed packages, so a new release that brings a new sentence is noticed by the tests.
"""

from importlib.resources import files

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.pofile import read_po
from marshmallow import Schema, fields, validate

# FAB's REST answers that it does not mark for translation (flask_appbuilder/api/__init__.py).
API_ANSWERS = (
    "Arguments are not correct",
    "Could not process entity",
    "Forbidden",
    "Internal error",
    "Not authorized",
    "Not found",
    "OK",
    "Request is not JSON",
)
# The fields and validators that marshmallow-sqlalchemy makes of the columns of a model.
SCHEMA_FIELDS = (
    fields.Field,
    fields.Boolean,
    fields.Date,
    fields.DateTime,
    fields.Decimal,
    fields.Float,
    fields.Integer,
    fields.List,
    fields.String,
    fields.Time,
)
NOT_OF_INPUT = ("format", "invalid_awareness")  # said of what the register writes, or of an option it does not use
SCHEMA_VALIDATORS = (validate.Length, validate.OneOf)


def library_sentences():
    """Pairs of library and sentence; a sentence with a plural is a pair of singular and plural itself."""
    keywords = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_formatter_gettext": None}
    templates_and_code = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    appbuilder = str(files("flask_appbuilder"))
    for _file, _line, sentence, _comments, _context in extract_from_dir(
        appbuilder, templates_and_code, keywords=keywords
    ):
        yield "flask_appbuilder", sentence
    yield from (("flask_appbuilder", sentence) for sentence in API_ANSWERS)
    with (files("wtforms") / "locale" / "wtforms.pot").open("rb") as source:
        yield from (("wtforms", message.id) for message in read_po(source) if message.id)
    csrf = str(files("flask_wtf") / "csrf.py")
    for _line, sentence, _comments, _context in extract_from_file("python", csrf, {"ValidationError": None}):
        yield "flask_wtf", sentence
    yield from (("marshmallow", sentence) for sentence in schema_sentences())


def schema_sentences():
    """What marshmallow says of a value it refuses; `{…}` stands where it puts a number or the choices."""
    for kind in SCHEMA_FIELDS:
        for parent in kind.__mro__:
            for key, sentence in vars(parent).get("default_error_messages", {}).items():
                if key not in NOT_OF_INPUT:
                    yield sentence.replace("{obj_type}", getattr(kind, "OBJ_TYPE", "value"))
    for kind in SCHEMA_VALIDATORS:
        for name in ("default_message", "message_min", "message_max", "message_all", "message_equal"):
            if hasattr(kind, name):
                yield getattr(kind, name)
    yield from Schema._default_error_messages.values()
