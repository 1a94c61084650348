"""Form data for a suspect in Battambang: arrest, custody, detention, judgment and release."""

from datetime import timedelta

from app.cases.models import CaseOffence
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Offence
from tests.html_pages import Page
from tests.same_answers import submit_refused
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

FELONY = "PC2009-199"
UNIT = "PC-02"
RESOURCES = {
    "arrest": "arrests", "custody": "custodies", "custodystep": "custody-steps", "detention": "detentions",
    "detentionstep": "detention-steps", "judgment": "judgments", "judgmentstep": "judgment-steps",
    "sentence": "sentences", "sentencechange": "sentence-changes", "release": "releases",
    "supervisionstep": "supervision-steps",
}  # fmt: skip


def format_ago(**span):
    """Return the time so long ago, as typed in a form."""
    return f"{dates.now() - timedelta(**span):%d-%m-%Y %H:%M}"


def format_day(days=0):
    """Return the date so many days from now, as typed in a form."""
    return f"{dates.now() + timedelta(days=days):%d-%m-%Y}"


def make_suspect(felony=True, hours=200, writer="clerk.bb", **person):
    """Add a case of some days ago, and return the involvement of its suspect."""
    then = dates.now().replace(second=0, microsecond=0) - timedelta(hours=hours)
    with acting_as(writer):
        case = add_registered_case(
            people=[(make_registered_person(**person), "suspect")],
            occurred_from=then, occurred_to=None, reported_at=then, late_reason="reported_late",
        )  # fmt: skip
        if felony:
            offence = db.session.get(Offence, FELONY)
            case.offences.append(CaseOffence(offence=offence, attempt=True, offence_class="felony"))
        db.session.commit()
    return case.involvements[0]


def send_form(browser, page, status=302, /, **fields):
    """Send a form. Return the record id, or with status 422 the page, after the API refused the same data."""
    fields = {name: value for name, value in fields.items() if value is not None}
    if status == 422:
        return submit_refused(browser, f"/{page}/add", f"{RESOURCES[page]}/", fields)
    if page == "judgmentstep" and fields.get("kind") == "final":  # before the end of the appeal period
        fields = {"done_on__V088__reason": "checked"} | fields
    response = browser.send(f"/{page}/add", fields)
    Page.from_response(response, status)
    return int(response.location.rpartition("/")[2])


def enter_arrest(browser, involvement, status=302, /, **over):
    fields = {
        "involvement": involvement.id, "at": format_ago(hours=6), "ground": "flagrant", "by_unit": UNIT,
        "officers": "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ",
    }  # fmt: skip
    return send_form(browser, "arrest", status, **fields | over)


def enter_custody(browser, arrest_id, status=302, /, **over):
    fields = {
        "arrest": arrest_id,
        "held_by": UNIT,
        "arrived_at": format_ago(hours=5),
        "offence_class": "felony",
    }
    return send_form(browser, "custody", status, **fields | over)


def enter_custody_step(browser, custody_id, kind, status=302, /, **over):
    return send_form(
        browser, "custodystep", status, custody=custody_id, kind=kind, **{"at": format_ago(hours=1)} | over
    )


def find_shown_rules(page):
    """Return {(rule number, field)} of the messages on a refused form."""
    found = set()
    for line in page.all("p", css="message"):
        field = line.up("field")
        name = next(
            (control["name"] for control in field.all(name=True) if not control["name"].endswith("__text")),
            "",
        )
        found |= {(code.text, name) for code in line.all(css="code")}
    return found


def enter_detention(browser, involvement, status=302, /, **over):
    fields = {
        "involvement": involvement.id, "kind": "provisional", "since": format_day(-3), "first_prison": "CC1",
        "offence_class": "felony", "document_no": "៤៥/២៦", "document_date": format_day(-3), "court": "CFI-02",
    }  # fmt: skip
    return send_form(browser, "detention", status, **fields | over)


def enter_detention_step(browser, pk, kind, status=302, /, **over):
    return send_form(
        browser, "detentionstep", status, detention=pk, kind=kind, **{"done_on": format_day()} | over
    )


def enter_release(browser, detention_id, status=302, /, **over):
    fields = {"detention": detention_id, "released_on": format_day(), "kind": "order", "document_no": "១២/២៦"}
    return send_form(browser, "release", status, **fields | over)


def enter_judgment(browser, involvement, status=302, /, **over):
    fields = {
        "involvement": involvement.id, "court": "CFI-02", "court_no": "៣០១/២៦", "decided_on": format_day(-5),
        "verdict": "convicted",
    }  # fmt: skip
    return send_form(browser, "judgment", status, **fields | over)


def enter_sentence(browser, judgment_id, status=302, /, **over):
    fields = {"judgment": judgment_id, "kind": "prison", "years": "2", "starts_on": format_day(-5)}
    return send_form(browser, "sentence", status, **fields | over)
