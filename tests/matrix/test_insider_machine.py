"""One lawful account of each role acts at random through pages, forms and the API. Alone it widens no user's access,
learns no protected name, and ends no search, case or exhibit, and makes no person deceased, without document and second officer.

The runs are divided among the roles, at least one for each.
"""

import math
import os
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import and_, exists, or_, select, text

from app import roles
from app.accounts import actions
from app.accounts.models import User
from app.accounts.scope_columns import scope_models
from app.cases.models import Case, CaseDisposition, Exhibit, ExhibitMovement
from app.cases.rules.dispositions import DOCUMENTED_STEPS
from app.cases.rules.movements import ENDS
from app.confirmations.models import CONFIRMED
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.state_machine import WANTED_KINDS
from app.extensions import db
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.actor import SYSTEM, act_as, unrestricted
from app.kernel.audit.recorder import AuditEvent
from app.kernel.screens.record_view import RecordView
from app.people.deaths import DeathReport
from app.people.models import Person
from tests import sign_ins
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, registered_before
from tests.matrix.provinces import SECRET, SECRET_LATIN, abroad, at_home
from tests.matrix.requests import asks
from tests.matrix.test_protected import make_protected_person
from tests.matrix.test_two_provinces import answer_to, find_revealed, text_of
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "1"), ("MACHINE_STEPS", "30")))  # fmt: skip
# The name of the protected person; those of the foreign province have cards.
HIDDEN = {"surname_km": "ឋ្ងៀស", "given_km": "ឋ្ងៀស", "surname_latin": "Vxkhidden", "given_latin": "Vxkhidden"}
MARKERS = (*set(HIDDEN.values()), SECRET, SECRET_LATIN)
REASON = "ឈប់ធ្វើការហើយ ត្រូវប្តូរជាបន្ទាន់ ដោយហេតុផលការងារ"
TYPED = ("", "1", "01/01/2026", "PC-12", REASON, "Administrator")
PAGES = (
    "/", "/staff/list/", "/staff-requests/list/", "/staff-reviews/list/", "/inbox/list/", "/corrections/list/",
    "/export/list/", "/import/list/", "/user/sessions/", "/duplicate/list/", "/merge/list/", "/entry/",
)  # fmt: skip


NUMBERS = strategies.integers(0, 10**6)


class InsiderMachine(RuleBasedStateMachine):
    """The browser of one account. `scene` is set by the test."""

    scene = urls = None

    def __init__(self):
        super().__init__()
        self.scene = type(self).prepare()
        self.before = read_facts()
        self.log, self.leaks = [], []
        if type(self).urls is None:  # the ids are the same in each run
            type(self).urls = [one for one in self.scene.urls if self._find_forms(one)]

    @rule(number=NUMBERS)
    def send_foreign_request(self, number):
        _rule, _method, ask = self.scene.asks[number % len(self.scene.asks)]
        answer = answer_to(self.scene.browser, ask, self.scene.browser.token)
        self._read(f"{ask.method} {ask.url}", text_of(ask, answer), answer)

    @rule(number=NUMBERS, chosen=strategies.tuples(*[NUMBERS] * 7))
    def send_form_of_page(self, number, chosen):
        """Open a page, change up to three fields of one of its forms, and send it."""
        url = self.urls[number % len(self.urls)] if self.urls else "/"
        forms = self._find_forms(url)
        if not forms:
            return
        which, *pairs = chosen
        form = forms[which % len(forms)]
        fields = [one for one in form.all(name=True) if one["name"] != "csrf_token"]
        typed = _read_form(form)
        for field_number, value_number in zip(pairs[::2], pairs[1::2], strict=True) if fields else ():
            field = fields[field_number % len(fields)]
            values = _choices(field)
            typed[field["name"]] = values[value_number % len(values)]
        typed |= {name: REASON for name in typed if name in ("reason", "note", "decision_reason")}
        button = (form.all("button") or [form])[which % max(1, len(form.all("button")))]
        target = button.get("formaction") or form.get("action") or url
        self._read(f"POST {target} {typed}", *self._send(target, typed))

    def _send(self, url, typed):
        answer = self.scene.browser.send(url, typed)
        return answer.text, answer

    def _find_forms(self, url):
        answer = self.scene.browser.get(url)
        if answer.status_code != 200 or not answer.content_type.startswith("text/html"):
            return []
        self._read(f"GET {url}", answer.text, answer)
        return Page(answer.text).by_id("main").all("form", method="post")

    def _read(self, act, text, answer):
        self.log.append(act[:300])
        assert answer.status_code < 500, act
        if find_revealed(MARKERS, text):
            self.leaks.append(act)

    @invariant()
    def protected_names_stay_hidden(self):
        assert not self.leaks or was_revealed(self.scene.user_id), self.leaks

    def teardown(self):
        after = read_facts()
        db.session.remove()
        steps = "\n".join(self.log)
        assert after.scope == self.before.scope, steps
        for user_id, (powers, secret) in after.accounts.items():
            powers_before, secret_before = self.before.accounts.get(user_id, (frozenset(), secret))
            assert powers <= powers_before, f"{user_id} gained {powers - powers_before}:\n{steps}"
            assert secret == secret_before or user_id == self.scene.user_id, (
                f"password of {user_id}:\n{steps}"
            )
        assert after.unlawful_ends <= self.before.unlawful_ends, steps
        for share in after.shares - self.before.shares:
            assert share[1] == self.scene.user_id and not share[2], f"{share}:\n{steps}"


def _read_form(form):
    page = Page("")
    page.top.children = [form]
    return {name: values for name, values in page.typed().items() if name != "csrf_token"}


def _choices(field):
    if field.tag == "select":
        return [one.get("value", "") for one in field.all("option")] or [""]
    if field.get("type") in ("checkbox", "radio", "hidden") or field.tag == "button":
        return [field.get("value", "on")]
    return [field.get("value", ""), *TYPED]


def was_revealed(user_id):
    """Return whether the account opened the identity with a reason, which its role allows alone and the log shows."""
    events = select(AuditEvent.seq).where(
        AuditEvent.actor_id == user_id, AuditEvent.action == "identity.revealed", AuditEvent.outcome == "ok"
    )
    return db.session.scalar(events) is not None


def read_facts():
    """Return what one account may not change alone."""
    db.session.expire_all()
    connection = db.session.connection()
    scope = {
        name: connection.execute(
            select(*model.__table__.primary_key.columns, *(model.__table__.c[one] for one in model.__scope_columns__))
        ).all()
        for name, model in scope_models().items()
    }  # fmt: skip
    return SimpleNamespace(
        unlawful_ends=find_unlawful_ends(),
        scope={name: sorted(rows, key=repr) for name, rows in scope.items()},
        accounts={
            user.id: (_powers(user), user.password) for user in db.session.scalars(select(User)).unique()
        },
        shares={
            (row.id, row.granted_by_id, row.may_write)
            for row in db.session.scalars(select(AccessGrant).where(AccessGrant.kind == SHARE))
        },
    )


def find_unlawful_ends():
    """Return what ended without its document, or without a second officer where one is needed."""
    person, exhibit, order = Person.__table__.c, Exhibit.__table__.c, CourtOrder.__table__.c
    report, movement, event = DeathReport.__table__.c, ExhibitMovement.__table__.c, OrderEvent.__table__.c
    case, step = Case.__table__.c, CaseDisposition.__table__.c
    ends = [
        ("person", person.id, person.deceased_on.is_not(None), _is_confirmed(report, report.person_id == person.id)),
        (
            "exhibit", exhibit.id,
            or_(exhibit.state.in_(ENDS), and_(exhibit.state == "missing", exhibit.property_role != "stolen")),
            _is_confirmed(movement, movement.exhibit_id == exhibit.id, movement.kind == exhibit.state),
        ),
        (
            "order", order.id,
            and_(order.kind.in_(WANTED_KINDS), order.status.in_(("recalled", "replaced"))),
            _is_confirmed(event, event.order_id == order.id, event.kind == order.status),
        ),
        (
            "case", case.id, case.status.in_(DOCUMENTED_STEPS),
            exists().where(
                step.case_id == case.id, step.kind == case.status, step.document_no.is_not(None),
                step.document_date.is_not(None),
            ),
        ),
    ]  # fmt: skip
    with unrestricted(db.session):
        return {
            (name, pk)
            for name, key, ended, is_lawful in ends
            for pk in db.session.scalars(select(key).where(ended, ~is_lawful))
        }


def _is_confirmed(row, *conditions):
    """Return the condition that a row with a document was confirmed by another officer than its author."""
    return exists().where(
        *conditions, row.confirmation == CONFIRMED, row.document_no.is_not(None), row.document_date.is_not(None),
        row.decided_by_id != row.recorded_by_id, row.voided_at.is_(None),
    )  # fmt: skip


def _powers(user):
    """Return what needs a second person: roles that read cases or manage accounts, with the unit."""
    if not user.active:
        return frozenset()
    held = {
        role.name
        for role in user.roles
        if "Case" in roles.TABLE[role.name] or "Staff" in roles.TABLE[role.name]
    }
    return frozenset(held | {user.unit_code} if held else held)


@pytest.fixture
def prepare(register, client_as):
    """Return a function: role → a scene with a locked and a protected case of Battambang, and a foreign province."""

    def make(role):
        db.session.remove()  # a failed attempt may have left it open
        register.set_back()
        app = register.app
        act_as(db.session, SYSTEM)
        with app.test_request_context():
            here, there = at_home(), abroad()
        with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
            people = [
                (make_protected_person(11, **HIDDEN), "victim"),
                (make_registered_person(number=13), "suspect"),
            ]
            case = add_registered_case(people=people, sensitivity="sexual")
            db.session.commit()
        assert actions.create_user("insider", "សុខ ដារ៉ា", role, "PC-02", "a password of a test") is None
        sign_ins.write_session("insider")
        own = list(_urls_of_records(app, here)) + [f"/case/show/{case.id}", f"/case/edit/{case.id}"]
        own += [f"/involvement/edit/{row.id}" for row in case.involvements]
        users = [one.id for one in db.session.scalars(select(User)).unique()]
        insider = db.session.scalars(select(User).where(User.username == "insider")).unique().one()
        return SimpleNamespace(
            browser=client_as("insider"),
            user_id=insider.id,
            urls=[*PAGES, *own, *(f"/staff/show/{one}" for one in users), "/scope-changes/unit/PC-02", "/unit/edit/PC-02"],
            asks=[one for one in asks(app, there, columns=False) if one[1] != "GET"],
        )  # fmt: skip

    return make


def _urls_of_records(app, here):
    for view in app.extensions["appbuilder"].baseviews:
        row = here.rows.get(view.datamodel.obj.__tablename__) if isinstance(view, RecordView) else None
        if row is not None:
            yield from (f"{view.route_base}/{act}/{row.id}" for act in ("show", "edit"))


@pytest.mark.slow
@pytest.mark.machine
@pytest.mark.parametrize("role", roles.TABLE)
def test_one_account_alone_widens_and_learns_nothing(db_session, prepare, role):
    machine = type("Machine", (InsiderMachine,), {"prepare": staticmethod(lambda: prepare(role))})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=math.ceil(RUNS / len(roles.TABLE)), stateful_step_count=STEPS, deadline=None, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_end_without_a_second_officer_is_found(db_session, each_database):
    """The invariant of the machine finds an order that ended alone, and accepts a confirmed end."""
    lawful, alone = make_active_order(number="1/26"), make_active_order(number="2/26")
    add_event(lawful, "recalled", **make_document(lawful))
    db_session.execute(text("UPDATE court_order SET status = 'recalled' WHERE id = :id"), {"id": alone.id})
    assert find_unlawful_ends() == {("order", alone.id)}
