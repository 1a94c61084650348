"""Edit conflicts (optimistic locking): fields that another user changed while a form was open are not overwritten.

A form carries the version of the record and a short digest of every field as shown. If the version has changed, the
digests show which fields another user has changed. An API client sends the version alone; the audit log then shows
the changed fields.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext
from sqlalchemy import select, update

from app.extensions import db
from app.kernel.audit.models import to_local_time
from app.kernel.audit.recorder import AuditEvent, AuditPayload
from app.kernel.forms.inputs import CheckboxField
from app.kernel.forms.record_form import fields_by_name, is_submitted
from app.kernel.forms.wtforms_patches import shown_text
from app.kernel.schema.display import foreign_key_column, format_value, reader_language
from app.kernel.schema.record import Record
from app.kernel.text import dates

VERSION, DIGESTS, CHOICE_SUFFIX = (
    "version",
    "field_digests",
    "__choice",
)  # hidden inputs of an edit form; choice at a field
NO_VERSION = 0  # the version of a form without one
MINE, THEIRS = "mine", "theirs"
# Common text over this length is shortened to the nearest words and spaces (counted together).
LONG_TEXT, CONTEXT_WORDS = 120, 4
MAX_CHANGES = 200  # audit events that are searched for the changed fields


@dataclass
class Conflict:
    """A field that another user changed, and that was submitted with a different value."""

    name: str
    label: str
    theirs: str
    mine: str
    changed_by: str
    changed_at: str
    changed_at_iso: str
    token: str  # digest of the stored value: a choice made before another change is invalid
    choice: str = ""

    @property
    def differences(self):
        """Return side → (common beginning, difference, common end), split between words.

        A long common text is shortened to the words next to the difference.
        """
        theirs, mine = (re.split(r"(\s+)", text) for text in (self.theirs, self.mine))
        begin = _common_length(theirs, mine)
        end = _common_length(theirs[begin:][::-1], mine[begin:][::-1])
        return {
            whose: (
                _shorten(text[:begin], slice(-CONTEXT_WORDS, None)),
                "".join(text[begin : len(text) - end]),
                _shorten(text[len(text) - end :], slice(CONTEXT_WORDS), after=True),
            )
            for whose, text in ((THEIRS, theirs), (MINE, mine))
        }

    @property
    def choice_field(self):
        """Return the name of the input with the choice."""
        return f"{self.name}{CHOICE_SUFFIX}"


def _common_length(one, other):
    """Return the length of the common beginning of two lists."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _shorten(words, nearest, after=False):
    text = "".join(words)
    if len(text) <= LONG_TEXT:
        return text
    near = "".join(words[nearest])
    return f"{near} …" if after else f"… {near}"


def get_version(record):
    """Return the version of a record. For reference data, which has no version column, a checksum of its values."""
    if isinstance(record, Record):
        return record.version
    values = [(one.key, str(getattr(record, one.key))) for one in record.__mapper__.column_attrs]
    return zlib.crc32(repr(sorted(values)).encode())


def lock_row(record):
    """Lock a row of reference data until this save ends. A Record needs no lock, because of its version column."""
    if isinstance(record, Record):
        return
    table = record.__table__
    key = next(iter(table.primary_key))
    no_change = update(table).where(key == getattr(record, key.key)).values({key.name: key})
    db.session.execute(no_change)
    db.session.refresh(record)


def comparable_text(field):
    """Return the value of a field as text to compare, equal for a stored and a typed value."""
    if field.process_errors:
        return f"\0{field.raw_data}"
    if isinstance(field, CheckboxField):
        return "1" if field.data else ""
    if hasattr(field, "key"):
        return field.key
    if field.data is None:
        return ""
    return field.format(field.data) if hasattr(field, "format") else str(field.data)


def display_text(field):
    """Return the value of a field as the user sees it."""
    if isinstance(field, CheckboxField):
        return field.yes_no_labels.label_for(field.data)
    if hasattr(field, "display_text"):
        return field.display_text
    return format_value(field.data) if isinstance(field.data, (date, Decimal)) else shown_text(field)


def digest_text(text):
    """Return a short digest of a text."""
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def field_digests(form):
    """Return the digests of all fields of a form, which shows the stored values, as one hidden value."""
    return " ".join(
        f"{field.short_name}:{digest_text(comparable_text(field))}"
        for field in form
        if field.short_name != "csrf_token"
    )


def _parse_digests(text):
    pairs = (pair.partition(":") for pair in (text or "").split())
    return {name: value for name, _colon, value in pairs}


def load_changes(record, version):
    """Return column → (user id, time) of the changes after `version`, None if unknown.

    One query of the audit log: each change of a record increases its version by one.
    """
    steps = record.version - version if isinstance(record, Record) and version else 0
    if not 0 < steps <= MAX_CHANGES:
        return None
    statement = (
        select(AuditEvent.actor_id, AuditEvent.at, AuditPayload.body)
        .outerjoin(AuditPayload, AuditPayload.seq == AuditEvent.seq)
        .where(AuditEvent.entity == record.__tablename__, AuditEvent.entity_id == record.id)
        .where(AuditEvent.action == "record.changed")
        .order_by(AuditEvent.seq.desc())
        .limit(steps)
    )
    found = db.session.execute(statement).all()
    if len(found) < steps or any(
        body is None for _user_id, _at, body in found
    ):  # payload erased by law, see `audit.models`
        return None
    return {
        column: (user_id, to_local_time(at))
        for user_id, at, body in reversed(found)
        for column in body.get("after", {})
    }


def find_conflicts(form, stored, record, version, formdata, digests=None):
    """Return the fields of `form` that differ from a value that another user has saved since `version`.

    `stored` is the same form with the stored values, `digests` the digests of the submitted form. Without digests the
    audit log shows the changed fields. If neither is known, every difference is a conflict.
    """
    if version == get_version(record):
        return []
    known, changes = _parse_digests(digests), load_changes(record, version)
    found = []
    for name, field in fields_by_name(form).items():
        if name not in stored or name == "csrf_token" or not is_submitted(field, formdata):
            continue
        now, mine = comparable_text(stored[name]), comparable_text(field)
        column = _column_name(type(record), name)
        unchanged = (
            known[name] == digest_text(now)
            if name in known
            else changes is not None and column not in changes
        )
        if now == mine or unchanged:
            continue
        user_id, changed_at = (changes or {}).get(column) or _last_change(record)
        token = digest_text(now)
        choice = {f"{MINE}-{token}": MINE, f"{THEIRS}-{token}": THEIRS}.get(
            formdata.get(f"{name}{CHOICE_SUFFIX}"), ""
        )
        if not choice and known.get(name) == digest_text(mine) and f"{name}{CHOICE_SUFFIX}" not in formdata:
            choice = THEIRS  # a proposal: the user did not change this field, see `find_unresolved`
        found.append(
            Conflict(
                name=name,
                label=str(field.label.text),
                theirs=display_text(stored[name]),
                mine=display_text(field),
                changed_by=_user_name(user_id),
                changed_at=format_value(changed_at),
                changed_at_iso=dates.format_iso(changed_at) if isinstance(changed_at, datetime) else "",
                token=token,
                choice=choice,
            )
        )
    return found


def find_unresolved(conflicts, formdata):
    """Return the conflicts without a choice on the page."""
    return [one for one in conflicts if not one.choice or one.choice_field not in formdata]


def drop_fields(formdata, names):
    """Return the submitted data without the fields of these names."""
    remaining = formdata.copy()
    for name in names:
        for key in (name, f"{name}__text", f"{name}__shown"):
            remaining.poplist(key)
    return remaining


def _column_name(model, name):
    return foreign_key_column(model, name) if name in model.__mapper__.relationships else name


def _last_change(record):
    return getattr(record, "changed_by_id", None), getattr(record, "changed_at", None)


def _user_name(user_id):
    user = db.session.get(User, user_id) if user_id else None
    if user is None:
        return gettext("Another user")
    return user.name_km if reader_language() == "km" and user.name_km else user.get_full_name()
