"""The role of a person in a case needs a registered court decision: V051 to V053."""

from app.cases.models import Involvement
from app.extensions import db
from tests.court_orders.sample_orders import add_event, make_active_order, make_document
from tests.court_orders.test_charge_findings import check_filter
from tests.custody.form_data import enter_judgment, format_day, make_suspect, send_form
from tests.html_pages import Page
from tests.sql_calls import Program

ROLES = {
    "convicted_not_final": "ពិរុទ្ធជន (សាលក្រមមិនទាន់ស្ថាពរ)", "convicted": "ទណ្ឌិត",
}  # fmt: skip


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
            fields = clerk.page(url).typed()
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
        clerk,
        "judgmentstep",
        judgment=judgment_id,
        kind="final",
        done_on=format_day(),
        document_no="5/26",
        done_on__V088__reason="checked",
    )
    set_role("convicted")
    assert other.is_wanted


def test_shown_role_follows_the_judgments_in_force(db_session, clerk, each_database):
    """The entered role is of its day: a judgment becomes final, is set aside, or is replaced by an acquittal."""
    suspect = make_suspect(hours=24 * 60)
    judgment_id = enter_judgment(clerk, suspect, decided_on=format_day(-50))
    db.session.get(Involvement, suspect.id).role = "convicted_not_final"
    db_session.commit()

    def read_roles():
        """Return the roles on the page of the case and of the person in the case."""
        check_filter(db_session, db_session.get(Involvement, suspect.id))
        tags = clerk.page(f"/case/show/{suspect.case_id}").all("a", css="plainlink")
        values = clerk.page(f"/involvement/show/{suspect.id}").all("dd")
        texts = (" ".join(one.text for one in found) for found in (tags, values))
        return [{role for role, name in ROLES.items() if name in text} for text in texts]

    def enter_step(judgment_id, kind, **fields):
        typed = {"judgment": judgment_id, "kind": kind, "done_on": format_day(), "document_no": "5/26"}
        send_form(clerk, "judgmentstep", **typed | fields)

    assert read_roles() == [{"convicted_not_final"}] * 2
    enter_step(judgment_id, "final", done_on=format_day(-10))
    assert read_roles() == [{"convicted"}] * 2
    enter_step(judgment_id, "set_aside")
    assert read_roles() == [set(), set()]
    acquitted = enter_judgment(
        clerk, suspect, verdict="acquitted", court_no="9/26", decided_on=format_day(-40)
    )
    enter_step(acquitted, "final", done_on=format_day(-1))
    assert read_roles() == [set(), set()]
