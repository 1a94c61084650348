"""Rules of detention, judgment and release as pure objects: what is unlawful warns and stays recordable."""

from datetime import date
from types import SimpleNamespace

import pytest

from app.custody.models import Judgment
from app.custody.rules import CustodyFacts, detentions, judgments, releases
from app.custody.rules.facts import OpenDetention
from app.kernel.schema.rules import ERROR, INFO, WARNING
from app.reference.time_limits import LegalLimit


def make_limit(code, amount, measure, confirmed=True):
    return LegalLimit(code, amount, measure, "basis", confirmed)


LIMITS = {
    one.code: one
    for one in (
        make_limit("detention_felony", 6, "month"), make_limit("detention_felony_total", 18, "month"),
        make_limit("detention_misdemeanour", 4, "month"), make_limit("detention_misdemeanour_total", 6, "month"),
        make_limit("appeal", 1, "month", False), make_limit("opposition", 15, "day", False),
        make_limit("pardon", 2, "third"), make_limit("reduction", 1, "third"), make_limit("reduction_life", 10, "year"),
        make_limit("parole_short", 50, "percent"), make_limit("parole_long", 2, "third"), make_limit("parole_life", 20, "year"),
    )
}  # fmt: skip
FACTS = CustodyFacts(limits=LIMITS)


def find(rule, record, facts=FACTS):
    return {(one.rule, one.field, one.severity) for one in rule(record, facts)}


def make_detention(offence_class="misdemeanour", steps=(), **values):
    fields = {
        "kind": "provisional", "since": date(2026, 1, 1), "due_on": date(2026, 5, 1), "offence_class": offence_class,
        "person": None, "case": None, "steps": list(steps), "ended_on": None, "sentence": None, "first_prison": None,
    }  # fmt: skip
    return SimpleNamespace(**fields | values)


def make_extension(detention, months, done_on=date(2026, 4, 20)):
    step = SimpleNamespace(
        id=None, kind="extension", detention=detention, months=months, done_on=done_on, voided_at=None
    )
    detention.steps.append(step)
    return step


def test_unlawful_extension_warns_and_is_not_refused():
    rule = detentions.extension_is_within_the_total
    assert find(rule, make_extension(make_detention(), 2)) == set()
    late = make_extension(make_detention(), 2, done_on=date(2026, 9, 1))
    assert find(rule, late) == {("V091", "done_on", WARNING)}
    second = make_detention()
    make_extension(second, 1)
    assert ("V091", "kind", WARNING) in find(rule, make_extension(second, 1))
    assert find(rule, make_extension(make_detention(), 12)) == {("V091", "months", WARNING)}
    felony = make_detention("felony")
    assert find(rule, make_extension(felony, 6)) == set()
    assert find(rule, make_extension(felony, 6)) == set()
    assert ("V091", "kind", WARNING) in find(rule, make_extension(felony, 6))


def test_person_is_in_one_prison_and_one_detention_of_a_case():
    rule = detentions.person_is_in_one_prison

    def check(kind, in_same_case, prison="CC1", **values):
        other = OpenDetention(
            "D-0000001", "provisional", date(2026, 1, 1), "CC1", in_same_case, is_continued=True
        )
        record = make_detention(
            kind=kind, since=date(2026, 3, 1), first_prison=SimpleNamespace(code=prison), **values
        )
        return find(rule, record, CustodyFacts(open_detentions=[other]))

    assert check("provisional", True) == {("V091", "involvement", ERROR)}
    assert check("sentence", True) == {("V091", "since", INFO)}, "the sentence ends the provisional detention"
    assert check("sentence", False) == set(), "another case, the same prison"
    assert check("sentence", False, prison="CC3") == {("V090", "first_prison", ERROR)}
    assert check("provisional", True, ended_on=date(2026, 3, 2)) == set()


def make_final(done_on, contested_on=None, in_absence=False):
    judgment = SimpleNamespace(decided_on=date(2026, 1, 10), contested_on=contested_on, in_absence=in_absence)
    return SimpleNamespace(kind="final", done_on=done_on, judgment=judgment)


def test_final_judgment_warns_while_an_appeal_is_possible_or_pending():
    rule, warns = judgments.appeal_is_decided, {("V088", "done_on", WARNING)}
    assert find(rule, make_final(date(2026, 1, 10))) == warns, "on the day of the judgment"
    assert find(rule, make_final(date(2026, 2, 9))) == warns
    assert find(rule, make_final(date(2026, 2, 10))) == set()
    pending = make_final(date(2026, 6, 1), contested_on=date(2026, 1, 20))
    assert find(rule, pending) == warns
    assert find(rule, pending, CustodyFacts(limits=LIMITS, later_judgment=True)) == set()


def make_change(kind, **values):
    sentence = SimpleNamespace(kind="life", changes=[])
    fields = {
        "kind": kind, "days": None, "years": None, "done_on": date(2026, 1, 1), "document_no": "1/26", "voided_at": None,
        "sentence": sentence,
    }  # fmt: skip
    return SimpleNamespace(**fields | values)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("reduction", ("V095", "days", ERROR)), ("amnesty", ("V095", "days", ERROR)), ("pardon", ("V095", "days", WARNING)),
        ("commutation", ("V095", "years", ERROR)),
    ],
)  # fmt: skip
def test_change_needs_its_amount(kind, problem):
    assert find(judgments.change_has_its_amount, make_change(kind)) == {problem}


def test_only_a_life_sentence_is_commuted():
    prison = SimpleNamespace(kind="prison", changes=[])
    change = make_change("commutation", years=20, sentence=prison)
    assert find(judgments.change_has_its_amount, change) == {("V095", "kind", ERROR)}


def test_same_decree_is_refused_and_another_date_warns():
    first = make_change("reduction", days=30)
    first.sentence.changes.append(first)
    again = make_change("reduction", days=30, sentence=first.sentence)
    assert find(judgments.decree_is_entered_once, again) == {("V095", "document_no", ERROR)}
    again.done_on = date(2026, 2, 1)
    assert find(judgments.decree_is_entered_once, again) == {("V095", "document_no", WARNING)}
    again.document_no = "2/26"
    assert find(judgments.decree_is_entered_once, again) == set()


def make_sentence(**values):
    fields = {
        "kind": "prison", "years": 3, "months": None, "days": None, "suspended_months": None, "starts_on": date(2017, 1, 1),
        "credit_days": None, "changes": [], "judgment": None, "voided_at": None,
    }  # fmt: skip
    return SimpleNamespace(**fields | values)


@pytest.mark.parametrize(
    ("kind", "day", "warns"),
    [
        ("pardon_proposal", date(2018, 12, 31), True), ("pardon_proposal", date(2019, 1, 1), False),
        ("proposal", date(2017, 12, 31), True), ("proposal", date(2018, 1, 1), False),
    ],
)  # fmt: skip
def test_proposal_is_early_before_its_third(kind, day, warns):
    change = make_change(kind, done_on=day, sentence=make_sentence())
    assert bool(find(judgments.proposal_is_not_early, change)) is warns


@pytest.mark.parametrize(("day", "warns"), [(date(2026, 1, 1), True), (date(2026, 12, 31), False)])
def test_life_sentence_needs_ten_full_years_before_a_proposal(day, warns):
    life = make_sentence(kind="life", years=None, starts_on=date(2016, 12, 31))
    change = make_change("proposal", done_on=day, sentence=life)
    assert find(judgments.proposal_is_not_early, change) == (
        {("V099", "done_on", WARNING)} if warns else set()
    )


def make_release(kind, day, sentence=None, **values):
    fields = {"kind": kind, "released_on": day, "supervised_until": None, "reports_to": None}
    return SimpleNamespace(detention=SimpleNamespace(sentence=sentence), **fields | values)


@pytest.mark.parametrize(("day", "warns"), [(date(2036, 1, 1), True), (date(2036, 12, 31), False)])
def test_parole_of_a_life_sentence_needs_twenty_full_years(day, warns):
    life = make_sentence(kind="life", years=None, starts_on=date(2016, 12, 31))
    found = find(releases.parole_is_not_early, make_release("parole", day, life))
    assert found == ({("V098", "released_on", WARNING)} if warns else set())


def test_follow_up_after_a_served_sentence_warns():
    rule, until = releases.served_sentence_has_no_follow_up, date(2027, 1, 1)
    served = make_release("end_of_term", date(2026, 1, 1), supervised_until=until)
    assert find(rule, served) == {("V098", "supervised_until", WARNING)}
    assert find(rule, make_release("end_of_term", date(2026, 1, 1))) == set()
    assert find(rule, make_release("parole", date(2026, 1, 1), supervised_until=until)) == set()


@pytest.mark.parametrize(
    ("sentence", "warns"),
    [
        ({"kind": "suspended"}, True), ({"kind": "fine"}, True), ({}, False), ({"voided_at": date(2026, 1, 1)}, True),
        ({"judgment": Judgment(set_aside_on=date(2026, 1, 1))}, True),
        ({"judgment": Judgment(replaced_on=date(2026, 1, 1))}, True),
    ],
)  # fmt: skip
def test_only_imprisonment_in_force_is_served(sentence, warns):
    detention = make_detention(kind="sentence", sentence=make_sentence(**sentence), involvement=None)
    found = find(detentions.served_sentence_is_recorded, detention)
    assert found == ({("V095", "sentence", WARNING)} if warns else set())


@pytest.mark.parametrize(
    ("credit", "held", "refused"), [(0, 0, True), (101, 0, False), (0, 101, False), (50, 100, True)]
)
def test_sentence_begins_with_the_known_detention_at_the_earliest(credit, held, refused):
    judgment = SimpleNamespace(decided_on=date(2026, 9, 10))
    sentence = make_sentence(judgment=judgment, starts_on=date(2026, 6, 1), credit_days=credit)
    found = find(judgments.sentence_start_is_plausible, sentence, CustodyFacts(held_days=held))
    assert found == ({("V094", "starts_on", ERROR)} if refused else set())


def test_void_extension_is_not_counted():
    detention = make_detention()
    make_extension(detention, 1).voided_at = date(2026, 4, 21)
    assert find(detentions.extension_is_within_the_total, make_extension(detention, 2)) == set()


@pytest.mark.parametrize("term", [{"years": 1}, {"months": 1}, {"days": 1}])
def test_any_term_is_a_term_of_imprisonment(term):
    given = SimpleNamespace(kind="prison", **{"years": None, "months": None, "days": None} | term)
    assert find(judgments.imprisonment_has_a_term, given) == set()


@pytest.mark.parametrize(
    ("kind", "suspended", "refused"),
    [("prison", 12, False), ("prison", 13, True), ("fine", 12, True), ("fine", None, False)],
)
def test_only_a_part_of_the_imprisonment_is_suspended(kind, suspended, refused):
    given = SimpleNamespace(kind=kind, years=1, months=None, suspended_months=suspended)
    found = find(judgments.suspended_part_is_within_the_term, given)
    assert found == ({("V095", "suspended_months", ERROR)} if refused else set())
