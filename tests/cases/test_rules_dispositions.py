"""Rules of the steps of procedure as pure objects."""

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
