"""Two prevention programmes of the chief of Battambang: one is over, one runs."""
# unrestricted: asks as the system whether the demo has programmes
# commits: the programmes, as an officer enters them

from datetime import timedelta

from sqlalchemy import select

from app.demo.investigation import CHIEF, act_as_officer
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.prevention.models import PreventionProgramme
from app.reference.models import Place

# Area, comparison area, begun and ended so many days ago, and the texts.
PROGRAMMES = (
    ("0203", "1710", 420, 60, {
        "title": "ល្បាតពេលយប់នៅក្រុងបាត់ដំបង", "family": "property", "second_family": "robbery",
        "text": "ល្បាតពីរក្រុមពីម៉ោង ២២:០០ ដល់ម៉ោង ០៤:០០ នៅទីកន្លែងដែលមានចោរកម្មច្រើន។",
        "goal": "កាត់បន្ថយចោរកម្មម៉ូតូនៅពេលយប់។",
    }),
    ("02", None, 150, None, {
        "title": "ផ្សព្វផ្សាយច្បាប់ស្តីពីគ្រឿងញៀននៅតាមសាលា", "family": "drugs",
        "text": "មន្ត្រីចុះផ្សព្វផ្សាយនៅវិទ្យាល័យមួយរៀងរាល់សប្តាហ៍។", "goal": "កាត់បន្ថយការប្រើប្រាស់គ្រឿងញៀនក្នុងចំណោមយុវជន។",
    }),
)  # fmt: skip


def generate_programmes():
    """Enter the programmes if there are none yet, and return their number."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(PreventionProgramme.id).limit(1)) is not None:
        return 0
    owner, today = act_as_officer(CHIEF), dates.now().date()
    for place, comparison, begun, ended, texts in PROGRAMMES:
        programme = PreventionProgramme(
            place=db.session.get(Place, place), comparison=db.session.get(Place, comparison) if comparison else None,
            starts_on=today - timedelta(days=begun), owner=owner,
            ends_on=today - timedelta(days=ended) if ended is not None else None, **texts,
        )  # fmt: skip
        db.session.add(programme)
    commit()
    return len(PROGRAMMES)
