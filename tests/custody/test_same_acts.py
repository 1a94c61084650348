"""The same arrest or judgment of a person in a case, entered again: a warning names the first one."""

from app.custody.models import Arrest, Judgment
from app.extensions import db
from tests.custody.form_data import enter_arrest, enter_judgment, format_ago, make_suspect


def test_same_arrest_asks_for_a_reason(clerk, db_session, each_database):
    """V181."""
    suspect, at = make_suspect(), format_ago(hours=6)
    enter_arrest(clerk, suspect, at=at)
    page = enter_arrest(clerk, suspect, 422, at=at)
    assert "V181" in page.text and page.all("a", href=f"/arrest/show/{db.session.query(Arrest).one().id}")
    enter_arrest(clerk, suspect, at=at, at__V181__reason="checked")
    enter_arrest(clerk, suspect, at=format_ago(hours=5))


def test_same_judgment_asks_for_a_reason(clerk, db_session, each_database):
    """V182."""
    suspect = make_suspect()
    enter_judgment(clerk, suspect, court_no="៣០១/២៦")
    for number in ("៣០១/២៦", "301/26", "301 / 26"):
        page = enter_judgment(clerk, suspect, 422, court_no=number)
        assert "V182" in page.text and page.all(
            "a", href=f"/judgment/show/{db.session.query(Judgment).one().id}"
        )
    enter_judgment(clerk, suspect, court_no="302/26")
