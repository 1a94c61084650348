"""Audit events: each action writes exactly one complete entry with actor, session, address, record, purpose and outcome
(A01)."""

import ast
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from flask_appbuilder import Model
from sqlalchemy import select

from app.accounts.models import LoginSession, Passkey
from app.audit_review.event_sentences import OTHER_LABELS, SENTENCES
from app.cases.models import CaseFile
from app.corrections.template_globals import get_record_type_labels
from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, SHARE, AccessGrant
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record
from tests.accounts import sample_staff
from tests.accounts.authenticator import Authenticator, read_options
from tests.accounts.login import PASSWORD, enrol_second_factor, open_signed_in_client, sign_in
from tests.accounts.sample_staff import find_user
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.house.source_files import MODULES, tree
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.special_access.sample_cases import REASON, open_by_break_glass
from tests.sql_calls import Program

SUMMARY = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"
ROLE = {"reason": "ជំនួសអ្នកដែលទៅរៀន"}
NEW_PASSWORD = "four plain words here"


@prepared
def cases(db_session):
    with acting_as("clerk.bb"):
        person = make_registered_person(number=1, surname_km="ហេង")
        case = add_registered_case(people=[(person, "suspect")])
        victim = make_registered_person(number=2, surname_km="វ៉ាន់")
        protected = add_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    with acting_as("clerk.pp"):
        suspect = make_registered_person(number=3, surname_km="ទេព")
        foreign = add_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    locked = add_case_of_age(LOCKED_AGE, people=[(make_registered_person(number=4), "suspect")])
    db_session.commit()
    return SimpleNamespace(case=case, person=person, protected=protected, foreign=foreign, locked=locked)


@pytest.fixture
def scene(cases, app, client_as):
    """Return an editable, a locked and a protected case of Battambang, and a case of Phnom Penh."""
    return SimpleNamespace(app=app, by=client_as, **vars(cases))


@dataclass
class Event:
    """One event: its preparation, its action and its expected entry."""

    action: str
    who: str | None
    act: Any
    entity: str = ""
    about: Any = None  # function of `scene` that returns the record id
    outcome: str = "ok"
    before: Any = None
    purpose: str | None = None  # None: the purpose of the session; "": no purpose


def request_sample(scene, *steps):
    number = request_correction(scene.by("chief.bb"), scene.locked, summary=SUMMARY)
    for step in steps:
        step(number)
    return number


def request_decided_sample(scene):
    return request_sample(scene, lambda number: decide(scene.by("planning"), number))


def share_sample(scene):
    return scene.by("chief.bb").send(f"/share/{scene.case.id}", {"unit": "PC-12", "reason": REASON})


def use_break_glass(scene):
    return open_by_break_glass(scene.by("investigator.bb"), scene.case, "ទេព")


def use_reviewable_break_glass(scene):
    find_user("clerk.pp").roles = find_user("chief.bb").roles[:]  # the clerk of Phnom Penh becomes its chief
    db.session.commit()
    return use_break_glass(scene)


def enrol_factor(scene):
    client = open_signed_in_client(scene.app)
    telephone, page = enrol_second_factor(client, "clerk.bb")
    return SimpleNamespace(client=client, telephone=telephone, page=page)


def request_of_administrator(act, **typed):
    """Return a function that lets the unit administrator request an act on the clerk's account."""
    return lambda scene: scene.by("admin.bb").send(f"/staff/{act}/{find_user('clerk.bb').id}", typed | ROLE)


def request_removal_of_factor(scene):
    enrol_factor(scene)
    request_of_administrator("second-factor")(scene)


def decide_as_chief(scene):
    return sample_staff.decide(scene.by("chief.bb"))


def add_passkey(client):
    path = "/my-account/passkeys/add"
    client.send(path, {"passkey": Authenticator().create(read_options(client.page(path)))})
    return client


def add_two_passkeys(scene):
    return add_passkey(add_passkey(open_signed_in_client(scene.app)))


def sign_in_with_password(scene):
    """Sign in with the password only, without the second factor."""
    enrol_factor(scene)
    client = scene.app.test_client()
    sign_in(client)
    return client


def fail_five_sign_ins(scene):
    for _try in range(5):
        sign_in(scene.app.test_client(), "clerk.bb", "wrong")


def add_canary(scene):
    scene.by("auditor").send("/log/canaries", {"number": scene.person.number})


def find_session_id(username):
    return db.session.scalar(
        select(LoginSession.id).where(LoginSession.user_id == find_user(username).id).limit(1)
    )


def get_user_id(username):
    return lambda _around: find_user(username).id


def get_case_id(scene):
    return scene.case.id


def get_person_id(scene):
    return scene.person.id


def find_last_id(model, *where):
    return db.session.scalar(select(model.id).where(*where).order_by(model.id.desc()).limit(1))


def reopen_account(scene):
    return scene.by("admin.bb").send(f"/staff/reopen/{find_user('clerk.bb').id}")


EVENTS = {
    # Sign-in and sign-out
    "sign-in": Event("sign_in.succeeded", "clerk.bb", lambda a: open_signed_in_client(a.app), "user", get_user_id("clerk.bb"), purpose=""),
    "sign-in failed": Event(
        "sign_in.failed", "clerk.bb", lambda a: sign_in(a.app.test_client(), "clerk.bb", "wrong"),
        "user", get_user_id("clerk.bb"), "refused", purpose="",
    ),
    "sign-in locked": Event(
        "sign_in.locked", "clerk.bb", lambda a: sign_in(a.app.test_client(), "clerk.bb"),
        "user", get_user_id("clerk.bb"), "refused", before=fail_five_sign_ins, purpose="",
    ),
    "sign-out": Event(
        "session.signed_out", "clerk.bb", lambda a: a.prepared.send("/logout/"), "user", get_user_id("clerk.bb"),
        before=lambda a: open_signed_in_client(a.app), purpose="",
    ),
    "session ended": Event(
        "session.ended", "clerk.bb", lambda a: a.prepared.send("/my-account/sessions/end-others"), "user", get_user_id("clerk.bb"),
        before=lambda a: (open_signed_in_client(a.app), open_signed_in_client(a.app))[0],
    ),
    "second step set up": Event("second_factor.enabled", "clerk.bb", enrol_factor, "user", get_user_id("clerk.bb")),
    "another telephone": Event(
        "second_factor.replaced", "clerk.bb", lambda a: enrol_second_factor(a.prepared.client, "clerk.bb"),
        "user", get_user_id("clerk.bb"), before=enrol_factor,
    ),
    "second step wrong": Event(
        "second_factor.failed", "clerk.bb", lambda a: a.prepared.send("/sign-in/code", {"code": "000000"}),
        "user", get_user_id("clerk.bb"), "refused", before=sign_in_with_password, purpose="",
    ),
    "second step removed": Event(
        "second_factor.removed", "chief.bb", decide_as_chief,
        "user", get_user_id("clerk.bb"), before=request_removal_of_factor,
    ),
    "passkey added": Event(
        "passkey.added", "clerk.bb", lambda a: add_passkey(a.prepared), "user", get_user_id("clerk.bb"),
        before=lambda a: open_signed_in_client(a.app),
    ),
    "passkey removed": Event(
        "passkey.removed", "clerk.bb", lambda a: a.prepared.send(f"/my-account/passkeys/{find_last_id(Passkey)}/remove"),
        "user", get_user_id("clerk.bb"), before=add_two_passkeys,
    ),
    "password changed": Event(
        "password.changed", "clerk.bb",
        lambda a: a.prepared.send(
            "/resetmypassword/form",
            {"old_password": PASSWORD, "password": NEW_PASSWORD, "conf_password": NEW_PASSWORD},
        ),
        "user", get_user_id("clerk.bb"), before=lambda a: open_signed_in_client(a.app),
    ),
    "token made": Event(
        "token.created", "clerk.bb",
        lambda a: a.prepared.client.send("/my-account/tokens", {"name": "Statistics", "days": "30"}),
        "user", get_user_id("clerk.bb"), before=enrol_factor,
    ),
    # Views
    "view": Event("access.viewed", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/person/show/{a.person.id}"), "person", get_person_id),
    "list": Event("access.listed", "clerk.bb", lambda a: a.by("clerk.bb").get("/person/list/"), "person"),
    "search": Event("access.searched", "clerk.bb", lambda a: a.by("clerk.bb").send("/find/", {"q": "ហេង"}), "person"),
    "file": Event(
        "access.file_viewed", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/file/case-file/{a.case.files[0].id}/full"),
        "case_file", lambda a: find_last_id(CaseFile, CaseFile.case_id == a.case.id),
    ),
    "print": Event("access.printed", "clerk.bb", lambda a: a.by("clerk.bb").send(f"/print-log/case/{a.case.id}"), "case", get_case_id),
    "canary": Event(
        "canary.viewed", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/person/show/{a.person.id}"),
        "person", get_person_id, "alarm", before=add_canary,
    ),
    # Changes
    "add": Event(
        "record.added", "clerk.bb",
        lambda a: a.by("clerk.bb").send("/personmark/add", {"person__key": a.person.id, "person": a.person.id, "kind": "scar", "text": "ស្នាម"}),
        "person_mark", lambda a: max(row.id for row in a.person.marks),
    ),
    "change": Event(
        "record.changed", "clerk.bb",
        lambda a: Program(a.by("clerk.bb")).put(
            f"person-marks/{a.person.marks[0].id}", {"text": "ស្នាមចាស់", "version": a.person.marks[0].version}
        ),
        "person_mark", lambda a: min(row.id for row in a.person.marks),
    ),
    # Refusals
    "without the right": Event(
        "request.denied", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/correction/request/case/{a.locked.id}"),
        "case", lambda a: a.locked.id, "refused",
    ),
    "a page without the right": Event("request.denied", "clerk.bb", lambda a: a.by("clerk.bb").get("/log/list/"), outcome="refused"),
    "by the API": Event(
        "request.denied", "auditor", lambda a: a.by("auditor").get(f"/api/v1/persons/{a.person.id}"),
        "person", get_person_id, "refused",
    ),
    "of another province": Event(
        "request.denied", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/case/show/{a.foreign.id}"),
        "case", lambda a: a.foreign.id, "refused",
    ),
    "by the lock": Event(
        "request.denied", "clerk.bb",
        lambda a: Program(a.by("clerk.bb")).put(
            f"cases/{a.locked.id}", {"summary": SUMMARY, "version": a.locked.version}, expect=422
        ),
        "case", lambda a: a.locked.id, "refused",
    ),
    # Roles
    "role given": Event(
        "role.assigned", "chief.bb", decide_as_chief, "user", get_user_id("clerk.bb"),
        before=request_of_administrator("roles", role=["Data-entry specialist", "Investigator"]),
    ),
    "role taken": Event(
        "role.removed", "admin.bb", lambda a: a.by("admin.bb").send(f"/staff/roles/{find_user('clerk.bb').id}", ROLE),
        "user", get_user_id("clerk.bb"),
    ),
    "password given": Event(
        "password.reset", "chief.bb", decide_as_chief, "user", get_user_id("clerk.bb"),
        before=request_of_administrator("password"),
    ),
    "account closed": Event(
        "user.closed", "admin.bb", lambda a: a.by("admin.bb").send(f"/staff/close/{find_user('clerk.bb').id}", ROLE),
        "user", get_user_id("clerk.bb"),
    ),
    # Corrections
    "correction asked": Event(
        "correction.requested", "chief.bb", request_sample, "case", lambda a: a.locked.id
    ),
    "correction decided": Event(
        "correction.decided", "planning", lambda a: decide(a.by("planning"), a.prepared), "case",
        lambda a: a.locked.id, before=request_sample,
    ),
    "correction carried out": Event(
        "correction.applied", "twg", lambda a: apply_correction(a.by("twg"), a.prepared), "case",
        lambda a: a.locked.id, before=request_decided_sample,
    ),
    # Special access
    "break-glass": Event(
        "break_glass.used", "investigator.bb", use_break_glass,
        "person", lambda a: a.foreign.involvements[0].person_id,
    ),
    "break-glass reviewed": Event(
        "break_glass.reviewed", "clerk.pp",
        lambda a: a.by("clerk.pp").send(
            f"/break-glass/review/{find_last_id(AccessGrant, AccessGrant.kind == BREAK_GLASS)}", {"verdict": "justified", "note": REASON}
        ),
        "access_grant", lambda a: find_last_id(AccessGrant),
        before=use_reviewable_break_glass,
    ),
    "reveal": Event(
        "identity.revealed", "investigator.bb",
        lambda a: a.by("investigator.bb").send(f"/reveal/{a.protected.involvements[0].id}", {"reason": REASON}),
        "person", lambda a: a.protected.involvements[0].person_id,
    ),
    "share": Event("share.changed", "chief.bb", share_sample, "case", get_case_id),
    "share ended": Event(
        "share.changed", "chief.bb", lambda a: a.by("chief.bb").send(f"/share/end/{find_last_id(AccessGrant, AccessGrant.kind == SHARE)}"),
        "case", get_case_id, before=share_sample,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_writes_one_complete_row(scene, name):
    event = EVENTS[name]
    scene.prepared = event.before(scene) if event.before else None
    db.session.rollback()
    last_seq = db.session.scalar(select(AuditEvent.seq).order_by(AuditEvent.seq.desc()).limit(1))
    event.act(scene)

    db.session.rollback()
    rows = db.session.scalars(
        select(AuditEvent).where(AuditEvent.seq > last_seq, AuditEvent.action == event.action)
    ).all()
    assert len(rows) == 1, [(row.action, row.entity, row.entity_id, row.outcome) for row in rows]
    (row,) = rows
    who = find_user(event.who)
    assert (row.actor_id, row.unit_code) == (who.id, who.unit_code)
    assert row.address == "127.0.0.1" and row.at is not None and row.hash
    assert row.session_ref or event.action in ("sign_in.failed", "sign_in.locked", "second_factor.failed")
    assert (row.entity, row.entity_id) == (event.entity, event.about(scene) if event.about else None)
    assert row.outcome == event.outcome
    if event.action.startswith(("access.", "canary")):
        assert (row.purpose, row.case_number) == ("investigation", "02-2026-000001")
    assert row.action in SENTENCES


AUDIT_FUNCTIONS = {
    "record", "record_now", "queue_event", "record_event", "build_entry", "append_entries", "_log_access",
    "_record_event", "_record_pair_event", "write_or_abort",
}  # fmt: skip
EVENT_KIND = re.compile(r"[a-z_]+\.[a-z_]+")


def test_every_event_kind_has_a_sentence():
    """An event kind is a string with a dot in the first two arguments of such a call."""
    kinds = set()
    for path in (one for one in MODULES if any(name in one.read_text("utf-8") for name in AUDIT_FUNCTIONS)):
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) in AUDIT_FUNCTIONS
            ):
                words = [
                    one.value
                    for arg in node.args[:2]
                    for one in ast.walk(arg)
                    if isinstance(one, ast.Constant)
                ]
                kinds |= {word for word in words if isinstance(word, str) and EVENT_KIND.fullmatch(word)}
    assert len(kinds) > 50, sorted(kinds)
    assert kinds <= SENTENCES.keys(), (
        f"app/audit_review/event_sentences.py: {sorted(kinds - SENTENCES.keys())}"
    )


def test_every_audited_record_type_has_a_label():
    """Audited tables are records and models with editable fields (`recorder._is_audited`)."""
    models = [mapper.class_ for mapper in Model.registry.mappers]
    audited = {model.__tablename__ for model in models if issubclass(model, Record) or fields_of(model)}
    assert audited <= {*get_record_type_labels(), *OTHER_LABELS}, (
        f"app/audit_review/event_sentences.py: {sorted(audited - {*get_record_type_labels(), *OTHER_LABELS})}"
    )
