"""Questions about the people whom an administrator looks after."""

from flask import abort, g
from flask_appbuilder.security.sqla.models import Group, Role
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.admin_scope import standing
from app.accounts.models import SecondFactor, User
from app.accounts.staff_models import ASKED, StaffRequest
from app.extensions import db
from app.kernel.text import khmer

PAGE = 50
MOST = 20  # of a search, as many as one looks through


def _with_roles():
    return selectinload(User.roles), selectinload(User.groups).selectinload(Group.roles)


def granter():
    """Where the reader of this request stands, with his reach; worked out once."""
    if "granter" not in g:
        g.granter = standing(g.user, db.session)
    return g.granter


def _of(granter):
    statement = select(User).where(User.unit_code.is_not(None))
    return statement if granter.reach is None else statement.where(User.unit_code.in_(granter.reach))


def found(granter, pk):
    """The account of that id within reach; for any other the answer is 404, as if it were not there."""
    user = (
        db.session.scalars(_of(granter).where(User.id == pk).options(*_with_roles())).unique().one_or_none()
    )
    return user if user is not None else abort(404)


def count(granter):
    return db.session.scalar(select(func.count()).select_from(_of(granter).subquery()))


def page(granter, after="", unit="", role=""):
    """(people of one page, mark of the next page or ""): by unit, then by age of the account."""
    statement = _of(granter)
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
        statement.order_by(User.unit_code, User.id).limit(PAGE + 1).options(*_with_roles())
    ).unique().all()  # fmt: skip
    more = f"{rows[PAGE - 1].unit_code}.{rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    return rows[:PAGE], more


def named(granter, text):
    """People whose user name or Khmer name holds the text."""
    try:
        wanted = khmer.normal(text[:100])
    except khmer.Refused:
        return []
    if not wanted:
        return []
    holds = or_(
        User.username.contains(wanted.casefold(), autoescape=True),
        User.name_km.contains(wanted, autoescape=True),
    )
    statement = _of(granter).where(holds).order_by(User.unit_code, User.id).limit(MOST)
    return db.session.scalars(statement.options(*_with_roles())).unique().all()


def with_factor(users):
    """The ids of those who have a second factor."""
    ids = [user.id for user in users]
    rows = select(SecondFactor.user_id).where(
        SecondFactor.user_id.in_(ids), SecondFactor.confirmed_at.is_not(None)
    )
    return set(db.session.scalars(rows)) if ids else set()


def requests(*where):
    """Requests with all who take part in them, the newest first."""
    people = [joinedload(getattr(StaffRequest, name)) for name in ("asked_by", "decided_by")]
    statement = (
        select(StaffRequest)
        .where(*where)
        .options(*people, joinedload(StaffRequest.user).options(*_with_roles()))
        .order_by(StaffRequest.id.desc())
        .limit(100)
    )
    return db.session.scalars(statement).unique().all()


def waiting():
    """What waits for another administrator."""
    return requests(StaffRequest.state == ASKED)
