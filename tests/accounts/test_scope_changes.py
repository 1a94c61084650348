"""A change of who sees what (unit, prison, offence), of the end of a court or of a time limit needs a request and an administrator."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import ApiToken, LoginSession
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.inbox.models import NOTICE, TASK, Message
from app.kernel.schema.code_lists import Code
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference import load
from app.reference.models import Court, Law, Offence, Place, Prison, TimeLimit, Unit
from tests.accounts.sample_staff import acting_as, change_as_system, find_user, find_user_id
from tests.sample_rows import THEFT

REASON = "ព្រំប្រទល់រដ្ឋបាលបានប្តូរ"
NOTE = "បានពិនិត្យប្រកាស"


@pytest.fixture
def twg(client_as):
    """The browser of the technical working group, which maintains the units."""
    return client_as("twg", "en")


def find_unit(code="PC-02"):
    db.session.expire_all()
    return db.session.get(Unit, code)


def request_change(browser, **values):
    unit = find_unit()
    form = {
        "kind": unit.kind,
        "parent": unit.parent_code,
        "area": unit.area_code,
        "families__shown": "1",
        "reason": REASON,
    }
    return browser.send("/scope-changes/unit/PC-02", form | values)


def decide(browser, decision="yes"):
    one = db.session.query(StaffRequest).one().id
    return browser.send(f"/staff-requests/decide/{one}", {"decision": decision, "note": NOTE})


# One person alone


def test_one_officer_cannot_widen_a_unit_on_its_pages(twg, client_as, db_session, each_database):
    version = twg.get("/api/v1/units/PC-02").json["result"]["version"]
    headers = {"X-CSRFToken": twg.token}
    for changed in ({"area": None}, {"families": ""}, {"parent": None}, {"kind": "department"}):
        answer = twg.put("/api/v1/units/PC-02", json=changed | {"version": version}, headers=headers)
        assert answer.status_code == 422 and set(answer.json["errors"]) == set(changed)
    page = twg.page("/unit/edit/PC-02")
    assert not any(page.all("input", name=name) for name in ("area", "parent", "kind", "families"))
    form = {"version": "0", "area": "", "area__text": "", "name_km": "ស្នងការ", "name_en": "B"}
    twg.send("/unit/edit/PC-02", form)
    assert find_unit().area_code == "02"


CHANGES = {
    "area": ("area", lambda: setattr(find_unit(), "area_code", None)),
    "area by its place": ("area", lambda: setattr(find_unit(), "area", db.session.get(Place, "12"))),
    "no area by its place": ("area", lambda: setattr(find_unit(), "area", None)),
    "parent": ("parent", lambda: setattr(find_unit("DI-0201"), "parent_code", "PC-12")),
    "families": ("families", lambda: setattr(find_unit("D-DRUG"), "families", None)),
    "kind": ("kind", lambda: setattr(find_unit(), "kind", "department")),
    "last day of a court": (
        "valid_to",
        lambda: setattr(db.session.query(Court).first(), "valid_to", date(2026, 1, 1)),
    ),
    "last day of an offence": (
        "valid_to",
        lambda: setattr(db.session.get(Offence, THEFT), "valid_to", date(2026, 1, 1)),
    ),
    "last day of a law": (
        "valid_to",
        lambda: setattr(db.session.query(Law).first(), "valid_to", date(2026, 1, 1)),
    ),
    "prison": ("province", lambda: setattr(db.session.query(Prison).first(), "province_code", "24")),
    "offence family": ("family", lambda: setattr(db.session.query(Offence).first(), "family", "drugs")),
    "protection": ("protects_victim", lambda: _invert_protection()),
    "telephone": ("phone", lambda: setattr(find_unit(), "phone", "099 000 111")),
    "offence class": (
        "offence_class",
        lambda: setattr(db.session.get(Offence, THEFT), "offence_class", "felony"),
    ),
    "certain class": ("class_uncertain", lambda: _invert_certainty()),
    "hours in custody": ("amount", lambda: setattr(db.session.get(TimeLimit, "custody"), "amount", 480)),
    "advisory limit": ("to_confirm", lambda: _invert_confirmation()),
}


def _invert_confirmation():
    limit = db.session.get(TimeLimit, "custody")
    limit.to_confirm = not limit.to_confirm


def _invert_certainty():
    offence = db.session.get(Offence, THEFT)
    offence.class_uncertain = not offence.class_uncertain


def _invert_protection():
    offence = db.session.query(Offence).first()
    offence.protects_victim = not offence.protects_victim


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("who", ["twg", "admin"])
def test_flush_without_approved_request_is_refused_at_the_field(db_session, each_database, who, what):
    field, change = CHANGES[what]
    with acting_as(who), pytest.raises(RuleViolation) as refused:
        change()
        db_session.flush()
    assert {problem.field for problem in refused.value.problems} == {field}


def test_deletion_and_bulk_statements_are_refused(db_session, each_database):
    with acting_as("twg"), pytest.raises(RuleViolation):
        db_session.execute(update(Unit).where(Unit.code == "PC-02").values(area_code=None))
    with acting_as("twg"), pytest.raises(RuleViolation):
        db_session.delete(db_session.get(Unit, "DI-0201"))
        db_session.flush()


def test_names_are_changed_and_units_added_by_one_person(db_session):
    with acting_as("twg"):
        find_unit().name_en = "Battambang"
        db_session.add(
            Unit(
                code="DI-0299",
                name_km="អធិការដ្ឋាន",
                name_en="Post",
                kind="district_inspectorate",
                area_code="0201",
            )
        )
        db_session.flush()


@pytest.mark.parametrize(
    "code_list",
    ["person_status", "item_state", "charge_decision", "arrest_ground", "measure", "sex", "correction_kind"],
)
def test_word_of_a_status_is_not_changed_on_pages(twg, db_session, each_database, code_list):
    """One officer who renames «Wanted» would change the status of every wanted person."""
    code = db_session.scalars(select(Code).where(Code.list == code_list)).first()
    version = twg.get(f"/api/v1/codes/{code.id}").json["result"]["version"]
    headers = {"X-CSRFToken": twg.token}
    body = {"version": version, "name_en": "Free"}
    assert twg.put(f"/api/v1/codes/{code.id}", json=body, headers=headers).status_code == 422
    form = twg.page(f"/code/edit/{code.id}").typed()
    answer = twg.send(f"/code/edit/{code.id}", form | {"name_en": "Free"})
    assert answer.status_code == 422 and "Only an update of E-Crime changes its values" in answer.text
    new = {"list": code_list, "key": "free", "name_km": "សេរី", "name_en": "Free"}
    assert twg.post("/api/v1/codes/", json=new, headers=headers).status_code == 422
    db_session.expire_all()
    assert code.name_en != "Free"


def test_reference_data_is_loaded_by_the_system(db_session):
    def widen_and_load():
        find_unit().area_code = None
        load.load_reference_data(db_session)

    change_as_system(widen_and_load)
    assert find_unit().area_code is None


# Two people


def test_approved_change_ends_sessions_and_notifies(twg, client_as, db_session, each_database):
    now = dates.now()
    token = ApiToken(
        user_id=find_user_id("clerk.bb"), name="x", public_id="aaaaaaaa", secret_hash="x", made_at=now
    )
    token.expires_at = now + timedelta(days=1)
    change_as_system(lambda: db.session.add(token))
    clerk, other = client_as("clerk.bb"), client_as("clerk.pp")
    assert request_change(twg, area="").status_code == 302
    assert find_unit().area_code == "02" and clerk.get("/case/list/").status_code == 200
    administrator = client_as("admin", "en")
    assert REASON in administrator.page("/staff-requests/list/").text
    assert decide(administrator).status_code == 302
    assert find_unit().area_code is None
    assert "/login" in clerk.get("/case/list/").location and other.get("/case/list/").status_code == 200
    assert db.session.get(ApiToken, token.id).ended_at is not None
    informed = {
        (one.text_key, one.to_role)
        for one in db.session.query(Message).filter_by(kind=NOTICE)
        if one.to_role is not None
    }
    for role in ("Provincial chief", "Auditor"):
        assert {("staff.scope", role), ("staff.done", role)} <= informed


def test_time_limit_changes_with_an_administrator_only(twg, client_as, db_session, each_database):
    url, headers = "/api/v1/time-limits/custody", {"X-CSRFToken": twg.token}
    version = twg.get(url).json["result"]["version"]
    answer = twg.put(url, json={"amount": 480, "version": version}, headers=headers)
    assert answer.status_code == 422 and set(answer.json["errors"]) == {"amount"}
    assert not twg.page("/timelimit/edit/custody").all("input", name="amount")
    form = {"amount": "96", "to_confirm__shown": "1", "reason": REASON}
    assert twg.send("/scope-changes/time_limit/custody", form).status_code == 302
    assert read_limit() == (48, False)
    administrator = client_as("admin", "en")
    assert "Amount" in administrator.page("/staff-requests/list/").text
    assert decide(administrator).status_code == 302
    assert read_limit() == (96, False)
    informed = {one.to_role for one in db.session.query(Message).filter_by(kind=NOTICE)}
    assert "Auditor" in informed


def read_limit():
    db.session.expire_all()
    limit = db.session.get(TimeLimit, "custody")
    return limit.amount, limit.to_confirm


def test_request_reaches_the_administrators_and_not_the_group(twg, client_as, db_session):
    request_change(twg, families=["drugs"])
    assert [one.to_role for one in db.session.query(Message).filter_by(kind=TASK)] == ["Administrator"]
    assert decide(twg).status_code == 403 and decide(client_as("chief.bb")).status_code == 404
    assert find_unit().families is None
    assert decide(client_as("admin"), "no").status_code == 302
    assert find_unit().families is None


def test_changed_unit_is_not_approved(twg, client_as, db_session, each_database):
    request_change(twg, area="")
    change_as_system(lambda: setattr(find_unit(), "area_code", "0201"))
    answer = decide(client_as("admin", "en"))
    assert answer.status_code == 409 and "has changed since the request" in answer.text
    assert find_unit().area_code == "0201"


def test_other_values_than_the_requested_are_refused(twg, db_session):
    request_change(twg, area="")
    with acting_as("admin"), pytest.raises(RuleViolation):
        one = db_session.query(StaffRequest).one()
        one.state, one.note, one.decided_by_id, one.open_key = "done", NOTE, find_user("admin").id, None
        one.decided_at = dates.now()
        db_session.get(Unit, "PC-02").area_code = "12"
        db_session.flush()


def test_approval_after_the_requester_lost_the_role_is_refused(twg, client_as, db_session):
    request_change(twg, area="")

    def remove_roles():
        one = find_user("twg")
        one.roles.clear()

    change_as_system(remove_roles)
    assert decide(client_as("admin")).status_code == 409 and find_unit().area_code == "02"


def test_approval_needs_a_recent_password(twg, client_as, db_session):
    request_change(twg, area="")
    administrator = client_as("admin")

    def age_sign_in():
        for row in db.session.query(LoginSession).filter_by(user_id=find_user_id("admin")):
            row.authenticated_at = dates.now() - timedelta(minutes=11)

    change_as_system(age_sign_in)
    assert decide(administrator).status_code == 403 and find_unit().area_code == "02"


def test_change_is_requested_once_and_with_a_reason(twg, db_session):
    assert request_change(twg, area="", reason="").status_code == 422
    assert request_change(twg).status_code == 422, "nothing was changed"
    assert request_change(twg, area="").status_code == 302
    assert request_change(twg, area="12").status_code == 422
    assert db.session.query(StaffRequest).count() == 1


def test_rules_of_units_apply_to_requests(twg, db_session):
    answer = request_change(twg, parent="DI-0201")
    assert answer.status_code == 422 and not db.session.query(StaffRequest).count()


@pytest.mark.parametrize(
    ("path", "status"),
    [("unit/XX-99", 404), ("ab_user/1", 404), ("unit/%00", 404), ("prison/PC-02", 404)],
)
def test_unknown_records_are_not_found(twg, db_session, path, status):
    assert twg.get(f"/scope-changes/{path}").status_code == status


def test_only_who_edits_units_requests_changes(client_as, db_session):
    for who in ("clerk.bb", "chief.bb", "admin", "admin.bb"):
        assert client_as(who).get("/scope-changes/unit/PC-02").status_code == 403, who


def test_work_of_a_clerk_is_kept_when_the_unit_changes_during_a_save(twg, client_as, db_session):
    clerk = client_as("clerk.bb", "en")
    request_change(twg, area="")
    decide(client_as("admin"))
    answer = clerk.send("/entry/1", {"narrative": "អត្ថបទវែង"})
    assert answer.status_code == 400
    assert "Your session has expired" in answer.text and "អត្ថបទវែង" in answer.text
