"""Sequences of steps after a contact: the state is that of a plain replay, however steps are voided."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.schema.rules import Facts, check_rules
from app.minors import rules
from app.minors.models import MinorContact, MinorStep

MET = datetime(2026, 2, 2, 9)
KINDS = sorted({kind for _state, kind in rules.NEXT} | {rules.HAND_OVER})
ACTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.booleans()), max_size=12)
PAPER = {"receiver": "សេវា", "document_no": "1", "document_date": MET.date()}


def make_step(contact, kind, day):
    paper = PAPER | ({"until_on": day + timedelta(days=30)} if kind == rules.ORDER else {})
    return MinorStep(contact=contact, kind=kind, done_on=day, **paper)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_only_steps_that_follow_are_accepted_and_the_state_is_theirs(acts):
    contact, day, state = MinorContact(met_at=MET, steps=[]), MET.date(), rules.MET
    for kind, later, is_taken_back in acts:
        day += timedelta(days=later)
        step = make_step(contact, kind, day)
        problems = check_rules(step.__rules__, step, Facts(MET + timedelta(days=400)))
        follows = kind == rules.HAND_OVER or (state, kind) in rules.NEXT
        assert bool(problems) != follows, (state, kind, problems)
        if problems:
            contact.steps.remove(step)
        elif is_taken_back:
            step.voided_at = MET
        else:
            state = rules.NEXT.get((state, kind), state)
        assert rules.fold(contact.steps)[0] == state
        assert (rules.fold(contact.steps)[1] is not None) == (state == rules.RUNNING)
