"""Below the views: what no flush may do in somebody's name, by whatever door it came."""

import pytest
from flask_appbuilder.security.sqla.models import Group, Role, assoc_user_role
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.kernel.actor import NOBODY, act_as
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import dates
from app.reference.models import Unit
from tests.accounts.sample_staff import acting, as_register, everything, roles_of, user


def role(name):
    return db.session.scalar(select(Role).where(Role.name == name))


def give(to, name):
    one = user(to)
    one.roles.append(role(name))


def take_all(of):
    one = user(of)
    one.roles.clear()


def from_the_other_end():
    highest = role("Administrator")
    highest.user.append(user("admin.bb"))


def request(by, about, role_name, **over):
    values = {
        "act": "give", "user_id": user(about).id, "role": role_name, "reason": "-", "asked_by_id": user(by).id,
        "asked_at": dates.now(), "state": "asked",
    }  # fmt: skip
    return StaffRequest(**values | over)


def new_user(unit, *role_names):
    made = User(
        username="new", name_km="ថ្មី", first_name="ថ្មី", last_name="", email="new@x.invalid", active=True
    )
    made.unit_code, made.password = unit, "x"
    made.roles = [role(name) for name in role_names]
    db.session.add(made)


def in_a_group():
    db.session.add(
        Group(name="g", label="g", description="", roles=[role("Administrator")], users=[user("admin.bb")])
    )


def renamed():
    own = role("Unit administrator")
    own.name = "Administrator 2"


def moved(who, unit):
    user(who).unit = db.session.get(Unit, unit)


def approved_by_himself():
    asked = request("admin.bb", "clerk.bb", "Analyst", state="done", decided_by_id=user("admin.bb").id)
    db.session.add(asked)
    give("clerk.bb", "Analyst")


REFUSED = {
    "himself a role": lambda: give("admin.bb", "Investigator"),
    "himself the highest role": lambda: give("admin.bb", "Administrator"),
    "himself, from the other end": from_the_other_end,
    "a role above": lambda: give("clerk.bb", "Provincial chief"),
    "a role that needs a second": lambda: give("clerk.bb", "Analyst"),
    "a role in another province": lambda: give("clerk.pp", "Investigator"),
    "a role taken in another province": lambda: take_all("clerk.pp"),
    "a role taken from above": lambda: take_all("chief.bb"),
    "a group": in_a_group,
    "another name for his role": renamed,
    "a new administrator": lambda: new_user("PC-02", "Administrator"),
    "a new clerk elsewhere": lambda: new_user("PC-12", "Investigator"),
    "a new user without a unit": lambda: new_user(None),
    "his own unit": lambda: moved("admin.bb", "GCNP"),
    "a clerk sent away": lambda: moved("clerk.bb", "PC-12"),
    "a clerk of the nation": lambda: setattr(user("clerk.bb"), "unit_code", "GCNP"),
    "the password of the chief": lambda: setattr(user("chief.bb"), "password", "x"),
    "the password of an administrator": lambda: setattr(user("admin"), "password", "x"),
    "the chief closed": lambda: setattr(user("chief.bb"), "active", False),
    "himself closed": lambda: setattr(user("admin.bb"), "active", False),
    "another user name": lambda: setattr(user("clerk.bb"), "username", "admin2"),
    "an account deleted": lambda: db.session.delete(user("clerk.bb")),
    "a request in another's name": lambda: db.session.add(request("admin.drugs", "clerk.bb", "Analyst")),
    "a request for himself": lambda: db.session.add(request("admin.bb", "admin.bb", "Investigator")),
    "a request for a role above": lambda: db.session.add(request("admin.bb", "clerk.bb", "Administrator")),
    "a request approved by himself": approved_by_himself,
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_unit_administrator_cannot_flush(db_session, what):
    before = everything()
    with acting("admin.bb"), pytest.raises(RuleBroken):
        REFUSED[what]()
        db_session.flush()
    assert everything() == before


ALLOWED = {
    "a role": lambda: give("clerk.bb", "Investigator"),
    "a role taken": lambda: take_all("clerk.bb"),
    "a new clerk": lambda: new_user("PC-02", "Investigator"),
    "a clerk closed": lambda: setattr(user("clerk.bb"), "active", False),
    "a clerk's password": lambda: setattr(user("clerk.bb"), "password", "x"),
    "a clerk sent to a district": lambda: moved("clerk.bb", "DI-0201"),
    "his own language": lambda: setattr(user("admin.bb"), "language", "en"),
    "a request": lambda: db.session.add(request("admin.bb", "clerk.bb", "Analyst")),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_a_unit_administrator_may_flush(db_session, what):
    with acting("admin.bb"):
        ALLOWED[what]()
        db_session.flush()


@pytest.mark.parametrize("who", ["clerk.bb", "chief.bb", "auditor", "admin.drugs"])
def test_whoever_looks_after_nobody_there_gives_nothing(db_session, who):
    with acting(who), pytest.raises(RuleBroken):
        give("investigator.bb", "Warrant officer")
        db_session.flush()


def test_one_administrator_makes_no_other_one(db_session):
    with acting("admin"), pytest.raises(RuleBroken):
        give("clerk.bb", "Administrator")
        db_session.flush()
    with acting("admin"), pytest.raises(RuleBroken):
        new_user("GCNP", "Administrator")
        db_session.flush()


def test_a_session_of_which_nobody_said_who_acts_gives_nothing(db_session):
    act_as(db_session, NOBODY)
    with pytest.raises(RuleBroken):
        give("clerk.bb", "Investigator")
        db_session.flush()
    db_session.rollback()


@pytest.mark.parametrize(("by", "about"), [("admin", "clerk.bb"), ("admin.second", "admin")])
def test_an_administrator_cannot_flush_the_decision_on_what_he_asked_or_what_is_about_him(
    db_session, by, about
):
    as_register(lambda: db_session.add(request(by, about, "Auditor")))
    with acting("admin"), pytest.raises(RuleBroken):
        one = db_session.scalars(select(StaffRequest)).one()
        one.state, one.decided_by_id, one.decided_at = "refused", user("admin").id, dates.now()
        db_session.flush()


STATEMENTS = {
    "a role": lambda: insert(assoc_user_role).values(
        user_id=user("admin.bb").id, role_id=role("Administrator").id
    ),
    "a user": lambda: insert(User).values(username="x", first_name="x", last_name="", email="x"),
    "a password": lambda: update(User).where(User.username == "admin").values(password="x"),
    "a unit among counters": lambda: update(User).values(login_count=1, unit_code="GCNP"),
    "a decision": lambda: update(StaffRequest).values(state="done"),
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_no_statement_passes_the_objects_by(db_session, each_database, what):
    before = everything()
    with acting("admin.bb"), pytest.raises(RuleBroken):
        db_session.execute(STATEMENTS[what]())
    assert everything() == before


def test_the_register_itself_may(db_session):
    as_register(lambda: give("clerk.bb", "Auditor"))
    assert "Auditor" in roles_of("clerk.bb")


def test_the_database_lets_nobody_decide_what_he_asked(db_session, each_database):
    one = user("admin").id
    with pytest.raises(IntegrityError):
        as_register(
            lambda: db_session.add(request("admin", "clerk.bb", "Auditor", state="done", decided_by_id=one))
        )
    db_session.rollback()
