"""Papers of reports: the notice of a missing person or a body, and the receipt of lost or found property."""
# chosen fields: a notice has what helps to recognise the person, and no reporter; a receipt has the property

from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.schema.display import format_value
from app.missing.models import PersonReport, PropertyReport
from app.missing.rules import FOUND, MISSING
from app.printouts.document import Printout, build_facts, build_paragraphs, format_fields

PERSON_FACTS = (
    "name", "sex", "age_from", "age_to", "height_from", "height_to", "mark_kind", "body_part", "marks", "clothes",
)  # fmt: skip
PROPERTY_FACTS = (
    "kind", "description", "make", "model", "colour", "plate", "frame_no", "engine_no", "imei", "serial",
    "document_no", "phone",
)  # fmt: skip


class Paper:
    """The paper of one kind of report, as `RecordPrintoutView` asks for it."""

    def __init__(self, model, build):
        self.model, self.build_printout = model, build

    def load_record(self, pk):
        """Return the report, or None if the reader may not see it."""
        found = select(self.model).where(self.model.id == pk)
        return db.session.scalars(found).unique().one_or_none()

    def explain_refusal(self, report):
        """Return why the report has no paper, or an empty string."""
        return _explain_refusal(report)


def _explain_refusal(report):
    if report.is_void:
        return gettext("A withdrawn report has no paper.")
    if isinstance(report, PersonReport) and not report.is_open:
        return gettext("The search has ended. A notice is printed only for an open report.")
    return ""


def _build_notice(report):
    question = (
        gettext("Who has seen this person?") if report.kind == MISSING else gettext("Who knows this person?")
    )
    return Printout(
        title=format_fields(report, "kind")[0][1],
        number=report.number,
        parts=(
            build_facts(format_fields(report, *PERSON_FACTS), gettext("Description"), wide=True),
            build_facts(
                format_fields(report, "happened_on", "place", "place_text"),
                gettext("Last seen or found"),
                wide=True,
            ),
            build_facts(_unit_facts(report), question, wide=True),
        ),
        signers=(gettext("Head of the unit"),),
    )


def _build_receipt(report):
    is_found = report.side == FOUND
    text = (
        gettext("The property was handed over to the police as described above. Each side keeps one copy.")
        if is_found
        else gettext("The loss was reported to the police as described above. Each side keeps one copy.")
    )
    return Printout(
        title=format_fields(report, "side")[0][1],
        number=report.number,
        parts=(
            build_facts(format_fields(report, *PROPERTY_FACTS), gettext("Property"), wide=True),
            build_facts(
                [
                    *format_fields(
                        report, "happened_on", "place", "place_text", "reporter", "reporter_phone", "kept_at"
                    ),
                    (gettext("Registered at"), format_value(report.recorded_at)),
                    *_unit_facts(report),
                ],
                gettext("Report"),
                wide=True,
            ),
            build_paragraphs(text),
        ),
        signers=(
            gettext("Finder") if is_found else gettext("Owner"),
            gettext("Receiving party"),
        ),
    )


def _unit_facts(report):
    unit = report.unit
    if unit is None:
        return []
    return [(gettext("Unit"), str(unit)), (gettext("Telephone"), unit.phone or "")]


NOTICE, RECEIPT = Paper(PersonReport, _build_notice), Paper(PropertyReport, _build_receipt)
