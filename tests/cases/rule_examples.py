"""Cases and their rows that break one rule each."""

from datetime import date, datetime, timedelta

from app.accounts.models import User
from app.cases.models import CaseDisposition, CaseOffence, ExhibitMovement, Supplement
from app.cases.rules import DispositionFacts, OpenMatters
from app.cases.rules.dispositions import ImpliedStep
from app.evidence.models import Shelf
from app.kernel.schema.rules import ERROR, INFO, WARNING, Facts
from tests.factories import (
    NOW,
    make_case,
    make_case_facts,
    make_case_offence,
    make_court,
    make_document,
    make_drug,
    make_drug_offence,
    make_exhibit,
    make_involvement,
    make_law,
    make_murder,
    make_offence,
    make_person,
    make_place,
    make_victim,
)
from tests.rule_examples import Example

BEGUN, DAY = datetime(2026, 3, 4, 19, 40), date(2026, 3, 4)
CHILD, YOUTH = {"born_on": date(2012, 3, 5)}, {"born_on": date(2010, 3, 5)}
UNSURE = {"born_on": None, "birth_precision": "estimated", "age_from": 12, "age_to": 16}
USE_OF_DRUGS = {"code": "DRUG2012-45", "offence_class": "misdemeanour"}
PERSON = make_person(id=7)


def break_case(rule, field, level, facts=None, **values):
    return Example(rule, field, level, make_case(**values), make_case_facts(**facts or {}))


def break_offence(rule, field, level, offence=None, case=None, **values):
    return break_case(rule, field, level, offences=[make_case_offence(offence, **values)], **case or {})


def break_person(rule, level, role, person=None, facts=None, field="role", **values):
    row = make_involvement(role, person, **values)
    return break_case(rule, field, level, facts, involvements=[row])


def break_exhibit(rule, field, level, *exhibits):
    return break_case(rule, field, level, exhibits=list(exhibits))


FILED = {"dispositions": [CaseDisposition(kind="filed", decided_on=date(2026, 2, 1))]}


def break_step(rule, field, kind, facts=None, case=None, severity=ERROR, **values):
    given = {
        "decided_on": DAY,
        "document_no": "1/26",
        "document_date": DAY,
        "reason": "តាមលិខិត",
        "court_code": "PP",
    }
    case = make_case(**{"status": "open"} | (case or {}))
    step = CaseDisposition(case=case, kind=kind, **given | values)
    return Example(rule, field, severity, step, DispositionFacts(NOW, **facts or {}))


def break_movement(rule, field, kind, exhibit=None, **values):
    given = {"moved_on": DAY, "document_no": "1/26", "document_date": DAY, "recipient": "សុខ"}
    movement = ExhibitMovement(exhibit=exhibit or make_exhibit(), kind=kind, **given | values)
    return Example(rule, field, ERROR, movement, Facts(NOW))


def make_waiting_exhibit():
    """Return an exhibit with an unconfirmed end."""
    exhibit = make_exhibit()
    exhibit.movements.append(ExhibitMovement(kind="destroyed", confirmation="awaiting"))
    return exhibit


EXAMPLES = [
    break_case("V001", "occurred_from", ERROR, occurred_from=None),
    break_case("V002", "occurred_to", ERROR, occurred_to=BEGUN - timedelta(minutes=1)),
    break_case("V003", "reported_at", ERROR, reported_at=BEGUN),
    break_case("V004", "reported_at", ERROR, reported_at=NOW + timedelta(hours=1)),
    break_case("V005", "reported_at", WARNING, {"now": NOW + timedelta(days=3)}),
    break_case("V006", "occurred_from", ERROR, occurred_from=datetime(1979, 1, 6)),
    break_case("V006", "occurred_from", WARNING, occurred_from=datetime(1999, 12, 31)),
    break_case("V007", "place", ERROR, place=None),
    break_case("V007", "place", ERROR, {"place_exists": False}),
    break_case("", "abroad_country", ERROR, abroad_country="TH"),
    break_case("V008", "place", WARNING, place=make_place(code="020101")),
    break_case("V009", "longitude", ERROR, longitude=None),
    break_case("V009", "latitude", ERROR, latitude=15.0),
    break_case("V010", "latitude", WARNING, latitude=13.0),
    break_case("V011", "offences", ERROR, offences=[]),
    break_case("V011", "offence", ERROR, offences=[CaseOffence(attempt=False)]),
    break_offence("V012", "class_reason", ERROR, offence_class="felony"),
    break_offence("V012", "offence_class", WARNING, make_offence(class_uncertain=True), offence_class="felony"),
    break_offence("V012", "offence_class", WARNING, make_offence(class_uncertain=True)),
    break_offence("V012", "offence_class", ERROR, make_offence(offence_class=None)),
    break_offence("V013", "offence", ERROR, make_offence(valid_from=date(2026, 3, 5))),
    break_offence("V013", "offence", ERROR, make_offence(valid_to=date(2026, 3, 3))),
    break_offence("V013", "offence", WARNING, make_offence(law=make_law(date_uncertain=True), valid_to=date(2026, 3, 3))),
    break_case("V183", "offence", WARNING, offences=[make_case_offence(), make_case_offence()]),
    break_offence("V014", "offence", ERROR, make_murder()),
    break_offence("V014", "offence", ERROR, make_murder(involuntary=True)),
    break_person("V015", WARNING, "victim", field="injury", injury="dead"),
    break_case("V016", "role", INFO, sensitivity="sexual"),
    break_exhibit("V017", "substance", ERROR, make_drug(substance=None)),
    break_exhibit("V017", "quantity", ERROR, make_drug(quantity=0)),
    break_exhibit("V017", "measure", ERROR, make_drug(measure=None)),
    break_offence("V017", "exhibits", ERROR, make_drug_offence()),
    break_offence("V017", "exhibits", WARNING, make_drug_offence(**USE_OF_DRUGS)),
    break_offence("V018", "offence_class", WARNING, make_drug_offence(offence_class="misdemeanour"), case={"exhibits": [make_drug(quantity=81)]}),
    break_exhibit("V019", "exhibits", ERROR),
    break_exhibit("V020", "property_role", ERROR, make_exhibit(property_role="recovered")),
    break_exhibit("V021", "value_khr", ERROR, make_exhibit(value_khr=0)),
    break_exhibit("V022", "plate", WARNING, make_exhibit(kind="vehicle")),
    break_exhibit("V132", "imei", WARNING, make_exhibit(imei="356938035643808")),
    break_exhibit("V132", "frame_no", WARNING, make_exhibit(kind="vehicle", frame_no="RLHJC5211IY123456")),
    break_exhibit("V180", "serial", WARNING, make_exhibit(), make_exhibit()),
    break_case("V023", "occurred_from", WARNING, {"similar_cases": ["C-1"]}),
    break_offence("V024", "attempt", ERROR, make_murder(involuntary=True), attempt=True),
    break_case("V025", "summary", WARNING, summary="លួច"),
    break_case("V026", "status", ERROR, status="solved", involvements=[]),
    break_case("V027", "sent_on", ERROR, status="at_court"),
    break_case("V027", "court", ERROR, status="at_court"),
    break_case("V027", "dossier_no", WARNING, status="at_court"),
    break_case("V029", "clearance", ERROR, clearance="exceptional_death", involvements=[]),
    break_case("V036", "number", ERROR, involvements=[
        make_involvement(person=make_person(documents=[make_document()])),
        make_victim(make_person(given_km="វិបុល", documents=[make_document()])),
    ]),
    break_case("V037", "surname_km", WARNING, involvements=[
        make_involvement(person=make_person()), make_victim(make_person()),
    ]),
    break_person("V039", WARNING, "suspect", make_person(photo_missing=None), field="photo_missing"),
    break_case("V047", "role", ERROR, involvements=[make_involvement(person=PERSON), make_victim(PERSON)]),
    break_case("V142", "role", ERROR, involvements=[make_involvement(person=PERSON), make_involvement(person=PERSON)]),
    break_person("V048", INFO, "witness"),
    break_person("V049", ERROR, "suspect", make_person(**CHILD)),
    break_person("V049", WARNING, "suspect", make_person(**UNSURE)),
    break_person("V049", ERROR, "child_below_14"),
    break_person("V049", INFO, "suspect", make_person(born_on=None)),
    break_person("V032", ERROR, "suspect", make_person(born_on=date(2026, 3, 5))),
    break_person("V050", INFO, "suspect", make_person(**YOUTH)),
    break_person("V051", ERROR, "charged", PERSON),
    break_person("V052", ERROR, "convicted", PERSON, {"convicted": frozenset({7})}),
    break_person("V053", ERROR, "convicted", PERSON),
    break_person("V100", WARNING, "suspect", PERSON, {"imprisoned_since": {7: date(2026, 1, 1)}}),
    Example("V004", "learned_on", ERROR, Supplement(learned_on=date(2026, 3, 6)), Facts(NOW)),
    break_step("V141", "kind", "void"),
    break_step("V141", "kind", "open", {"is_chief": True}),
    break_step("V141", "kind", "open", case=FILED),
    break_step("V141", "kind", "returned"),
    break_step("V141", "kind", "judged", {"implied": [ImpliedStep("undecided", DAY, person_id=7)]}),
    break_step("V141", "kind", "final", {"implied": [ImpliedStep("judged", date(2026, 3, 1), person_id=7)]}),
    break_step("V141", "kind", "judged", {"implied": [ImpliedStep("judged", date(2026, 3, 1), person_id=7)], "has_dead_suspect": True}),
    break_step("V141", "kind", "closed", case={"dispositions": [CaseDisposition(kind=kind, decided_on=date(2026, 2, 1)) for kind in ("non_suit", "appeal")]}),
    break_step("V141", "decided_on", "filed", case={"dispositions": [CaseDisposition(kind="solved", source_row=2, decided_on=date(2026, 3, 5))]}),
    break_step("V141", "court", "open", {"is_chief": True}, case={"status": "final", "dispositions": [CaseDisposition(kind="final", decided_on=date(2026, 2, 1))]}, court_code=None),
    break_step("V141", "decided_on", "filed", case={"dispositions": [CaseDisposition(kind="at_court", decided_on=date(2026, 3, 5))]}),
    break_step("V141", "document_no", "filed", document_no=None),
    break_step("V141", "document_date", "filed", document_date=None),
    break_step("V141", "reason", "open", case=FILED, reason=None),
    break_step("V027", "court", "at_court", court_code=None),
    break_step("V141", "clearance", "solved"),
    break_step("V141", "clearance", "solved", clearance="arrest"),
    break_step("V141", "clearance", "solved", clearance="exceptional_death"),
    break_step("V141", "reason", "solved", {"is_chief": True}, clearance="exceptional_death", reason=None),
    break_step("V026", "clearance", "solved", {"implied": [ImpliedStep("arrest", DAY)]}, {"involvements": []}, clearance="arrest"),
    break_step("V029", "clearance", "solved", {"is_chief": True}, {"involvements": []}, clearance="exceptional_death"),
    break_step("V004", "decided_on", "filed", decided_on=date(2026, 3, 6)),
    break_step("", "court", "at_court", court=make_court(valid_to=date(2026, 1, 1))),
    break_step("", "court", "at_court", court=make_court(valid_from=date(2026, 12, 1))),
    break_step("V179", "kind", "filed", {"open_matters": [OpenMatters("ទោចក្រយានយន្ត", [])]}, severity=WARNING),
    break_movement("V130", "exhibit", "court", make_exhibit(state="returned")),
    break_movement("V127", "exhibit", "court", make_waiting_exhibit()),
    break_movement("V130", "kind", "seized"),
    break_movement("V130", "document_no", "returned", document_no=None),
    break_movement("V130", "document_date", "returned", document_date=None),
    break_movement("V130", "recipient", "returned", recipient=None),
    break_movement("V126", "witness", "lab"),
    break_movement("V126", "shelf", "stored"),
    break_movement("V126", "shelf", "held", shelf=Shelf()),
    break_movement("V126", "to_user", "court", to_user=User()),
    break_movement("V131", "weight", "destroyed", make_drug()),
    break_movement("V131", "note", "destroyed", make_drug()),
    break_movement("V004", "moved_on", "court", moved_on=date(2026, 3, 6)),
]  # fmt: skip
