"""Valid request bodies: one for every resource that accepts new records, and actions on the records made
before.
"""

from tests.accounts.sample_staff import find_user_id
from tests.cases.test_entry_api import make_body as a_case
from tests.corrections.steps import LETTER, REASON
from tests.court_orders.sample_orders import WARRANT
from tests.custody.form_data import UNIT, format_ago, format_day
from tests.sample_files import PDF
from tests.sample_rows import BATTAMBANG

BY_ARREST = {"at": format_ago(hours=6), "ground": "flagrant", "by_unit": UNIT, "officers": "កែវ ពិសិដ្ឋ"}
HELD_SINCE = {"held_by": UNIT, "arrived_at": format_ago(hours=5), "offence_class": "felony"}
ORDER = WARRANT | {
    "kind": "search",
    "number": "77/26",
    "court": "CFI-02",
    "issued_on": format_day(-10),
    "received_on": format_day(-9),
}
NAMED = {"name_km": "តូច", "name_en": "Small"}


def list_requests(there):
    """Yield (address, its key, body) of valid requests in order; `there` holds keys of existing records by
    resource.

    The caller adds the key of each new record to `there`.
    """

    def key_of(resource):
        return there[resource]

    yield "cases/", None, a_case()
    yield (
        "cases/{pk}/supplement",
        key_of("cases"),
        {"learned_on": format_day(), "text": "សាក្សីបានឃើញម៉ូតូនៅផ្សារ។"},
    )
    yield (
        "supplements/",
        None,
        {"case": key_of("cases"), "learned_on": format_day(), "text": "សាក្សីម្នាក់ទៀតបានឃើញ។"},
    )
    yield "cases/{pk}/add", key_of("cases"), {"exhibits": [{"kind": "phone", "property_role": "seized"}]}
    person = {"person": key_of("persons")}
    yield "person-names/", None, person | {"kind": "former", "text_km": "សុខា"}
    yield "person-documents/", None, person | {"kind": "passport", "number": "N0012345", "country": "KH"}
    yield "person-addresses/", None, person | {"kind": "former", "place": BATTAMBANG, "house": "7"}
    yield "person-marks/", None, person | {"kind": "scar", "body_part": "left_arm", "text": "ស្លាកស្នាម"}
    yield "court-orders/", None, ORDER
    act = {"at": format_ago(hours=2), "place": BATTAMBANG, "officer": "កែវ វណ្ណា"}
    yield "court-orders/{pk}/attempt", key_of("active-order"), act | {"result": "not_found"}
    yield "court-orders/{pk}/assign", key_of("active-order"), {"at": format_ago(hours=1), "to_unit": UNIT}
    yield "uploads/", None, {"file": PDF}
    yield "exhibits/{pk}/photo", key_of("exhibits"), {"file": key_of("uploads")}
    yield "court-orders/{pk}/scan", key_of("active-order"), {"file": key_of("uploads")}
    yield (
        "order-events/",
        None,
        act | {"order": key_of("active-order"), "kind": "attempt", "result": "not_found"},
    )
    yield "court-orders/{pk}/execute", key_of("active-order"), act | {"document_no": "45/26"}
    involved = {"involvement": key_of("involvements")}
    yield "arrests/", None, involved | BY_ARREST
    yield "custodies/", None, HELD_SINCE | {"arrest": key_of("arrests")}
    yield "custodies/{pk}/rights", key_of("custodies"), {"at": format_ago(hours=4)}
    yield (
        "custody-steps/",
        None,
        {"custody": key_of("custodies"), "kind": "family", "at": format_ago(hours=4)},
    )
    paper = {"document_no": "12/26", "done_on": format_day()}
    judged = {"court": "CFI-02", "court_no": "301/26", "decided_on": format_day(-5), "verdict": "convicted"}
    yield "judgments/", None, involved | judged
    yield "judgments/{pk}/notified", key_of("judgments"), paper
    yield "judgment-steps/", None, paper | {"judgment": key_of("judgments"), "kind": "appeal"}
    yield (
        "sentences/",
        None,
        {"judgment": key_of("judgments"), "kind": "prison", "years": 2, "starts_on": format_day(-5)},
    )
    reduced = {"kind": "reduction", "days": 60} | paper
    yield "sentence-changes/", None, reduced | {"sentence": key_of("sentences")}
    yield "detentions/", None, involved | {
        "kind": "provisional", "since": format_day(-3), "first_prison": "CC1", "offence_class": "felony", "document_no": "45/26",
        "document_date": format_day(-3), "court": "CFI-02",
    }  # fmt: skip
    yield "detentions/{pk}/escape", key_of("detentions"), {"done_on": format_day(-1)}
    yield (
        "detention-steps/",
        None,
        {"detention": key_of("detentions"), "kind": "recapture", "done_on": format_day()},
    )
    freed = {
        "released_on": format_day(),
        "kind": "order",
        "document_no": "12/26",
        "reports_to": UNIT,
        "supervised_until": format_day(90),
    }
    yield "releases/", None, freed | {"detention": key_of("detentions")}
    yield "releases/{pk}/visit", key_of("releases"), {"done_on": format_day()}
    yield (
        "supervision-steps/",
        None,
        {"release": key_of("releases"), "kind": "missed", "done_on": format_day()},
    )
    today = {"document_no": "88/26", "document_date": format_day()}
    sent = today | {"kind": "at_prosecutor", "decided_on": format_day()}
    yield "case-dispositions/", None, sent | {"case": key_of("cases")}
    taken_to_court = today | {
        "kind": "court",
        "moved_on": format_day(),
        "recipient": "ក្រឡាបញ្ជី",
        "witness": "ជា សុខា",
    }
    yield "exhibit-movements/", None, taken_to_court | {"exhibit": key_of("exhibits")}
    exhibit = {"exhibit": key_of("exhibits")}
    yield "exhibit-seals/", None, exhibit | {"kind": "put_on", "number": "BB-1"}
    yield "quantity-changes/", None, exhibit | today | {"cause": "weighed", "after": "2.5"}
    store = {"unit": UNIT, "kind": "room", "name": "ឃ្លាំង ក", "keeper": key_of("keeper")}
    yield "evidence-stores/", None, store
    yield "shelves/", None, {"store": key_of("evidence-stores"), "name": "ធ្នើ ១"}
    yield "inventories/", None, {"store": key_of("evidence-stores")}
    yield "death-reports/", None, person | today | {"died_on": format_day()}
    yield (
        "tasks/",
        None,
        {"case": key_of("cases"), "to_unit": UNIT, "due_at": format_day(2) + "T09:00", "text": "សូមសួរសាក្សី"},
    )
    of_case = {"case": key_of("cases"), "officer": find_user_id("investigator.bb")}
    yield "case-assignments/", None, of_case | {"kind": "support"}
    yield "investigation-acts/", None, of_case | {
        "kind": "site_visit", "begun_at": format_ago(hours=2), "result": "បានពិនិត្យ",
    }  # fmt: skip
    yield "investigation-acts/", None, of_case | {
        "case": key_of("case-of-exhibits"), "kind": "site_visit", "begun_at": format_ago(hours=2), "result": "បានពិនិត្យ",
    }  # fmt: skip
    yield "act-exhibits/", None, {"act": key_of("investigation-acts"), "exhibit": key_of("exhibits")}
    yield "charges/", None, {
        "case": key_of("suspect-case"), "involvement": key_of("involvements"), "case_offence": key_of("case-offences"),
        "asked_on": format_day(),
    }  # fmt: skip
    yield "crashes/", None, {
        "case": key_of("cases"), "kind": "rear", "cause": "distance", "road": "national", "speed_limit": 80,
    }  # fmt: skip
    yield "minor-contacts/", None, {
        "met_at": format_ago(hours=2), "reason": "in_need", "name": "ចាន់ សុផាត", "sex": "F", "age": 15, "place": BATTAMBANG,
    }  # fmt: skip
    yield (
        "minor-steps/",
        None,
        {"contact": key_of("minor-contacts"), "kind": "assessed", "done_on": format_day()},
    )
    yield "road-users/", None, {"case": key_of("cases"), "kind": "motorcycle", "plate": "1AB-2345"}
    yield "protection-orders/", None, {
        "case": key_of("suspect-case"), "restrained": key_of("involvements"), "protected": key_of("other-involvement"),
        "court": "CFI-02", "order_no": "5/26", "decided_on": format_day(-3), "starts_on": format_day(-3),
        "no_contact": True,
    }  # fmt: skip
    yield "protection-order-steps/", None, today | {
        "order": key_of("protection-orders"), "kind": "ended", "done_on": format_day(),
    }  # fmt: skip
    yield "organisations/", None, {"name": "ក្រុមហ៊ុន ដឹកជញ្ជូន", "kind": "company"}
    yield "relations/", None, {
        "case": key_of("suspect-case"), "from_person": key_of("persons"), "to_organisation": key_of("organisations"),
        "kind": "member", "source_grade": "b", "information_grade": "2",
    }  # fmt: skip
    report = {"place": "020310", "happened_on": format_day(-2), "reporter": "សុខ សុភា"}
    yield "person-reports/", None, report | {"kind": "missing", "name": "សុខ ដារ៉ា", "sex": "M", "age_from": 30}
    yield "property-reports/", None, report | {"side": "lost", "kind": "phone", "description": "ទូរស័ព្ទ"}
    yield "report-ends/", None, {
        "person_report": key_of("person-reports"), "outcome": "found_alive", "ended_on": format_day(), "document_no": "១",
        "document_date": format_day(),
    }  # fmt: skip
    yield "case-dispositions/", None, {
        "case": key_of("suspect-case"), "kind": "at_prosecutor", "decided_on": format_day(-7), "document_no": "១",
        "document_date": format_day(-7),
    }  # fmt: skip
    yield "outcome-notices/", None, {
        "disposition": key_of("case-dispositions"), "involvement": key_of("other-involvement"), "informed_on": format_day(),
        "means": "telephone",
    }  # fmt: skip
    yield "case-reviews/", None, {"case": key_of("cases"), "note": "សូមពិនិត្យ"}
    yield "prevention-programmes/", None, {
        "title": "ល្បាតពេលយប់", "text": "ល្បាតនៅផ្សារ", "goal": "ចោរកម្មថយចុះ", "place": "0203", "family": "killing",
        "starts_on": format_day(-90), "comparison": "0204",
    }  # fmt: skip
    yield "courses/", None, {
        "title_km": "វគ្គ", "syllabus": "ច្បាប់", "hours": 12, "validity_months": 24, "attendance_percent": 80,
        "good_percent": 80, "average_percent": 50,
    }  # fmt: skip
    yield "course-sessions/", None, {
        "course": key_of("courses"), "name": "ទី១", "place": "ភ្នំពេញ", "starts_on": format_day(), "days": 2, "trainer": 1,
    }  # fmt: skip
    yield (
        "questions/",
        None,
        {"topic": "law", "kind": "one", "text_km": "សំណួរ", "choices_km": "* ត្រូវ\nខុស"},
    )
    yield "corrections/", None, {
        "entity": "case", "entity_id": key_of("locked-case"), "kind": "change", "cause": "wrong_code",
        "reason": REASON, "letter_no": LETTER,
        "changes": {"summary": "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"},
    }  # fmt: skip
    yield "matches/{pk}/extend", key_of("matches"), {"reason": "សុំពិនិត្យរូបថត", "minutes": 30}
    yield "units/", None, NAMED | {"code": "PC-02-X", "kind": "post"}
    yield "courts/", None, NAMED | {"code": "CFI-XX", "level": "first_instance", "area": "02"}
    yield "letter-templates/", None, NAMED | {
        "code": "send-file", "kind": "request", "text_km": "សូមផ្ញើឯកសារ", "days": 7, "to_confirm": False,
    }  # fmt: skip
    yield "prisons/", None, NAMED | {"code": "CC99", "kind": "provincial_prison", "province": "02"}
    yield (
        "codes/",
        None,
        NAMED | {"list": "method", "key": "by_night", "position": 99},
    )
