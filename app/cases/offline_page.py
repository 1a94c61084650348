"""Versions of the entry page: of its form, and of the empty page that a browser keeps for a lost connection."""

import hashlib
from functools import cache

from flask import current_app
from flask_login import current_user
from wtforms.fields.core import UnboundField

from app.cases.entry_forms import ROWS, CaseForm
from app.kernel.database.versioned_cache import current_versions
from app.kernel.schema.display import reader_language

FORM_VERSION = "form_version"  # the hidden field with the version of the form
FILES = (  # of the kept page, with entry.js
    "style.css", "page.js", "icons.svg", "entry_offline.js", "khmer_keys.js", "position.js", "position_map.json",
)  # fmt: skip


def get_form_version():
    """Return the version of the form, which changes with its fields and its script.

    A page that was opened before an upgrade sends the old version.
    """
    return _hash_form(current_app.jinja_env.globals["asset"]("entry.js"))


@cache
def _hash_form(script):
    forms = [CaseForm, *(form for row in ROWS.values() for form in row.values())]
    names = [
        (form.__name__, [name for name in dir(form) if isinstance(getattr(form, name), UnboundField)])
        for form in forms
    ]
    return _hash((script, names))


def get_page_version():
    """Return the version of the kept page, or None if the reader may not enter cases.

    It is that of one user, one language, one set of permissions and one state of the code lists: a page with another
    version deletes the kept one.
    """
    appbuilder, asset = current_app.appbuilder, current_app.jinja_env.globals["asset"]
    if not current_user.is_authenticated or not appbuilder.sm.has_access("can_save", "Entry"):
        return None
    files = [asset(name) for name in FILES]
    reader = current_user.id, current_user.display, appbuilder.sm.get_reader_permissions().key
    lists = [current_versions().get(name) for name in ("codes", "reference")]
    return _hash((get_form_version(), files, lists, reader_language(), current_user.unit_code, *reader))


def _hash(content):
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]
