"""Queries about the users managed by an administrator."""

from flask import abort, g
from flask_appbuilder.security.sqla.models import Group, Role
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts import delegation as acts
from app.accounts import second_person
from app.accounts.admin_scope import get_admin_profile
from app.accounts.models import Passkey, SecondFactor, User
from app.accounts.staff_models import REQUESTED, StaffRequest
from app.extensions import db
from app.kernel.text import khmer
from app.reference.models import Unit

PAGE_SIZE = 50
MAX_MATCHES = 20  # of a search by name


def _load_roles():
    return selectinload(User.roles), selectinload(User.groups).selectinload(Group.roles)


def get_granter():
    """Return the reader's AdminProfile with their managed units, computed once in a request."""
    if "granter" not in g:
        g.granter = get_admin_profile(g.user, db.session)
    return g.granter


def _select_managed_users(granter):
    statement = select(User).where(User.unit_code.is_not(None))
    return (
        statement
        if granter.managed_units is None
        else statement.where(User.unit_code.in_(granter.managed_units))
    )


def get_user_or_404(granter, pk):
    """Return the managed user with this id. Abort with 404 for any other, as if it did not exist."""
    user = (
        db.session.scalars(_select_managed_users(granter).where(User.id == pk).options(*_load_roles()))
        .unique()
        .one_or_none()
    )
    return user if user is not None else abort(404)


def count_users(granter):
    return db.session.scalar(select(func.count()).select_from(_select_managed_users(granter).subquery()))


def list_users(granter, after="", unit="", role=""):
    """Return (users of one page, cursor of the next page or ""), by unit, then by id."""
    statement = _select_managed_users(granter)
    if unit:
        statement = statement.where(User.unit_code == unit)
    if role:
        statement = statement.where(User.roles.any(Role.name == role))
    code, _dot, pk = after.rpartition(".")
    if code and pk.isascii() and pk.isdigit() and len(pk) < 10:
        statement = statement.where(
            or_(User.unit_code > code, and_(User.unit_code == code, User.id > int(pk)))
        )
    rows = db.session.scalars(
        statement.order_by(User.unit_code, User.id).limit(PAGE_SIZE + 1).options(*_load_roles())
    ).unique().all()  # fmt: skip
    more = f"{rows[PAGE_SIZE - 1].unit_code}.{rows[PAGE_SIZE - 1].id}" if len(rows) > PAGE_SIZE else ""
    return rows[:PAGE_SIZE], more


def find_users(granter, text):
    """Return managed users with the text in their user name or Khmer name."""
    try:
        wanted = khmer.normalize(text[:100])
    except khmer.InvalidText:
        return []
    if not wanted:
        return []
    matches = or_(
        User.username.contains(wanted.casefold(), autoescape=True),
        User.name_km.contains(wanted, autoescape=True),
    )
    statement = (
        _select_managed_users(granter).where(matches).order_by(User.unit_code, User.id).limit(MAX_MATCHES)
    )
    return db.session.scalars(statement.options(*_load_roles())).unique().all()


def find_second_factor_ids(users):
    """Return the ids of the users who have a second factor."""
    ids = [user.id for user in users]
    rows = select(SecondFactor.user_id).where(SecondFactor.user_id.in_(ids))
    rows = rows.union(select(Passkey.user_id).where(Passkey.user_id.in_(ids)))
    return set(db.session.scalars(rows)) if ids else set()


def list_requests(*where, limit=100):
    """Return requests with the users involved, newest first."""
    people = [joinedload(getattr(StaffRequest, name)) for name in ("requested_by", "decided_by")]
    statement = (
        select(StaffRequest)
        .where(*where)
        .options(*people, joinedload(StaffRequest.user).options(*_load_roles()))
        .order_by(StaffRequest.id.desc())
        .limit(limit)
    )
    return db.session.scalars(statement).unique().all()


def list_pending_requests(user):
    """Return the open requests that `user` may decide or has made. An administrator of all units sees every one."""
    found = list_requests(StaffRequest.state == REQUESTED, *_within_units_of(user))
    if get_granter().managed_units is None:
        return found
    return [one for one in found if one.requested_by_id == user.id or second_person.may_decide(user, one)]


def list_decided_requests(user):
    """Return the last decisions: of all for an administrator of all units, otherwise those of `user`."""
    own = () if get_granter().managed_units is None else (StaffRequest.decided_by_id == user.id,)
    return list_requests(StaffRequest.state != REQUESTED, *own, limit=20)


def _within_units_of(user):
    """Return the condition that a request is about the area of the user's unit; a national unit has no limit."""
    area = user.unit.area_code if user.unit is not None else None
    if not area:
        return ()
    inside = select(Unit.code).where(Unit.area_code.startswith(area, autoescape=True))
    about_inside = StaffRequest.user.has(User.unit_code.in_(inside))
    return (or_(StaffRequest.requested_by_id == user.id, about_inside, StaffRequest.act == acts.MOVE),)
