"""Rules of the steps of procedure as pure objects."""

from app.cases.models import CaseDisposition
from app.cases.rules import DispositionFacts, dispositions
from tests.factories import NOW


def test_step_at_court_names_its_court_by_link_or_by_code():
    def find(**values):
        step = CaseDisposition(kind="at_court", **values)
        return [one.field for one in dispositions.step_at_court_names_the_court(step, DispositionFacts(NOW))]

    assert find() == ["court"]
    assert find(court_code="CFI-02") == []
