"""The command `run.py users`: lists accounts, resets a password with two officers, and unlocks a user name."""
# unrestricted: reads the accounts as the system
# commits: a reset and an unlocking

import sys


def add_users_arguments(parser):
    """Add the arguments of `run.py users`."""
    parser.add_argument(
        "what",
        choices=("list", "reset", "unlock"),
        help="list the accounts · set a one-time password, as two officers approve · let a locked name sign in again",
    )
    parser.add_argument("username", nargs="?", default="", help="for `reset` and `unlock`")
    parser.add_argument(
        "--reason", default="", help="the reason of a reset, at least 20 characters; it is logged"
    )


def run_users(options):
    """List the accounts, reset a password with two officers, or unlock a user name."""
    from flask_babel import force_locale

    from app.cli import setup
    from app.extensions import db
    from app.kernel.actor import SYSTEM, act_as

    # The sign-in of the officers reads the address of the request. Few terminals render Khmer.
    with setup.prepare_app().test_request_context(), force_locale("en"):
        act_as(db.session, SYSTEM)
        if options.what == "list":
            _list_users()
        elif options.what == "unlock":
            _unlock(_find(options.username))
        else:
            _reset(_find(options.username), options.reason.strip())


def _find(username):
    from sqlalchemy import select

    from app.accounts.models import User
    from app.extensions import db

    user = db.session.scalars(select(User).where(User.username == username)).unique().one_or_none()
    return user or sys.exit(f"There is no user {username or '(name missing)'}.")


def _list_users():
    """Print one account a line, separated by tabs: name, state, unit, roles, second factor, last sign-in."""
    from sqlalchemy import select

    from app.accounts import second_factor
    from app.accounts.admin_scope import get_role_names
    from app.accounts.models import User
    from app.extensions import db

    print("user\tstate\tunit\troles\tsecond factor\tlast sign-in")
    for user in db.session.scalars(select(User).order_by(User.username)).unique():
        values = (
            user.username,
            "active" if user.active else "disabled",
            user.unit_code or "",
            ", ".join(sorted(get_role_names(user))),
            "yes" if second_factor.has_second_factor(user.id) else "no",
            f"{user.last_login:%Y-%m-%d %H:%M}" if user.last_login else "never",
        )
        print("\t".join(values))


def _unlock(user):
    from app.accounts import lockout
    from app.accounts.audit_events import queue_event
    from app.extensions import db
    from app.kernel.database.transactions import commit

    lockout.unlock_name(user.username)
    queue_event(db.session(), "sign_in.unlocked", user)
    commit()
    print(f"{user.username} can sign in again.")


def _reset(user, reason):
    """Set a one-time password: one officer requests it, another approves it, by the rules of the pages."""
    from app.accounts import delegation, second_person, staff_requests
    from app.accounts.admin_scope import get_admin_profile, get_delegation
    from app.backup.restored_system import RestoreRefused
    from app.extensions import db
    from app.kernel.actor import actor_of
    from app.kernel.database.transactions import commit
    from app.kernel.schema.rules import RuleViolation

    if len(reason) < 20:
        sys.exit('Give the reason in at least 20 characters: --reason "…"')
    try:
        granter = get_admin_profile(
            _sign_in("Officer who requests the password", "Administrator"), db.session
        )
        if not get_delegation().may(granter, delegation.PASSWORD, get_admin_profile(user)):
            sys.exit("This administrator may not reset the password of this account.")
        request = staff_requests.request_approval(granter, delegation.PASSWORD, user, reason=reason)
        if request is None:
            sys.exit(
                "A new password is already requested. A second officer decides on the page «Second person»."
            )
        commit()
        second = _sign_in("Officer who approves it", None)
        if not second_person.may_decide(second, request):
            sys.exit("This officer may not approve the request. It waits on the page «Second person».")
        if obstacle := second_person.find_obstacle(request):
            sys.exit(str(obstacle))
        password = staff_requests.decide_request(actor_of(db.session).user_id, request, True, reason)
        commit()
    except RestoreRefused as error:
        sys.exit(str(error))
    except RuleViolation as violation:
        sys.exit(" ".join(str(problem.text) for problem in violation.problems))
    print(f"One-time password of {user.username}: {password}\nIt is valid for one sign-in.")


def _sign_in(title, role):
    """Ask an officer to sign with password and second factor, and make the officer the actor."""
    from flask import current_app

    from app.backup.restored_system import authenticate_officer
    from app.cli.backup import ask_officer

    user = authenticate_officer(*ask_officer(title), role)
    current_app.appbuilder.sm.set_actor(user, "")
    return user
