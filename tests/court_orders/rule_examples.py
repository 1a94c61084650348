"""Orders and acts on orders that break one rule each."""

from datetime import date, datetime, timedelta

from app.court_orders.models import CourtOrder, OrderEvent
from app.court_orders.rules import OrderFacts
from app.kernel.schema.rules import ERROR, WARNING
from app.reference.time_limits import LegalLimit
from tests.factories import NOW, make_law, make_person
from tests.rule_examples import Example

ISSUED = date(2026, 2, 20)
WARRANT = {
    "kind": "arrest", "number": "118/26", "issuer": "investigating_judge", "issuer_name": "សេង សុខុម", "status": "active",
    "issued_on": ISSUED, "received_on": ISSUED, "occurred_on": date(2026, 2, 1), "offence_text": "លួច",
    "law_text": "មាត្រា ៣៥៦", "offence_class": "misdemeanour", "signed": True, "sealed": True, "surname_km": "សុខ",
    "given_km": "ដារ៉ា", "recorded_by_id": 1,
}  # fmt: skip
BEFORE_THE_CODE = {
    "issued_on": date(2003, 3, 5),
    "received_on": date(2003, 3, 5),
    "occurred_on": date(2003, 3, 1),
}
PAPER = {"document_no": "45/26", "document_date": ISSUED}
OFFICER = {"officer": "កែវ វណ្ណា", "place_code": "020101"}
FOUND = {"person": make_person()}
LIMITS = {
    "limits": {"limitation_misdemeanour": LegalLimit("limitation_misdemeanour", 5, "year", "មាត្រា ១០", False)}
}
UNSURE = {"born_on": None, "birth_precision": "estimated", "age_from": 12, "age_to": 16}


def make_order(**values):
    return CourtOrder(**WARRANT | values)


def break_order(rule, field, level, facts=None, **values):
    return Example(rule, field, level, make_order(**values), OrderFacts(now=NOW, **facts or {}))


def break_act(rule, field, level, kind, facts=None, order=None, **values):
    order = order or make_order(status="received" if kind in ("checked", "rejected") else "active")
    act = OrderEvent(**{"order": order, "kind": kind, "at": NOW} | values)
    return Example(rule, field, level, act, OrderFacts(now=NOW, **{"actor_id": 2} | (facts or {})))


def make_received(**values):
    return make_order(status="received", **values)


def make_executed():
    """Return an order executed today."""
    order = make_order(status="executed")
    order.acts.append(OrderEvent(kind="executed", at=NOW))
    return order


EXAMPLES = [
    break_order("V070", "number", ERROR, {"duplicate_number": "118/26"}),
    break_order("V070", "number", ERROR, {"duplicate_number": "118/26", "unit_of_duplicate": "PC-12"}),
    break_order("V071", "received_on", ERROR, received_on=date(2026, 2, 19)),
    break_order("V071", "issued_on", ERROR, issued_on=date(2026, 3, 6), received_on=None),
    break_order("V072", "issued_on", WARNING, issued_on=date(1999, 12, 31)),
    break_order("V073", "issuer", ERROR, issuer="prosecutor"),
    break_order("V073", "issuer", WARNING, **BEFORE_THE_CODE, issuer="prosecutor"),
    break_order("V074", "offence", ERROR, offence_text=None),
    break_order("V074", "law_text", ERROR, law_text=None),
    break_order("V074", "issuer_name", ERROR, issuer_name=None),
    break_order("V074", "signed", ERROR, signed=False),
    break_order("V074", "sealed", ERROR, sealed=False),
    break_order("V074", "sealed", WARNING, **BEFORE_THE_CODE, sealed=False),
    break_order("V074", "surname_km", ERROR, surname_km=None, given_km=None),
    break_order("", "surname_km", ERROR, kind="release", issuer="court", surname_km=None, given_km=None),
    break_order("V075", "basis_order", ERROR, kind="detention_warrant"),
    break_order("V075", "basis_order", ERROR, kind="detention_warrant", basis_order=make_order()),
    break_order("V013", "law", WARNING, law=make_law(valid_from=date(2026, 2, 2))),
    break_order("V049", "born_on", ERROR, born_on=date(2012, 2, 2)),
    break_order("V049", "age_stated", ERROR, age_stated=13),
    break_order("V049", "age_stated", WARNING, **BEFORE_THE_CODE, age_stated=13),
    break_order("V049", "age_stated", ERROR, **BEFORE_THE_CODE, age_stated=12),
    break_act("", "order", ERROR, "seen", order=make_order(status="recalled"), place_code="020101"),
    break_act("V004", "at", ERROR, "seen", at=NOW + timedelta(hours=1)),
    break_act("V077", "person", ERROR, "checked", {"actor_id": 1}, **FOUND),
    break_act("V077", "person", ERROR, "checked", {"actor_id": 2, "is_authors_account": True}, **FOUND),
    break_act("V077", "person", ERROR, "checked"),
    break_act("V077", "person", WARNING, "checked", {"differences": ["Sex"]}, **FOUND),
    break_act("V055", "person", WARNING, "checked", {"acquitted_on": ISSUED}, **FOUND),
    break_act("V076", "person", WARNING, "checked", {"has_scan": False}, **FOUND),
    break_act("V044", "person", ERROR, "checked", {"died_on": date(2026, 1, 1)}, **FOUND),
    break_act("V049", "person", ERROR, "checked", person=make_person(born_on=date(2012, 2, 2))),
    break_act("V049", "person", WARNING, "checked", person=make_person(**UNSURE)),
    break_act("V049", "person", WARNING, "checked", person=make_person(born_on=None)),
    break_act("V032", "person", ERROR, "checked", person=make_person(born_on=date(2026, 2, 2))),
    break_order("V032", "born_on", ERROR, born_on=date(2026, 2, 2)),
    break_act("V084", "person", WARNING, "checked", {"is_detained": True}, **FOUND),
    break_act("V087", "person", WARNING, "checked", {"is_detained": False}, make_received(kind="release"), **FOUND),
    break_act("V040", "person", WARNING, "validated", {"photo_is_old": True}, **FOUND),
    break_act("", "to_unit", ERROR, "assigned"),
    break_act("", "result", ERROR, "attempt"),
    break_act("", "place", ERROR, "seen"),
    break_act("V080", "at", ERROR, "executed", at=datetime(2026, 2, 19, 12)),
    break_act("V080", "officer", ERROR, "executed", **OFFICER | {"officer": None}),
    break_act("V080", "place", ERROR, "executed", **OFFICER | {"place_code": None}),
    break_act("V079", "at", WARNING, "executed", order=make_order(validate_by=date(2026, 2, 1)), **OFFICER),
    break_act("V079", "document_no", WARNING, "validated"),
    break_act("V071", "at", ERROR, "seen", at=datetime(2026, 2, 19, 12), place_code="020101"),
    break_act("V081", "order", ERROR, "executed", {"arrests": frozenset()}, **OFFICER),
    break_act("V082", "at", ERROR, "returned", order=make_executed(), at=NOW - timedelta(hours=1)),
    break_act("V083", "document_no", ERROR, "recalled", **PAPER | {"document_no": None}),
    break_act("V083", "document_date", ERROR, "recalled", **PAPER | {"document_date": None}),
    break_act("V083", "document_date", ERROR, "recalled", **PAPER | {"document_date": date(2026, 2, 19)}),
    break_act("V083", "document_no", WARNING, "recalled", {"has_document_scan": False}, **PAPER),
    break_act("V185", "document_no", WARNING, "recalled", {"supervisions": ("R-0000007",)}, **PAPER),
    break_act("V083", "by_order", ERROR, "replaced", **PAPER),
    break_act("V083", "by_order", ERROR, "replaced", **PAPER, by_order=make_order(status="recalled")),
    break_act("V054", "document_no", ERROR, "restored", {"acquittal_no": "12/26"}, make_order(status="suspended"), **PAPER),
    break_act("V078", "at", WARNING, "validated", LIMITS, make_order(issued_on=date(2021, 3, 5))),
    break_act("V078", "person", WARNING, "checked", LIMITS, make_received(issued_on=date(2021, 3, 5)), **FOUND),
    break_act("V089", "notice_kind", ERROR, "notice", document_no="1"),
    break_act("V089", "document_no", ERROR, "notice", notice_kind="red"),
    break_act("V089", "order", ERROR, "notice", order=make_order(kind="summons"), notice_kind="red", document_no="1"),
    break_act("V086", "reason", ERROR, "rejected"),
]  # fmt: skip

itself = make_order(id=1)
EXAMPLES.append(break_act("V083", "by_order", ERROR, "replaced", order=itself, by_order=itself, **PAPER))
