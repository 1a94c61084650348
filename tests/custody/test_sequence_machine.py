"""State machine test: after any acts about two people in two provinces, E-Crime says what a model of the acts says.

The acts are orders, also imported and not accepted, their recalls, replacements, acquittals, notices of death and their ends,
returns, rejected ends and notes, arrests, also linked later, custodies, detentions, judgments, sentences and their changes,
releases, deaths, corrected births, days and decisions, offences that are added or withdrawn later, changed days of cases, void
acts, a merge and its undoing, judgments about one offence, orders that move to another case or whose person is identified
again, answers to matches, and imported cases. A time can be unknown, and so can the day of an imported execution. The acts
are entered in any order: an act of today can be followed by one of last year. At the end they are entered for two other
people in another order: if each is accepted, the state is the same.

`run.py nightly statuses` tries 500 runs of 60 steps; a test run tries few.
"""

import os
import sys
from collections import Counter
from itertools import count

import pytest
from hypothesis import Phase
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.extensions import db
from tests.custody.sequence_register import (
    CASES,
    DATES,
    MODELS,
    MORE_OFFENCES,
    NOTES,
    Key,
    Register,
    accepted,
    enter_in_another_order,
)
from tests.machines import machine_settings

pytestmark = [pytest.mark.machine, pytest.mark.slow, pytest.mark.nightly(name="statuses")]
RUNS, STEPS = (int(os.environ.get(name, few)) for name, few in
               (("STATUS_RUNS", "3"), ("STATUS_STEPS", "25")))  # fmt: skip
DAYS = some.integers(1, 1400)  # days after the offence
AFTER = some.integers(0, 300)  # days after the act to which another one belongs
CASE = some.integers(0, 2)
# At most, so that other acts have room.
ORDERS, JUDGMENTS, MERGES, BIRTHS, CASE_DAYS, IMPORTED_CASES = 3, 5, 2, 4, 4, 2
RUNS_IN_A_DATABASE = 15  # a new copy of PostgreSQL's takes longer than a run
NO_TIME = some.sampled_from((False, False, True))
CLASS = some.sampled_from(("felony", "misdemeanour"))
IN_FORCE = ("active", "in_force")  # states of orders, also of an order of supervision
KIND = some.sampled_from(("arrest", "arrest", "bring", "summons", "supervision"))  # of an order
AGES = (30, 30, 30, 17, 15, 12)


def has(*kinds):
    """Return the precondition that an act of one of these kinds was accepted and is valid."""
    return precondition(lambda machine: bool(machine.list_valid(*kinds)))


def is_merged(value):
    return precondition(lambda machine: (machine.register.model.moved is not None) is value)


class SequenceMachine(RuleBasedStateMachine):
    """Two people, in a model and in E-Crime. Each accepted act is kept as data, so that it can be entered again."""

    reset = None  # empties the database

    @initialize(orders=some.lists(some.tuples(DAYS, CASE, KIND, some.booleans()), max_size=2))
    def begin(self, orders):
        self.register, self.key = Register(SequenceMachine.reset), 0
        for order in orders:  # so that acts under an order are tried in most runs
            self.act("receive", *order)

    def teardown(self):
        db.session.rollback()
        if hasattr(self, "register") and sys.exc_info()[0] is None:
            enter_in_another_order(self.register)

    def act(self, name, *arguments, keyed=True):
        self.key = Key(self.key + 1)
        if self.register.do(name, (self.key, *arguments) if keyed else arguments):
            if len(self.register.done) % 8:
                self.register.compare()
            else:  # takes longer
                self.register.check()

    def list_valid(self, *kinds):
        acts = self.register.model.acts
        return [key for key in self.register.find(*kinds) if acts[key].counts and key in self.register.pks]

    def list_new_rows(self):
        """Return the rows that were added to a case and can be withdrawn."""
        return [key for key in self.list_valid("offence", "involvement") if key > 0]

    def list_voidable(self, kind):
        """Return the valid acts of a kind. The last offence of a case is not void."""
        keys, acts = self.list_valid(kind), self.register.model.acts
        if kind != "offence":
            return keys
        of_case = Counter(acts[key].case for key in keys)
        return [key for key in keys if of_case[acts[key].case] > 1]

    def count_done(self, name):
        return sum(done == name for done, _arguments in self.register.done)

    def choose(self, data, *kinds):
        return data.draw(some.sampled_from(self.list_valid(*kinds)))

    def choose_order(self, data, *states):
        """Choose an order. Most are in one of these states, in which the act is possible."""
        orders = self.list_valid("order")
        fit = [key for key in orders if self.state(key) in states]
        return data.draw(some.sampled_from(fit if fit and data.draw(some.integers(0, 4)) else orders))

    def state(self, order):
        return self.register.model.order_state(self.register.model.acts[order])

    def day_after(self, of, days):
        """Return the number of the day so many days after an act."""
        model = self.register.model
        return (model.acts[of].day - model.begin.date()).days + days

    @precondition(lambda self: len(self.list_valid("order")) < ORDERS)
    @rule(
        day=DAYS,
        case=CASE,
        kind=KIND,
        linked=some.booleans(),
    )
    def receive(self, day, case, kind, linked):
        self.act("receive", day, case, kind, linked)

    @precondition(lambda self: len(self.list_valid("order")) < ORDERS)
    @rule(day=DAYS, case=CASE, state=some.sampled_from(("active", "executed", "returned", "recalled")),
          known=some.sampled_from(("time", "day", "unknown")))  # fmt: skip
    def import_order(self, day, case, state, known):
        self.act("import_order", day, case, state, known)

    @has("order")
    @rule(data=some.data(), days=AFTER, act=some.sampled_from(("recall", "reject_end")))
    def recall(self, data, days, act):
        of = self.choose_order(data, *IN_FORCE, "suspended", "died")
        self.act(act, self.day_after(of, days), of)

    @has("order")
    @rule(data=some.data(), days=AFTER)
    def acquit(self, data, days):
        of = self.choose_order(data, *IN_FORCE, "died")
        self.act("acquit", self.day_after(of, days), of)

    @has("order")
    @rule(data=some.data(), days=AFTER)
    def give_back(self, data, days):
        of = self.choose_order(data, "executed")
        self.act("give_back", self.day_after(of, days), of)

    @has("acquittal")
    @rule(data=some.data(), days=AFTER)
    def restore(self, data, days):
        """Enter that an acquittal on an order does not count."""
        end = self.register.model.acts[self.choose(data, "acquittal")]
        self.act("restore", self.day_after(end.key, days), end.of.key)

    @has("notice")
    @rule(data=some.data(), days=AFTER)
    def revive(self, data, days):
        """Enter that a notice of death on an order does not count."""
        end = self.register.model.acts[self.choose(data, "notice")]
        self.act("revive", self.day_after(end.key, days), end.of.key)

    @has("order")
    @has("death")
    @rule(data=some.data(), days=AFTER, is_wrong=some.booleans())
    def notify_death(self, data, days, is_wrong):
        """Enter the notice of a death on an order; half of them are found to be wrong at once, or no run tries that."""
        death = self.choose(data, "death")
        self.act("notify_death", self.day_after(death, days), self.choose_order(data, *IN_FORCE))
        if is_wrong and self.list_valid("notice"):
            self.revive(data, days)

    @has("order")
    @rule(data=some.data(), days=AFTER, kind=some.sampled_from(sorted(NOTES)))
    def note(self, data, days, kind):
        of = self.choose_order(data, *IN_FORCE)
        self.act("note", self.day_after(of, days), of, kind)

    @precondition(lambda self: len(self.list_valid("order")) < ORDERS)
    @rule(day=DAYS, case=CASE)
    def refuse(self, day, case):
        self.act("refuse", day, case)

    @precondition(lambda self: len(self.list_valid("order")) > 1)
    @rule(data=some.data(), days=AFTER)
    def replace(self, data, days):
        of, by = self.choose_order(data, *IN_FORCE, "suspended"), self.choose_order(data, *IN_FORCE)
        if of != by:
            self.act("replace", self.day_after(of, days), of, by)

    @has("order")
    @rule(data=some.data())
    def move_order(self, data):
        """Correct the case of an order: another case of the person, or none."""
        of = self.choose(data, "order")
        order = self.register.model.acts[of]
        cases = [one for one in range(len(CASES)) if self.register.owner(one) == order.owner]
        self.act("move_order", of, data.draw(some.sampled_from((*cases, None))), keyed=False)

    @has(*DATES)
    @rule(data=some.data(), days=some.sampled_from((-30, -1, 1, 30)))
    def correct_day(self, data, days):
        self.act("correct_day", self.choose(data, *DATES), days, keyed=False)

    @has("order")
    @has("arrest")
    @rule(data=some.data())
    def link(self, data):
        """Link an arrest to an order later."""
        self.act("link", self.choose(data, "arrest"), self.choose_order(data, *IN_FORCE))

    @rule(day=DAYS, case=CASE, timeless=NO_TIME)
    def arrest(self, day, case, timeless):
        self.act("arrest", day, case, None, timeless)

    @has("order")
    @rule(data=some.data(), days=AFTER, timeless=NO_TIME)
    def execute(self, data, days, timeless):
        """Arrest the person of an order, in a case of theirs."""
        of, model = self.choose_order(data, *IN_FORCE), self.register.model
        cases = [one for one in range(len(CASES)) if self.register.owner(one) == model.acts[of].owner]
        if cases:
            self.act("arrest", self.day_after(of, days), data.draw(some.sampled_from(cases)), of, timeless)

    @has("arrest")
    @rule(data=some.data(), hours=some.integers(1, 60), offence_class=CLASS, timeless=NO_TIME)
    def custody(self, data, hours, offence_class, timeless):
        self.act("custody", hours, self.choose(data, "arrest"), offence_class, timeless)

    @has("custody")
    @rule(data=some.data(), hours=some.integers(1, 90), kind=some.sampled_from(("lawyer", "extension", "end", "end")),
          how=some.sampled_from(("released", "to_prosecutor", "escaped", "transferred", "hospital", "died")), timeless=NO_TIME)  # fmt: skip
    def custody_step(self, data, hours, kind, how, timeless):
        self.act("custody_step", hours, self.choose(data, "custody"), kind, how, timeless)

    @rule(day=DAYS, case=CASE)
    def detain(self, day, case):
        self.act("detain", day, case, None)

    @has("sentence")
    @rule(data=some.data(), days=some.integers(-90, 300))
    def imprison(self, data, days):
        of = self.choose(data, "sentence")
        root = self.register.model.acts[of].root
        self.act("detain", max(self.day_after(root.key, days), 1), root.case, of)

    @has("detention")
    @rule(data=some.data(), days=some.integers(1, 300), how=some.sampled_from(("other", "acquitted")),
          kind=some.sampled_from(("extension", "transfer", "escape", "escape", "recapture", "end")))  # fmt: skip
    def detention_step(self, data, days, kind, how):
        self.act("detention_step", days, self.choose(data, "detention"), kind, how)

    @has("detention")
    @rule(data=some.data(), days=some.integers(1, 300), until=some.none() | some.integers(-20, 20),
          how=some.sampled_from(("parole", "supervision", "order", "end_of_term", "pardon", "acquittal")))  # fmt: skip
    def release(self, data, days, how, until):
        self.act("release", days, self.choose(data, "detention"), how, until)

    @has("release")
    @rule(data=some.data(), kind=some.sampled_from(("visit", "end")))
    def follow_up(self, data, kind):
        self.act("follow_up", self.choose(data, "release"), kind)

    @precondition(lambda self: len(self.list_valid("judgment")) < JUDGMENTS)
    @rule(data=some.data(), day=DAYS, case=CASE, verdict=some.sampled_from(("convicted", "convicted", "acquitted", "non_suit")),
          one=some.booleans())  # fmt: skip
    def judge(self, data, day, case, verdict, one):
        """Enter a judgment about all offences of a case, or about one."""
        offences = [key for key in self.list_valid("offence") if self.register.model.acts[key].case == case]
        about = data.draw(some.sampled_from(offences)) if one and offences else None
        self.act("judge", day, case, verdict, about)

    @rule(case=CASE, number=some.integers(0, len(MORE_OFFENCES) - 1))
    def add_offence(self, case, number):
        self.act("add_offence", case, number)

    @precondition(lambda self: self.list_new_rows())
    @rule(data=some.data())
    def withdraw(self, data):
        self.act("withdraw", data.draw(some.sampled_from(self.list_new_rows())), keyed=False)

    @has("judgment")
    @rule(data=some.data(), verdict=some.sampled_from(("convicted", "acquitted", "non_suit")))
    def correct_verdict(self, data, verdict):
        self.act("correct_decision", self.choose(data, "judgment"), verdict, keyed=False)

    @has("custody_step")
    @rule(data=some.data(), how=some.sampled_from(("released", "to_prosecutor", "escaped", "transferred", "hospital", "died")))  # fmt: skip
    def correct_outcome(self, data, how):
        of = self.choose(data, "custody_step")
        if self.register.model.acts[of].step == "end":
            self.act("correct_decision", of, how, keyed=False)

    @precondition(lambda self: self.count_done("correct_case_day") < CASE_DAYS)
    @rule(case=CASE, days=some.sampled_from((-1100, -400, -30, 30, 400, 1100)))
    def correct_case_day(self, case, days):
        self.act("correct_case_day", case, days, keyed=False)

    @has("custody", "detention")
    @rule(data=some.data(), offence_class=CLASS)
    def correct_class(self, data, offence_class):
        of = self.choose(data, "custody", "detention")
        if self.register.model.acts[of].offence_class not in (None, offence_class):
            self.act("correct_class", of, offence_class, keyed=False)

    @precondition(lambda self: self.count_done("import_case") < IMPORTED_CASES)
    @rule(day=DAYS, case=CASE, role=some.sampled_from(("suspect", "witness")))
    def import_case(self, day, case, role):
        self.act("import_case", day, case, role)

    @has("order")
    @rule(data=some.data(), person=some.integers(0, 1))
    def identify_again(self, data, person):
        """Void the identification of an order, or identify the person again, perhaps another one."""
        of = self.choose(data, "order")
        if self.register.model.acts[of].owner is None:
            self.act("identify", of, person, keyed=False)
        else:
            self.act("end_check", of, keyed=False)

    @has("order")
    @rule(data=some.data(), kind=some.sampled_from(("match_confirmed", "match_denied", "match_extended")))
    def answer(self, data, kind):
        self.act("answer", self.choose_order(data, "active", "died"), kind)

    @has("judgment")
    @rule(data=some.data(), days=some.integers(1, 90),
          kind=some.sampled_from(("notified", "opposition", "appeal", "cassation", "final", "final", "final", "set_aside")))  # fmt: skip
    def judgment_step(self, data, days, kind):
        self.act("judgment_step", days, self.choose(data, "judgment"), kind)

    @has("judgment")
    @rule(data=some.data(), kind=some.sampled_from(("prison", "prison", "life")), months=some.integers(1, 90),
          credit=some.integers(0, 40), suspended=some.sampled_from((0, 0, 1, 6)))  # fmt: skip
    def sentence(self, data, kind, months, credit, suspended):
        self.act("sentence", self.choose(data, "judgment"), kind, months, credit, suspended)

    @has("sentence")
    @rule(data=some.data(), after=some.integers(1, 400), days=some.integers(0, 200), years=some.integers(1, 20),
          kind=some.sampled_from(("reduction", "pardon", "amnesty", "proposal", "pardon_proposal", "commutation")))  # fmt: skip
    def change_sentence(self, data, after, days, years, kind):
        self.act("change_sentence", after, self.choose(data, "sentence"), kind, days, years)

    @precondition(lambda self: self.key > STEPS // 2)
    @rule(
        data=some.data(),
        day=some.integers(700, 1400),
        person=some.integers(0, 1),
        is_notified=some.booleans(),
    )
    def die(self, data, day, person, is_notified):
        self.act("die", day, person)
        if is_notified and self.list_valid("death") and self.list_valid("order"):
            self.notify_death(data, *data.draw(some.tuples(AFTER, some.booleans())))

    @precondition(lambda self: self.count_done("correct_birth") < BIRTHS)
    @rule(person=some.integers(0, 1), age=some.sampled_from(AGES))
    def correct_birth(self, person, age):
        self.act("correct_birth", person, age, keyed=False)

    @rule(data=some.data())
    def void(self, data):
        voidable = [keys for keys in map(self.list_voidable, MODELS) if keys]
        if voidable:
            self.act(
                "void", data.draw(some.sampled_from(data.draw(some.sampled_from(voidable)))), keyed=False
            )

    @is_merged(False)
    @precondition(lambda self: self.count_done("merge") < MERGES)
    @rule()
    def merge(self):
        self.act("merge", keyed=False)

    @is_merged(True)
    @rule()
    def unmerge(self):
        self.act("unmerge", keyed=False)


def test_status_follows_from_the_acts_in_any_order(register, db_session, each_database):
    def reset():
        db.session.remove()
        if each_database == "sqlite" or next(runs) % RUNS_IN_A_DATABASE == 0:
            register.set_back()

    runs = count()
    SequenceMachine.reset = staticmethod(reset)
    run_state_machine_as_test(
        SequenceMachine,
        settings=machine_settings(
            RUNS, STEPS, phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False
        ),
    )
    if RUNS >= 500:  # a notice of death, and its reversal, need many acts before them
        assert set(MODELS) <= set(accepted), "an act that is always refused tests nothing"
