"""What others changed while somebody had a record open: field by field, theirs beside his, and nothing overwritten.

A form carries the version of the record and a short mark of every box as it was shown. When the version has moved,
the marks tell which boxes somebody else changed; a program sends the version alone, and the trace tells the rest.
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
from app.kernel.audit.models import civil
from app.kernel.audit.recorder import AuditEvent, AuditPayload
from app.kernel.forms.inputs import FlagBox
from app.kernel.forms.record_form import was_sent
from app.kernel.schema.display import foreign_key, language, said
from app.kernel.schema.record import Record

VERSION, SEEN, TAKE = "version", "seen", "__take"  # hidden boxes of an edit form; the choice at a field
NOTHING_SEEN = 0  # the version of a form that did not say which one it shows
MINE, THEIRS = "mine", "theirs"
LONG, BESIDE = 120, 4  # characters that both values share; words and blanks of them that are shown
MOST = 200  # changes that are looked through for who made them


@dataclass
class Clash:
    """A field that somebody else changed, and that was sent with another value."""

    name: str
    label: str
    theirs: str
    mine: str
    who: str
    when: str
    iso: str
    token: str  # stands for the stored value, so that a choice made before another change is none
    choice: str = ""

    @property
    def parts(self):
        """whose value → (what both begin with, what differs, what both end with), cut between words.

        Of a long text that is the same in both only the words beside the difference are kept.
        """
        theirs, mine = (re.split(r"(\s+)", text) for text in (self.theirs, self.mine))
        begin = _alike(theirs, mine)
        end = _alike(theirs[begin:][::-1], mine[begin:][::-1])
        return {
            whose: (
                _short(text[:begin], slice(-BESIDE, None)),
                "".join(text[begin : len(text) - end]),
                _short(text[len(text) - end :], slice(BESIDE), after=True),
            )
            for whose, text in ((THEIRS, theirs), (MINE, mine))
        }

    @property
    def box(self):
        return f"{self.name}{TAKE}"


def _alike(one, other):
    """How many of their first parts are the same."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _short(words, beside, after=False):
    whole = "".join(words)
    if len(whole) <= LONG:
        return whole
    near = "".join(words[beside])
    return f"{near} …" if after else f"… {near}"


def version_of(record):
    """The number that changes with the record; of reference data, which counts no changes, a sum of its values."""
    if isinstance(record, Record):
        return record.version
    values = [(one.key, str(getattr(record, one.key))) for one in record.__mapper__.column_attrs]
    return zlib.crc32(repr(sorted(values)).encode())


def hold(record):
    """Keep everybody else from changing reference data until this save ends; a Record's version does that itself."""
    if isinstance(record, Record):
        return
    table = record.__table__
    key = next(iter(table.primary_key))
    same = update(table).where(key == getattr(record, key.key)).values({key.name: key})
    db.session.execute(same)
    db.session.refresh(record)


def text_of(box):
    """What a box holds, as text to compare: the same whether it was stored or typed."""
    if box.process_errors:
        return f"\0{box.raw_data}"
    if isinstance(box, FlagBox):
        return "1" if box.data else ""
    if hasattr(box, "key"):
        return box.key
    if box.data is None:
        return ""
    return box.say(box.data) if hasattr(box, "say") else str(box.data)


def words_of(box):
    """The same as a reader is shown it."""
    if isinstance(box, FlagBox):
        return box.pair.of(box.data)
    if hasattr(box, "shown"):
        return box.shown
    return said(box.data) if isinstance(box.data, (date, Decimal)) else box._value()


def mark(text):
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def marks(form):
    """The marks of all boxes as one hidden value; of a form that shows what is stored."""
    return " ".join(
        f"{box.short_name}:{mark(text_of(box))}" for box in form if box.short_name != "csrf_token"
    )


def _read_marks(text):
    pairs = (pair.partition(":") for pair in (text or "").split())
    return {name: value for name, _colon, value in pairs}


def changed_since(record, version):
    """column → (who, when) of what was changed after `version`; None where that cannot be told.

    The only question asked of the trace: each change of a record counts its version up by one.
    """
    steps = record.version - version if isinstance(record, Record) and version else 0
    if not 0 < steps <= MOST:
        return None
    statement = (
        select(AuditEvent.actor_id, AuditEvent.at, AuditPayload.body)
        .outerjoin(AuditPayload, AuditPayload.seq == AuditEvent.seq)
        .where(AuditEvent.entity == record.__tablename__, AuditEvent.entity_id == record.id)
        .where(AuditEvent.action == "change")
        .order_by(AuditEvent.seq.desc())
        .limit(steps)
    )
    found = db.session.execute(statement).all()
    if len(found) < steps or any(body is None for _who, _at, body in found):  # emptied by law, see `trace`
        return None
    return {column: (who, civil(at)) for who, at, body in reversed(found) for column in body.get("after", {})}


def clashes(form, stored, record, version, formdata, seen=None):
    """The fields of `form` that were sent with another value than somebody else has saved since `version`.

    `stored` is the same form filled from the record as it is now, `seen` the marks that the sent form carried.
    Without them the trace tells what was changed; where neither can, every difference is one.
    """
    if version == version_of(record):
        return []
    known, trace = _read_marks(seen), changed_since(record, version)
    found = []
    for name, box in form._fields.items():
        if name not in stored or name == "csrf_token" or not was_sent(box, formdata):
            continue
        now, mine = text_of(stored[name]), text_of(box)
        column = _column(type(record), name)
        unchanged = known[name] == mark(now) if name in known else trace is not None and column not in trace
        if now == mine or unchanged:
            continue
        who, when = (trace or {}).get(column) or _last_change(record)
        token = mark(now)
        choice = {f"{MINE}-{token}": MINE, f"{THEIRS}-{token}": THEIRS}.get(formdata.get(f"{name}{TAKE}"), "")
        if not choice and known.get(name) == mark(mine) and f"{name}{TAKE}" not in formdata:
            choice = THEIRS  # proposed only: he left the box as he found it, see `open_ones`
        found.append(
            Clash(
                name=name,
                label=str(box.label.text),
                theirs=words_of(stored[name]),
                mine=words_of(box),
                who=_name(who),
                when=said(when),
                iso=when.isoformat() if isinstance(when, datetime) else "",
                token=token,
                choice=choice,
            )
        )
    return found


def open_ones(found, formdata):
    """Those of the clashes in which nobody has chosen on the page yet."""
    return [one for one in found if not one.choice or one.box not in formdata]


def without(formdata, names):
    """What was sent, as if the boxes of these names had not been there."""
    left = formdata.copy()
    for name in names:
        for key in (name, f"{name}__text", f"{name}__shown"):
            left.poplist(key)
    return left


def _column(model, name):
    return foreign_key(model, name) if name in model.__mapper__.relationships else name


def _last_change(record):
    return getattr(record, "changed_by_id", None), getattr(record, "changed_at", None)


def _name(user_id):
    user = db.session.get(User, user_id) if user_id else None
    if user is None:
        return gettext("Somebody else")
    return user.name_km if language() == "km" and user.name_km else user.get_full_name()
