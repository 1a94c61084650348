"""Free text: narratives, ways of working and supplements of cases, and marks of people, by any two letters in them."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, Supplement
from app.extensions import db
from app.kernel import codes
from app.kernel.display import said
from app.people.models import PersonMark
from app.search import text_index
from app.search.passages import Passage, folded, passage

SHOWN = 30  # answers of each kind
PORTIONS = (200, 2000)  # candidates of the index: few where the word stands everywhere, more in a small part
MOST_WORDS = 5


@dataclass(frozen=True)
class Found:
    """A text that holds the words: whose it is, and the passages in which they stand."""

    id: int
    title: str
    detail: str
    url: str
    passages: list[Passage]
    person_id: int | None = None


@dataclass(frozen=True)
class Answer:
    """At most SHOWN of each kind. `more`: others may hold the words too, and the question should say more."""

    cases: list
    supplements: list
    marks: list
    more: bool

    @property
    def count(self):
        return len(self.cases) + len(self.supplements) + len(self.marks)


def words_of(text):
    """The words that are looked for, all of which must stand in a text; a single letter stands everywhere."""
    return list(dict.fromkeys(word for word in folded(text).split() if len(word) >= text_index.SHORTEST))[
        :MOST_WORDS
    ]


def find(text):
    """The newest texts of the reader's part that hold all words; None where there is no word of two letters."""
    words = words_of(text)
    if not words:
        return None
    cases, more_cases = _holding(Case, words, _cases)
    supplements, more_supplements = _holding(Supplement, words, _supplements)
    marks, more_marks = _holding(PersonMark, words, _marks)
    return Answer(
        [_case(one, words) for one in cases],
        [_supplement(one, words) for one in supplements],
        [_mark(one, words) for one in marks],
        more_cases or more_supplements or more_marks,
    )


def _holding(model, words, read):
    """(rows of the reader's part, whether there may be more)."""
    rows, more = [], False
    for portion in PORTIONS:
        ids = text_index.candidates(db.session, model, words, portion)
        rows, more = [one for one in read(ids) if _holds(one, model, words)], len(ids) == portion
        if len(rows) > SHOWN or not more:
            break
    return rows[:SHOWN], more or len(rows) > SHOWN


def _holds(row, model, words):
    text = folded("\n".join(getattr(row, name) or "" for name in text_index.COLUMNS[model]))
    return all(word in text for word in words)


def _cases(ids):
    columns = (Case.id, Case.number, Case.occurred_from, Case.summary, Case.way_text)
    return db.session.execute(
        select(*columns).where(Case.id.in_(ids), Case.voided_at.is_(None)).order_by(Case.id.desc())
    )


def _supplements(ids):
    standing = select(Supplement).where(Supplement.id.in_(ids), Supplement.voided_at.is_(None))
    return db.session.scalars(standing.order_by(Supplement.id.desc()).options(joinedload(Supplement.case)))


def _marks(ids):
    standing = select(PersonMark).where(PersonMark.id.in_(ids), PersonMark.voided_at.is_(None))
    return db.session.scalars(standing.order_by(PersonMark.id.desc()).options(joinedload(PersonMark.person)))


def _case(row, words):
    texts = (row.summary, row.way_text)
    return Found(
        id=row.id,
        title=row.number,
        detail=said(row.occurred_from),
        url=url_for("CaseView.show", pk=row.id),
        passages=[
            passage(text, words) for text in texts if text and any(word in folded(text) for word in words)
        ],
    )


def _supplement(row, words):
    return Found(
        id=row.id,
        title=row.case.number,
        detail=said(row.learned_on),
        url=url_for("CaseView.show", pk=row.case_id),
        passages=[passage(row.text, words)],
    )


def _mark(row, words):
    about = (codes.label("mark_kind", row.kind), codes.label("body_part", row.body_part))
    return Found(
        id=row.id,
        title=str(row.person),
        detail=" · ".join(one for one in about if one),
        url=url_for("PersonView.show", pk=row.person_id),
        passages=[passage(row.text, words)],
        person_id=row.person_id,
    )
