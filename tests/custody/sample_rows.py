"""One record of each kind about a person in custody, as the forms save them."""

from datetime import timedelta

from app.custody.models import (
    Arrest,
    Custody,
    CustodyDocument,
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
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Court, Prison, Unit
from tests.sample_rows import FILE_COLUMNS

DOCUMENT = "១២/២៦"


def add_one_of_each(involvement, unit_code):
    """Add and flush arrest, custody, judgment, sentence, detention, release and scan of the suspect."""
    now, today = dates.now().replace(microsecond=0), dates.now().date()
    unit, court = db.session.get(Unit, unit_code), db.session.get(Court, "CFI-02")
    arrest = Arrest(
        involvement=involvement, at=now - timedelta(hours=5), ground="authorisation", document_no=DOCUMENT,
        by_unit=unit, officers="កែវ ពិសិដ្ឋ", place_text="ផ្ទះ", force_text="គ្មាន", match_reason="គ្មាន",
    )  # fmt: skip
    custody = Custody(
        arrest=arrest, held_by=unit, arrived_at=now - timedelta(hours=4), offence_class="felony"
    )
    custody.steps.append(
        CustodyStep(kind="lawyer", at=now, who="មេធាវី សុខ", document_no=DOCUMENT, note="គ្មាន")
    )
    judgment = Judgment(
        involvement=involvement, court=court, court_no=DOCUMENT, decided_on=today, verdict="convicted"
    )
    judgment.steps.append(JudgmentStep(kind="notified", done_on=today, document_no=DOCUMENT, note="គ្មាន"))
    sentence = Sentence(judgment=judgment, kind="prison", years=2, starts_on=today, text="ទោស")
    sentence.changes.append(
        SentenceChange(kind="reduction", done_on=today, days=3, document_no=DOCUMENT, note="ន")
    )
    # A detention since the day of the arrival would end the custody.
    before = custody.arrived_at.date() - timedelta(days=1)
    detention = Detention(
        involvement=involvement, sentence=sentence, kind="sentence", since=before, document_date=before,
        document_no=DOCUMENT, first_prison=db.session.get(Prison, "CC1"), court=court,
    )  # fmt: skip
    prison = db.session.get(Prison, "CC1")
    detention.steps.append(
        DetentionStep(kind="transfer", done_on=today, prison=prison, document_no=DOCUMENT, note="គ្មាន")
    )
    release = Release(
        detention=detention, released_on=today, kind="pardon", document_no=DOCUMENT, conditions="គ្មាន",
        place_text="ផ្ទះ", reports_to=unit, supervised_until=today + timedelta(days=90),
    )  # fmt: skip
    release.steps.append(SupervisionStep(kind="visit", done_on=today, document_no=DOCUMENT, note="គ្មាន"))
    scan = CustodyDocument(arrest=arrest, note="គ្មាន", **FILE_COLUMNS)
    db.session.add_all([arrest, custody, judgment, sentence, detention, release, scan])
    db.session.flush()


def imprison(person, since, **over):
    """Add and flush the detention of a person since this day."""
    given = {
        "kind": "provisional",
        "offence_class": "felony",
        "document_no": DOCUMENT,
        "document_date": since,
    }
    prison, court = db.session.get(Prison, "CC1"), db.session.get(Court, "CFI-02")
    detention = Detention(person=person, since=since, first_prison=prison, court=court, **given | over)
    db.session.add(detention)
    db.session.flush()
    return detention
