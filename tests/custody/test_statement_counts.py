"""Number of SQL statements of a change that affects the status of a person (at most twenty)."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.confirmations.models import AWAITING
from app.court_orders.models import OrderEvent, OrderFile
from app.kernel.text import dates
from app.reference import time_limits
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_judgment,
    enter_release,
    format_ago,
    format_day,
    make_suspect,
    send_form,
)
from tests.people.sample_deaths import decide
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, FILE_COLUMNS
from tests.statement_counts import counted

MAX_STATEMENTS = 20
FOR_NOTICE = 4  # the chief is notified
FOR_TASKS = 8  # the unit in charge of a suspended order and its chief receive a task


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@prepared
def other(db_session):
    """A suspect who is not arrested: an arrest also asks the units in charge of the other orders of its person."""
    return make_suspect(hours=24 * 400, number=6)


@pytest.fixture
def orders(db_session, suspect, other):
    """Ids of orders: a warrant against the suspect; against the other two warrants, a replacement and a summons."""
    created = [
        make_active_order(person=one.person, case=one.case, number=f"{number}/26", **over)
        for number, (one, over) in enumerate(
            [
                (suspect, {}),
                (other, {}),
                (other, {}),
                (other, {}),
                (other, {"kind": "summons", "issuer": "prosecutor"}),
            ]
        )
    ]
    for order in created:
        db_session.add(OrderFile(order=order, **FILE_COLUMNS))
    db_session.commit()
    return [one.id for one in created]


def test_each_change_stays_below_the_statement_limit(
    register, clerk, client_as, db_session, suspect, other, orders, each_database
):
    time_limits.get_limits()  # fills the cache of this process
    officer, counts = client_as("warrant.bb"), {}
    suspect, other = (
        SimpleNamespace(id=suspect.id),
        SimpleNamespace(id=other.id),
    )  # a record would be reloaded after each request, and counted
    first, second, third, new, summons = orders
    document = {"document_no": "4/26", "document_date": format_day()}

    def count(name, action):
        with counted(register) as statements:
            result = action()
        counts[name] = len(statements)
        return result

    def send_event(name, order, **fields):
        data = {"order": order, "at": f"{dates.now():%d-%m-%Y %H:%M}", **fields}
        count(name, lambda: send_form(officer, f"order-{name}", **data))

    send_event("assign", first, to_unit="PC-02")
    send_event("validate", first, **document)
    on_order = {"ground": "warrant", "order": first, "place": BATTAMBANG, "match_reason": "ភាពបន្ទាន់"}
    arrested = count("arrest on an order", lambda: enter_arrest(clerk, suspect, **on_order))
    send_event("return", first, **document)
    send_event("recall", second, reason="ដកវិញ", **document)
    send_event("replace", third, by_order=new, **document)
    for end in db_session.scalars(select(OrderEvent).where(OrderEvent.confirmation == AWAITING)).all():
        decide(end)
    db_session.commit()
    send_event("execute", summons, place=BATTAMBANG, officer="អនុសេនីយ៍ឯក កែវ វណ្ណា", **document)
    held = count("custody", lambda: enter_custody(clerk, arrested, arrived_at=format_ago(hours=5)))
    granted = {"hours": "24", "who": "ព្រះរាជអាជ្ញា សុខ", "document_no": "7/26"}
    count(
        "extension", lambda: enter_custody_step(clerk, held, "extension", at=format_ago(hours=2), **granted)
    )
    count("end of custody", lambda: enter_custody_step(clerk, held, "end", outcome="to_prosecutor"))
    detained = count(
        "detention",
        lambda: enter_detention(clerk, suspect, since=format_day(-1), document_date=format_day(-1)),
    )
    count("release", lambda: enter_release(clerk, detained))
    judged = count(
        "judgment", lambda: enter_judgment(clerk, other, verdict="acquitted", decided_on=format_day(-40))
    )
    final = {"judgment": judged, "kind": "final", "done_on": format_day(), "document_no": "5/26"}
    count("final acquittal", lambda: send_form(clerk, "judgmentstep", **final))
    counts["final acquittal"] -= FOR_TASKS
    counts["arrest on an order"] -= FOR_NOTICE
    counts["extension"] -= FOR_NOTICE
    too_many = {name: number for name, number in counts.items() if number > MAX_STATEMENTS}
    assert not too_many, counts
