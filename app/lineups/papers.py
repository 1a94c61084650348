"""The record of a line-up, to be signed by the witness and the officer. It names neither the suspect nor other people."""
# chosen fields: what was shown and said; the people are in the case

from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.lineups import steps
from app.lineups.models import Lineup
from app.printouts.document import (
    Printout,
    build_facts,
    build_paragraphs,
    build_pictures,
    build_table,
    format_fields,
)
from app.printouts.portraits import load_photo

SIDE = 420  # pixels: twelve photos on one page


def load_record(lineup_id):
    """Return the line-up, or None if the reader may not see it."""
    return db.session.scalars(select(Lineup).where(Lineup.id == lineup_id)).unique().one_or_none()


def explain_refusal(lineup):
    """Return why the line-up has no paper, or an empty string."""
    return (
        "" if lineup.state == steps.ENDED else gettext("The record is printed after the end of the line-up.")
    )


def build_printout(lineup):
    presenter = lineup.presenter.name_km or lineup.presenter.get_full_name()
    faces = steps.order_faces(lineup) if lineup.started_at is not None else []
    session_facts = [
        *format_fields(lineup, "mode", "started_at", "ended_at", "place_text"),
        (gettext("Officer who shows the photos"), presenter),
        *format_fields(lineup, "present", "described_at", "first_description"),
    ]
    statement = format_fields(lineup, "result", "position", "words", "certainty", "reason", "sha256")
    log = [
        (format_value(one.at), code_lists.label("lineup_event", one.kind), format_value(one.position))
        for one in lineup.events
    ]
    heads = (gettext("Time"), 0), (gettext("What happened"), 1), (gettext("Number of the photo"), 0)
    return Printout(
        title=gettext("Record of the line-up"),
        number=lineup.number,
        parts=(
            build_facts(session_facts, gettext("Session"), wide=True),
            build_paragraphs(str(steps.INSTRUCTION), gettext("Instruction read to the witness")),
            *(
                [
                    build_pictures(
                        [load_photo(one.sha256, SIDE) for one in faces], gettext("Photos in the order shown")
                    )
                ]
                if faces
                else []
            ),
            build_table(heads, log, gettext("Log")),
            build_facts(statement, gettext("Result"), wide=True),
        ),
        signers=(
            gettext("Witness"),
            gettext("Officer who shows the photos"),
            gettext("Other people present"),
        ),
    )
