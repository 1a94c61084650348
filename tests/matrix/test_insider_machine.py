"""One lawful account of each role acts at random through pages, forms, the API, imports and jobs. Alone it widens no
user's access, learns no protected name, and ends no search, case, exhibit or protection, and makes no person deceased,
without document and second officer. It ends no notice for its colleagues.

The runs are divided among the roles, at least one for each; each day tries other roles, or another database. `run.py nightly insider` tries 200 of 50 acts.
"""

import copy
import io
import math
import os
import random
from functools import partial
from types import SimpleNamespace

import pytest
from flask import current_app
from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import and_, delete, exists, or_, select, text
from sqlalchemy import case as sql_case

from app import jobs, roles
from app.accounts import actions
from app.accounts.models import LoginSession, User
from app.accounts.scope_columns import scope_models
from app.cases.models import Case, CaseDisposition, Exhibit, ExhibitMovement
from app.cases.rules.dispositions import APPEAL, DOCUMENTED_STEPS, FINAL, JUDGED, OPEN, STATUS_AFTER
from app.cases.rules.movements import ENDS
from app.confirmations.models import CONFIRMED
from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.state_machine import WANTED_KINDS
from app.custody.models import Judgment
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.ended_notices import LASTS
from app.inbox.models import NOTICE, Message
from app.jobs.models import Job
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.actor import SYSTEM, act_as, unrestricted
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.legacy_numbers import LegacyNumber
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.people.deaths import DeathReport
from app.people.models import Person
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep
from app.protection_orders.rules import END, MISTAKEN, SHORTENED
from tests import nightly, sign_ins
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import enter_judgment, format_day, make_suspect
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, registered_before
from tests.machines import NIGHTLY_RUNS
from tests.matrix.provinces import SECRET, SECRET_LATIN, abroad, at_home
from tests.matrix.requests import asks
from tests.matrix.test_protected import make_protected_person
from tests.matrix.test_two_provinces import answer_to, find_leaks, find_revealed
from tests.registers import KINDS
from tests.role_pages import list_readers
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("INSIDER_RUNS", "1"), ("INSIDER_STEPS", "20")))  # fmt: skip
# The name of the protected person; those of the foreign province have cards.
HIDDEN = {"surname_km": "ឋ្ងៀស", "given_km": "ឋ្ងៀស", "surname_latin": "Vxkhidden", "given_latin": "Vxkhidden"}
OLD_SYSTEM, OLD_NUMBER = "old system", "OLD-11"  # where the protected person has this number
REASON = "ឈប់ធ្វើការហើយ ត្រូវប្តូរជាបន្ទាន់ ដោយហេតុផលការងារ"
MOST_PAGES = 20  # that are opened to find a form
TYPED = ("", "1", "01/01/2026", "PC-12", REASON, "Administrator")
PAGES = (
    "/", "/staff/list/", "/staff-requests/list/", "/staff-review/", "/inbox/list/", "/correction/list/",
    "/export/list/", "/import/list/", "/my-account/", "/duplicate/list/", "/merge/list/", "/entry/",
)  # fmt: skip


class InsiderMachine(RuleBasedStateMachine):
    """The browser of one account."""

    def __init__(self):
        super().__init__()
        self.scene = type(self).prepare()
        self.before = read_facts()
        self.log, self.leaks, self.steps = [], [], 0

    @rule(seed=strategies.integers(0, 2**64))
    def act(self, seed):
        """Do one act. Hypothesis repeats small numbers and leaves rules out of a run, so the seed and the step choose."""
        self.steps += 1
        choose = random.Random(f"{seed} {self.steps}")
        acts = {self._send_form_of_page: 6, self._try_import: 1, self._run_waiting_jobs: 1}
        acts |= {partial(self._ask_one_of, asked): weight for weight, asked in self.scene.asks if asked}
        choose.choices(list(acts), acts.values())[0](choose)

    def _ask_one_of(self, asked, choose):
        ask = choose.choice(asked)
        answer = answer_to(self.scene.browser, ask, self.scene.browser.token)
        act = f"{ask.method} {ask.url} {ask.data or ask.json or ''}"
        self._note(act, answer, find_leaks(self.scene.markers, ask, answer))

    def _try_import(self, choose):
        """Read a file with the number and the document of the protected person, and run its trial."""
        row = {
            "case.number": self.scene.case_number, "person.surname_km": "សុខ", "person.given_km": "ធី", "person.sex": "F",
            "involvement.role": "victim", "document.kind": "national_id", "document.number": self.scene.document_number,
            "person.old": choose.choice((OLD_NUMBER, "OLD-12")),
        }  # fmt: skip
        text = "\n".join([";".join(row), ";".join(row.values())])
        data = {"profile": "new-people", "file": (io.BytesIO(text.encode()), "people.csv")}
        answer = self.scene.browser.send("/import/add", data, content_type="multipart/form-data")
        self._read("POST /import/add", answer.text, answer)
        if answer.status_code == 302:
            pk = int(answer.location.rsplit("/", 1)[1])
            mapping = {f"target-{at}": name for at, name in enumerate(row)} | {"source": OLD_SYSTEM}
            for url, sent in ((f"/import/columns/{pk}", mapping), (f"/import/check/{pk}", {})):
                answer = self.scene.browser.send(url, sent)
                self._read(f"POST {url} {sent}", answer.text, answer)
            self._run_waiting_jobs()
            answer = self.scene.browser.get(f"/import/show/{pk}")
            self._read(f"GET /import/show/{pk}", answer.text, answer)

    def _run_waiting_jobs(self, _choose=None):
        """Run the jobs that the account has started, and open each file."""
        waiting = db.session.scalars(select(Job.id).where(Job.state == "waiting")).all()
        for job_id in waiting:
            db.session.rollback()
            jobs.run_job(job_id)
            answer = self.scene.browser.get(f"/jobs/fetch/{job_id}")
            self._read(
                f"GET /jobs/fetch/{job_id}",
                answer.text if answer.status_code != 200 else str(answer.data),
                answer,
            )
        db.session.expire_all()

    def _send_form_of_page(self, choose):
        """Open a page, change up to three fields of one of its forms, and send it."""
        pages = choose.sample(self.scene.urls, min(len(self.scene.urls), MOST_PAGES))
        url, forms = next(((url, forms) for url in pages if (forms := self._find_forms(url))), (None, ()))
        if not forms:
            return
        form = choose.choice(forms)
        fields = [one for one in form.all(name=True) if one["name"] != "csrf_token"]
        typed = _read_form(form)
        for field in choose.sample(fields, min(len(fields), choose.randint(0, 3))):
            typed[field["name"]] = choose.choice(_choices(field))
        typed |= {name: REASON for name in typed if name in ("reason", "note", "decision_reason")}
        target = choose.choice(form.all("button") or [form]).get("formaction") or form.get("action") or url
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
        self._note(act, answer, find_revealed(self.scene.markers, text))

    def _note(self, act, answer, revealed):
        self.log.append(act[:300])
        assert answer.status_code < 500, act
        if revealed:
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
    case, step, message = Case.__table__.c, CaseDisposition.__table__.c, Message.__table__.c
    protection, protection_step = ProtectionOrder.__table__.c, ProtectionOrderStep.__table__.c
    judgment = Judgment.__table__.c
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
            "search that began again", event.id,
            and_(
                event.kind == "restored", event.judgment_id.is_(None), event.voided_at.is_(None),
                exists().where(order.id == event.order_id, order.kind.in_(WANTED_KINDS)),
            ),
            event.confirmation.is_not(None),
        ),
        (
            "protection", protection.id, or_(protection.ended_on.is_not(None), protection.voided_at.is_not(None)),
            exists().where(
                protection_step.order_id == protection.id, protection_step.kind.in_((END, MISTAKEN)),
                protection_step.confirmation == CONFIRMED, protection_step.decided_by_id != protection_step.recorded_by_id,
            ),
        ),
        (
            "protection until", protection.id,
            or_(
                protection.ends_on < protection.until_on,
                and_(protection.until_on.is_(None), protection.ends_on.is_not(None)),
            ),
            exists().where(
                protection_step.order_id == protection.id, protection_step.kind == SHORTENED,
                protection_step.confirmation == CONFIRMED, protection_step.decided_by_id != protection_step.recorded_by_id,
            ),
        ),
        (
            "notice to a unit or a role", message.id,
            and_(message.kind == NOTICE, message.to_user_id.is_(None), message.done_at.is_not(None)),
            message.sent_at < dates.now() - LASTS,
        ),
        (
            "case", case.id, case.status.in_({STATUS_AFTER[kind] for kind in DOCUMENTED_STEPS} - {OPEN}),
            or_(
                exists().where(
                    step.case_id == case.id, sql_case(STATUS_AFTER, value=step.kind) == case.status,
                    step.document_no.is_not(None), step.document_date.is_not(None),
                ),
                and_(
                    case.status.in_((JUDGED, FINAL, STATUS_AFTER[APPEAL])),
                    exists().where(judgment.case_id == case.id, *Judgment.in_force(judgment)),
                ),
                and_(  # a judgment that a court has set aside: it decides again
                    case.status == STATUS_AFTER[APPEAL],
                    exists().where(judgment.case_id == case.id, judgment.set_aside_on.is_not(None)),
                ),
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


def make_scene():
    """Write a locked and a protected case of Battambang, a foreign province, and an insider of each role. Return what all
    insiders share.
    """
    act_as(db.session, SYSTEM)
    with current_app.test_request_context():
        here, there = at_home(), abroad()
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        people = [
            (make_protected_person(11, **HIDDEN), "victim"),
            (make_registered_person(number=13), "suspect"),
        ]
        case = add_registered_case(people=people, sensitivity="sexual")
        db.session.commit()
    for role in roles.TABLE:
        unit = "D-PLAN" if role in roles.NATIONAL else "PC-02"
        assert actions.create_user(_insider(role), "សុខ ដារ៉ា", role, unit, "a password of a test") is None
    victim = people[0][0]
    numbers = {"entity": "person", "entity_id": victim.id, "number": OLD_NUMBER, "number_key": OLD_NUMBER}
    db.session.add(LegacyNumber(source=OLD_SYSTEM, **numbers))
    about = {"case": case.number, "unit": "PC-12"}
    notice = send_message(db.session, NOTICE, text_key="share.created", to_unit="PC-02", **about)
    db.session.commit()
    hidden = copy.copy(here)
    hidden.case, row = case, next(one for one in case.involvements if one.person_id == victim.id)
    hidden.rows = here.rows | {
        "case": case, "person": victim, "involvement": row, "person_document": victim.documents[0],
        "person_name": victim.names[0], "person_address": victim.addresses[0], "person_photo": victim.photos[0],
        "exhibit": case.exhibits[0], "case_offence": case.offences[0],
    }  # fmt: skip
    own = list(_urls_of_records(current_app, here)) + [f"/case/show/{case.id}", f"/case/edit/{case.id}"]
    own += [f"/involvement/edit/{row.id}" for row in case.involvements] + [f"/inbox/show/{notice.id}"]
    users = db.session.scalars(select(User.id)).all()
    scene = SimpleNamespace(
        urls=[*PAGES, *own, *(f"/staff/show/{one}" for one in users), "/scope-changes/unit/PC-02", "/unit/edit/PC-02"],
        # (weight, requests): about a foreign record, an own record, and the protected person
        asks=[
            (3, [one for one in asks(current_app, there, columns=False) if one[1] != "GET"]),
            (4, [one for one in asks(current_app, here, columns=False) if one[1] != "GET"]),
            (3, list(asks(current_app, hidden, columns=False))),
        ],
        case_number=case.number,
        document_number=victim.documents[0].number,
    )  # fmt: skip
    db.session.remove()
    return scene


def _insider(role):
    return f"insider.{list(roles.TABLE).index(role)}"


@pytest.fixture
def prepare(register, client_as):
    """Return a function: role → the scene as it was made, with the requests that the role may send."""

    def enter(role):
        db.session.remove()  # a failed attempt may have left it open
        scene = register.as_left_by(make_scene)
        act_as(db.session, SYSTEM)
        insider = db.session.scalars(select(User).where(User.username == _insider(role))).unique().one()
        db.session.execute(delete(LoginSession).where(LoginSession.user_id == insider.id))
        sign_ins.write_session(insider.username)
        return SimpleNamespace(
            browser=client_as(insider.username),
            user_id=insider.id,
            markers={*HIDDEN.values(), *(() if role in roles.NATIONAL else (SECRET, SECRET_LATIN))},
            urls=[url for url in scene.urls if role in list_readers("GET", _rule_of(register.app, url))],
            asks=[
                (weight, [ask for rule, method, ask in asked if role in list_readers(method, rule)])
                for weight, asked in scene.asks
            ],
            case_number=scene.case_number,
            document_number=scene.document_number,
        )

    return enter


def _rule_of(app, url):
    return app.url_map.bind("").match(url, return_rule=True)[0]


def _pair_roles():
    """Return pairs of (database, role): every fourth role on one database, so that eight days try all; at night all."""
    return nightly.some_of([(kind, role) for role in roles.TABLE for kind in KINDS], days=4 * len(KINDS))


def _urls_of_records(app, here):
    for view in app.extensions["appbuilder"].baseviews:
        row = here.rows.get(view.datamodel.obj.__tablename__) if isinstance(view, RecordView) else None
        if row is not None:
            acts = (act for act in ("show", "edit") if f"can_{act}" in view.base_permissions)
            yield from (f"{view.route_base}/{act}/{row.id}" for act in acts)


@pytest.mark.slow
@pytest.mark.machine
@pytest.mark.nightly(name="insider")
@pytest.mark.parametrize(("database", "role"), _pair_roles(), indirect=["database"])
def test_one_account_alone_widens_and_learns_nothing(db_session, prepare, role):
    machine = type("Machine", (InsiderMachine,), {"prepare": staticmethod(lambda: prepare(role))})
    runs = 1 + math.ceil(RUNS / len(roles.TABLE))  # the first run of Hypothesis has no act
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs, stateful_step_count=STEPS, deadline=None, database=None,
            derandomize=RUNS < NIGHTLY_RUNS,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_case_of_a_judgment_that_is_set_aside_is_no_unlawful_end(client_as, db_session, each_database):
    suspect, officer = make_suspect(), client_as("investigator.bb")
    enter_judgment(officer, suspect, decided_on=format_day())
    step = {
        "judgment": "1",
        "kind": "set_aside",
        "done_on": format_day(),
        "document_no": "12/26",
        "note": "x",
    }
    assert officer.send("/judgmentstep/add", step).status_code == 302
    db_session.expire_all()
    assert suspect.case.status == "at_court" and not find_unlawful_ends()


def test_end_without_a_second_officer_is_found(db_session, each_database):
    """The invariant of the machine finds an order that ended alone, and accepts a confirmed end."""
    lawful, alone = make_active_order(number="1/26"), make_active_order(number="2/26")
    add_event(lawful, "recalled", **make_document(lawful))
    db_session.execute(text("UPDATE court_order SET status = 'recalled' WHERE id = :id"), {"id": alone.id})
    assert find_unlawful_ends() == {("order", alone.id)}
