"""What the rules of investigation acts accept."""

from app.investigation.models import InvestigationAct
from app.investigation.rules import search_is_authorised
from tests.investigation.rule_examples import AUTHORISED, BEGUN


def test_search_may_begin_in_the_minute_of_its_authorisation():
    act = InvestigationAct(kind="search", begun_at=BEGUN, **AUTHORISED)
    assert list(search_is_authorised(act, None)) == []
