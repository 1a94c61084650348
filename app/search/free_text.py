"""Free text: narratives, ways of working and supplements of cases, and marks of people, by any two letters in them."""

import time
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, Supplement
from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.schema.display import said
from app.people.models import PersonMark
from app.search import text_index
from app.search.snippets import Passage, folded, passage

SHOWN = 30  # answers of each kind
FEW, MANY = 100, 1000  # candidates that are read at once: where they are the reader's, and where few are
AT_ONCE, LONGER = 0.025, 0.5  # seconds that an answer may look back, and one that was told to go on
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
    """At most SHOWN of each kind, newest first. `older`: the ids from which each kind may be looked at further, 0 where
    all of it was; None where all of all was."""

    cases: list
    supplements: list
    marks: list
    older: tuple | None

    @property
    def count(self):
        return len(self.cases) + len(self.supplements) + len(self.marks)


def words_of(text):
    """The words that are looked for, all of which must stand in a text; a single letter stands everywhere."""
    return list(dict.fromkeys(word for word in folded(text).split() if len(word) >= text_index.SHORTEST))[
        :MOST_WORDS
    ]


def find(text, older=None):
    """The newest texts of the reader's part that hold all words; None where there is no word of two letters.

    However common the letters are, it looks back no longer than AT_ONCE, and LONGER from where an answer stopped
    (`older`): the rest is left for another time.
    """
    words = words_of(text)
    if not words:
        return None
    until = time.monotonic() + (LONGER if older else AT_ONCE)
    found, left = [], []
    for (model, read, shown), begin in zip(KINDS, older or (None,) * len(KINDS), strict=True):
        rows, rest = _holding(model, words, read, begin, until)
        found.append([shown(one, words) for one in rows])
        left.append(rest)
    return Answer(*found, older=tuple(left) if any(left) else None)


def _holding(model, words, read, last, until):
    """(rows of the reader's part from the id `last` downwards, the id from which nobody has looked yet or 0)."""
    if last is None:
        last = text_index.newest(db.session, model) or 0
    rows, size, most = [], 0, FEW
    while last > 0:
        begun, first = time.monotonic(), text_index.begin_of(size, last)
        ids = text_index.candidates(db.session, model, words, size, last, most)
        rows += [one for one in read(ids) if _holds(one, model, words)]
        full = len(ids) == most
        seen, last = last, (ids[-1] if full else first) - 1
        if len(rows) > SHOWN:
            return rows[:SHOWN], rows[SHOWN].id
        took, left = time.monotonic() - begun, until - time.monotonic()
        if full:  # such words are common, and most that hold them are not the reader's
            size, most = size if took < left else None, MANY
        else:
            size = _next_size(size, last, took / (seen - last), left)
        if size is None:
            break
    return rows, max(last, 0)


def _next_size(size, last, pace, left):
    """The next larger stretch where it will be read in the time that is left, or the same; None where none will be."""
    for one in (size + 1, size, 0):
        if one < len(text_index.STRETCHES) and pace * (last - text_index.begin_of(one, last) + 1) < left:
            return one
    return None


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
    about = (code_lists.label("mark_kind", row.kind), code_lists.label("body_part", row.body_part))
    return Found(
        id=row.id,
        title=str(row.person),
        detail=" · ".join(one for one in about if one),
        url=url_for("PersonView.show", pk=row.person_id),
        passages=[passage(row.text, words)],
        person_id=row.person_id,
    )


KINDS = ((Case, _cases, _case), (Supplement, _supplements, _supplement), (PersonMark, _marks, _mark))
