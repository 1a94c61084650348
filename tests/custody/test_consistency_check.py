"""The check recomputes derived values of custody records from their steps, and reports manual changes."""

from sqlalchemy import text

from app.custody import consistency_check
from app.custody.derived_state import UPDATERS
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_judgment,
    enter_release,
    enter_sentence,
    format_day,
    make_suspect,
    send_form,
)
from tests.custody.test_prisons import enter_detention_step, enter_supervision_step

# column → a value that no act gives
VALUES = {
    "custody": {"end_time_unknown": "true", "counts_from": "'2031-01-01 00:00:00'", "limit_at": "'2031-01-01 00:00:00'", "limit_code": "'custody_14_felony'",
                "ended_at": "'2026-01-01 00:00:00'", "outcome": "'died'", "extended": "false"},
    "detention": {"due_on": "'2031-01-01'", "limit_code": "'detention_14_felony'", "escaped": "true", "prison_code": "'CC1'",
                  "ended_on": "NULL", "end_reason": "NULL"},
    "judgment": {"notified_on": "'2031-01-01'", "contested_on": "NULL", "final_on": "'2031-01-01'", "set_aside_on": "'2031-01-01'",
                 "replaced_on": "'2031-01-01'"},
    "sentence": {"expected_on": "'2031-01-01'"},
    "release": {"ended_on": "NULL"},
    "involvement": {"ended_on": "'2026-01-01'", "end_reason": "'acquitted'"},
}  # fmt: skip


def test_value_changed_without_step_is_reported(clerk, db_session, each_database):
    suspect, unjudged = make_suspect(hours=24 * 400), make_suspect()
    judgment = enter_judgment(clerk, suspect)
    enter_sentence(clerk, judgment)
    for kind in ("notified", "appeal"):
        send_form(
            clerk, "judgmentstep", judgment=judgment, kind=kind, done_on=format_day(-2), document_no="៧/២៦"
        )
    held = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, held, "extension", who="ព្រះរាជអាជ្ញា", document_no="៧/២៦", hours="24")
    prison = enter_detention(clerk, suspect)
    enter_detention_step(clerk, prison, "transfer", prison="CC3", document_no="៩/២៦")
    freed = enter_release(clerk, prison, supervised_until="05-03-2031", reports_to="PC-02")
    enter_supervision_step(clerk, freed, "end", document_no="៩/២៦")
    db_session.rollback()
    assert consistency_check.find_drift(db_session.connection()) == []
    for model in UPDATERS:
        assert set(VALUES[model.__tablename__]) == set(model.__editable_after_lock__)
    for entity, values in VALUES.items():
        for column, value in values.items():
            db_session.connection().execute(text(f"UPDATE {entity} SET {column} = {value}"))  # noqa: S608
            found = consistency_check.find_drift(db_session.connection())
            assert (entity, column) in {(one[0], one[2]) for one in found}, (entity, column, found)
            if (entity, column) == ("involvement", "ended_on"):
                assert ("involvement", unjudged.id, "ended_on", "2026-01-01", "None") in found
            db_session.rollback()
    assert consistency_check.find_drift(db_session.connection()) == []


def test_acquittal_that_contradicts_its_judgment_is_reported(clerk, db_session, each_database):
    suspect = make_suspect(hours=24 * 400)
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    judgment = enter_judgment(clerk, suspect, verdict="acquitted", court_no="9/26")
    send_form(
        clerk, "judgmentstep", judgment=judgment, kind="final", done_on=format_day(), document_no="7/26"
    )
    db_session.expire_all()
    pk, event = order.id, order.acts[-1].id
    assert order.status == "suspended" and order.acts[-1].kind == "acquitted"
    db_session.rollback()
    other = "UPDATE order_event SET kind = 'seen' WHERE kind = 'acquitted'"
    for changes, found in (
        (("UPDATE judgment SET final_on = NULL",), ("order_event", event, "judgment_id", str(judgment), "None")),
        (("UPDATE order_event SET judgment_id = 99 WHERE kind = 'acquitted'",),
         ("order_event", event, "judgment_id", "99", str(judgment))),
        ((other, "UPDATE court_order SET status = 'active'"), ("court_order", pk, "acquitted by", "None", "9/26")),
    ):  # fmt: skip
        assert consistency_check.find_drift(db_session.connection()) == []
        for changed in changes:
            db_session.connection().execute(text(changed))
        assert found in consistency_check.find_drift(db_session.connection())
        db_session.rollback()
