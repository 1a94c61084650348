"""The write guard: changes that no flush by a user may make, on any path."""

import pytest
from flask_appbuilder.security.sqla.models import (
    Group,
    Role,
    assoc_user_role,
)
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import actions
from app.accounts.models import Passkey, SecondFactor, User
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.kernel.actor import ANONYMOUS, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference.models import Unit
from tests.accounts.sample_staff import (
    acting_as,
    change_as_system,
    find_role_names,
    find_user,
    snapshot_accounts,
)


def find_role(name):
    return db.session.scalar(select(Role).where(Role.name == name))


def add_role(to, name):
    one = find_user(to)
    one.roles.append(find_role(name))


def remove_all_roles(of):
    one = find_user(of)
    one.roles.clear()


def add_user_to_role():
    highest = find_role("Administrator")
    highest.user.append(find_user("admin.bb"))


def build_request(by, about, role_name, **over):
    unit = find_user(about).unit_code
    values = {
        "act": "assign", "user_id": find_user(about).id, "role": role_name, "reason": "-", "requested_by_id": find_user(by).id,
        "requested_at": dates.now(), "state": "requested", "changes": {"unit_code": [unit, unit]},
    }  # fmt: skip
    return StaffRequest(**values | over)


def add_user(unit, *role_names):
    made = User(
        username="new", name_km="ថ្មី", first_name="ថ្មី", last_name="", email="new@x.invalid", active=True
    )
    made.unit_code, made.password = unit, "x"
    made.roles = [find_role(name) for name in role_names]
    db.session.add(made)


def add_to_group():
    db.session.add(
        Group(
            name="g",
            label="g",
            description="",
            roles=[find_role("Administrator")],
            users=[find_user("admin.bb")],
        )
    )


def rename_own_role():
    own = find_role("Unit administrator")
    own.name = "Administrator 2"


def add_role_to_group():
    change_as_system(lambda: db.session.add(Group(name="g", label="g", description="")))
    with acting_as("admin.bb"):
        group = db.session.scalars(select(Group)).one()
        group.roles.append(find_role("Administrator"))
        db.session.flush()


def move_user(who, unit):
    find_user(who).unit = db.session.get(Unit, unit)


def approve_own_request():
    own = find_user("admin.bb").id
    asked = build_request("admin.bb", "clerk.bb", "Analyst", state="done", decided_by_id=own, note="-")
    db.session.add(asked)
    add_role("clerk.bb", "Analyst")


REFUSED = {
    "a clerk without a unit": lambda: setattr(find_user("clerk.bb"), "unit", None),
    "a clerk sent to a district": lambda: move_user("clerk.bb", "DI-0201"),
    "own role added": lambda: add_role("admin.bb", "Investigator"),
    "own highest role": lambda: add_role("admin.bb", "Administrator"),
    "own role, from the other end": add_user_to_role,
    "a role above": lambda: add_role("clerk.bb", "Provincial chief"),
    "a role that needs a second": lambda: add_role("clerk.bb", "Analyst"),
    "a role that reads cases": lambda: add_role("clerk.bb", "Investigator"),
    "a new investigator": lambda: add_user("PC-02", "Investigator"),
    "the password of a clerk": lambda: setattr(find_user("clerk.bb"), "password", "x"),
    "the second factor of a clerk": lambda: remove_factor("clerk.bb"),
    "a second factor for a clerk": lambda: db.session.add(build_factor("clerk.bb")),
    "a passkey for a clerk": lambda: db.session.add(build_passkey("clerk.bb")),
    "the passkey of a clerk": lambda: remove_passkey("clerk.bb"),
    "a role in another province": lambda: add_role("clerk.pp", "Investigator"),
    "a role taken in another province": lambda: remove_all_roles("clerk.pp"),
    "a role taken from above": lambda: remove_all_roles("chief.bb"),
    "a group": add_to_group,
    "own role renamed": rename_own_role,
    "a role for a group": add_role_to_group,
    "a new administrator": lambda: add_user("PC-02", "Administrator"),
    "a new clerk elsewhere": lambda: add_user("PC-12", "Investigator"),
    "a new user without a unit": lambda: add_user(None),
    "own unit": lambda: move_user("admin.bb", "GCNP"),
    "a clerk sent away": lambda: move_user("clerk.bb", "PC-12"),
    "a clerk made national": lambda: setattr(find_user("clerk.bb"), "unit_code", "GCNP"),
    "the password of the chief": lambda: setattr(find_user("chief.bb"), "password", "x"),
    "the password of an administrator": lambda: setattr(find_user("admin"), "password", "x"),
    "the chief closed": lambda: setattr(find_user("chief.bb"), "active", False),
    "own account closed": lambda: setattr(find_user("admin.bb"), "active", False),
    "another user name": lambda: setattr(find_user("clerk.bb"), "username", "admin2"),
    "an account deleted": lambda: db.session.delete(find_user("clerk.bb")),
    "a request in another's name": lambda: db.session.add(
        build_request("admin.drugs", "clerk.bb", "Analyst")
    ),
    "a request for the requester": lambda: db.session.add(
        build_request("admin.bb", "admin.bb", "Investigator")
    ),
    "a request for a role above": lambda: db.session.add(
        build_request("admin.bb", "clerk.bb", "Administrator")
    ),
    "a request approved by the requester": approve_own_request,
}


def build_factor(of):
    return SecondFactor(user_id=find_user(of).id, secret="x", confirmed_at=dates.now())


def build_passkey(of):
    return Passkey(
        user_id=find_user(of).id,
        name="x",
        host="localhost",
        credential_id="x",
        public_key=b"x",
        sign_count=0,
        added_at=dates.now(),
    )


def remove_passkey(of):
    change_as_system(lambda: db.session.add(build_passkey(of)))
    with acting_as("admin.bb"):
        db.session.delete(db.session.scalars(select(Passkey)).one())
        db.session.flush()


def remove_factor(of):
    change_as_system(lambda: db.session.add(build_factor(of)))
    with acting_as("admin.bb"):
        db.session.delete(db.session.get(SecondFactor, find_user(of).id))
        db.session.flush()


@pytest.mark.parametrize("what", REFUSED)
def test_unit_administrator_flush_is_refused(db_session, what):
    before = snapshot_accounts()
    with acting_as("admin.bb"), pytest.raises(RuleViolation):
        REFUSED[what]()
        db_session.flush()
    assert snapshot_accounts() == before


ALLOWED = {
    "a role": lambda: add_role("clerk.bb", "Post officer"),
    "a role taken": lambda: remove_all_roles("clerk.bb"),
    "a new post officer": lambda: add_user("PC-02", "Post officer"),
    "a clerk closed": lambda: setattr(find_user("clerk.bb"), "active", False),
    "own language": lambda: setattr(find_user("admin.bb"), "language", "en"),
    "a request": lambda: db.session.add(build_request("admin.bb", "clerk.bb", "Analyst")),
}


def snapshot_all():
    """Return what an allowed flush may change: accounts, languages and requests."""
    return snapshot_accounts(), [one.language for one in list_users()], db.session.scalar(COUNT_REQUESTS)


def list_users():
    return db.session.scalars(select(User).order_by(User.id)).unique()


COUNT_REQUESTS = select(func.count()).select_from(StaffRequest)


@pytest.mark.parametrize("what", ALLOWED)
def test_unit_administrator_flush_is_allowed(db_session, what):
    before = snapshot_all()
    with acting_as("admin.bb"):
        ALLOWED[what]()
        db_session.flush()
        assert snapshot_all() != before


def test_closed_clerk_is_not_reopened_by_one_person(db_session):
    change_as_system(lambda: setattr(find_user("clerk.bb"), "active", False))
    with acting_as("admin.bb"), pytest.raises(RuleViolation):
        find_user("clerk.bb").active = True
        db_session.flush()
    db_session.expire_all()
    assert not find_user("clerk.bb").active


@pytest.mark.parametrize("who", ["clerk.bb", "chief.bb", "auditor", "admin.drugs"])
def test_other_roles_cannot_grant(db_session, who):
    before = snapshot_accounts()
    with acting_as(who), pytest.raises(RuleViolation):
        add_role("investigator.bb", "Warrant officer")
        db_session.flush()
    assert snapshot_accounts() == before


def test_one_administrator_cannot_create_another(db_session):
    before = snapshot_accounts()
    with acting_as("admin"), pytest.raises(RuleViolation):
        add_role("clerk.bb", "Administrator")
        db_session.flush()
    with acting_as("admin"), pytest.raises(RuleViolation):
        add_user("GCNP", "Administrator")
        db_session.flush()
    assert snapshot_accounts() == before


def test_session_without_actor_cannot_grant(db_session):
    act_as(db_session, ANONYMOUS)
    with pytest.raises(RuleViolation):
        add_role("clerk.bb", "Investigator")
        db_session.flush()
    db_session.rollback()


@pytest.mark.parametrize(("by", "about"), [("admin", "clerk.bb"), ("admin.second", "admin")])
def test_decision_on_own_request_is_refused_at_flush(db_session, by, about):
    change_as_system(lambda: db_session.add(build_request(by, about, "Auditor")))
    with acting_as("admin"), pytest.raises(RuleViolation):
        one = db_session.scalars(select(StaffRequest)).one()
        one.state, one.decided_by_id, one.decided_at = "refused", find_user("admin").id, dates.now()
        one.note = "-"
        db_session.flush()


STATEMENTS = {
    "a role": lambda: insert(assoc_user_role).values(
        user_id=find_user("admin.bb").id, role_id=find_role("Administrator").id
    ),
    "a user": lambda: insert(User).values(username="x", first_name="x", last_name="", email="x"),
    "a password": lambda: update(User).where(User.username == "admin").values(password="x"),
    "a unit among counters": lambda: update(User).values(login_count=1, unit_code="GCNP"),
    "a decision": lambda: update(StaffRequest).values(state="done"),
}


@pytest.mark.parametrize("what", STATEMENTS)
def test_bulk_statements_are_refused(db_session, each_database, what):
    before = snapshot_accounts()
    with acting_as("admin.bb"), pytest.raises(RuleViolation):
        db_session.execute(STATEMENTS[what]())
    assert snapshot_accounts() == before


def test_system_may_grant_roles(db_session):
    change_as_system(lambda: add_role("clerk.bb", "Auditor"))
    assert "Auditor" in find_role_names("clerk.bb")


def test_database_refuses_decision_by_requester(db_session, each_database):
    one = find_user("admin").id
    with pytest.raises(IntegrityError):
        change_as_system(
            lambda: db_session.add(
                build_request("admin", "clerk.bb", "Auditor", state="done", decided_by_id=one, note="-")
            )
        )
    db_session.rollback()


def close_account(of):
    one = find_user(of)
    one.active, one.closed_at, one.close_reason = False, dates.now(), "manual"


@pytest.mark.parametrize("change", [close_account, remove_all_roles])
def test_last_auditor_stays_in_office(db_session, each_database, change):
    with acting_as("admin"), pytest.raises(RuleViolation):
        change("auditor")
        db_session.flush()
    db_session.rollback()
    actions.create_user("auditor.second", "គឹម ចាន់", "Auditor", "GCNP", "four plain words here")
    db_session.commit()
    with acting_as("admin"):
        change("auditor")
        db_session.commit()
    with acting_as("admin"), pytest.raises(RuleViolation):
        change("auditor.second")
        db_session.flush()
