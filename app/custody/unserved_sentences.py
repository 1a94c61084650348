"""Sentences of imprisonment whose execution is not recorded, as of people who are released from another detention."""
# unrestricted: conditions for the nationwide questions about a release, which show numbers only

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.cases.models import Case
from app.custody.models import Detention, Judgment, Sentence
from app.custody.rules.time_limits import LIFE, PRISON

# Created once: an alias creates all its columns, and every save asks.
served = aliased(Detention.__table__).c
sentence, judgment, case = Sentence.__table__.c, Judgment.__table__.c, Case.__table__.c


def is_unserved_on(day):
    """Return the conditions that a sentence is to be served in prison on a day, and has no detention.

    The statement has the columns of `sentence` and `judgment`. The judgment is final on that day.
    """
    months = 12 * func.coalesce(sentence.years, 0) + func.coalesce(sentence.months, 0)
    has_term = or_(sentence.days > 0, months > func.coalesce(sentence.suspended_months, 0))
    return (
        sentence.judgment_id == judgment.id, sentence.voided_at.is_(None), *Judgment.in_force(judgment),
        judgment.final_on <= day, or_(sentence.expected_on.is_(None), sentence.expected_on > day),
        or_(sentence.kind == LIFE, and_(sentence.kind == PRISON, has_term)),
        ~exists().where(served.sentence_id == sentence.id, served.voided_at.is_(None)).correlate(Sentence.__table__),
    )  # fmt: skip


def select_unserved(person_id, day):
    """Return the statement for the sentences that the person has to serve on a day: (id, unit of the case)."""
    unit = select(case.unit_code).where(case.id == sentence.case_id).scalar_subquery()
    found = select(sentence.id, unit.label("unit_code")).where(sentence.person_id == person_id)
    return found.where(*is_unserved_on(day)).order_by(sentence.id)
