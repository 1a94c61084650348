"""Number of SQL statements of a change that affects the status of a person: about twenty (docs/figures.md)."""

from itertools import chain
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.confirmations.models import AWAITING
from app.court_orders.models import OrderEvent, OrderFile, OrderMatch
from app.kernel.text import dates
from app.people.deaths import DeathReport
from app.reference import time_limits
from tests.court_orders.sample_orders import make_active_order, make_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_detention_step,
    enter_judgment,
    enter_release,
    enter_sentence,
    format_ago,
    format_day,
    make_suspect,
    send_form,
)
from tests.people.sample_deaths import decide
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, FILE_COLUMNS, PHNOM_PENH, acting_as, add_registered_case
from tests.statement_counts import counted

MAX_STATEMENTS = 20
MORE = {  # change → its own maximum
    # Of SQLite, which inserts each message by itself. The orders are suspended by a second flush, and the case is final.
    "final acquittal": 28,
    "set aside": 21,  # on PostgreSQL, which locks the case: it is not judged any more
    "sentence detention": 21,  # the provisional detention ends, and no other prison may hold the person
    # A second flush executes the order, which ends its matches; the case is solved. The same arrest is looked for under
    # the lock of the case: PostgreSQL locks it there too, not only before the write.
    "arrest on an order": 28,
    "release": 21,  # on SQLite, from a sentence: the other detentions and custodies of the person are read
    # Of SQLite. Two officers and their accounts are compared, both cases follow, and each unit has its message. The cases of
    # the person are looked for again under the lock of the person.
    "confirmed death": 31,
    # The verification compares person, photo, scan, officers, acquittals and who holds the person. Then the order makes the
    # person visible and wanted, and asks about earlier matches, arrests and non-suits.
    "check": 24,
}


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
        counts[name] = list(statements)
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
    check_counts(counts)


def check_counts(counts):
    too_many = [
        (name, len(statements), *(" ".join(one.split())[:200] for one in statements))
        for name, statements in counts.items()
        if len(statements) > MORE.get(name, MAX_STATEMENTS)
    ]
    assert not too_many, "\n  ".join(map(str, chain(*too_many)))


def send_decision(browser, url, **fields):
    """Send a form that is not about a new record."""
    answer = browser.send(url, fields)
    assert answer.status_code == 302, answer.text[-2000:]


def test_each_change_of_a_second_officer_and_of_a_prison_stays_below_the_limit(
    register, clerk, client_as, db_session, suspect, other, each_database
):
    time_limits.get_limits()
    officer, second, counts = client_as("warrant.bb"), client_as("investigator.bb"), {}
    held, wanted = SimpleNamespace(id=suspect.id), SimpleNamespace(id=other.person_id)
    own = {"person": other.person, "case": other.case}
    received, refused = (make_order(number=f"{one}/26", case=other.case).id for one in (1, 2))
    died, suspended, ended, met = (make_active_order(number=f"{one}/26", **own).id for one in (3, 4, 5, 6))
    for order in (ended, suspended, died):
        db_session.add(OrderFile(order_id=order, **FILE_COLUMNS))
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(other.person, "suspect")])
    db_session.commit()
    matches = db_session.scalars(select(OrderMatch.id).order_by(OrderMatch.id)).all()
    document = {"document_no": "4/26", "document_date": format_day()}

    def count(name, action):
        with counted(register) as statements:
            result = action()
        counts[name] = list(statements)
        return result

    def send_event(name, order, browser=officer, **fields):
        data = {"order": order, "at": f"{dates.now():%d-%m-%Y %H:%M}", **fields}
        count(name, lambda: send_form(browser, f"order-{name}", **data))

    def confirm(name, model, table):
        waiting = select(model.id).where(model.confirmation == AWAITING).order_by(model.id.desc())
        pk = db_session.scalars(waiting).first()
        db_session.rollback()
        count(name, lambda: send_decision(second, f"/{table}/decide/{pk}", confirmation="confirmed"))

    count(
        "check",
        lambda: send_decision(
            second, f"/order-verification/{received}", person=wanted.id, person__reason="other", version="1"
        ),
    )
    send_event("reject", refused, second, reason="ខុស")
    send_event("attempt", met, result="not_found")
    send_event("seen", met, place=BATTAMBANG)
    send_event("notice", met, notice_kind="national", document_no="A-1")
    answer = {"kind": "match_confirmed", "reason": "ដីកានៅមានសុពលភាព", "compared": "y"}
    count("confirmed match", lambda: send_decision(officer, f"/matches/{matches[0]}/answer", **answer))
    answer = {"kind": "match_denied", "reason": "ឈ្មោះដូចគ្នា"}
    count("denied match", lambda: send_decision(officer, f"/matches/{matches[1]}/answer", **answer))
    send_event("recall", ended, reason="ដកវិញ", **document)
    confirm("confirmed recall", OrderEvent, "orderevent")
    send_event("acquitted", suspended, **document)
    confirm("confirmed acquittal", OrderEvent, "orderevent")
    send_event("restored", suspended, **document)

    arrested = enter_arrest(clerk, held)
    custody = enter_custody(clerk, arrested, arrived_at=format_ago(hours=5))
    count("step of a custody", lambda: enter_custody_step(clerk, custody, "lawyer"))
    since = {"since": format_day(-60), "document_date": format_day(-60)}
    detained = enter_detention(clerk, held, **since)
    extension = {"months": "2", "document_no": "8/26"}
    for kind, day, fields in (
        ("extension", -50, extension), ("transfer", -40, {"prison": "CC3", "document_no": "9/26"}),
        ("escape", -30, {}), ("recapture", -20, {}),
    ):  # fmt: skip
        step = fields | {"done_on": format_day(day)}
        count(
            f"{kind} in prison",
            lambda kind=kind, step=step: enter_detention_step(clerk, detained, kind, **step),
        )
    judged = enter_judgment(clerk, held, decided_on=format_day(-45))
    for kind in ("notified", "appeal"):
        step = {"judgment": judged, "kind": kind, "done_on": format_day(-40), "document_no": "5/26"}
        count(kind, lambda step=step: send_form(clerk, "judgmentstep", **step))
    sentence = count("sentence", lambda: enter_sentence(clerk, judged, starts_on=format_day(-45)))
    change = {
        "sentence": sentence,
        "kind": "reduction",
        "days": "30",
        "done_on": format_day(-5),
        "document_no": "2/26",
    }
    count("change of a sentence", lambda: send_form(clerk, "sentencechange", **change))
    served = {"kind": "sentence", "sentence": sentence, "offence_class": None, "since": format_day(-10)}
    imprisoned = count(
        "sentence detention", lambda: enter_detention(clerk, held, **served, document_date=format_day(-10))
    )
    follow_up = {"kind": "order", "supervised_until": format_day(90), "reports_to": "PC-02"}
    released = count("release", lambda: enter_release(clerk, imprisoned, **follow_up))
    end = {"release": released, "kind": "end", "done_on": format_day(), "document_no": "3/26"}
    count("end of a follow-up", lambda: send_form(clerk, "supervisionstep", **end))
    step = {"judgment": judged, "kind": "set_aside", "done_on": format_day(), "document_no": "6/26"}
    count("set aside", lambda: send_form(clerk, "judgmentstep", **step))

    report = {"person": wanted.id, "died_on": format_day(), **document}
    count("death", lambda: send_form(clerk, "deathreport", **report))
    confirm("confirmed death", DeathReport, "deathreport")
    send_event("died", died, **document)
    check_counts(counts)
