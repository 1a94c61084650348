"""State machine test: letters between two provinces keep their promises after any steps of any officers.

`run.py nightly machines` tries 200 runs of 50 steps; a test run tries few.
"""

import os

import pytest
from hypothesis import strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.accounts.user_scope import build_user_scope
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.models import NOTICE, TASK, Message
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.schema.rules import RuleViolation
from app.letters import actions, replies
from app.letters.models import (
    ANSWER,
    CLOSED,
    CORRECTION,
    DRAFT,
    FORWARD,
    QUESTION,
    SENT,
    WAITING,
    WITHDRAWN,
    Letter,
    LetterRecipient,
)
from app.reference.models import LetterTemplate, Unit
from tests.accounts.sample_staff import find_user
from tests.machines import machine_settings

pytestmark = pytest.mark.machine
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("MACHINE_RUNS", "3"), ("MACHINE_STEPS", "15")))  # fmt: skip
OFFICERS = ("clerk.bb", "investigator.bb", "chief.bb", "clerk.pp", "warrant.pp", "monitor")
UNITS = ("PC-01", "PC-02", "PC-12")
NEXT = {DRAFT: {WAITING, SENT, CLOSED}, WAITING: {DRAFT, SENT, CLOSED}, SENT: {CLOSED, WITHDRAWN}}
FROZEN = ("number", "subject", "text", "to_unit_code", "handling", "sent_at", "signed_by_id", "due_at")
ALL = ("submit", "sign", "return", "open", "decline", "withdraw")
FITTING = {
    DRAFT: ("submit",),
    WAITING: ("sign", "sign", "return"),
    SENT: ("open", "open", "decline", "withdraw"),
}
each_officer = strategies.sampled_from(OFFICERS)


class LetterMachine(RuleBasedStateMachine):
    """Officers of two provinces write, sign, open and end letters, also where they may not."""

    def __init__(self):
        super().__init__()
        db.session.rollback()
        act_as(db.session, SYSTEM)
        self.seen, self.ended = {}, {}  # letter id → (state, frozen values); recipient id → (state, done_at)
        self.count = 0
        # A first write begins the transaction that `teardown` rolls back: on SQLite a savepoint alone begins none.
        send_message(db.session, NOTICE, text_key="letter.received", to_unit="PC-02", number="")
        db.session.flush()

    def teardown(self):
        db.session.rollback()
        act_as(db.session, SYSTEM)

    def attempt(self, name, act):
        """Let the officer act in a savepoint; a refusal leaves nothing behind."""
        act_as(db.session, SYSTEM)
        user = find_user(name)
        act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
        saved = db.session.begin_nested()
        try:
            act(user)
            db.session.flush()
            saved.commit()
        except RuleViolation:
            saved.rollback()
        finally:
            act_as(db.session, SYSTEM)
            db.session.expire_all()

    def choose(self, data, step=None):
        """Return (letter id, officer, step), most often those that fit."""
        found = db.session.scalars(select(Letter).order_by(Letter.id.desc()).limit(3)).unique().all()
        letter = found[data.draw(strategies.integers(0, 2)) % len(found)]
        is_wild = data.draw(strategies.integers(0, 4)) == 0
        step = step or data.draw(strategies.sampled_from(ALL if is_wild else FITTING.get(letter.state, ALL)))
        if is_wild:
            return letter.id, data.draw(each_officer), step
        if step in ("submit", "withdraw", CORRECTION):
            return letter.id, letter.recorded_by.username, step
        if step in ("sign", "return"):
            has_chief = letter.unit_code == "PC-02" and letter.recorded_by.username != "chief.bb"
            return letter.id, "chief.bb" if has_chief else "monitor", step
        return letter.id, "clerk.bb" if letter.to_unit_code == "PC-02" else "clerk.pp", step

    def has_letters(self):
        return self.count > 0

    @rule(name=each_officer, unit=strategies.sampled_from(UNITS), template=strategies.sampled_from(("other_request", "notice")),
          handling=strategies.sampled_from(("free", "ask_owner")), below=strategies.booleans(), submits=strategies.booleans())  # fmt: skip
    def write(self, name, unit, template, handling, below, submits):
        def act(user):
            letter = Letter(
                template=db.session.get(LetterTemplate, template), to_unit=db.session.get(Unit, unit), text="អត្ថបទ",
                handling=handling, to_below=below and template == "notice",
            )  # fmt: skip
            db.session.add(letter)
            db.session.flush()
            if submits:
                actions.submit(db.session, letter, user)

        self.attempt(name, act)
        self.count = db.session.scalar(select(func.count(Letter.id)))

    @precondition(has_letters)
    @rule(data=strategies.data())
    def take_step(self, data):
        pk, name, step = self.choose(data)

        def act(user):
            letter = db.session.scalars(select(Letter).where(Letter.id == pk)).unique().one_or_none()
            if letter is None:
                return
            if step == "submit":
                actions.submit(db.session, letter, user)
            elif step == "sign":
                actions.sign(db.session, letter, user, letter.version)
            elif step == "return":
                actions.return_letter(db.session, letter, "មូលហេតុ", letter.version)
            elif step == "open":
                actions.open_letter(db.session, letter, user)
            elif step == "decline":
                actions.decline(db.session, letter, user, "មូលហេតុ")
            else:
                actions.withdraw(db.session, letter)

        self.attempt(name, act)

    @precondition(has_letters)
    @rule(data=strategies.data(), unit=strategies.sampled_from(UNITS),
          relation=strategies.sampled_from((ANSWER, ANSWER, FORWARD, QUESTION, CORRECTION)))  # fmt: skip
    def reply(self, data, unit, relation):
        pk, name, _step = self.choose(data, relation)

        def act(user):
            letter = db.session.scalars(select(Letter).where(Letter.id == pk)).unique().one_or_none()
            if letter is not None:
                draft = replies.start_reply(db.session, letter, user, relation)
                draft.text = draft.text or "ចម្លើយ"
                draft.to_unit = draft.to_unit or db.session.get(Unit, unit)
                db.session.flush()
                actions.submit(db.session, draft, user)

        self.attempt(name, act)

    @precondition(has_letters)
    @rule(data=strategies.data())
    def change_text(self, data):
        pk, name, _step = self.choose(data, "submit")

        def act(_user):
            letter = db.session.scalars(select(Letter).where(Letter.id == pk)).unique().one_or_none()
            if letter is not None:
                letter.text = "អត្ថបទផ្សេង"

        self.attempt(name, act)

    @invariant()
    def letters_keep_their_promises(self):
        for letter in db.session.scalars(select(Letter)).unique():
            before = self.seen.get(letter.id)
            frozen = tuple(getattr(letter, name) for name in FROZEN)
            if before is not None and before[0] != letter.state:
                assert letter.state in NEXT[before[0]], (before[0], letter.state)
            if before is not None and before[0] in (SENT, CLOSED, WITHDRAWN):
                assert before[1] == frozen
            self.seen[letter.id] = letter.state, frozen
            is_sent = letter.state in (SENT, CLOSED, WITHDRAWN)
            assert is_sent == (letter.number is not None) == bool(letter.recipients)
            if is_sent and letter.needs_signature:
                assert letter.signed_by_id not in (None, letter.recorded_by_id)
            if letter.state == WITHDRAWN:
                assert all(one.opened_at is None for one in letter.recipients)
            elif is_sent:
                assert (letter.state == CLOSED) == all(one.done_at is not None for one in letter.recipients)
            for one in letter.recipients:
                assert one.to_unit_code != letter.unit_code

    @invariant()
    def a_recipient_ends_once_and_waits_in_the_inbox_until_then(self):
        for one in db.session.scalars(select(LetterRecipient)).unique():
            end = one.state, one.done_at
            assert self.ended.setdefault(one.id, end) == end if one.done_at else one.id not in self.ended
            assert one.opened_at is None or one.done_at is None or one.opened_at <= one.done_at
            about = Message.entity == "letter_recipient", Message.entity_id == one.id
            waits = select(Message.id).where(*about, Message.kind == TASK, Message.done_at.is_(None))
            assert len(db.session.scalars(waits).all()) == (one.done_at is None)


def test_letters_keep_their_promises_in_any_order(db_session, each_database):
    run_state_machine_as_test(LetterMachine, settings=machine_settings(RUNS, STEPS))
