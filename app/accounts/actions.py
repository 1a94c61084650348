"""Deliberate acts on accounts."""

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.models import User
from app.extensions import db
from app.reference.models import Unit


def create_user(username, name_km, role, unit_code, password, email="", language="km"):
    """Create a user with one role in one unit. Gives a sentence where it cannot be done, else None."""
    manager = current_app.appbuilder.sm
    grants = current_app.extensions["ecrime.grants"]
    if role not in grants.table:
        return gettext("There is no role %(role)s.", role=role)
    if db.session.get(Unit, unit_code) is None:
        return gettext("There is no unit %(unit)s.", unit=unit_code)
    if problem := passwords.problem_of(password):
        return problem
    if db.session.scalar(select(User.id).where(User.username == username)):
        return gettext("The user %(name)s exists already.", name=username)
    user = manager.add_user(
        username,
        name_km,
        "",
        email or f"{username}@register.invalid",
        manager.find_role(role) or manager.add_role(role),
        password=password,
    )
    if not user:
        return gettext("The user could not be created.")
    user.unit_code, user.name_km, user.language = unit_code, name_km, language
    db.session.commit()
    return None
