"""The receipt of an exhibit: what it is, as it was described, and who gave it to whom."""

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Exhibit
from app.extensions import db
from app.printouts.case_sheets import thing_of
from app.printouts.document import Sheet, facts, paragraphs, told
from app.printouts.titles import TITLES

DOTS = "…" * 44


def read(exhibit_id):
    """The exhibit with its case; None where the reader does not see it."""
    found = select(Exhibit).where(Exhibit.id == exhibit_id).options(joinedload(Exhibit.case))
    return db.session.scalar(found)


def sheet_of(exhibit):
    kind, (described, numbers), amount, part, state = thing_of(exhibit)
    thing = [
        *told(exhibit, "kind"),
        (told(exhibit, "description")[0][0], [described, numbers]),
        (told(exhibit, "quantity")[0][0], amount),
        *told(exhibit, "value_khr", "property_role", "state", "recorded_at"),
    ]
    return Sheet(
        title=str(TITLES["receipt"]),
        number=f"{exhibit.case.number}/{exhibit.id}",
        parts=(
            facts(thing, gettext("Exhibit"), wide=True),
            facts(_handing_over(), gettext("Handing over"), wide=True),
            paragraphs(gettext("The exhibit was handed over and received as described above. Each side keeps one copy.")),
        ),
        signers=(gettext("Who hands over"), gettext("Who receives")),
    )  # fmt: skip


def _handing_over():
    """What is not in the register, to be written by hand."""
    words = (
        gettext("Place of seizure"), gettext("Seal number"), gettext("Handed over by"), gettext("Received by"),
        gettext("Stored at"), gettext("State when handed over"),
    )  # fmt: skip
    return [(word, DOTS) for word in words]
