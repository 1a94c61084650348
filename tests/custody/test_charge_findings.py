"""What somebody may be called in a case follows from the decisions that are registered: V051 to V053."""

from app.cases.models import Involvement
from app.extensions import db
from tests.court_orders.sample_orders import act, an_active_order, paper_of
from tests.custody.form_data import a_suspect, day, judgment, send
from tests.html_pages import Page
from tests.sql_calls import Program


def test_each_name_waits_for_its_decision(db_session, clerk, each_database):
    suspect = a_suspect(hours=24)
    other = an_active_order(person=suspect.person, case=a_suspect(hours=24, number=4).case, number="9/26")
    db_session.commit()
    pk, url, program = suspect.id, f"/involvement/edit/{suspect.id}", Program(clerk)

    def called(role, *rules):
        """Asked of the form and of the API, which say the same; nothing said, and the API writes it."""
        if rules:
            typed = {name: values[-1] for name, values in clerk.page(url).typed().items()}
            page = Page.of(clerk.post(url, data=typed | {"role": role}), 422)
            assert [rule for _text, rule, _kind in page.said_at("role")] == list(rules)
            assert page.typed()["role"] == [role]
        body = {"role": role, "version": program.get(f"involvements/{pk}")["result"]["version"]}
        answer = program.put(f"involvements/{pk}", body, 422 if rules else 200)
        assert [one["rule"] for one in answer.get("errors", {}).get("role", ())] == list(rules)
        db_session.expire_all()
        assert (db_session.get(Involvement, pk).role == role) is not bool(rules)

    called("charged", "V051")  # the order is of another case
    order = an_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    called("charged")
    act(order, "recalled", **paper_of(order))
    db_session.commit()
    called("accused", "V051")
    called("convicted_not_final", "V053")
    made = judgment(clerk, db.session.get(Involvement, pk), decided_on=day())
    called("accused")
    called("convicted", "V052")
    called("convicted_not_final")
    send(clerk, "judgmentstep", judgment=made, kind="final", done_on=day(), paper_no="5/26")
    called("convicted")
    assert other.is_wanted
