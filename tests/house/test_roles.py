"""The permission table contains every screen and no name that is not a screen."""

import inspect
import os
import re

import pytest

from app import roles
from app.kernel.screens.lookup_view import LookupView
from tests import nightly
from tests.role_pages import EVERYBODY, GOLDEN, list_readers, name_page, read_written

# Screens of FAB that no role may open, except the ones it makes for all users.
NOBODYS = {
    "DisabledSecurityApi", "UserGroupModelView", "PermissionModelView", "PermissionViewModelView", "ViewMenuModelView",
    "RegisterUserModelView", "ResetPasswordView", "MenuApi", "UserDBModelView", "UserInfoEditView",
}  # fmt: skip
OPEN = {
    "SignInView", "SecondFactorView", "ReauthenticationView", "LocaleView", "UtilView", "HomeView", "HealthView", "MetricsView",
}  # fmt: skip


def resources(app):
    """Return the resources of the registered screens: their names in the permission table."""
    found = {}
    for view in app.extensions["appbuilder"].baseviews:
        found.setdefault(getattr(view, "class_permission_name", None) or type(view).__name__, []).append(
            type(view).__name__
        )
    return found


def test_every_screen_is_in_the_table_of_roles(registers):
    app = registers("sqlite").app
    known = {resource for row in roles.TABLE.values() for resource in row}
    known |= {resource for _permission, resource in roles.SIGNED_IN}
    missing = {
        resource: views
        for resource, views in resources(app).items()
        if resource not in known | OPEN | NOBODYS
    }
    assert not missing, (
        f"{missing}: give each a line in app/roles.py (REFERENCE, READS or ENTERS), or nobody may open it."
    )


def test_the_table_names_no_screen_that_is_not_there(registers):
    there = set(resources(registers("sqlite").app))
    unknown = {resource for row in roles.TABLE.values() for resource in row} - there
    assert not unknown, f"{unknown}: take them out of app/roles.py, or register the screen in app/menu.py."


def test_no_role_opens_the_frameworks_permission_screens(registers):
    opened = {resource for row in roles.TABLE.values() for resource in row} & NOBODYS
    assert not opened


def routes(app):
    """Return (method, rule) of every page. The variables have values that no record has."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods))):
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule


# Values that the rules accept, of which some name them (`any`): otherwise the address is that of no page.
IN_PLACE_OF = {
    "kind": "person-photo", "size": "64", "name": "place", "what": "case", "suffix": "csv", "entity": "person",
}  # fmt: skip


def address(rule):
    """Return a URL of the rule, for a record that does not exist."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda part: IN_PLACE_OF.get(part[1], "999999"), rule.rule)


VERDICTS = {
    204: "may",
    302: "sign in",
    401: "sign in",
    403: "no",
    404: "may",
    400: "may",
    200: "may",
    405: "may",
    409: "may",
    415: "may",
    422: "may",
}


def check_access(client, method, path):
    """Return may, no or sign in. The record does not exist: 404 means the role may ask, 403 means it may
    not. The error is asked for as JSON, which is quicker than a page.
    """
    send = {"data": {"csrf_token": client.token}} if method != "GET" else {}
    headers = {"Accept": "application/json"}
    if send:
        headers["X-CSRFToken"] = send["data"]["csrf_token"]
    answer = client.open(path, method=method, headers=headers, **send)
    if answer.status_code in (301, 302, 303, 308):
        return "sign in" if "/login" in answer.location else "may"
    return VERDICTS[answer.status_code]


def list_requests(app):
    """Return (method, rule) of the routes that every role requests."""
    left_out = ("static", "appbuilder.static", "SignInView.logout", "LocaleView.index")
    return [(method, rule) for method, rule in routes(app) if rule.endpoint not in left_out]


# The code of these pages decides more than one permission, or no role opens them: every role asks them.
DECIDE_THEMSELVES = {
    "AccountView.codes", "AccountView.create_token", "SecondFactorView.enter_code",  # only after another step
    "FileView.open", "FileView.upload", "FileView.pending", "UploadsApi.post",  # the permission of the record of the file
    "CourseSessionView.enrol", "CourseSessionView.remove", "CourseSessionView.issue",  # a trainer, and who issues certificates
    "NationalExtractView.page", "NationalExtractView.download",  # nationwide units
    "StatisticsReportView.print_pdf", "StatisticsReportView.download_workbook",
    "StaffSessionsView.addresses", "StaffSessionsView.unlock_address",
    "MenuApi.get_menu_data",  # FAB's own decorator, which no role passes
}  # fmt: skip
# What checks a permission: FAB's decorator and that of the API.
CHECKS = ("has_access.<locals>.wraps", "authorized.<locals>.wrapped")


def find_right(app, rule):
    """Return the (permission, resource) that the page checks, or None if it checks none."""
    page = app.view_functions[rule.endpoint]
    if rule.endpoint.partition(".")[2].startswith("act_"):
        return inspect.getclosurevars(page).nonlocals["self"].right
    step, checks, permission = getattr(page, "__func__", page), False, None
    while step is not None:
        checks = checks or step.__code__.co_qualname in CHECKS
        permission = getattr(step, "_permission_name", permission)
        step = getattr(step, "__wrapped__", None)
    if not checks:
        return None
    view = page.__self__
    permission = f"can_{(view.method_permission_name or {}).get(page.__name__, permission)}"
    return (permission, view.class_permission_name) if permission in view.base_permissions else ("", "")


def test_each_page_is_for_the_roles_with_its_permission(registers):
    """Without a request: all pages, all roles. The test below asks for some of them."""
    app = registers("sqlite").app
    table, wrong, others = app.extensions["ecrime.permission_table"], [], set()
    sets = {role: table.get_permissions(frozenset({role})) for role in roles.TABLE}
    for method, rule in list_requests(app):
        page, right = name_page(method, rule), find_right(app, rule)
        written = read_written().get(page)
        may = tuple(role for role in roles.TABLE if right is None or sets[role].may(*right)) or ("nobody",)
        if len(may) == len(roles.TABLE):
            may = ("everybody who is signed in",)
        if may != written and (right is not None or written != EVERYBODY):
            others.add(rule.endpoint)
            if rule.endpoint not in DECIDE_THEMSELVES:
                wrong.append(f"{page} checks {right}, which gives it to {may}, and not to {written}")
    assert not wrong, "\n".join(wrong)
    assert others == DECIDE_THEMSELVES


# Role → the first role with the same permissions, which is tested for both.
FIRST_LIKE = {
    role: next(like for like in roles.TABLE if roles.TABLE[like] == row) for role, row in roles.TABLE.items()
}


def sign_in_each_role(app, client_as):
    """Return role → a browser, without the roles with the permissions of another one."""
    users = one_user_for_each_role(app)
    return {role: client_as(users[role]) for role in dict.fromkeys(FIRST_LIKE.values())}


def matrix(app, client_as, known=()):
    """Return the permission matrix: the pages of each set of roles. The pages in `known` ({page: roles}) are not asked."""
    browsers, pages = sign_in_each_role(app, client_as), {}
    for method, rule in list_requests(app):
        page = name_page(method, rule)
        if page in known:
            pages.setdefault(known[page], []).append(page)
            continue
        answers = {role: check_access(browser, method, address(rule)) for role, browser in browsers.items()}
        may = tuple(role for role in roles.TABLE if answers[FIRST_LIKE[role]] == "may")
        if len(may) == len(roles.TABLE):
            anonymous = check_access(app.test_client(), method, address(rule)) == "may"
            may = EVERYBODY if anonymous else ("everybody who is signed in",)
        pages.setdefault(may or ("nobody",), []).append(page)
    parts = ["\n  ".join([", ".join(who), *found]) for who, found in sorted(pages.items())]
    return "\n\n".join(parts) + "\n"


def one_user_for_each_role(app):
    """Return role → user name. The demo has no user for some roles; those are added."""
    from app.accounts import actions, demo_users

    users = {role: username for username, _name, role, _unit, _told in demo_users.USERS}
    with app.app_context():
        for number, role in enumerate(role for role in roles.TABLE if role not in users):
            problem = actions.create_user(f"role-{number}", "សុខ ដារ៉ា", role, "PC-02", "a password of a test")
            assert problem is None, problem
            users[role] = f"role-{number}"
    return {role: users[role] for role in roles.TABLE}


@pytest.mark.slow
@pytest.mark.nightly(name="matrix")
def test_page_permissions_match_the_committed_matrix(app, client_as):
    """In `.ci/run`, every sixth role asks each page, and other roles the next page."""
    write = os.environ.get("WRITE_ROLES")
    if write:
        GOLDEN.write_text(matrix(app, client_as, read_written() if write == "new" else ()), "utf-8")
        return
    browsers, requests, wrong = sign_in_each_role(app, client_as), list_requests(app), []
    assert {name_page(*one) for one in requests} == {*read_written()}, (
        "Write them with `run.py roles --write`."
    )
    for number, (method, rule) in enumerate(requests):
        readers = list_readers(method, rule)
        decides = rule.endpoint in DECIDE_THEMSELVES
        for role in browsers if decides else nightly.some_of(browsers, number):
            if (check_access(browsers[role], method, address(rule)) == "may") is (role not in readers):
                wrong.append((name_page(method, rule), role))
        if len(readers) == len(roles.TABLE):
            is_public = read_written()[name_page(method, rule)] == EVERYBODY
            if (check_access(app.test_client(), method, address(rule)) == "may") is not is_public:
                wrong.append((name_page(method, rule), "everybody"))
    assert not wrong, (
        "The pages that a role may open have changed. Write them with `run.py roles --write all`, and read the difference."
    )


def test_a_lookup_of_people_is_only_for_who_may_list_them(client_as, client):
    assert client_as("auditor").send("/lookup/person", {"q": "សុខ"}).status_code == 403
    assert client_as("manager").send("/lookup/person", {"q": "សុខ"}).status_code == 200
    assert client.send("/lookup/person", {"q": "សុខ"}).status_code in (302, 401, 403)
    assert client.get("/lookup/place?q=svay").status_code in (302, 401, 403)
    assert LookupView.class_permission_name == "Lookup"
