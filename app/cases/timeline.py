"""What cases tell in the time line of a person: in which case he stands, and as what."""

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Involvement
from app.extensions import db
from app.kernel import codes
from app.people import timeline


@timeline.tells
def cases(person):
    found = (
        select(Involvement)
        .where(Involvement.person_id == person.id, Involvement.voided_at.is_(None))
        .order_by(Involvement.id.desc())
        .limit(timeline.MOST)
        .options(joinedload(Involvement.case))
    )
    for row in db.session.scalars(found):
        if row.case is not None:  # a break-glass shows the involvement, not the case
            charged = row.role not in ("suspect", "victim", "witness", "complainant", "civil_party", "other")
            url = url_for("CaseView.show", pk=row.case_id)
            word = codes.label("role", row.role)
            yield timeline.Event(
                row.case.occurred_from, word, row.case.number, "square" if charged else "dot", url
            )
