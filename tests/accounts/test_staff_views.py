"""Users and roles: what a unit administrator does on the screens, and what no request lets him do."""

import re
from datetime import timedelta

import pytest

from app.accounts.models import ApiToken, SignIn
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.kernel.text import dates
from tests.accounts.sample_staff import as_register, everything, roles_of, user
from tests.html_pages import Page
from tests.statement_counts import counted

ROLE = {"reason": "ជំនួសអ្នកដែលទៅរៀន"}


@pytest.fixture
def boss(client_as):
    """The browser of the administrator of Battambang."""
    return client_as("admin.bb", "en")


def pk(username):
    return user(username).id


def give(browser, username, *roles, **more):
    return browser.send(f"/staff/roles/{pk(username)}", {"role": list(roles)} | ROLE | more)


def shown_password(answer):
    return re.search(r'class="secret"[^>]*>([^<]+)<', answer.text)[1]


# What he does


def test_he_sees_the_people_of_his_province_and_below_and_nobody_else(boss, db_session, each_database):
    as_register(lambda: setattr(user("investigator.bb"), "unit_code", "DI-0201"))
    page = boss.page("/staff/list/").text
    assert all(name in page for name in ("clerk.bb", "investigator.bb", "chief.bb", "admin.bb"))
    assert not any(name in page for name in ("clerk.pp", "admin.drugs", "admin.crim", "admin.second"))


def test_he_makes_an_account_whose_password_serves_once(boss, client, db_session, each_database):
    typed = {
        "username": "sok.dara",
        "name_km": "សុខ ដារ៉ា",
        "unit": "DI-0201",
        "rank": "captain",
        "phone": "០១២ ៣៤៥ ៦៧៨",
    }
    answer = boss.send("/staff/add", typed)
    assert answer.status_code == 200
    made = user("sok.dara")
    assert (made.unit_code, made.rank, made.phone, made.roles) == ("DI-0201", "captain", "012 345 678", [])
    assert made.must_change_password
    client.send("/login/", {"username": "sok.dara", "password": shown_password(answer)})
    assert "/resetmypassword/form" in client.get("/place/list/").location


@pytest.mark.parametrize(
    ("name", "wrong"), [("username", "Sok Dara"), ("username", "clerk.pp"), ("unit", "PC-12"), ("name_km", ""), ("name_km", "Dara"), ("phone", "abc")]
)  # fmt: skip
def test_what_cannot_be_an_account_is_refused_beside_its_box(boss, db_session, name, wrong):
    before = everything()
    typed = {"username": "sok.dara", "name_km": "សុខ ដារ៉ា", "unit": "PC-02"} | {name: wrong}
    answer = boss.send("/staff/add", typed)
    assert answer.status_code == 422 and f'id="{name}-bad"' in answer.text
    assert everything() == before


def test_he_gives_and_takes_roles_and_the_person_signs_in_again(boss, client_as, db_session, each_database):
    clerk = client_as("clerk.bb")
    assert clerk.get("/case/list/").status_code == 200
    assert give(boss, "clerk.bb", "Investigator", "Warrant officer").status_code == 302
    assert roles_of("clerk.bb") == {"Investigator", "Warrant officer"}
    assert "/login" in clerk.get("/case/list/").location
    assert give(boss, "clerk.bb").status_code == 302
    assert roles_of("clerk.bb") == set()


def test_a_change_of_roles_asks_for_the_reason(boss, db_session):
    answer = give(boss, "clerk.bb", "Investigator", reason=" ")
    assert answer.status_code == 422 and roles_of("clerk.bb") == {"Data-entry specialist"}
    assert "Give the reason." in answer.text


def test_he_closes_and_opens_an_account_again(boss, client_as, db_session):
    clerk = client_as("clerk.bb")
    boss.send(f"/staff/close/{pk('clerk.bb')}", ROLE)
    assert not user("clerk.bb").active and "/login" in clerk.get("/").location
    boss.send(f"/staff/reopen/{pk('clerk.bb')}")
    assert user("clerk.bb").active and user("clerk.bb").closed_at is None


def test_he_gives_a_one_time_password_and_all_that_was_open_ends(boss, client_as, db_session):
    one = pk("clerk.bb")
    now = dates.now()
    token = ApiToken(user_id=one, name="x", mark="aaaaaaaa", secret_hash="x", writes=False, made_at=now)
    token.expires_at = now + timedelta(days=1)
    as_register(lambda: db.session.add(token))
    clerk = client_as("clerk.bb")
    answer = boss.send(f"/staff/password/{one}")
    assert len(shown_password(answer)) == 14 and "/login" in clerk.get("/").location
    assert user("clerk.bb").must_change_password
    assert db.session.get(ApiToken, token.id).ended_at is not None


def test_he_moves_somebody_within_his_province_only(boss, db_session):
    typed = {"name_km": "ព្រំ សុភា", "unit": "DI-0201", "rank": "", "phone": ""}
    assert boss.send(f"/staff/edit/{pk('clerk.bb')}", typed).status_code == 302
    assert user("clerk.bb").unit_code == "DI-0201"
    assert boss.send(f"/staff/edit/{pk('clerk.bb')}", typed | {"unit": "PC-12"}).status_code == 422
    assert user("clerk.bb").unit_code == "DI-0201"


def test_a_name_is_found_without_standing_in_a_url(boss):
    found = boss.send("/staff/search", {"q": "សុភា"})
    assert "clerk.bb" in found.text and "investigator.bb" not in found.text and "clerk.pp" not in found.text
    assert found.status_code == 200 and "q=" not in found.request.url


def test_every_act_of_weight_asks_for_a_fresh_sign_in(boss, db_session):
    def grow_stale():
        for row in db.session.query(SignIn).filter(SignIn.user_id == pk("admin.bb")):
            row.proved_at = dates.now() - timedelta(minutes=11)

    as_register(grow_stale)
    before = everything()
    one = pk("clerk.bb")
    for act in ("roles", "password", "factor", "close", "reopen", "edit"):
        assert boss.send(f"/staff/{act}/{one}", ROLE).status_code == 403, act
    assert boss.send("/staff-review/", {}).status_code == 403
    assert everything() == before


# What he does not: the five ways of a stock user manager to become administrator, and their kin

FIVE_WAYS = {
    "create an administrator": ("POST", "/users/add", {"roles": "{admin_role}"}),
    "edit himself": ("POST", "/users/edit/{himself}", {"roles": "{admin_role}"}),
    "reset the administrator's password": ("POST", "/resetpassword/form?pk={admin}", {}),
    "create an administrator by the API": ("POST", "/api/v1/security/users/", {"roles": ["{admin_role}"]}),
    "change himself by the API": ("PUT", "/api/v1/security/users/{himself}", {"roles": ["{admin_role}"]}),
    "join a group": ("POST", "/groups/add", {"name": "g", "users": "{himself}", "roles": "{admin_role}"}),
    "a group by the API": ("POST", "/api/v1/security/groups/", {"name": "g"}),
    "change his role": ("POST", "/roles/edit/{own_role}", {"name": "Administrator"}),
    "change his role by the API": ("PUT", "/api/v1/security/roles/{own_role}", {"name": "x"}),
    "give himself a role": ("POST", "/staff/roles/{himself}", {"role": "Investigator"} | ROLE),
    "give himself the highest": ("POST", "/staff/roles/{himself}", {"role": "Administrator"} | ROLE),
    "a new password for himself": ("POST", "/staff/password/{himself}", {}),
    "another unit for himself": ("POST", "/staff/edit/{himself}", {"unit": "GCNP", "name_km": "ក"}),
    "a role above for a clerk": ("POST", "/staff/roles/{clerk}", {"role": "Provincial chief"} | ROLE),
    "a role nobody knows": ("POST", "/staff/roles/{clerk}", {"role": "Admin"} | ROLE),
    "a role of the chief": ("POST", "/staff/roles/{chief}", {"role": "Investigator"} | ROLE),
    "a password for the chief": ("POST", "/staff/password/{chief}", {}),
    "close the chief": ("POST", "/staff/close/{chief}", ROLE),
    "a password for the administrator": ("POST", "/staff/password/{admin}", {}),
    "a role in another province": ("POST", "/staff/roles/{foreign}", {"role": "Investigator"} | ROLE),
    "a password in another province": ("POST", "/staff/password/{foreign}", {}),
    "the second step in another province": ("POST", "/staff/factor/{foreign}", {}),
    "close in another province": ("POST", "/staff/close/{foreign}", ROLE),
    "edit in another province": ("POST", "/staff/edit/{foreign}", {"unit": "PC-02", "name_km": "ក"}),
    "decide": ("POST", "/staff-requests/decide/1", {"decision": "yes"}),
}


@pytest.mark.parametrize("way", FIVE_WAYS)
def test_no_request_makes_him_more_than_he_is(boss, client, db_session, each_database, way):
    ids = {
        "himself": pk("admin.bb"), "admin": pk("admin"), "chief": pk("chief.bb"), "clerk": pk("clerk.bb"),
        "foreign": pk("clerk.pp"),
        "admin_role": next(role.id for role in user("admin").roles),
        "own_role": next(role.id for role in user("admin.bb").roles),
    }  # fmt: skip
    method, path, data = FIVE_WAYS[way]
    filled = {name: _fill(value, ids) for name, value in data.items()}
    before = everything()
    user_of_fab = {"username": "x", "first_name": "x", "last_name": "x", "email": "x@x.kh", "active": "y"}
    sent = {
        "data": {"csrf_token": boss.token, "password": "long enough 1", "conf_password": "long enough 1"}
        | user_of_fab
        | filled
    }
    if path.startswith("/api/"):
        sent = {"json": user_of_fab | {"password": "long enough 1"} | filled}
    answer = boss.open(path.format(**ids), method=method, headers={"X-CSRFToken": boss.token}, **sent)
    assert answer.status_code in (403, 404, 405), answer.status_code
    assert everything() == before
    if "province" in way or "administrator" in way and path.startswith("/staff"):
        assert answer.status_code == 404


def _fill(value, ids):
    return [one.format(**ids) for one in value] if isinstance(value, list) else value.format(**ids)


@pytest.mark.parametrize("act", ["show", "edit"])
def test_what_lies_outside_is_as_if_it_were_not_there(boss, db_session, act):
    assert boss.get(f"/staff/{act}/{pk('clerk.pp')}").status_code == 404
    assert boss.get(f"/staff/{act}/999999").status_code == 404
    assert boss.get(f"/staff/{act}/99999999999999").status_code == 404


def test_he_sees_the_chief_but_may_change_nothing(boss, db_session):
    page = boss.page(f"/staff/show/{pk('chief.bb')}")
    assert "Only to be seen." in page.text and not page.all("input", name="role")
    assert "This is the own account." in boss.page(f"/staff/show/{pk('admin.bb')}").text


@pytest.mark.parametrize("who", ["clerk.bb", "chief.bb", "manager", "auditor", "planning"])
def test_whoever_looks_after_nobody_opens_none_of_it(client_as, db_session, who):
    browser = client_as(who)
    for path in ("/staff/list/", "/staff/add", "/staff-review/", "/staff-requests/list/"):
        assert browser.get(path).status_code == 403, path


# Two administrators


def test_a_role_that_crosses_provinces_is_asked_by_one_and_given_by_another(
    client_as, db_session, each_database
):
    boss, first, second = client_as("admin.bb"), client_as("admin"), client_as("admin.second")
    give(boss, "clerk.bb", "Analyst", "Data-entry specialist")
    assert roles_of("clerk.bb") == {"Data-entry specialist"}
    asked = db.session.query(StaffRequest).one()
    assert boss.send(f"/staff-requests/decide/{asked.id}", {"decision": "yes"}).status_code == 403
    assert first.send(f"/staff-requests/decide/{asked.id}", {"decision": "yes"}).status_code == 302
    assert roles_of("clerk.bb") == {"Data-entry specialist", "Analyst"}
    assert second.send(f"/staff-requests/decide/{asked.id}", {"decision": "yes"}).status_code == 403


def test_nobody_decides_what_he_asked_himself(client_as, db_session):
    first, second = client_as("admin"), client_as("admin.second", "en")
    give(first, "clerk.bb", "Data-entry specialist", "Planning monitor")
    asked = db.session.query(StaffRequest).one()
    assert first.send(f"/staff-requests/decide/{asked.id}", {"decision": "yes"}).status_code == 403
    assert roles_of("clerk.bb") == {"Data-entry specialist"}
    assert second.send(f"/staff-requests/decide/{asked.id}", {"decision": "no"}).status_code == 302
    assert roles_of("clerk.bb") == {"Data-entry specialist"}
    assert "refused" in second.page(f"/staff/show/{pk('clerk.bb')}").text


def test_one_administrator_does_not_take_over_the_account_of_another(client_as, db_session):
    first, second = client_as("admin"), client_as("admin.second")
    for act in ("password", "factor"):
        assert first.send(f"/staff/{act}/{pk('auditor')}").status_code == 302
    assert not user("auditor").must_change_password
    asked = db.session.query(StaffRequest).filter_by(act="password").one()
    answer = second.send(f"/staff-requests/decide/{asked.id}", {"decision": "yes"})
    assert answer.status_code == 200 and shown_password(answer) and user("auditor").must_change_password


def test_asking_twice_makes_one_request(client_as, db_session):
    first = client_as("admin")
    for _time in range(2):
        first.send(f"/staff/password/{pk('auditor')}")
    assert db.session.query(StaffRequest).count() == 1


def test_an_administrator_is_given_no_role_beside(client_as, db_session):
    first = client_as("admin")
    assert give(first, "admin.second", "Administrator", "Investigator").status_code == 422
    assert roles_of("admin.second") == {"Administrator"}


def test_an_administrator_looks_after_all_units_by_the_same_screens(client_as, db_session):
    first = client_as("admin")
    page = first.page("/staff/list/").text
    assert all(name in page for name in ("clerk.pp", "admin.drugs", "chief.bb"))
    give(first, "clerk.pp", "Provincial chief")
    assert roles_of("clerk.pp") == {"Provincial chief"}
    give(first, "admin.drugs")
    assert roles_of("admin.drugs") == set()


# What it costs


@pytest.mark.parametrize(
    ("page", "most"), [("/staff/list/", 14), ("/staff/show/{clerk}", 16), ("/staff-review/", 12), ("/staff/add", 6)]
)  # fmt: skip
def test_a_page_never_runs_one_statement_for_each_permission_role_or_person(
    register, boss, db_session, page, most
):
    url = page.format(clerk=pk("clerk.bb"))
    boss.get(url)
    with counted(register) as statements:
        assert boss.get(url).status_code == 200
    assert len(statements) <= most, "\n".join(" ".join(one.split())[:120] for one in statements)


def test_an_empty_box_is_told_of_in_one_sentence(boss):
    page = Page.of(boss.send("/staff/add", {"username": ""}), 422)
    assert len(page.by_id("username").up("field").all("p", css="say")) == 1
