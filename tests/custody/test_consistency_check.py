"""The check recomputes derived values of custody records from their steps, and reports manual changes."""

from sqlalchemy import text

from app.custody import consistency_check
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_release,
    make_suspect,
)
from tests.custody.test_prisons import enter_detention_step, enter_supervision_step

CHANGES = [
    ("custody", "limit_at", "UPDATE custody SET limit_at = '2031-01-01 00:00:00'"),
    ("custody", "ended_at", "UPDATE custody SET ended_at = '2026-01-01 00:00:00'"),
    ("custody", "outcome", "UPDATE custody SET outcome = 'died'"),
    ("detention", "due_on", "UPDATE detention SET due_on = '2031-01-01'"),
    ("detention", "escaped", "UPDATE detention SET escaped = true"),
    ("detention", "prison_code", "UPDATE detention SET prison_code = 'CC1'"),
    ("detention", "ended_on", "UPDATE detention SET ended_on = NULL"),
    ("release", "ended_on", "UPDATE release SET ended_on = NULL"),
]


def test_value_changed_without_step_is_reported(clerk, db_session, each_database):
    suspect = make_suspect(hours=24 * 400)
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, held, "extension", who="ព្រះរាជអាជ្ញា", document_no="៧/២៦", hours="24")
    prison = enter_detention(clerk, suspect)
    enter_detention_step(clerk, prison, "transfer", prison="CC3", document_no="៩/២៦")
    freed = enter_release(clerk, prison, supervised_until="05-03-2031", reports_to="PC-02")
    enter_supervision_step(clerk, freed, "end", document_no="៩/២៦")
    db_session.rollback()
    assert consistency_check.find_drift(db_session.connection()) == []
    for entity, column, changed in CHANGES:
        db_session.connection().execute(text(changed))
        found = consistency_check.find_drift(db_session.connection())
        assert (entity, column) in {(one[0], one[2]) for one in found}, (changed, found)
        db_session.rollback()
    assert consistency_check.find_drift(db_session.connection()) == []
