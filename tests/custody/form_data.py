"""Somebody of Battambang who is suspected of a felony, and the forms by which he is arrested, held and released."""

from datetime import timedelta

from app.cases.models import CaseOffence
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Offence
from tests.html_pages import Page
from tests.same_answers import refused
from tests.sample_rows import a_registered_case, a_registered_person, written_by

FELONY = "PC2009-199"
UNIT = "PC-02"
RESOURCES = {
    "arrest": "arrests", "custody": "custodies", "custodystep": "custody-steps", "detention": "detentions",
    "detentionstep": "detention-steps", "judgment": "judgments", "judgmentstep": "judgment-steps",
    "sentence": "sentences", "sentencechange": "sentence-changes", "release": "releases",
    "trackingstep": "tracking-steps",
}  # fmt: skip


def ago(**span):
    """A moment so long ago, as it is typed."""
    return f"{dates.now() - timedelta(**span):%d-%m-%Y %H:%M}"


def day(days=0):
    """The day so many days from now, as it is typed."""
    return f"{dates.now() + timedelta(days=days):%d-%m-%Y}"


def a_suspect(felony=True, hours=200, writer="clerk.bb", **person):
    """The involvement of a suspect in a case of some days ago."""
    then = dates.now().replace(second=0, microsecond=0) - timedelta(hours=hours)
    with written_by(writer):
        case = a_registered_case(
            people=[(a_registered_person(**person), "suspect")],
            occurred_from=then, occurred_to=None, reported_at=then, late_reason="reported_late",
        )  # fmt: skip
        if felony:
            offence = db.session.get(Offence, FELONY)
            case.offences.append(CaseOffence(offence=offence, attempt=True, offence_class="felony"))
        db.session.commit()
    return case.involvements[0]


def send(browser, page, status=302, /, **typed):
    """The page of a form that is refused, as the API refuses it; of one that is saved the number of its record."""
    typed = {name: value for name, value in typed.items() if value is not None}
    if status == 422:
        return refused(browser, f"/{page}/add", f"{RESOURCES[page]}/", typed)
    answer = browser.send(f"/{page}/add", typed)
    Page.of(answer, status)
    return int(answer.location.rpartition("/")[2])


def arrest(browser, involvement, status=302, /, **over):
    typed = {
        "involvement": involvement.id, "at": ago(hours=6), "ground": "flagrant", "by_unit": UNIT,
        "officers": "អនុសេនីយ៍ឯក កែវ ពិសិដ្ឋ",
    }  # fmt: skip
    return send(browser, "arrest", status, **typed | over)


def custody(browser, arrest_id, status=302, /, **over):
    typed = {"arrest": arrest_id, "held_by": UNIT, "arrived_at": ago(hours=5), "offence_class": "felony"}
    return send(browser, "custody", status, **typed | over)


def step(browser, custody_id, kind, status=302, /, **over):
    return send(browser, "custodystep", status, custody=custody_id, kind=kind, **{"at": ago(hours=1)} | over)


def rules_said(page):
    """(number of the rule, box) of everything that is said on a refused form."""
    said = set()
    for line in page.all("p", css="say"):
        around = line.up("field")
        box = next((one["name"] for one in around.all(name=True) if not one["name"].endswith("__text")), "")
        said |= {(code.text, box) for code in line.all(css="code")}
    return said


def detention(browser, involvement, status=302, /, **over):
    typed = {
        "involvement": involvement.id, "kind": "provisional", "since": day(-3), "first_prison": "CC1",
        "offence_class": "felony", "paper_no": "៤៥/២៦", "paper_on": day(-3), "court": "CFI-02",
    }  # fmt: skip
    return send(browser, "detention", status, **typed | over)


def release(browser, detention_id, status=302, /, **over):
    typed = {"detention": detention_id, "released_on": day(), "kind": "order", "paper_no": "១២/២៦"}
    return send(browser, "release", status, **typed | over)


def judgment(browser, involvement, status=302, /, **over):
    typed = {
        "involvement": involvement.id, "court": "CFI-02", "court_no": "៣០១/២៦", "decided_on": day(-5),
        "verdict": "convicted",
    }  # fmt: skip
    return send(browser, "judgment", status, **typed | over)


def sentence(browser, judgment_id, status=302, /, **over):
    typed = {"judgment": judgment_id, "kind": "prison", "years": "2", "starts_on": day(-5)}
    return send(browser, "sentence", status, **typed | over)
