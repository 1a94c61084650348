"""Rules of the steps of procedure as pure objects."""

from datetime import date

from app.cases.models import CaseDisposition
from app.cases.rules import DispositionFacts, dispositions
from tests.factories import NOW, make_case


def test_step_at_court_names_its_court_by_link_or_by_code():
    def find(**values):
        step = CaseDisposition(kind="at_court", **values)
        return [one.field for one in dispositions.step_at_court_names_the_court(step, DispositionFacts(NOW))]

    assert find() == ["court"]
    assert find(court_code="CFI-02") == []


def test_saved_step_is_not_compared_again():
    """A correction of another field finds the step among those of its case already."""
    case = make_case(status="open")
    wrong = {"kind": "returned", "case": case, "decided_on": NOW.date()}
    assert list(dispositions.step_follows_the_others(CaseDisposition(**wrong), DispositionFacts(NOW)))
    saved = CaseDisposition(id=1, **wrong)
    assert list(dispositions.step_follows_the_others(saved, DispositionFacts(NOW))) == []


def test_solved_case_may_be_solved_in_another_way():
    """A second step by the arrest changes nothing."""
    day = NOW.date()
    facts = DispositionFacts(NOW, implied=(dispositions.ImpliedStep("arrest", day),))

    def find(before, clearance):
        case = make_case(status="open")
        CaseDisposition(id=1, kind="solved", clearance=before, case=case, decided_on=day)
        step = CaseDisposition(kind="solved", clearance=clearance, case=case, decided_on=day)
        return [one.rule for one in dispositions.step_follows_the_others(step, facts)]

    assert find("arrest", "arrest") == ["V141"]
    assert find("arrest", "exceptional_death") == find("exceptional_death", "arrest") == []


def test_suspect_without_a_judgment_is_as_far_as_before_the_end_of_the_case():
    """A decision after the end shows that the case goes on. Until then, and after an end of an import, the end counts."""

    def fold(judged_on, **end):
        steps = [
            CaseDisposition(id=1, kind="at_prosecutor", decided_on=date(2026, 1, 1)),
            CaseDisposition(id=2, kind="filed", decided_on=date(2026, 1, 10), **end),
            dispositions.ImpliedStep("judged", judged_on, person_id=7, final_on=judged_on),
            dispositions.ImpliedStep("undecided", NOW.date(), person_id=8),
        ]
        return dispositions.fold_steps(steps)["status"]

    assert fold(date(2026, 1, 9)) == "filed"
    assert fold(date(2026, 1, 11)) == "at_prosecutor"
    assert fold(date(2026, 1, 11), source_row=2) == "at_prosecutor", "the other step is not of the import"
