"""What the rules of custody, detention, judgment and release accept, and records in which a day is not entered yet."""

from datetime import datetime

import pytest

from app.cases.models import CaseOffence
from app.custody.models import DetentionStep, SentenceChange
from app.custody.rules import CustodyFacts, custodies, detentions, judgments, releases, time_limits
from app.kernel.schema.rules import WARNING
from tests.court_orders.rule_examples import make_order
from tests.custody.rule_examples import (
    CONFIRMED,
    TODAY,
    YESTERDAY,
    make_arrest,
    make_custody,
    make_detention,
    make_release,
    make_sentence,
)
from tests.factories import NOW, make_case, make_offence, make_person

FACTS = CustodyFacts(now=NOW, limits=CONFIRMED)


def test_custody_in_a_case_of_petty_offences_warns_whatever_class_is_typed():
    petty = CaseOffence(offence=make_offence(offence_class="petty"), attempt=False)
    custody = make_custody(case=make_case(offences=[petty]), offence_class="felony")
    problems = list(custodies.offence_allows_custody(custody, FACTS))
    assert [one.severity for one in problems] == [WARNING]
    assert "petty" in str(problems[0].text.msgid)


def test_extension_without_a_day_is_not_compared_with_the_end_of_the_detention():
    step = DetentionStep(detention=make_detention(due_on=YESTERDAY), kind="extension", months=6)
    assert not [
        one for one in detentions.extension_is_within_the_total(step, FACTS) if one.field == "done_on"
    ]


@pytest.mark.parametrize("values", [{}, {"kind": "life", "years": None}])
def test_proposal_for_a_sentence_without_a_start_is_not_compared(values):
    change = SentenceChange(sentence=make_sentence(starts_on=None, **values), kind="proposal", done_on=TODAY)
    assert list(judgments.proposal_is_not_early(change, FACTS)) == []


def test_release_without_follow_up_needs_no_unit():
    assert list(releases.follow_up_is_complete(make_release(), FACTS)) == []


def test_age_of_an_arrested_person_is_that_of_the_case_of_the_order():
    person = make_person()
    born = person.born_on.year
    order = make_order(case=make_case(occurred_from=datetime(born + 17, 12, 31)), occurred_on=None)
    arrest = make_arrest(involvement=None, case=None, person=person, order=order)
    lowest, _highest = time_limits.get_ages_of_detained(arrest, datetime(born + 40, 12, 31))
    assert lowest == 17
