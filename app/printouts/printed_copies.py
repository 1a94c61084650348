"""Serial numbers of printouts, and what became of the printed records.

A serial number is the number of the audit entry of the print and a code. The entry has who printed which records, when and why,
and the hash of the printed content. The code comes from the keyed hash of the entry, so a guessed number finds nothing.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.inbox.record_links import find_record_url
from app.kernel.audit.models import AuditEvent
from app.kernel.text import khmer

PRINTED = "access.printed"
CODE_LENGTH = 8
SERIAL = re.compile(r"([1-9][0-9]{0,8})([0-9A-F]{8})")
SIGNS_BETWEEN = re.compile(r"[\s\-–·]")


@dataclass(frozen=True)
class Sheet:
    """One printed record today: its number and page, and why the paper is no longer valid."""

    number: str
    url: str
    changed_at: datetime | None
    refusal: str

    @property
    def is_outdated(self):
        return self.changed_at is not None or bool(self.refusal)


@dataclass(frozen=True)
class PrintedCopy:
    """A print: its audit entry, the officer who printed, and the sheets that the reader may see."""

    event: Any
    user: Any
    sheets: tuple

    @property
    def is_unchanged(self):
        return not any(sheet.is_outdated for sheet in self.sheets)


def hash_content(printouts):
    """Return the hash of the content of these printouts, without what is printed around it."""
    digest = hashlib.sha256()
    for printout in printouts:
        digest.update(json.dumps(printout.as_data).encode())
    return digest.hexdigest()


def find_serial(number):
    """Return the serial number of the print with this audit entry, as it is printed."""
    return _format_serial(number, db.session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == number)))


def _format_serial(number, event_hash):
    return f"{number}-{event_hash[:CODE_LENGTH].upper()}"


def build_address(root, serial):
    """Return the address that a QR code opens. `root` is the address of the system as the printing officer opened it."""
    return root.rstrip("/") + url_for("PrintedCopyView.show", serial=serial)


def find_copy(serial, views):
    """Return the copy with this typed or scanned serial number. None if there is none with a record that the reader may open.

    `views` are the kinds of printouts of one record by their name in the audit log.
    """
    found = SERIAL.fullmatch(SIGNS_BETWEEN.sub("", khmer.to_latin_digits(serial)).upper())
    event = found and db.session.get(AuditEvent, int(found[1]))
    if not event or event.action != PRINTED or not _is_code(event, found[2]):
        return None
    sheets = tuple(_find_sheets(event, views.get(event.facts.get("paper"))))
    return PrintedCopy(event, db.session.get(User, event.actor_id), sheets) if sheets else None


def _is_code(event, code):
    return hmac.compare_digest(_format_serial(event.seq, event.hash).partition("-")[2], code)


def _find_sheets(event, view):
    """Yield a sheet for each printed record that the reader may open."""
    for record in _load_records(event, view):
        url = find_record_url(event.entity, record.id)
        if url is not None:
            rows = view.list_rows(record) if view is not None else [record]
            yield Sheet(
                str(getattr(record, "number", None) or record.id),
                url,
                _find_change(rows, event.when),
                _explain_refusal(record, view),
            )


def _load_records(event, view):
    if view is not None and event.entity_id is not None:
        return [record for record in [view.module.load_record(event.entity_id)] if record is not None]
    ids = event.facts.get("ids", ()) if event.entity_id is None else [event.entity_id]
    if view is not None:
        return view.module.load_records(ids)
    mappers = db.Model.registry.mappers
    model = next((one.class_ for one in mappers if one.class_.__tablename__ == event.entity), None)
    if not hasattr(model, "id"):  # reference data, which has a code
        return []
    return db.session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id)).unique().all()


def _find_change(rows, printed_at):
    """Return when the newest of these rows was changed after the print, or None."""
    times = [row.changed_at for row in rows if getattr(row, "changed_at", None) is not None]
    return max((at for at in times if at > printed_at), default=None)


def _explain_refusal(record, view):
    if getattr(record, "voided_at", None) is not None:
        return gettext("The record is void.")
    return view.explain_refusal(record) if view is not None else ""
