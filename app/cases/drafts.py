"""Drafts: entries that a clerk has typed and not yet registered.

A post officer only writes drafts. The officer sends a draft to a unit, and a clerk of that unit takes it over and
registers it.
"""
# commits: a draft is no record

import re
from datetime import datetime
from functools import cache

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import (
    JSON,
    DateTime,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.chain_of_command import get_command_chain
from app.accounts.models import User
from app.cases.models import Case
from app.cases.offline_page import FORM_VERSION
from app.extensions import db
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import TASK
from app.inbox.record_links import register_page
from app.kernel.access.owned_by_unit import FOLLOWS_UNIT
from app.kernel.access.row_filter import cacheable
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.unit_of_work import unit_of_work
from app.kernel.database import engine
from app.kernel.files import store
from app.kernel.forms.choices import TEXT_SUFFIX
from app.kernel.forms.inputs import SHOWN_SUFFIX
from app.kernel.i18n.locale import reader_language
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.people.rules.identity import CAMBODIAN

CLERK_ROLE = "Data-entry specialist"
SENT = "draft.sent"
CASE_FIELD = "added_to"  # the field of a draft that adds rows to a case
# The window that sends a draft, and the version of the draft that it has shown or saved last.
WINDOW, SEEN = "draft_window", "draft_seen"
UNSAVED = {"csrf_token", FORM_VERSION, WINDOW, SEEN}
# A page that its user has not touched sends these fields with these values.
PREFILLED = re.compile(
    rf"case-reported_at=.*|case-sensitivity=normal|people-\d+-person-nationality={CAMBODIAN}|{CASE_FIELD}=.*"
)
# What an entry needs first: label → pattern of its field.
NEEDED = {
    _("Place"): re.compile("case-place"),
    _("Offence"): re.compile(r"offences-\d+-offence"),
    _("Person"): re.compile(r"people-\d+-role"),
    _("Summary of facts"): re.compile("case-summary"),
}
# Rows that are added to a case: section → (label, what each row needs: label → the names of the fields that give it).
NAMES = ("known-known", "person-surname_km", "person-given_km", "person-surname_latin", "person-given_latin")
ROWS = {
    "offences": (_("Offence"), {_("Offence"): ("offence",)}),
    "people": (_("Person"), {_("Role in the case"): ("role",), _("Name"): NAMES}),
    "exhibits": (_("Exhibit"), {_("Exhibit type"): ("kind",)}),
    "files": (_("File"), {_("File"): ("uploads",), _("File type"): ("kind",)}),
}
ROW_FIELD = re.compile(rf"({'|'.join(ROWS)})-(\d+)-(.+)")
MAX_LISTED = 200
register_page("draft", "can_register", "Entry", "EntryView.take_over")

register_texts(**{SENT: _("An officer of %(unit)s sent a draft. Check it and register the case.")})


class ChangedElsewhere(Exception):
    """Another window has saved the draft since this one has read it. `version` is that of the draft now."""

    def __init__(self, version):
        self.version = version
        super().__init__(version)


class Draft(db.Model):
    """An entry that its clerk has typed and not yet registered. Other users cannot see it.

    The page that starts the entry creates the token, and the registered case keeps it. A second click, or a retry
    after a lost response, therefore finds the case and does not register a second one.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("token"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token: Mapped[str] = mapped_column(String(40), nullable=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    payload: Mapped[dict] = mapped_column(JSON, nullable=False)
    saved_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    unit_code: Mapped[str | None] = mapped_column(
        String(20), info=FOLLOWS_UNIT
    )  # its clerks may take the draft over

    case_number = None  # of the registered case to which the draft adds rows, once `list_drafts` has read it

    @property
    def version(self):
        return self.saved_at.isoformat()

    def check_seen(self, fields):
        """Raise ChangedElsewhere if another window has saved the draft since the one that sends these fields has read it.

        A page without scripts names no window, and is not checked. A window may have lost the answer to its own save.
        """
        window = fields.get(WINDOW)
        if window and window != self.payload.get("window") and fields.get(SEEN) != self.version:
            raise ChangedElsewhere(self.version)

    @property
    def _typed(self):
        return dict(reversed(self.payload["fields"]))  # the first of two fields with the same name counts

    @property
    def case_id(self):
        """Return the id of the registered case to which the draft adds rows, or None."""
        typed = self._typed.get(CASE_FIELD, "")
        return int(typed) if typed.isdecimal() and len(typed) < 10 else None

    @property
    def missing(self):
        """Return the labels of what the entry, or a row that is added to a case, needs first and does not have."""
        names = self._typed
        if self.case_id is not None:
            lacking = (
                label
                for (section, _number), typed in self._rows.items()
                for label, fields in ROWS[section][1].items()
                if typed.isdisjoint(fields)
            )
            return [*dict.fromkeys(lacking)]
        return [label for label, field in NEEDED.items() if not any(map(field.fullmatch, names))]

    @property
    def _rows(self):
        """Return (section, number) → the names of the typed fields, of each row with more than an empty one has."""
        rows = {}
        for name, value in self._typed.items():
            row = ROW_FIELD.fullmatch(name)
            if row and not name.endswith(SHOWN_SUFFIX) and not PREFILLED.fullmatch(f"{name}={value}"):
                rows.setdefault(row.groups()[:2], set()).add(row[3])
        return rows

    @property
    def summary(self):
        """Return case, kinds of added rows, offence, place and name as typed, so that the clerk can distinguish drafts."""
        typed = self._typed
        sections = [section for section, _number in self._rows] if self.case_id is not None else []
        names = (typed.get(f"people-0-person-{name}", "") for name in ("surname_km", "given_km"))
        parts = (
            self.case_number,
            *(str(ROWS[section][0]) for section in dict.fromkeys(sections)),
            typed.get("offences-0-offence__text"),
            typed.get("case-place__text"),
            " ".join(names).strip(),
        )
        return " · ".join(part for part in parts if part)


def find_by_token(token):
    """Return (registered case, draft) of a token, each None if absent. Runs one statement."""
    return tuple(db.session.execute(_select_by_token(), {"token": token}).one())


@cache
def _select_by_token():
    """Return the statement of `find_by_token`."""
    token = bindparam("token", type_=String)
    requested = select(token.label("token")).subquery()
    # By id: in an outer join SQLite would scan all cases of the reader's province for the token.
    case_id = select(Case.id).where(Case.draft_token == token).scalar_subquery()
    return cacheable(
        select(Case, Draft)
        .select_from(requested)
        .outerjoin(Case, Case.id == case_id)
        .outerjoin(Draft, Draft.token == requested.c.token)
    )


def save_draft(token, fields):
    """Save the (name, value) pairs that a clerk has typed. Return the version of the draft, "" for an empty page.

    An empty page needs no draft. Return None if the token belongs to another user, or if its case or its rows are
    registered. Raise ChangedElsewhere if another window has saved the draft, and SaveRejected if the user has the most
    drafts that one user may keep. The second update is for a page that is saved twice at the same time. `ON CONFLICT
    DO UPDATE` would fail on the draft of another user, which row-level security hides.
    """
    if find_registered_case(token) is not None or idempotency.find_key(token) is not None:
        return None
    sent = dict(fields)
    window, seen = sent.get(WINDOW, ""), sent.get(SEEN, "")
    typed = {
        "fields": [(name, value) for name, value in fields if name not in UNSAVED and value],
        "window": window,
    }
    user_id, now, table = actor_of(db.session).user_id, dates.now(), Draft.__table__
    if _is_untouched(dict(typed["fields"])):
        draft = _find_own_draft(token, user_id)
        if draft is not None:
            draft.check_seen(sent)
            with unit_of_work():
                delete_draft(draft)
        return ""
    change = (
        update(table)
        .where(table.c.token == token, table.c.user_id == user_id)
        .values(payload=typed, saved_at=now)
    )
    if window:
        is_own = table.c.payload["window"].as_string() == window
        change = change.where(is_own | (table.c.saved_at == _read_version(seen)))
    add = engine.dialect_insert(db.session, table).values(
        token=token, user_id=user_id, payload=typed, saved_at=now
    )
    add = add.on_conflict_do_nothing(index_elements=["token"])
    with unit_of_work():
        if _is_written(change):
            return now.isoformat()
        if _find_own_draft(token, user_id) is None:
            _check_number(user_id)
            if any(map(_is_written, (add, change))):
                return now.isoformat()
        draft = _find_own_draft(token, user_id)
        if draft is not None:
            raise ChangedElsewhere(draft.version)
    return None


def _read_version(text):
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _find_own_draft(token, user_id):
    return db.session.scalar(select(Draft).where(Draft.token == token, Draft.user_id == user_id))


def _is_written(statement):
    """Run an INSERT or UPDATE of a draft, and return whether it wrote a row."""
    return db.session.scalar(statement.returning(Draft.__table__.c.id)) is not None


def _check_number(user_id):
    """Raise RuleViolation if the user has as many drafts as one user may keep."""
    most = current_app.config["DRAFTS_PER_USER"]
    own = select(func.count()).select_from(Draft).where(Draft.user_id == user_id)
    if most and db.session.scalar(own) >= most:
        text = gettext(
            "Kept on this computer only: you have %(most)s drafts, the most that one user may keep. Register or delete one first.",
            most=dates.format_number(most, reader_language()),
        )
        raise RuleViolation([Problem("", text)])


def _is_untouched(values):
    """Return whether a page with these values has only what a new page has."""
    names = {name.removesuffix(TEXT_SUFFIX) for name in values if not name.endswith(SHOWN_SUFFIX)}
    return all(PREFILLED.fullmatch(f"{name}={values.get(name, '')}") for name in names)


def list_drafts(user, limit=MAX_LISTED):
    """Return the user's own drafts, newest first, with the numbers of the cases to which they add rows."""
    own = select(Draft).where(Draft.user_id == user.id).order_by(Draft.saved_at.desc()).limit(limit)
    found = db.session.scalars(own).all()
    if ids := {one.case_id for one in found} - {None}:
        numbers = dict(map(tuple, db.session.execute(select(Case.id, Case.number).where(Case.id.in_(ids)))))
        for draft in found:
            draft.case_number = numbers.get(draft.case_id)
    return found


def send_to_clerks(user, draft):
    """Let the clerks of the user's unit, or of the nearest unit above that has clerks, take the draft over."""
    units = get_command_chain(user.unit_code)
    draft.unit_code = next((one.code for one in units if _has_clerks(one.code)), user.unit_code)
    send_message(
        db.session, TASK, text_key=SENT, to_role=CLERK_ROLE, to_unit=draft.unit_code,
        entity=Draft.__tablename__, entity_id=draft.id, unit=user.unit.name_km,
    )  # fmt: skip


def _has_clerks(unit_code):
    clerks = User.unit_code == unit_code, User.active, User.roles.any(Role.name == CLERK_ROLE)
    return db.session.scalar(select(User.id).where(*clerks).limit(1)) is not None


def find_own_draft(user, pk):
    """Return the draft of the user with this key, or None."""
    draft = db.session.get(Draft, pk) if 0 < pk < 2**31 else None
    return draft if draft is not None and draft.user_id == user.id else None


def find_sent_draft(user, pk):
    """Return the draft that was sent to the clerks of the user's unit, or None."""
    draft = db.session.get(Draft, pk) if 0 < pk < 2**31 else None
    return draft if draft is not None and draft.unit_code and draft.unit_code == user.unit_code else None


def take_over(user, draft):
    """Make the user the author of a draft that was sent to the unit, with its files."""
    author, draft.user_id, draft.unit_code = draft.user_id, user.id, None
    draft.payload = {
        "fields": [
            (name, _sign_again(value, author, user.id) if name.endswith("-uploads") else value)
            for name, value in draft.payload["fields"]
        ]
    }
    complete_tasks(db.session, Draft.__tablename__, draft.id)
    recorder.record(db.session, "draft.taken_over", Draft.__tablename__, draft.id, author=author)


def delete_draft(draft):
    """Delete a draft. The audit log keeps that it was there: it may be the report of another officer."""
    recorder.record(db.session, "draft.deleted", Draft.__tablename__, draft.id)
    db.session.delete(draft)


def _sign_again(token, author, user_id):
    upload = store.verify_token(token, author)
    return store.create_token(upload, user_id) if upload else token


def find_referenced_files():
    """Return the hashes of the files that drafts refer to."""
    hashes = set()
    for draft in db.session.execute(select(Draft.user_id, Draft.payload)):
        tokens = (value for name, value in draft.payload["fields"] if name.endswith("-uploads"))
        uploads = (store.verify_token(token, draft.user_id) for token in tokens)
        hashes |= {upload.sha256 for upload in uploads if upload}
    return hashes


def find_registered_case(token):
    """Return the case registered with this token, or None."""
    return db.session.scalar(select(Case).where(Case.draft_token == token))
