"""The role of a person in a case needs a registered court decision: V051 to V053."""

from app.cases.models import Involvement
from app.extensions import db
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.custody.form_data import enter_judgment, format_day, make_suspect, send_form
from tests.html_pages import Page
from tests.sql_calls import Program


def test_role_without_court_decision_is_refused(db_session, clerk, each_database):
    suspect = make_suspect(hours=24)
    other = make_active_order(
        person=suspect.person, case=make_suspect(hours=24, number=4).case, number="9/26"
    )
    db_session.commit()
    pk, url, program = suspect.id, f"/involvement/edit/{suspect.id}", Program(clerk)

    def set_role(role, *rules):
        """Set the role. Form and API show the same rules; without rules, the API saves the role."""
        if rules:
            fields = {name: values[-1] for name, values in clerk.page(url).typed().items()}
            page = Page.from_response(clerk.post(url, data=fields | {"role": role}), 422)
            assert [rule for _text, rule, _kind in page.get_messages("role")] == list(rules)
            assert page.typed()["role"] == [role]
        body = {"role": role, "version": program.get(f"involvements/{pk}")["result"]["version"]}
        response = program.put(f"involvements/{pk}", body, 422 if rules else 200)
        assert [one["rule"] for one in response.get("errors", {}).get("role", ())] == list(rules)
        db_session.expire_all()
        assert (db_session.get(Involvement, pk).role == role) is not bool(rules)

    set_role("charged", "V051")  # the order belongs to another case
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    set_role("charged")
    add_event(order, "recalled", **make_document(order))
    db_session.commit()
    set_role("accused", "V051")
    set_role("convicted_not_final", "V053")
    judgment_id = enter_judgment(clerk, db.session.get(Involvement, pk), decided_on=format_day())
    set_role("accused")
    set_role("convicted", "V052")
    set_role("convicted_not_final")
    send_form(
        clerk, "judgmentstep", judgment=judgment_id, kind="final", done_on=format_day(), document_no="5/26"
    )
    set_role("convicted")
    assert other.is_wanted
