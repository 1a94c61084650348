"""Bodies that are right: of every resource that takes new records one, and acts on what the ones before have made."""

from tests.cases.test_entry_api import body as a_case
from tests.corrections.steps import LETTER, REASON
from tests.court_orders.sample_orders import WARRANT
from tests.custody.form_data import UNIT, ago, day
from tests.sample_rows import BATTAMBANG

BY_ARREST = {"at": ago(hours=6), "ground": "flagrant", "by_unit": UNIT, "officers": "កែវ ពិសិដ្ឋ"}
HELD_SINCE = {"held_by": UNIT, "arrived_at": ago(hours=5), "offence_class": "felony"}
ORDER = WARRANT | {
    "kind": "search",
    "number": "77/26",
    "court": "CFI-02",
    "issued_on": day(-10),
    "received_on": day(-9),
}
NAMED = {"name_km": "តូច", "name_en": "Small"}


def asked(there):
    """(address, its key, body) of right questions in their order; `there` holds keys of what is there, by resource.

    The asker puts the key of what each of them has made into `there`.
    """

    def of(resource):
        return there[resource]

    yield "cases/", None, a_case()
    yield "cases/{pk}/supplement", of("cases"), {"learned_on": day(), "text": "សាក្សីបានឃើញម៉ូតូនៅផ្សារ។"}
    yield "supplements/", None, {"case": of("cases"), "learned_on": day(), "text": "សាក្សីម្នាក់ទៀតបានឃើញ។"}
    person = {"person": of("persons")}
    yield "person-names/", None, person | {"kind": "former", "text_km": "សុខា"}
    yield "person-documents/", None, person | {"kind": "passport", "number": "N0012345", "country": "KH"}
    yield "person-addresses/", None, person | {"kind": "former", "place": BATTAMBANG, "house": "7"}
    yield "person-marks/", None, person | {"kind": "scar", "body_part": "left_arm", "text": "ស្លាកស្នាម"}
    yield "court-orders/", None, ORDER
    act = {"at": ago(hours=2), "place": BATTAMBANG, "officer": "កែវ វណ្ណា"}
    yield "court-orders/{pk}/attempt", of("active-order"), act | {"result": "not_found"}
    yield "court-orders/{pk}/assign", of("active-order"), {"at": ago(hours=1), "to_unit": UNIT}
    yield "uploads/", None, {"file": b"%PDF-1.4\n%%EOF\n"}
    yield "court-orders/{pk}/scan", of("active-order"), {"file": of("uploads")}
    yield "order-acts/", None, act | {"order": of("active-order"), "kind": "attempt", "result": "not_found"}
    yield "court-orders/{pk}/execute", of("active-order"), act | {"paper_no": "45/26"}
    involved = {"involvement": of("involvements")}
    yield "arrests/", None, involved | BY_ARREST
    yield "custodies/", None, HELD_SINCE | {"arrest": of("arrests")}
    yield "custodies/{pk}/rights", of("custodies"), {"at": ago(hours=4)}
    yield "custody-steps/", None, {"custody": of("custodies"), "kind": "family", "at": ago(hours=4)}
    paper = {"paper_no": "12/26", "done_on": day()}
    judged = {"court": "CFI-02", "court_no": "301/26", "decided_on": day(-5), "verdict": "convicted"}
    yield "judgments/", None, involved | judged
    yield "judgments/{pk}/notified", of("judgments"), paper
    yield "judgment-steps/", None, paper | {"judgment": of("judgments"), "kind": "appeal"}
    yield (
        "sentences/",
        None,
        {"judgment": of("judgments"), "kind": "prison", "years": 2, "starts_on": day(-5)},
    )
    reduced = {"kind": "reduction", "days": 60} | paper
    yield "sentence-changes/", None, reduced | {"sentence": of("sentences")}
    yield "detentions/", None, involved | {
        "kind": "provisional", "since": day(-3), "first_prison": "CC1", "offence_class": "felony", "paper_no": "45/26",
        "paper_on": day(-3), "court": "CFI-02",
    }  # fmt: skip
    yield "detentions/{pk}/escape", of("detentions"), {"done_on": day(-1)}
    yield "detention-steps/", None, {"detention": of("detentions"), "kind": "recapture", "done_on": day()}
    freed = {
        "released_on": day(),
        "kind": "order",
        "paper_no": "12/26",
        "reports_to": UNIT,
        "track_until": day(90),
    }
    yield "releases/", None, freed | {"detention": of("detentions")}
    yield "releases/{pk}/visit", of("releases"), {"done_on": day()}
    yield "tracking-steps/", None, {"release": of("releases"), "kind": "missed", "done_on": day()}
    yield "corrections/", None, {
        "entity": "case", "entity_id": of("shut-case"), "kind": "change", "reason": REASON, "letter_no": LETTER,
        "changes": {"summary": "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"},
    }  # fmt: skip
    yield "hits/{pk}/take-longer", of("hits"), {"reason": "សុំពិនិត្យរូបថត", "minutes": 30}
    yield "units/", None, NAMED | {"code": "PC-02-X", "kind": "post"}
    yield "courts/", None, NAMED | {"code": "CFI-XX", "level": "first_instance", "area": "02"}
    yield "prisons/", None, NAMED | {"code": "CC99", "kind": "provincial_prison", "province": "02"}
    yield (
        "codes/",
        None,
        NAMED | {"list": "way", "key": "by_night", "position": 99},
    )
