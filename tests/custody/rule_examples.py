"""Arrests, custodies, detentions, judgments, sentences and releases that break one rule each."""

from datetime import date, datetime, timedelta

from app.cases.models import CaseOffence
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    SupervisionStep,
)
from app.custody.rules import CustodyFacts
from app.custody.rules.facts import OpenDetention
from app.kernel.schema.rules import ERROR, INFO, WARNING
from app.reference.models import Prison, Unit
from app.reference.time_limits import LegalLimit
from tests.court_orders.rule_examples import make_order
from tests.factories import NOW, make_case, make_involvement, make_person
from tests.rule_examples import Example

AMOUNTS = {
    "custody": (48, "hour"), "custody_extension": (24, "hour"), "custody_16_felony": (48, "hour"),
    "custody_lawyer": (24, "hour"), "custody_rearrest": (7, "day"), "detention_felony": (6, "month"),
    "detention_felony_total": (18, "month"), "opposition": (15, "day"), "appeal": (1, "month"), "parole_short": (50, "percent"),
    "parole_long": (66, "percent"), "parole_life": (20, "year"), "pardon": (66, "percent"),
    "reduction": (33, "percent"), "reduction_life": (10, "year"), "release_tolerance": (1, "day"),
}  # fmt: skip
CONFIRMED = {code: LegalLimit(code, *amount, "មាត្រា ៩៦", True) for code, amount in AMOUNTS.items()}
ADVISORY = {code: LegalLimit(code, *amount, "មាត្រា ៩៦", False) for code, amount in AMOUNTS.items()}
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
ARRESTED = datetime(2026, 3, 5, 8)
CHILD, MINOR = {"born_on": date(2013, 1, 1)}, {"born_on": date(2009, 1, 1)}
UNSURE = {"born_on": None, "birth_precision": "estimated", "age_from": 12, "age_to": 16}
UNIT = Unit(code="PC-02")
IN_2003 = datetime(2003, 3, 5, 8)


def make_held(role="suspect", case=None, **person):
    """Return what a record about a suspect in a case is linked to."""
    who = make_person(**person)
    row = make_involvement(role, who)
    return {"involvement": row, "person": who, "case": make_case(involvements=[row], **case or {})}


def make_arrest(**values):
    given = {"at": ARRESTED, "ground": "flagrant", "officers": "កែវ ពិសិដ្ឋ"}
    return Arrest(**make_held() | given | values)


def make_custody(**values):
    held = {name: value for name, value in make_held().items() if name != "involvement"}
    given = {
        "arrived_at": ARRESTED,
        "offence_class": "felony",
        "limit_at": ARRESTED + timedelta(hours=48),
        "limit_code": "custody",
    }
    return Custody(**held | {"arrest": make_arrest()} | given | values)


def make_detention(**values):
    given = {
        "kind": "provisional",
        "since": YESTERDAY,
        "document_date": YESTERDAY,
        "document_no": "1",
        "offence_class": "felony",
    }
    return Detention(**make_held() | given | values)


def make_judgment(**values):
    return Judgment(**make_held() | {"decided_on": YESTERDAY, "verdict": "convicted"} | values)


def make_sentence(**values):
    given = {"judgment": make_judgment(), "kind": "prison", "years": 2, "starts_on": YESTERDAY}
    return Sentence(**given | values)


def make_release(**values):
    return Release(**{"detention": make_detention(), "released_on": TODAY, "kind": "order"} | values)


def check(rule, field, level, record, limits=CONFIRMED, **facts):
    return Example(rule, field, level, record, CustodyFacts(now=NOW, limits=limits, **facts))


def break_arrest(rule, field, level, facts=None, **values):
    return check(rule, field, level, make_arrest(**values), **facts or {})


def break_custody(rule, field, level, facts=None, **values):
    return check(rule, field, level, make_custody(**values), **facts or {})


def break_custody_step(rule, field, level, kind, custody=None, limits=CONFIRMED, **values):
    step = CustodyStep(custody=make_custody(**custody or {}), kind=kind, **{"at": NOW} | values)
    return check(rule, field, level, step, limits)


def break_extension(rule, field, level, custody=None, limits=CONFIRMED, **values):
    given = {"document_no": "1", "who": "ព្រះរាជអាជ្ញា", "hours": 24}
    return break_custody_step(rule, field, level, "extension", custody, limits, **given | values)


def break_detention(rule, field, level, facts=None, **values):
    return check(rule, field, level, make_detention(**values), **facts or {})


def break_detention_step(rule, field, level, kind, detention=None, limits=CONFIRMED, facts=None, **values):
    given = {"done_on": TODAY, "document_no": "1", "months": 6, "prison_code": "CC1", "reason": "acquitted"}
    step = DetentionStep(detention=make_detention(**detention or {}), kind=kind, **given | values)
    return check(rule, field, level, step, limits, **facts or {})


def break_judgment(rule, field, level, **values):
    return check(rule, field, level, make_judgment(**values))


def break_judgment_step(rule, field, level, kind, judgment=None, limits=CONFIRMED, **values):
    values = {"done_on": TODAY, "document_no": "5/26"} | values
    step = JudgmentStep(judgment=make_judgment(**judgment or {}), kind=kind, **values)
    return check(rule, field, level, step, limits)


def break_sentence(rule, field, level, **values):
    return check(rule, field, level, make_sentence(**values))


def break_change(rule, field, level, kind, sentence=None, **values):
    change = SentenceChange(
        sentence=make_sentence(**sentence or {}), kind=kind, **{"done_on": TODAY} | values
    )
    return check(rule, field, level, change)


def break_release(rule, field, level, limits=CONFIRMED, **values):
    return check(rule, field, level, make_release(**values), limits)


def break_follow_up(rule, field, kind, release=None, **values):
    step = SupervisionStep(release=make_release(**release or {}), kind=kind, **{"done_on": TODAY} | values)
    return check(rule, field, ERROR, step)


WITHOUT_PERSON = dict.fromkeys(("involvement", "person", "case"))
HIDDEN = make_held()
HIDDEN["involvement"].protection = "victim"
WARRANT = {"ground": "warrant", "place_code": "020101"}
SERVING = {"kind": "sentence", "offence_class": None}
LIFE = {"kind": "life", "years": None}
HERE = OpenDetention("D-1", "provisional", YESTERDAY, "CC1", in_same_case=True, is_continued=True)
ELSEWHERE = OpenDetention("D-2", "sentence", YESTERDAY, "CC2", in_same_case=False, is_continued=False)
REDUCED = {"kind": "reduction", "document_no": "7", "days": 1}
BEFORE = YESTERDAY - timedelta(days=40), YESTERDAY - timedelta(days=10)


def make_earlier(**values):
    return Detention(since=BEFORE[0], ended_on=BEFORE[1], **values)


EXAMPLES = [
    # Arrest
    break_arrest("V045", "involvement", ERROR, **WITHOUT_PERSON),
    break_arrest("V028", "involvement", ERROR, **make_held("victim")),
    break_arrest("V028", "involvement", ERROR, **HIDDEN),
    break_arrest("V049", "involvement", ERROR, **make_held("child_below_14", **CHILD)),
    break_arrest("V049", "involvement", WARNING, **make_held(**UNSURE)),
    break_arrest("V049", "involvement", WARNING, at=IN_2003, **make_held(case={"occurred_from": IN_2003}, born_on=date(1990, 1, 1))),
    break_arrest("V049", "involvement", WARNING, **make_held(born_on=None)),
    break_arrest("V044", "at", ERROR, {"died_on": YESTERDAY}),
    break_arrest("V004", "at", ERROR, at=NOW + timedelta(hours=1)),
    break_arrest("V056", "at", ERROR, at=datetime(2026, 3, 4, 19, 39)),
    break_arrest("V057", "document_no", ERROR, ground="authorisation"),
    break_arrest("V058", "ground", ERROR, order=make_order()),
    break_arrest("V058", "order", ERROR, order=make_order(kind="release"), **WARRANT),
    break_arrest("V058", "order", WARNING, {"order_allows_execution": False}, order=make_order(status="recalled"), **WARRANT),
    break_arrest("V058", "at", ERROR, order=make_order(issued_on=date(2026, 3, 6)), **WARRANT),
    break_arrest("V058", "order", ERROR, order=make_order(person=make_person()), **WARRANT),
    break_arrest("V052", "charges", ERROR, charges="PC2009-1"),
    break_arrest("V059", "at", ERROR, custodies=[Custody(arrived_at=ARRESTED - timedelta(minutes=1))]),
    break_arrest("V080", "officers", ERROR, order=make_order(), **WARRANT, officers=None),
    break_arrest("V080", "place", ERROR, order=make_order(), ground="warrant"),
    break_arrest("V086", "match_reason", ERROR, {"match_is_unconfirmed": True}),
    break_arrest("V069", "at", WARNING, {"released_before": ARRESTED - timedelta(hours=2)}),
    # Custody
    break_custody("V049", "arrest", ERROR, person=make_person(**CHILD)),
    break_custody("V004", "arrived_at", ERROR, arrived_at=NOW + timedelta(hours=1)),
    break_custody("V059", "arrived_at", ERROR, arrived_at=ARRESTED - timedelta(minutes=1)),
    break_custody("V044", "arrived_at", WARNING, {"died_on": date(2026, 3, 4)}),
    break_custody("V059", "arrived_at", ERROR, steps=[CustodyStep(kind="rights", at=ARRESTED - timedelta(minutes=1))]),
    break_custody("V065", "offence_class", WARNING, offence_class="petty"),
    break_custody("V065", "offence_class", WARNING, offence_class="felony"),
    break_custody("V068", "arrived_at", ERROR, {"overlapping": ["K-1"]}),
    break_custody("V068", "arrest", WARNING, {"open_detentions": [ELSEWHERE]}),
    break_custody("V064", "arrived_at", INFO),
    break_custody_step("V004", "at", ERROR, "rights", at=NOW + timedelta(hours=1)),
    break_custody_step("V059", "at", ERROR, "rights", at=ARRESTED - timedelta(minutes=1)),
    break_custody_step("V067", "at", ERROR, "doctor", {"ended_at": NOW - timedelta(hours=1)}),
    break_custody_step("V067", "kind", ERROR, "end", {"steps": [CustodyStep(kind="end")]}, outcome="released"),
    break_custody_step("V067", "outcome", ERROR, "end"),
    break_custody_step("V067", "outcome", ERROR, "end", outcome="detained"),
    break_custody_step("V067", "outcome", ERROR, "rights", outcome="released"),
    break_custody_step("V067", "to_unit", ERROR, "end", outcome="transferred"),
    break_custody_step("V067", "to_unit", ERROR, "end", {"held_by": UNIT}, outcome="transferred", to_unit=UNIT),
    break_custody_step("V067", "to_unit", ERROR, "end", outcome="released", to_unit=UNIT),
    break_custody_step("V060", "at", WARNING, "end", {"limit_at": NOW - timedelta(hours=1)}, outcome="released"),
    break_custody_step("V063", "at", WARNING, "end", {"limit_at": NOW - timedelta(hours=1), "limit_code": "custody_16_felony"}, outcome="released"),
    break_custody_step("V066", "at", WARNING, "end", {"arrived_at": NOW - timedelta(hours=25)}, outcome="released"),
    break_extension("V061", "document_no", ERROR, document_no=None),
    break_extension("V061", "hours", ERROR, hours=None),
    break_extension("V061", "kind", ERROR, {"offence_class": "misdemeanour"}),
    break_extension("V061", "kind", WARNING, {"offence_class": "misdemeanour"}, ADVISORY),
    break_extension("V061", "kind", ERROR, {"steps": [CustodyStep(kind="extension")]}),
    break_extension("V061", "kind", WARNING, {"steps": [CustodyStep(kind="extension")]}, ADVISORY),
    break_extension("V061", "hours", ERROR, hours=25),
    break_extension("V061", "hours", WARNING, limits=ADVISORY, hours=25),
    break_extension("V061", "at", ERROR, {"limit_at": NOW - timedelta(hours=1)}),
    break_extension("V061", "at", WARNING, {"limit_at": NOW - timedelta(hours=1)}, ADVISORY),
    break_extension("V062", "kind", ERROR, {"person": make_person(**MINOR)}),
    break_extension("V062", "kind", WARNING, {"person": make_person(**MINOR)}, ADVISORY),
    # Detention
    break_detention("V045", "involvement", ERROR, **WITHOUT_PERSON),
    break_detention("V028", "involvement", ERROR, **make_held("victim")),
    break_detention("V044", "since", ERROR, {"died_on": YESTERDAY}, since=TODAY),
    break_arrest("V181", "at", WARNING, {"same_rows": (Arrest(id=7),)}),
    break_detention("V056", "since", ERROR, since=date(2026, 3, 3), document_date=date(2026, 3, 3)),
    break_detention("V004", "since", ERROR, since=TODAY + timedelta(days=1)),
    break_detention("V090", "since", ERROR, since=YESTERDAY - timedelta(days=1)),
    break_detention("V090", "since", ERROR, releases=[Release(released_on=YESTERDAY - timedelta(days=1))]),
    break_detention("V091", "offence_class", ERROR, offence_class=None),
    break_detention("V093", "since", INFO),
    break_detention("V091", "since", WARNING, {"overlapping": ["D-1"]}),
    break_detention("V091", "since", WARNING, {"earlier_detentions": [make_earlier()]}),
    break_detention("V091", "since", INFO, {"open_detentions": [HERE]}, **SERVING),
    break_detention("V091", "involvement", ERROR, {"open_detentions": [HERE]}),
    break_detention("V090", "first_prison", ERROR, {"open_detentions": [ELSEWHERE]}, first_prison=Prison(code="CC1")),
    break_detention("V092", "involvement", ERROR, **make_held(**CHILD)),
    break_detention("V092", "involvement", WARNING, since=IN_2003.date(), document_date=IN_2003.date(), **make_held(case={"occurred_from": IN_2003}, born_on=date(1990, 1, 1))),
    break_detention("V095", "sentence", ERROR, **SERVING),
    break_detention("V095", "sentence", ERROR, **SERVING, sentence=make_sentence(judgment=make_judgment(person_id=5))),
    break_detention("V095", "sentence", WARNING, **SERVING, sentence=make_sentence(kind="fine", years=None)),
    break_detention("V095", "since", WARNING, **SERVING, sentence=make_sentence(detentions=[make_earlier()])),
    break_detention("V095", "sentence", WARNING, **SERVING, sentence=make_sentence(judgment=make_judgment(set_aside_on=TODAY))),
    break_detention_step("V004", "done_on", ERROR, "escape", done_on=TODAY + timedelta(days=1)),
    break_detention_step("V090", "done_on", ERROR, "escape", done_on=YESTERDAY - timedelta(days=1)),
    break_detention_step("V090", "done_on", ERROR, "escape", {"ended_on": YESTERDAY}),
    break_detention_step("V090", "reason", ERROR, "end", reason=None),
    break_detention_step("V090", "reason", ERROR, "end", reason="sentenced"),
    break_detention_step("V090", "done_on", ERROR, "escape", {"steps": [DetentionStep(kind="escape", done_on=YESTERDAY)]}),
    break_detention_step("V090", "done_on", ERROR, "recapture", {"steps": [DetentionStep(kind="escape", done_on=TODAY)]}, done_on=YESTERDAY),
    break_detention_step("V090", "kind", WARNING, "escape", facts={"open_detentions": [ELSEWHERE]}),
    break_detention_step("V091", "months", WARNING, "extension", months=13),
    break_detention_step("V091", "kind", WARNING, "extension", facts={"earlier_detentions": [make_earlier(steps=[DetentionStep(kind="extension", months=6) for _ in range(2)])]}),
    break_detention_step("V091", "done_on", WARNING, "extension", {"due_on": YESTERDAY}),
    break_detention_step("V091", "kind", WARNING, "extension", {"steps": [DetentionStep(kind="extension", months=6) for _ in range(2)]}),
    # Judgment and sentence
    break_judgment("V045", "involvement", ERROR, **WITHOUT_PERSON),
    break_judgment("V028", "involvement", ERROR, **make_held("victim")),
    break_judgment("V004", "decided_on", ERROR, decided_on=TODAY + timedelta(days=1)),
    Example("V182", "court_no", WARNING, make_judgment(), CustodyFacts(NOW, CONFIRMED, same_rows=(Judgment(id=7),))),
    break_judgment("V056", "decided_on", ERROR, decided_on=date(2026, 3, 3)),
    break_judgment("V052", "case_offence", ERROR, case_offence=CaseOffence(case_id=5)),
    break_judgment("V052", "verdict", ERROR, verdict="acquitted", sentences=[Sentence(id=1, kind="prison")]),
    break_judgment("V088", "decided_on", ERROR, steps=[JudgmentStep(kind="notified", done_on=YESTERDAY - timedelta(days=1))]),
    break_judgment_step("V004", "done_on", ERROR, "final", done_on=TODAY + timedelta(days=1)),
    break_judgment_step("V088", "done_on", ERROR, "notified", done_on=YESTERDAY - timedelta(days=1)),
    break_judgment_step("V088", "document_no", ERROR, "set_aside", document_no=" "),
    break_judgment_step("V088", "document_no", ERROR, "final", {"notified_on": YESTERDAY}, document_no=None),
    break_judgment_step("V088", "kind", ERROR, "final", {"in_absence": True}),
    break_judgment_step("V088", "kind", WARNING, "final", {"in_absence": True}, ADVISORY),
    break_judgment_step("V088", "done_on", ERROR, "final", {"in_absence": True, "notified_on": YESTERDAY}),
    break_judgment_step("V088", "done_on", WARNING, "final", {"in_absence": True, "notified_on": YESTERDAY}, ADVISORY),
    break_judgment_step("V088", "done_on", WARNING, "final", {"contested_on": YESTERDAY}),
    break_judgment_step("V088", "done_on", WARNING, "final"),
    break_judgment_step("V088", "done_on", WARNING, "final", {"in_absence": True, "notified_on": TODAY - timedelta(days=16)}),
    break_judgment_step("V088", "done_on", WARNING, "appeal", {"final_on": TODAY}),
    break_sentence("V052", "judgment", ERROR, judgment=make_judgment(verdict="acquitted")),
    break_sentence("V094", "starts_on", ERROR, starts_on=YESTERDAY - timedelta(days=1)),
    break_sentence("V095", "credit_days", WARNING, starts_on=YESTERDAY - timedelta(days=1), credit_days=5),
    break_sentence("V095", "years", ERROR, years=None),
    break_sentence("V095", "suspended_months", ERROR, suspended_months=25),
    break_sentence("V095", "prison_stated_on", WARNING, prison_stated_on=TODAY),
    break_change("V004", "done_on", ERROR, "reduction", done_on=TODAY + timedelta(days=1), days=1),
    break_change("V095", "days", ERROR, "reduction"),
    break_change("V095", "days", WARNING, "pardon"),
    break_change("V095", "years", ERROR, "commutation", LIFE),
    break_change("V095", "kind", ERROR, "commutation", years=20),
    break_change("V095", "document_no", ERROR, sentence={"changes": [SentenceChange(done_on=TODAY, **REDUCED)]}, **REDUCED),
    break_change("V095", "document_no", WARNING, sentence={"changes": [SentenceChange(done_on=YESTERDAY, **REDUCED)]}, **REDUCED),
    break_change("V099", "done_on", WARNING, "proposal"),
    # Release
    break_release("V004", "released_on", ERROR, released_on=TODAY + timedelta(days=1)),
    break_release("V090", "released_on", ERROR, released_on=YESTERDAY - timedelta(days=1)),
    break_release("V090", "released_on", ERROR, steps=[SupervisionStep(kind="visit", done_on=YESTERDAY)]),
    break_release("V087", "detention", ERROR, detention=None),
    break_release("V087", "detention", ERROR, detention=make_detention(ended_on=YESTERDAY)),
    break_release("V097", "released_on", WARNING, detention=make_detention(due_on=TODAY - timedelta(days=2))),
    break_release("V098", "released_on", WARNING, kind="parole", detention=make_detention(**SERVING, sentence=make_sentence())),
    break_release("V098", "released_on", WARNING, ADVISORY, kind="parole", detention=make_detention(**SERVING, sentence=make_sentence(**LIFE))),
    break_release("V098", "kind", WARNING, kind="end_of_term", detention=make_detention(due_on=TODAY + timedelta(days=1))),
    break_release("V098", "kind", WARNING, kind="end_of_term", detention=make_detention(**SERVING, sentence=make_sentence(**LIFE))),
    break_release("V098", "supervised_until", ERROR, kind="parole"),
    break_release("V098", "supervised_until", WARNING, kind="supervision"),
    break_release("V098", "supervised_until", WARNING, kind="end_of_term", supervised_until=TODAY),
    break_release("V098", "reports_to", ERROR, supervised_until=TODAY),
    break_release("V090", "supervised_until", ERROR, supervised_until=YESTERDAY),
    check("V184", "kind", WARNING, make_release(), unserved=("S-0000007",)),
    check("V184", "outcome", WARNING, CustodyStep(custody=make_custody(), kind="end", at=ARRESTED + timedelta(hours=5), outcome="released"), unserved=("S-0000007",)),
    check("V184", "reason", WARNING, DetentionStep(detention=make_detention(), kind="end", done_on=TODAY, document_no="1", reason="other"), unserved=("S-0000007",)),
    break_follow_up("V004", "done_on", "visit", done_on=TODAY + timedelta(days=1)),
    break_follow_up("V090", "done_on", "visit", done_on=YESTERDAY),
    break_follow_up("V090", "done_on", "visit", {"ended_on": YESTERDAY}),
    break_follow_up("V090", "document_no", "end"),
]  # fmt: skip
