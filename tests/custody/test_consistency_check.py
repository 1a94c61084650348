"""What says how long somebody is held is worked out anew from the steps, and named where a hand has changed it."""

from sqlalchemy import text

from app.custody import consistency_check
from tests.custody.form_data import a_suspect, arrest, custody, detention, release, step
from tests.custody.test_prisons import detention_step, tracking_step

CHANGED = [
    ("custody", "limit_at", "UPDATE custody SET limit_at = '2031-01-01 00:00:00'"),
    ("custody", "ended_at", "UPDATE custody SET ended_at = '2026-01-01 00:00:00'"),
    ("custody", "outcome", "UPDATE custody SET outcome = 'died'"),
    ("detention", "due_on", "UPDATE detention SET due_on = '2031-01-01'"),
    ("detention", "escaped", "UPDATE detention SET escaped = true"),
    ("detention", "prison_code", "UPDATE detention SET prison_code = 'CC1'"),
    ("detention", "ended_on", "UPDATE detention SET ended_on = NULL"),
    ("release", "ended_on", "UPDATE release SET ended_on = NULL"),
]


def test_what_was_changed_past_the_steps_is_named(clerk, db_session, each_database):
    suspect = a_suspect(hours=24 * 400)
    held = custody(clerk, arrest(clerk, suspect))
    step(clerk, held, "extension", who="ព្រះរាជអាជ្ញា", paper_no="៧/២៦", hours="24")
    prison = detention(clerk, suspect)
    detention_step(clerk, prison, "transfer", prison="CC3", paper_no="៩/២៦")
    freed = release(clerk, prison, track_until="05-03-2031", reports_to="PC-02")
    tracking_step(clerk, freed, "end", paper_no="៩/២៦")
    db_session.rollback()
    assert consistency_check.differences(db_session.connection()) == []
    for entity, column, changed in CHANGED:
        db_session.connection().execute(text(changed))
        found = consistency_check.differences(db_session.connection())
        assert (entity, column) in {(one[0], one[2]) for one in found}, (changed, found)
        db_session.rollback()
    assert consistency_check.differences(db_session.connection()) == []
