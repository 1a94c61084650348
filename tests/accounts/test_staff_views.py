"""Users and roles: what a unit administrator does on the pages, and what every request refuses them."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import ApiToken, LoginSession
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.kernel.text import dates
from tests.accounts.sample_staff import change_as_system, find_role_names, find_user, snapshot_accounts
from tests.html_pages import Page
from tests.statement_counts import counted

REASON = {"reason": "ជំនួសអ្នកដែលទៅរៀន"}


@pytest.fixture
def boss(client_as):
    """The browser of the unit administrator of Battambang."""
    return client_as("admin.bb", "en")


def find_id(username):
    return find_user(username).id


def set_roles(browser, username, *roles, **more):
    return browser.send(f"/staff/roles/{find_id(username)}", {"role": list(roles)} | REASON | more)


def approve(browser, **filters):
    """Approve the only open request of the filters, as another person. Return the response."""
    request = db.session.query(StaffRequest).filter_by(state="requested", **filters).one()
    return browser.send(f"/staff-requests/decide/{request.id}", {"decision": "yes", "note": "បានពិនិត្យ"})


def read_password(answer):
    return re.search(r'class="secret"[^>]*>([^<]+)<', answer.text)[1]


# Allowed actions


def test_list_shows_users_of_own_unit_and_below(boss, db_session, each_database):
    change_as_system(lambda: setattr(find_user("investigator.bb"), "unit_code", "DI-0201"))
    page = boss.page("/staff/list/").text
    assert all(name in page for name in ("clerk.bb", "investigator.bb", "chief.bb", "admin.bb"))
    assert not any(name in page for name in ("clerk.pp", "admin.drugs", "admin.crim", "admin.second"))


def test_new_account_has_one_time_password(boss, client, db_session, each_database):
    typed = {
        "username": "sok.dara",
        "name_km": "សុខ ដារ៉ា",
        "unit": "DI-0201",
        "rank": "captain",
        "phone": "០១២ ៣៤៥ ៦៧៨",
    }
    answer = boss.send("/staff/add", typed)
    assert answer.status_code == 200
    made = find_user("sok.dara")
    assert (made.unit_code, made.rank, made.phone, made.roles) == ("DI-0201", "captain", "012 345 678", [])
    assert made.must_change_password
    client.send("/login/", {"username": "sok.dara", "password": read_password(answer)})
    assert "/resetmypassword/form" in client.get("/place/list/").location


@pytest.mark.parametrize(
    ("name", "invalid"), [("username", "Sok Dara"), ("username", "clerk.pp"), ("unit", "PC-12"), ("name_km", ""), ("name_km", "Dara"), ("phone", "abc")]
)  # fmt: skip
def test_invalid_account_is_refused_at_its_field(boss, db_session, name, invalid):
    before = snapshot_accounts()
    typed = {"username": "sok.dara", "name_km": "សុខ ដារ៉ា", "unit": "PC-02"} | {name: invalid}
    answer = boss.send("/staff/add", typed)
    assert answer.status_code == 422 and f'id="{name}-bad"' in answer.text
    assert snapshot_accounts() == before


def typed_batch(lines, **over):
    return {"unit": "PC-02", "role": "", "reason": "", "lines": lines} | over


TWO_PEOPLE = "sok.dara\tសុខ ដារ៉ា\t\t០១២ ៣៤៥ ៦៧៨\nkeo.lina, កែវ លីណា"


def test_several_accounts_are_created_as_shown(boss, client, db_session, each_database):
    before = snapshot_accounts()
    shown = boss.send("/staff/add-many", typed_batch(TWO_PEOPLE))
    assert shown.status_code == 200 and snapshot_accounts() == before
    reviewed = re.search(r'name="shown" value="([0-9a-f]{64})"', shown.text)[1]
    changed = boss.send("/staff/add-many", typed_batch(TWO_PEOPLE.replace("lina", "lisa"), shown=reviewed))
    assert changed.status_code == 200 and snapshot_accounts() == before  # another table is shown first
    made = boss.send("/staff/add-many", typed_batch(TWO_PEOPLE, shown=reviewed))
    passwords = re.findall(r'class="secret"[^>]*>([^<]+)<', made.text)
    assert len(set(passwords)) == 2 and find_user("sok.dara").phone == "012 345 678"
    client.send("/login/", {"username": "keo.lina", "password": passwords[1]})
    assert "/resetmypassword/form" in client.get("/place/list/").location
    again = boss.send("/staff/add-many", typed_batch(TWO_PEOPLE, shown=reviewed))
    assert again.status_code == 422 and "This user name is taken" in again.text


def test_role_of_several_accounts_is_decided_by_the_chief(boss, client_as, db_session):
    typed = typed_batch(TWO_PEOPLE, role="Data-entry specialist", reason="ថ្មី")
    shown = re.search(r'name="shown" value="(.*?)"', boss.send("/staff/add-many", typed).text)[1]
    assert boss.send("/staff/add-many", typed | {"shown": shown}).status_code == 200
    assert find_role_names("sok.dara") == set()
    assert db.session.query(StaffRequest).count() == 2


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"lines": ""}, "lines-bad"),
        ({"lines": "Sok Dara\tសុខ ដារ៉ា"}, "Use lowercase Latin letters"),
        ({"lines": "clerk.pp\tសុខ ដារ៉ា"}, "This user name is taken"),
        ({"lines": "a.b\tសុខ\na.b\tសុខ"}, "in the table twice"),
        ({"lines": "a.b\tSok"}, "Enter the name in Khmer letters."),
        ({"lines": "a.b\tសុខ\tno rank"}, "Nothing was selected."),
        ({"lines": "a.b\tសុខ\t\t012\tmore"}, "more than four columns"),
        ({"lines": "\n".join(f"a.b{n}\tសុខ" for n in range(31))}, "at most 30 people"),
        ({"unit": "PC-12"}, "unit-bad"),
        ({"role": "Administrator", "reason": "x"}, "role-bad"),
        ({"role": "Investigator"}, "Enter the reason."),
    ],
)
def test_invalid_table_of_accounts_creates_none(boss, db_session, typed, message):
    before = snapshot_accounts()
    answer = boss.send("/staff/add-many", typed_batch(TWO_PEOPLE) | {"shown": "0" * 64} | typed)
    assert answer.status_code == 422 and message in answer.text and snapshot_accounts() == before


def test_role_change_requires_new_sign_in(boss, client_as, db_session, each_database):
    clerk = client_as("clerk.bb")
    assert clerk.get("/case/list/").status_code == 200
    assert set_roles(boss, "clerk.bb", "Data-entry specialist", "Post officer").status_code == 302
    assert find_role_names("clerk.bb") == {"Data-entry specialist", "Post officer"}
    assert "/login" in clerk.get("/case/list/").location
    assert set_roles(boss, "clerk.bb").status_code == 302
    assert find_role_names("clerk.bb") == set()


def test_role_change_requires_reason(boss, db_session):
    answer = set_roles(boss, "clerk.bb", "Investigator", reason=" ")
    assert answer.status_code == 422 and find_role_names("clerk.bb") == {"Data-entry specialist"}
    assert "Enter the reason." in answer.text


def test_account_is_closed_alone_and_reopened_by_two_people(boss, client_as, db_session):
    clerk, one = client_as("clerk.bb"), find_id("clerk.bb")
    boss.send(f"/staff/close/{one}", REASON)
    assert not find_user("clerk.bb").active and "/login" in clerk.get("/").location
    boss.send(f"/staff/reopen/{one}", REASON)
    assert not find_user("clerk.bb").active
    approve(client_as("chief.bb"), act="reopen")
    db.session.expire_all()
    assert find_user("clerk.bb").active and find_user("clerk.bb").closed_at is None


def test_account_without_case_role_is_reopened_alone(boss, db_session):
    one = find_id("clerk.bb")
    set_roles(boss, "clerk.bb", "Post officer")
    boss.send(f"/staff/close/{one}", REASON)
    boss.send(f"/staff/reopen/{one}", REASON)
    db.session.expire_all()
    assert find_user("clerk.bb").active


def test_one_time_password_ends_sessions_and_tokens(boss, client_as, db_session):
    one = find_id("clerk.bb")
    now = dates.now()
    token = ApiToken(user_id=one, name="x", public_id="aaaaaaaa", secret_hash="x", writes=False, made_at=now)
    token.expires_at = now + timedelta(days=1)
    change_as_system(lambda: db.session.add(token))
    clerk = client_as("clerk.bb")
    assert boss.send(f"/staff/password/{one}", REASON).status_code == 302
    answer = approve(client_as("chief.bb"))
    assert len(read_password(answer)) == 14 and "/login" in clerk.get("/").location
    assert find_user("clerk.bb").must_change_password
    assert db.session.get(ApiToken, token.id).ended_at is not None


def test_user_is_moved_within_province_only(boss, db_session):
    typed = {"name_km": "ព្រំ សុភា", "unit": "DI-0201", "rank": "", "phone": ""}
    url = f"/staff/edit/{find_id('clerk.bb')}"
    assert boss.send(url, typed).status_code == 422  # without a reason
    assert boss.send(url, typed | REASON | {"unit": "PC-12"}).status_code == 422
    assert boss.send(url, typed | REASON).status_code == 302
    assert find_user("clerk.bb").unit_code == "PC-02"
    (request,) = db.session.query(StaffRequest)
    assert request.changes == {"unit_code": ["PC-02", "DI-0201"]}
    assert boss.send(url, typed | REASON).status_code == 422  # it is already requested


def test_search_by_name_keeps_name_out_of_url(boss):
    found = boss.send("/staff/search", {"q": "សុភា"})
    assert "clerk.bb" in found.text and "investigator.bb" not in found.text and "clerk.pp" not in found.text
    assert found.status_code == 200 and "q=" not in found.request.url


def test_sensitive_actions_require_recent_sign_in(boss, db_session):
    def age_sign_in():
        for row in db.session.query(LoginSession).filter(LoginSession.user_id == find_id("admin.bb")):
            row.authenticated_at = dates.now() - timedelta(minutes=11)

    change_as_system(age_sign_in)
    before = snapshot_accounts()
    one = find_id("clerk.bb")
    for act in ("roles", "password", "second-factor", "close", "reopen", "edit"):
        assert boss.send(f"/staff/{act}/{one}", REASON).status_code == 403, act
    assert boss.send("/staff-review/", {}).status_code == 403
    assert snapshot_accounts() == before


# Privilege escalation: the five known ways with FAB's own user management, and similar ones

ESCALATIONS = {
    "create an administrator": ("POST", "/users/add", {"roles": "{admin_role}"}),
    "edit own account": ("POST", "/users/edit/{own}", {"roles": "{admin_role}"}),
    "reset the administrator's password": ("POST", "/resetpassword/form?pk={admin}", {}),
    "create an administrator by the API": ("POST", "/api/v1/security/users/", {"roles": ["{admin_role}"]}),
    "change own account by the API": ("PUT", "/api/v1/security/users/{own}", {"roles": ["{admin_role}"]}),
    "join a group": ("POST", "/groups/add", {"name": "g", "users": "{own}", "roles": "{admin_role}"}),
    "a group by the API": ("POST", "/api/v1/security/groups/", {"name": "g"}),
    "change own role": ("POST", "/roles/edit/{own_role}", {"name": "Administrator"}),
    "change own role by the API": ("PUT", "/api/v1/security/roles/{own_role}", {"name": "x"}),
    "give a role to own account": ("POST", "/staff/roles/{own}", {"role": "Investigator"} | REASON),
    "give the highest role to own account": (
        "POST",
        "/staff/roles/{own}",
        {"role": "Administrator"} | REASON,
    ),
    "a new password for own account": ("POST", "/staff/password/{own}", {}),
    "another unit for own account": ("POST", "/staff/edit/{own}", {"unit": "GCNP", "name_km": "ក"}),
    "a role above for a clerk": ("POST", "/staff/roles/{clerk}", {"role": "Provincial chief"} | REASON),
    "an unknown role": ("POST", "/staff/roles/{clerk}", {"role": "Admin"} | REASON),
    "a role of the chief": ("POST", "/staff/roles/{chief}", {"role": "Investigator"} | REASON),
    "a password for the chief": ("POST", "/staff/password/{chief}", {}),
    "close the chief": ("POST", "/staff/close/{chief}", REASON),
    "a password for the administrator": ("POST", "/staff/password/{admin}", {}),
    "a role in another province": ("POST", "/staff/roles/{foreign}", {"role": "Investigator"} | REASON),
    "a password in another province": ("POST", "/staff/password/{foreign}", {}),
    "the second step in another province": ("POST", "/staff/second-factor/{foreign}", {}),
    "close in another province": ("POST", "/staff/close/{foreign}", REASON),
    "edit in another province": ("POST", "/staff/edit/{foreign}", {"unit": "PC-02", "name_km": "ក"}),
    "decide": ("POST", "/staff-requests/decide/1", {"decision": "yes"}),
}


def test_no_request_escalates_privileges(boss, client, db_session, each_database):
    ids = {
        "own": find_id("admin.bb"), "admin": find_id("admin"), "chief": find_id("chief.bb"), "clerk": find_id("clerk.bb"),
        "foreign": find_id("clerk.pp"),
        "admin_role": next(role.id for role in find_user("admin").roles),
        "own_role": next(role.id for role in find_user("admin.bb").roles),
    }  # fmt: skip
    before = snapshot_accounts()
    typed = {
        "username": "x", "first_name": "x", "last_name": "x", "email": "x@x.kh", "active": "y",
        "password": "long enough 1",
    }  # fmt: skip
    for attempt, (method, path, data) in ESCALATIONS.items():
        filled = typed | {name: _fill(value, ids) for name, value in data.items()}
        form = filled | {"csrf_token": boss.token, "conf_password": filled["password"]}
        sent = {"json": filled} if path.startswith("/api/") else {"data": form}
        answer = boss.open(path.format(**ids), method=method, headers={"X-CSRFToken": boss.token}, **sent)
        assert answer.status_code in (403, 404, 405), (attempt, answer.status_code)
        assert snapshot_accounts() == before, attempt
        if "province" in attempt or "administrator" in attempt and path.startswith("/staff"):
            assert answer.status_code == 404, attempt


def _fill(value, ids):
    return [one.format(**ids) for one in value] if isinstance(value, list) else value.format(**ids)


@pytest.mark.parametrize("act", ["show", "edit"])
def test_user_of_other_unit_is_not_found(boss, db_session, act):
    assert boss.get(f"/staff/{act}/{find_id('clerk.pp')}").status_code == 404
    assert boss.get(f"/staff/{act}/999999").status_code == 404
    assert boss.get(f"/staff/{act}/99999999999999").status_code == 404


def test_chief_is_view_only_for_unit_administrator(boss, db_session):
    page = boss.page(f"/staff/show/{find_id('chief.bb')}")
    assert "View only." in page.text and not page.all("input", name="role")
    assert "This is your own account." in boss.page(f"/staff/show/{find_id('admin.bb')}").text


@pytest.mark.parametrize("who", ["clerk.bb", "chief.bb", "manager", "auditor", "planning"])
def test_other_roles_cannot_open_staff_pages(client_as, db_session, who):
    browser = client_as(who)
    for path in ("/staff/list/", "/staff/add", "/staff-review/", "/scope-changes/unit/PC-02"):
        assert browser.get(path).status_code == 403, path


# Two administrators


def test_cross_province_role_needs_second_administrator(client_as, db_session, each_database):
    boss, first, second = client_as("admin.bb"), client_as("admin"), client_as("admin.second")
    set_roles(boss, "clerk.bb", "Analyst", "Data-entry specialist")
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}
    request = db.session.query(StaffRequest).one()
    decision = {"decision": "yes", "note": "បានពិនិត្យ"}
    assert boss.send(f"/staff-requests/decide/{request.id}", decision).status_code == 403
    assert first.send(f"/staff-requests/decide/{request.id}", decision).status_code == 302
    assert find_role_names("clerk.bb") == {"Data-entry specialist", "Analyst"}
    assert second.send(f"/staff-requests/decide/{request.id}", decision).status_code == 409


def test_requester_cannot_decide_own_request(client_as, db_session):
    first, second = client_as("admin"), client_as("admin.second", "en")
    set_roles(first, "clerk.bb", "Data-entry specialist", "Planning monitor")
    request = db.session.query(StaffRequest).one()
    decision = {"decision": "yes", "note": "បានពិនិត្យ"}
    assert first.send(f"/staff-requests/decide/{request.id}", decision).status_code == 403
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}
    decision["decision"] = "no"
    assert second.send(f"/staff-requests/decide/{request.id}", decision).status_code == 302
    assert find_role_names("clerk.bb") == {"Data-entry specialist"}
    assert "refused" in second.page(f"/staff/show/{find_id('clerk.bb')}").text


def test_password_of_administrator_needs_second(client_as, db_session):
    first, second = client_as("admin"), client_as("admin.second")
    for act in ("password", "second-factor"):
        assert first.send(f"/staff/{act}/{find_id('auditor')}", REASON).status_code == 302
    assert not find_user("auditor").must_change_password
    answer = approve(second, act="password")
    db.session.expire_all()
    assert answer.status_code == 200 and read_password(answer) and find_user("auditor").must_change_password


def test_repeated_request_creates_one_row(client_as, db_session):
    first = client_as("admin")
    for _time in range(2):
        first.send(f"/staff/password/{find_id('auditor')}", REASON)
    assert db.session.query(StaffRequest).count() == 1


def test_administrator_cannot_get_another_role(client_as, db_session):
    first = client_as("admin")
    assert set_roles(first, "admin.second", "Administrator", "Investigator").status_code == 422
    assert find_role_names("admin.second") == {"Administrator"}


def test_administrator_manages_all_units(client_as, db_session):
    first = client_as("admin")
    page = first.page("/staff/list/").text
    assert all(name in page for name in ("clerk.pp", "admin.drugs", "chief.bb"))
    set_roles(first, "clerk.pp", "Provincial chief")
    assert find_role_names("clerk.pp") == set(), "the old role is removed at once, the new one is requested"
    approve(client_as("admin.second"))
    assert find_role_names("clerk.pp") == {"Provincial chief"}
    set_roles(first, "admin.drugs")
    assert find_role_names("admin.drugs") == set()


# Number of statements


@pytest.mark.parametrize(
    ("page", "most"), [("/staff/list/", 14), ("/staff/show/{clerk}", 16), ("/staff-review/", 12), ("/staff/add", 6)]
)  # fmt: skip
def test_staff_page_runs_few_statements(register, boss, db_session, page, most):
    url = page.format(clerk=find_id("clerk.bb"))
    boss.get(url)
    with counted(register) as statements:
        assert boss.get(url).status_code == 200
    assert len(statements) <= most, "\n".join(" ".join(one.split())[:120] for one in statements)


def test_empty_field_shows_one_message(boss):
    page = Page.from_response(boss.send("/staff/add", {"username": ""}), 422)
    assert len(page.by_id("username").up("field").all("p", css="message")) == 1
