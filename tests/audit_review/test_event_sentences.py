"""Whatever happens leaves exactly one full row: who, from which session and computer, what, to which record, for which
work, with what outcome (A01)."""

import ast
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from flask_appbuilder import Model
from sqlalchemy import select

from app.accounts.models import SignIn
from app.audit_review.event_sentences import KINDS, OTHERS, SENTENCES
from app.cases.models import CaseFile
from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, SHARE, Opening
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.fields import declared
from app.kernel.schema.record import Record
from tests.accounts.login import PASSWORD, enrol, sign_in, signed_in
from tests.accounts.sample_staff import user
from tests.corrections.steps import asked, carry_out, decide
from tests.house.source_files import MODULES, tree
from tests.locked_records import SHUT, a_case_of
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, written_by
from tests.special_access.sample_cases import REASON, open_by_break_glass
from tests.sql_calls import Program

SUMMARY = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"
ROLE = {"reason": "ជំនួសអ្នកដែលទៅរៀន"}
NEW_PASSWORD = "four plain words here"


@pytest.fixture
def around(db_session, app, client_as):
    """An open case, a shut one, a protected one of Battambang, and one of Phnom Penh."""
    with written_by("clerk.bb"):
        person = a_registered_person(number=1, surname_km="ហេង")
        case = a_registered_case(people=[(person, "suspect")])
        victim = a_registered_person(number=2, surname_km="វ៉ាន់")
        protected = a_registered_case(people=[(victim, "victim")], sensitivity="sexual")
    with written_by("clerk.pp"):
        suspect = a_registered_person(number=3, surname_km="ទេព")
        foreign = a_registered_case(place=PHNOM_PENH, people=[(suspect, "suspect")])
    shut = a_case_of(SHUT, people=[(a_registered_person(number=4), "suspect")])
    db_session.commit()
    return SimpleNamespace(
        app=app, by=client_as, case=case, person=person, protected=protected, foreign=foreign, shut=shut
    )


@dataclass
class Event:
    """One thing that happens: what must have happened before, the act, and its row."""

    action: str
    who: str | None
    act: Any
    entity: str = ""
    about: Any = None  # a function of `around` that gives the number of the record
    outcome: str = "ok"
    before: Any = None
    purpose: str | None = None  # None: whatever the session has said; "" where nobody is asked


def a_correction(around, *steps):
    number = asked(around.by("chief.bb"), around.shut, summary=SUMMARY)
    for step in steps:
        step(number)
    return number


def decided(around):
    return a_correction(around, lambda number: decide(around.by("planning"), number))


def shared(around):
    return around.by("chief.bb").send(f"/share/{around.case.id}", {"unit": "PC-12", "reason": REASON})


def glass(around):
    return open_by_break_glass(around.by("investigator.bb"), around.case, "ទេព")


def glass_with_a_chief(around):
    user("clerk.pp").roles = user("chief.bb").roles[:]  # the clerk of Phnom Penh serves as its chief now
    db.session.commit()
    return glass(around)


def with_factor(around):
    client = signed_in(around.app)
    telephone, page = enrol(client, "clerk.bb")
    return SimpleNamespace(client=client, telephone=telephone, page=page)


def half_way(around):
    """Signed in with the password, asked for the code."""
    with_factor(around)
    client = around.app.test_client()
    sign_in(client)
    return client


def five_wrong(around):
    for _try in range(5):
        sign_in(around.app.test_client(), "clerk.bb", "wrong")


def canary(around):
    around.by("auditor").send("/log/canaries", {"number": around.person.number})


def session_of(username):
    return db.session.scalar(select(SignIn.id).where(SignIn.user_id == user(username).id).limit(1))


def pk(username):
    return lambda _around: user(username).id


def case(around):
    return around.case.id


def person(around):
    return around.person.id


def last(model, *where):
    return db.session.scalar(select(model.id).where(*where).order_by(model.id.desc()).limit(1))


def open_again(around):
    return around.by("admin.bb").send(f"/staff/reopen/{user('clerk.bb').id}")


EVENTS = {
    # Coming and going
    "sign-in": Event("signin.ok", "clerk.bb", lambda a: signed_in(a.app), "user", pk("clerk.bb"), purpose=""),
    "sign-in failed": Event(
        "signin.failed", "clerk.bb", lambda a: sign_in(a.app.test_client(), "clerk.bb", "wrong"),
        "user", pk("clerk.bb"), "refused", purpose="",
    ),
    "sign-in locked": Event(
        "signin.locked", "clerk.bb", lambda a: sign_in(a.app.test_client(), "clerk.bb"),
        "user", pk("clerk.bb"), "refused", before=five_wrong, purpose="",
    ),
    "sign-out": Event(
        "signout", "clerk.bb", lambda a: a.was.send("/logout/"), "user", pk("clerk.bb"),
        before=lambda a: signed_in(a.app), purpose="",
    ),
    "session ended": Event(
        "session.ended", "clerk.bb", lambda a: a.was.send("/my-account/sessions/end-others"), "user", pk("clerk.bb"),
        before=lambda a: (signed_in(a.app), signed_in(a.app))[0],
    ),
    "second step set up": Event("secondfactor.on", "clerk.bb", with_factor, "user", pk("clerk.bb")),
    "second step wrong": Event(
        "secondfactor.failed", "clerk.bb", lambda a: a.was.send("/sign-in/code", {"code": "000000"}),
        "user", pk("clerk.bb"), "refused", before=half_way, purpose="",
    ),
    "second step removed": Event(
        "secondfactor.off", "admin.bb", lambda a: a.by("admin.bb").send(f"/staff/factor/{user('clerk.bb').id}"),
        "user", pk("clerk.bb"), before=with_factor,
    ),
    "password changed": Event(
        "password.changed", "clerk.bb",
        lambda a: a.was.send(
            "/resetmypassword/form",
            {"old_password": PASSWORD, "password": NEW_PASSWORD, "conf_password": NEW_PASSWORD},
        ),
        "user", pk("clerk.bb"), before=lambda a: signed_in(a.app),
    ),
    "token made": Event(
        "token.made", "clerk.bb",
        lambda a: a.was.client.send("/my-account/tokens", {"name": "Statistics", "days": "30"}),
        "user", pk("clerk.bb"), before=with_factor,
    ),
    # Looks
    "view": Event("look.open", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/person/show/{a.person.id}"), "person", person),
    "list": Event("look.list", "clerk.bb", lambda a: a.by("clerk.bb").get("/person/list/"), "person"),
    "search": Event("look.search", "clerk.bb", lambda a: a.by("clerk.bb").send("/find/", {"q": "ហេង"}), "person"),
    "file": Event(
        "look.file", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/file/case-file/{a.case.files[0].id}/full"),
        "case_file", lambda a: last(CaseFile, CaseFile.case_id == a.case.id),
    ),
    "print": Event("look.print", "clerk.bb", lambda a: a.by("clerk.bb").send(f"/printed/case/{a.case.id}"), "case", case),
    "canary": Event(
        "canary", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/person/show/{a.person.id}"),
        "person", person, "alarm", before=canary,
    ),
    # Changes
    "add": Event(
        "add", "clerk.bb",
        lambda a: a.by("clerk.bb").send("/personmark/add", {"person__key": a.person.id, "person": a.person.id, "kind": "scar", "text": "ស្នាម"}),
        "person_mark", lambda a: max(row.id for row in a.person.marks),
    ),
    "change": Event(
        "change", "clerk.bb",
        lambda a: Program(a.by("clerk.bb")).put(
            f"person-marks/{a.person.marks[0].id}", {"text": "ស្នាមចាស់", "version": a.person.marks[0].version}
        ),
        "person_mark", lambda a: min(row.id for row in a.person.marks),
    ),
    # Refusals
    "without the right": Event(
        "refused", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/correction/ask/case/{a.shut.id}"),
        "case", lambda a: a.shut.id, "refused",
    ),
    "a page without the right": Event("refused", "clerk.bb", lambda a: a.by("clerk.bb").get("/log/list/"), outcome="refused"),
    "by the API": Event(
        "refused", "auditor", lambda a: a.by("auditor").get(f"/api/v1/persons/{a.person.id}"),
        "person", person, "refused",
    ),
    "of another province": Event(
        "refused", "clerk.bb", lambda a: a.by("clerk.bb").get(f"/case/show/{a.foreign.id}"),
        "case", lambda a: a.foreign.id, "refused",
    ),
    "by the lock": Event(
        "refused", "clerk.bb",
        lambda a: Program(a.by("clerk.bb")).put(
            f"cases/{a.shut.id}", {"summary": SUMMARY, "version": a.shut.version}, expect=422
        ),
        "case", lambda a: a.shut.id, "refused",
    ),
    # Roles
    "role given": Event(
        "role.given", "admin.bb",
        lambda a: a.by("admin.bb").send(
            f"/staff/roles/{user('clerk.bb').id}", {"role": ["Data-entry specialist", "Investigator"]} | ROLE
        ),
        "user", pk("clerk.bb"),
    ),
    "role taken": Event(
        "role.taken", "admin.bb", lambda a: a.by("admin.bb").send(f"/staff/roles/{user('clerk.bb').id}", ROLE),
        "user", pk("clerk.bb"),
    ),
    "password given": Event(
        "password.reset", "admin.bb", lambda a: a.by("admin.bb").send(f"/staff/password/{user('clerk.bb').id}"),
        "user", pk("clerk.bb"),
    ),
    "account closed": Event(
        "user.closed", "admin.bb", lambda a: a.by("admin.bb").send(f"/staff/close/{user('clerk.bb').id}", ROLE),
        "user", pk("clerk.bb"),
    ),
    # Corrections
    "correction asked": Event(
        "correction.asked", "chief.bb", a_correction, "case", lambda a: a.shut.id
    ),
    "correction decided": Event(
        "correction.decided", "planning", lambda a: decide(a.by("planning"), a.was), "case",
        lambda a: a.shut.id, before=a_correction,
    ),
    "correction carried out": Event(
        "correction.carried", "twg", lambda a: carry_out(a.by("twg"), a.was), "case",
        lambda a: a.shut.id, before=decided,
    ),
    # Beyond the part
    "break-glass": Event(
        "breakglass.opened", "investigator.bb", glass,
        "person", lambda a: a.foreign.involvements[0].person_id,
    ),
    "break-glass reviewed": Event(
        "breakglass.reviewed", "clerk.pp",
        lambda a: a.by("clerk.pp").send(
            f"/break-glass/review/{last(Opening, Opening.kind == BREAK_GLASS)}", {"verdict": "justified", "note": REASON}
        ),
        "opening", lambda a: last(Opening),
        before=glass_with_a_chief,
    ),
    "reveal": Event(
        "reveal", "investigator.bb",
        lambda a: a.by("investigator.bb").send(f"/reveal/{a.protected.involvements[0].id}", {"reason": REASON}),
        "person", lambda a: a.protected.involvements[0].person_id,
    ),
    "share": Event("share", "chief.bb", shared, "case", case),
    "share ended": Event(
        "share", "chief.bb", lambda a: a.by("chief.bb").send(f"/share/end/{last(Opening, Opening.kind == SHARE)}"),
        "case", case, before=shared,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_leaves_one_full_row(around, name):
    event = EVENTS[name]
    around.was = event.before(around) if event.before else None
    db.session.rollback()
    begun = db.session.scalar(select(AuditEvent.seq).order_by(AuditEvent.seq.desc()).limit(1))
    event.act(around)

    db.session.rollback()
    rows = db.session.scalars(
        select(AuditEvent).where(AuditEvent.seq > begun, AuditEvent.action == event.action)
    ).all()
    assert len(rows) == 1, [(row.action, row.entity, row.entity_id, row.outcome) for row in rows]
    (row,) = rows
    who = user(event.who)
    assert (row.actor_id, row.unit_code) == (who.id, who.unit_code)
    assert row.address == "127.0.0.1" and row.at is not None and row.hash
    assert row.session_mark or event.action in ("signin.failed", "signin.locked", "secondfactor.failed")
    assert (row.entity, row.entity_id) == (event.entity, event.about(around) if event.about else None)
    assert row.outcome == event.outcome
    if event.action.startswith(("look.", "canary")):
        assert (row.purpose, row.case_number) == ("investigation", "02-2026-000001")
    assert row.action in SENTENCES


WRITES = {"note", "tell", "_note", "_tell", "entry", "as_one", "tell_many"}
ACT = re.compile(r"[a-z]+\.[a-z_]+")


def test_every_event_that_the_code_writes_can_be_read_in_the_log():
    """An act is the first word with a dot that such a call is given, be it chosen from two."""
    written = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) in WRITES
            ):
                words = [
                    one.value
                    for arg in node.args[:2]
                    for one in ast.walk(arg)
                    if isinstance(one, ast.Constant)
                ]
                written |= {word for word in words if isinstance(word, str) and ACT.fullmatch(word)}
    assert len(written) > 50, sorted(written)
    assert written <= SENTENCES.keys(), (
        f"app/audit_review/event_sentences.py: {sorted(written - SENTENCES.keys())}"
    )


def test_whatever_the_log_names_has_a_word():
    """Records, and what has fields that people change on a screen (`audit._is_traced`)."""
    models = [mapper.class_ for mapper in Model.registry.mappers]
    traced = {model.__tablename__ for model in models if issubclass(model, Record) or declared(model)}
    assert traced <= {*KINDS, *OTHERS}, (
        f"app/audit_review/event_sentences.py: {sorted(traced - {*KINDS, *OTHERS})}"
    )
