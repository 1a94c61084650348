"""Receipt of an exhibit: description and handover between two parties."""

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Exhibit
from app.extensions import db
from app.printouts.case_sheets import format_exhibit
from app.printouts.document import Printout, build_facts, build_paragraphs, format_fields
from app.printouts.titles import TITLES

DOTS = "…" * 44


def load_record(exhibit_id):
    """Return the exhibit with its case, or None if the reader may not see it."""
    query = select(Exhibit).where(Exhibit.id == exhibit_id).options(joinedload(Exhibit.case))
    return db.session.scalar(query)


def build_printout(exhibit):
    kind, (described, numbers), amount, _role, _state = format_exhibit(exhibit)
    exhibit_facts = [
        *format_fields(exhibit, "kind"),
        (format_fields(exhibit, "description")[0][0], [described, numbers]),
        (format_fields(exhibit, "quantity")[0][0], amount),
        *format_fields(exhibit, "value_khr", "property_role", "state", "recorded_at"),
    ]
    return Printout(
        title=str(TITLES["receipt"]),
        number=f"{exhibit.case.number}/{exhibit.id}",
        parts=(
            build_facts(exhibit_facts, gettext("Exhibit"), wide=True),
            build_facts(_handover_facts(), gettext("Handover"), wide=True),
            build_paragraphs(gettext("The exhibit was handed over and received as described above. Each side keeps one copy.")),
        ),
        signers=(gettext("Handing-over party"), gettext("Receiving party")),
    )  # fmt: skip


def _handover_facts():
    """Return blank facts to be filled in by hand; the system does not hold them."""
    words = (
        gettext("Place of seizure"), gettext("Seal number"), gettext("Handed over by"), gettext("Received by"),
        gettext("Stored at"), gettext("Condition at handover"),
    )  # fmt: skip
    return [(word, DOTS) for word in words]
