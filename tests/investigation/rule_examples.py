"""Assignments and investigation acts that break one rule each."""

from datetime import date, datetime, timedelta

from app.accounts.models import User
from app.cases.models import CaseDisposition
from app.investigation.models import ActExhibit, CaseAssignment, Charge, InvestigationAct, OutcomeNotice
from app.investigation.rules import AssignmentFacts
from app.kernel.schema.rules import ERROR, INFO, WARNING, Facts
from tests.factories import NOW, make_case, make_case_offence, make_exhibit, make_involvement, make_unit
from tests.rule_examples import Example

OFFICER = User(username="officer", active=True)
BEGUN = datetime(2026, 3, 4, 9, 0)


def break_assignment(rule, field, facts=None, **over):
    given = {
        "case": make_case(),
        "officer": User(username="one", active=True, unit=make_unit()),
        "kind": "lead",
    }
    return Example(rule, field, ERROR, CaseAssignment(**given | over), AssignmentFacts(NOW, **facts or {}))


def break_act(rule, field, level=ERROR, kind="site_visit", **over):
    case = make_case()
    given = {"case": case, "kind": kind, "begun_at": BEGUN, "officer": OFFICER, "result": "បានធ្វើ"}
    if kind in ("interview", "confrontation", "body_search", "identification"):
        given |= {"involvement": make_involvement("witness", case=case), "signatures": "every_page"}
    return Example(rule, field, level, InvestigationAct(**given | over), Facts(NOW))


AUTHORISED = {"authorised_by": "ព្រះរាជអាជ្ញា", "authorised_at": BEGUN, "owner_present": True}
DUE = {"due_at": BEGUN + timedelta(days=3)}

EXAMPLES = [
    break_assignment("V114", "", {"author_is_chief": False}),
    break_assignment("V114", "officer", {"officer_sees_case": False}),
    break_assignment("V115", "officer", {"lead": "សុខ"}),
    break_assignment("V115", "officer", {"is_assigned": True}),
    break_assignment("", "due_on", due_on=NOW.date() - timedelta(days=1)),
    break_assignment("", "closing_reason", until=NOW.date()),
    break_assignment("", "until", until=date(2020, 1, 1), closing_reason="ផ្លាស់", recorded_at=NOW),
    break_assignment("V115", "until", {"has_ended": True}),
    break_assignment("V004", "until", until=NOW.date() + timedelta(days=1), closing_reason="ផ្លាស់"),
    break_act("", "ended_at", ended_at=BEGUN - timedelta(minutes=1)),
    break_act("", "involvement", involvement=make_involvement("witness", case=make_case())),
    break_act("", "involvement", kind="interview", involvement=None),
    break_act("", "other_involvement", kind="confrontation"),
    break_act("", "second_officer", second_officer=OFFICER),
    break_act("", "result", result=None),
    break_act("", "due_at", kind="request"),
    break_act("", "due_at", kind="request", due_at=BEGUN),
    break_act("", "due_at", **DUE),
    break_act("V120", "hour_ground", WARNING, kind="search", begun_at=datetime(2026, 3, 3, 23), **AUTHORISED),
    break_act("V121", "authorised_by", WARNING, kind="search", owner_present=True),
    break_act("V121", "first_witness", WARNING, kind="search", **AUTHORISED | {"owner_present": False}),
    break_act(
        "V121",
        "authorised_at",
        WARNING,
        kind="search",
        **AUTHORISED | {"authorised_at": BEGUN + timedelta(1)},
    ),
    break_act("V004", "authorised_at", kind="search", **AUTHORISED | {"authorised_at": NOW + timedelta(1)}),
    break_act("V122", "signatures", WARNING, kind="interview", signatures=None),
    break_act("V122", "interpreter", WARNING, kind="interview", interpreter="សុខ", police_interpreter=True),
    break_act("V004", "begun_at", begun_at=NOW + timedelta(hours=1)),
]


def _hear_minor():
    example = break_act("V123", "support_person", INFO, kind="interview")
    example.record.involvement.minor = True
    return example


def _answer(field, **request):
    example = break_act("", field, kind="other")
    given = {"case": example.record.case, "kind": "request", "begun_at": BEGUN - timedelta(days=1), **DUE}
    example.record.answers = InvestigationAct(**given | request)
    return example


def _confront_one_person():
    example = break_act("", "other_involvement", kind="confrontation")
    example.record.other_involvement = example.record.involvement
    return example


def _void(example, name):
    """Return the example with its row of the case void."""
    getattr(example.record, name).voided_at = NOW
    return example


EXAMPLES += [
    _confront_one_person(),
    _hear_minor(),
    _answer("answers", kind="interview"),
    _answer("answers", answered_at=BEGUN),
    _answer("begun_at", begun_at=BEGUN + timedelta(hours=1)),
]


def break_charge(rule, field, role="suspect", **over):
    case = make_case()
    given = {
        "case": case, "involvement": make_involvement(role, case=case), "case_offence": make_case_offence(case=case),
        "asked_on": DAY,
    }  # fmt: skip
    return Example(rule, field, ERROR, Charge(**given | over), Facts(NOW))


DAY = BEGUN.date()
DECIDED = {
    "decision": "accepted", "prosecutor": "សុខ", "document_no": "12/26", "document_date": DAY, "reason": "មានភស្តុតាង",
}  # fmt: skip

EXAMPLES += [
    break_charge("", "involvement", involvement=make_involvement("suspect", case=make_case())),
    break_charge("", "case_offence", case_offence=make_case_offence(case=make_case())),
    break_charge("", "involvement", role="victim"),
    *(
        break_charge("V124", name, **DECIDED | {name: None})
        for name in ("prosecutor", "document_no", "document_date")
    ),
    break_charge("V124", "reason", **DECIDED | {"decision": "refused", "reason": None}),
    break_charge("V124", "document_date", **DECIDED | {"document_date": DAY - timedelta(days=1)}),
    break_charge("V124", "changed_to", **DECIDED | {"decision": "changed"}),
    break_charge("V124", "changed_to", **DECIDED, changed_to_code="PC2009-353_356"),
    break_charge("V124", "asked_on", asked_on=DAY - timedelta(days=1)),
    break_charge("V004", "document_date", **DECIDED | {"document_date": NOW.date() + timedelta(days=1)}),
    break_charge("V004", "asked_on", asked_on=NOW.date() + timedelta(days=1)),
]


def name_exhibit(field, **over):
    case = make_case()
    act = InvestigationAct(case=case, kind="site_visit", begun_at=BEGUN)
    given = {"act": act, "exhibit": make_exhibit(case=case)}
    return Example("", field, ERROR, ActExhibit(**given | over), Facts(NOW))


def inform(field, role="victim", rule="", **over):
    case = make_case()
    step = CaseDisposition(case=case, kind="unsolved", decided_on=DAY)
    given = {
        "disposition": step,
        "involvement": make_involvement(role, case=case),
        "informed_on": DAY,
        "means": "letter",
    }
    return Example(rule, field, ERROR, OutcomeNotice(**given | over), Facts(NOW))


EXAMPLES += [
    name_exhibit("exhibit", exhibit=make_exhibit(case=make_case())),
    inform("involvement", role="witness"),
    inform("involvement", involvement=make_involvement("victim", case=make_case())),
    _void(inform("disposition"), "disposition"),
    inform("informed_on", informed_on=DAY - timedelta(days=1)),
    inform("note", means="not_reached"),
    inform("informed_on", rule="V004", informed_on=NOW.date() + timedelta(days=1)),
]
