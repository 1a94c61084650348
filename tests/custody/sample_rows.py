"""One record of each kind about somebody who is held, as the forms would have left them."""

from datetime import timedelta

from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    HeldFile,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    TrackingStep,
)
from app.extensions import db
from app.kernel.text import dates
from app.reference.models import Court, Prison, Unit
from tests.sample_rows import A_FILE

PAPER = "១២/២៦"


def one_of_each(involvement, unit_code):
    """Whoever is in that case was arrested, held, judged, detained and released; in the session, flushed."""
    now, today = dates.now().replace(microsecond=0), dates.now().date()
    unit, court = db.session.get(Unit, unit_code), db.session.get(Court, "CFI-02")
    arrest = Arrest(
        involvement=involvement, at=now - timedelta(hours=5), ground="authorisation", paper_no=PAPER,
        by_unit=unit, officers="កែវ ពិសិដ្ឋ", place_text="ផ្ទះ", force_text="គ្មាន", hit_reason="គ្មាន",
    )  # fmt: skip
    custody = Custody(
        arrest=arrest, held_by=unit, arrived_at=now - timedelta(hours=4), offence_class="felony"
    )
    custody.steps.append(CustodyStep(kind="lawyer", at=now, who="មេធាវី សុខ", paper_no=PAPER, note="គ្មាន"))
    judgment = Judgment(
        involvement=involvement, court=court, court_no=PAPER, decided_on=today, verdict="convicted"
    )
    judgment.steps.append(JudgmentStep(kind="notified", done_on=today, paper_no=PAPER, note="គ្មាន"))
    sentence = Sentence(judgment=judgment, kind="prison", years=2, starts_on=today, text="ទោស")
    sentence.changes.append(SentenceChange(kind="reduction", done_on=today, days=3, paper_no=PAPER, note="ន"))
    detention = Detention(
        involvement=involvement, sentence=sentence, kind="sentence", since=today, paper_on=today,
        paper_no=PAPER, first_prison=db.session.get(Prison, "CC1"), court=court,
    )  # fmt: skip
    detention.steps.append(DetentionStep(kind="escape", done_on=today, paper_no=PAPER, note="គ្មាន"))
    release = Release(
        detention=detention, released_on=today, kind="pardon", paper_no=PAPER, conditions="គ្មាន",
        place_text="ផ្ទះ", reports_to=unit, track_until=today + timedelta(days=90),
    )  # fmt: skip
    release.steps.append(TrackingStep(kind="visit", done_on=today, paper_no=PAPER, note="គ្មាន"))
    scan = HeldFile(arrest=arrest, note="គ្មាន", **A_FILE)
    db.session.add_all([arrest, custody, judgment, sentence, detention, release, scan])
    db.session.flush()
