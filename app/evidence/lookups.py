"""Lookups of stores and shelves, of exhibits also by their code, and of the officers who can receive an exhibit."""
# unrestricted: an officer who has an exhibit of a case outside the scope names it by its code

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.accounts.admin_scope import get_role_names
from app.accounts.models import User
from app.cases import lookups as case_lookups
from app.cases.exhibit_codes import SHELF, build_code, parse_code
from app.cases.models import Exhibit
from app.evidence.models import EvidenceStore, ExhibitCustody, Shelf
from app.extensions import db
from app.kernel.access.area import is_of_units
from app.kernel.actor import actor_of, unrestricted
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


def find_held_exhibits(text):
    """Return the exhibit with the typed or scanned code, or the exhibits of the cases with this number."""
    code = parse_code(text)
    if code is None:
        return case_lookups.find_exhibits(text)
    exhibit = get_held_exhibit(str(code[1]))
    if exhibit is None or (exhibit.only_code or exhibit.code) != build_code(*code):
        return []
    return [_item(exhibit, "" if exhibit.only_code else exhibit.case.number)]


def get_held_exhibit(key):
    """Return the exhibit with this id as text, or None. One outside the scope has only its code, for its holder."""
    exhibit = case_lookups.get_exhibit(key)
    if exhibit is not None or not key.isdecimal() or len(key) >= 10:
        return exhibit
    units = actor_of(db.session).scope.units
    held = ExhibitCustody.exhibit_id == int(key), is_of_units(ExhibitCustody.unit_code, units)
    code = db.session.scalar(select(ExhibitCustody.code).where(*held))
    if code is None:
        return None
    with unrestricted(db.session):
        found = select(Exhibit).options(joinedload(Exhibit.case)).where(Exhibit.id == int(key))
        exhibit = db.session.scalars(found).unique().one()
    exhibit.only_code = code
    return exhibit


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
    lookups.register("held_exhibit", find_held_exhibits, get_held_exhibit, resource="ExhibitCustody")
    lookups.register("receiver", find_receivers, _get_receiver, explain=_explain_receiver)
