"""How many SQL statements an act takes that changes what somebody is to the register (at most twenty)."""

from types import SimpleNamespace

import pytest

from app.kernel.text import dates
from tests.court_orders.sample_orders import an_active_order
from tests.custody.form_data import (
    a_suspect,
    ago,
    arrest,
    custody,
    day,
    detention,
    judgment,
    release,
    send,
    step,
)
from tests.sample_rows import BATTAMBANG
from tests.statement_counts import counted

MOST = 20


@pytest.fixture
def suspect(db_session):
    return a_suspect(hours=24 * 400)


@pytest.fixture
def orders(db_session, suspect):
    """Orders against the suspect: three warrants in his case, one that replaces one of them, and a summons."""
    made = [
        an_active_order(person=suspect.person, case=suspect.case, number=f"{number}/26", **over)
        for number, over in enumerate([{}, {}, {}, {}, {"kind": "summons", "issuer": "prosecutor"}])
    ]
    db_session.commit()
    return [one.id for one in made]


def test_no_act_takes_more_statements_than_it_may(register, clerk, client_as, suspect, orders, each_database):
    officer, taken = client_as("warrant.bb"), {}
    suspect = SimpleNamespace(id=suspect.id)  # a record would be read anew after each request, and counted
    first, second, third, new, summons = orders
    paper = {"paper_no": "4/26", "paper_on": day()}

    def count(name, send_it):
        with counted(register) as statements:
            made = send_it()
        taken[name] = len(statements)
        return made

    def act(name, order, **boxes):
        sent = {"order": order, "at": f"{dates.now():%d-%m-%Y %H:%M}", **boxes}
        count(name, lambda: send(officer, f"order-{name}", **sent))

    act("assign", first, to_unit="PC-02")
    act("validate", first, **paper)
    on_order = {"ground": "warrant", "order": first, "place": BATTAMBANG, "hit_reason": "ភាពបន្ទាន់"}
    arrested = count("arrest on an order", lambda: arrest(clerk, suspect, **on_order))
    act("return", first, **paper)
    act("recall", second, reason="ដកវិញ", **paper)
    act("replace", third, by_order=new, **paper)
    act("execute", summons, place=BATTAMBANG, officer="អនុសេនីយ៍ឯក កែវ វណ្ណា", **paper)
    held = count("custody", lambda: custody(clerk, arrested, arrived_at=ago(hours=5)))
    granted = {"hours": "24", "who": "ព្រះរាជអាជ្ញា សុខ", "paper_no": "7/26"}
    count("extension", lambda: step(clerk, held, "extension", at=ago(hours=2), **granted))
    count("end of custody", lambda: step(clerk, held, "end", outcome="to_prosecutor"))
    detained = count("detention", lambda: detention(clerk, suspect, since=day(), paper_on=day()))
    count("release", lambda: release(clerk, detained))
    judged = count("judgment", lambda: judgment(clerk, suspect, verdict="acquitted"))
    final = {"judgment": judged, "kind": "final", "done_on": day(), "paper_no": "5/26"}
    count("final acquittal", lambda: send(clerk, "judgmentstep", **final))
    too_many = {name: number for name, number in taken.items() if number > MOST}
    assert not too_many, taken
