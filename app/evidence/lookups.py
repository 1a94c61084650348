"""Lookups of stores and shelves by their name or code, and of the officers who can receive an exhibit."""

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext
from sqlalchemy import or_, select

from app.accounts.admin_scope import get_role_names
from app.accounts.models import User
from app.cases.exhibit_codes import SHELF, parse_code
from app.evidence.models import EvidenceStore, Shelf
from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.text import khmer

MAX_ROWS = 8


def _get(model, key):
    return db.session.get(model, int(key)) if key.isdecimal() and len(key) < 10 else None


def _item(record, detail, icon="package"):
    return {"id": str(record.id), "text": str(record), "detail": detail, "mark": None, "icon": icon}


def find_stores(text):
    """Return the stores whose name has the text, or all if it is empty."""
    found = select(EvidenceStore).where(
        EvidenceStore.name.contains(khmer.normalize(text), autoescape=True), EvidenceStore.voided_at.is_(None)
    )
    rows = db.session.scalars(found.order_by(EvidenceStore.name).limit(MAX_ROWS)).unique()
    return [_item(one, str(one.unit)) for one in rows]


def find_shelves(text):
    """Return the shelves with the scanned code, or those whose name or store has the text."""
    code = parse_code(text)
    if code is not None and code[0] == SHELF:
        matches = Shelf.id == code[1]
    else:
        words = khmer.normalize(text)
        matches = or_(
            Shelf.name.contains(words, autoescape=True), EvidenceStore.name.contains(words, autoescape=True)
        )
    found = select(Shelf).join(Shelf.store).where(matches, Shelf.voided_at.is_(None))
    rows = db.session.scalars(found.order_by(EvidenceStore.name, Shelf.name).limit(MAX_ROWS)).unique()
    return [_item(one, str(one.store.unit)) for one in rows]


def _may_receive(roles):
    """Return whether an account with these roles has the right to confirm a receipt."""
    table = current_app.extensions["ecrime.permission_table"]
    return table.get_permissions(frozenset(roles)).may("can_add", "ExhibitMovement")


def find_receivers(text):
    """Return the active officers whose user name or name has the text."""
    matches = or_(
        User.username.startswith(text.casefold(), autoescape=True),
        User.name_km.contains(text, autoescape=True),
    )
    roles = [name for name in db.session.scalars(select(Role.name)) if _may_receive([name])]
    may_receive = User.roles.any(Role.name.in_(roles))
    found = select(User).where(User.unit_code.is_not(None), User.active.is_(True), may_receive, matches)
    rows = db.session.scalars(found.order_by(User.username).limit(MAX_ROWS)).unique()
    return [
        _item(one, str(one.unit), "user") | {"text": f"{one.name_km or one.get_full_name()} ({one.username})"}
        for one in rows
    ]


def _get_receiver(key):
    user = _get(User, key)
    return user if user is not None and user.unit_code else None


def _explain_receiver(user):
    """Return why nothing new can be given to this officer, or None."""
    if not user.active:
        return gettext("This officer has left. Choose another one.")
    if not _may_receive(get_role_names(user)):
        return gettext("This account cannot confirm a receipt. Choose another officer.")
    return None


def register():
    """Register the lookups of this package."""
    lookups.register(
        "evidence_store", find_stores, lambda key: _get(EvidenceStore, key), resource="EvidenceStore"
    )
    lookups.register("shelf", find_shelves, lambda key: _get(Shelf, key), resource="EvidenceStore")
    lookups.register("receiver", find_receivers, _get_receiver, explain=_explain_receiver)
