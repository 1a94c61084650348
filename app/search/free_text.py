"""The text search: narratives, modus operandi and supplements of cases, and marks of persons.

A word of two letters or more is found anywhere in a text.
"""

import time
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, Supplement
from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_value
from app.people.models import PersonMark
from app.search import text_index
from app.search.snippets import Snippet, fold_text, make_snippet

MAX_MATCHES = 30  # of each kind
SMALL_BATCH, LARGE_BATCH = (
    100,
    1000,
)  # candidates read at once: if most are in the reader's area, and if few are
TIME_LIMIT, OLDER_TIME_LIMIT = 0.025, 0.5  # seconds of a search, and of a continued one
MAX_WORDS = 5


@dataclass(frozen=True)
class TextMatch:
    """A text that contains the words: its record, and snippets with the words."""

    id: int
    title: str
    detail: str
    url: str
    snippets: list[Snippet]
    person_id: int | None = None


@dataclass(frozen=True)
class TextMatches:
    """At most MAX_MATCHES of each kind, newest first.

    `older` has the id from which the search of each kind continues, 0 where it is complete; it is None if all are
    complete.
    """

    cases: list
    supplements: list
    marks: list
    older: tuple | None

    @property
    def count(self):
        return len(self.cases) + len(self.supplements) + len(self.marks)


def split_words(text):
    """Return the words to search for. All must be in a text. Single letters are ignored."""
    return list(
        dict.fromkeys(word for word in fold_text(text).split() if len(word) >= text_index.MIN_WORD_LENGTH)
    )[:MAX_WORDS]


def search_texts(text, older=None):
    """Return the newest texts in the reader's area that contain all words, or None without a word of two letters.

    The search stops after TIME_LIMIT, or after OLDER_TIME_LIMIT if it continues from `older`. The rest can be searched
    later.
    """
    words = split_words(text)
    if not words:
        return None
    until = time.monotonic() + (OLDER_TIME_LIMIT if older else TIME_LIMIT)
    found, left = [], []
    for (model, read, make_match), start in zip(KINDS, older or (None,) * len(KINDS), strict=True):
        rows, rest = _find_rows(model, words, read, start, until)
        found.append([make_match(one, words) for one in rows])
        left.append(rest)
    return TextMatches(*found, older=tuple(left) if any(left) else None)


def _find_rows(model, words, read, last, until):
    """Return (rows in the reader's area from the id `last` down, the next id to search or 0)."""
    if last is None:
        last = text_index.find_last_id(db.session, model) or 0
    rows, size, limit = [], 0, SMALL_BATCH
    while last > 0:
        started, first = time.monotonic(), text_index.first_id_of_range(size, last)
        ids = text_index.find_candidates(db.session, model, words, size, last, limit)
        rows += [one for one in read(ids) if _contains_words(one, model, words)]
        full = len(ids) == limit
        start, last = last, (ids[-1] if full else first) - 1
        if len(rows) > MAX_MATCHES:
            return rows[:MAX_MATCHES], rows[MAX_MATCHES].id
        took, left = time.monotonic() - started, until - time.monotonic()
        if full:  # the words are common, and most of the texts are outside the reader's area
            size, limit = size if took < left else None, LARGE_BATCH
        else:
            size = _choose_next_size(size, last, took / (start - last), left)
        if size is None:
            break
    return rows, max(last, 0)


def _choose_next_size(size, last, pace, left):
    """Return the next larger range that fits the remaining time, or the same one, or None if none fits."""
    for one in (size + 1, size, 0):
        if (
            one < len(text_index.RANGE_BITS)
            and pace * (last - text_index.first_id_of_range(one, last) + 1) < left
        ):
            return one
    return None


def _contains_words(row, model, words):
    text = fold_text("\n".join(getattr(row, name) or "" for name in text_index.TEXT_COLUMNS[model]))
    return all(word in text for word in words)


def _load_cases(ids):
    columns = (
        Case.id,
        Case.number,
        Case.occurred_from,
        Case.time_unknown,
        Case.summary,
        Case.modus_operandi_text,
    )
    return db.session.execute(
        select(*columns).where(Case.id.in_(ids), Case.voided_at.is_(None)).order_by(Case.id.desc())
    )


def _load_supplements(ids):
    query = select(Supplement).where(Supplement.id.in_(ids), Supplement.voided_at.is_(None))
    return db.session.scalars(query.order_by(Supplement.id.desc()).options(joinedload(Supplement.case)))


def _load_marks(ids):
    query = select(PersonMark).where(PersonMark.id.in_(ids), PersonMark.voided_at.is_(None))
    return db.session.scalars(query.order_by(PersonMark.id.desc()).options(joinedload(PersonMark.person)))


def _case_match(row, words):
    texts = (row.summary, row.modus_operandi_text)
    return TextMatch(
        id=row.id,
        title=row.number,
        detail=format_value(row.occurred_from.date() if row.time_unknown else row.occurred_from),
        url=url_for("CaseView.show", pk=row.id),
        snippets=[
            make_snippet(text, words)
            for text in texts
            if text and any(word in fold_text(text) for word in words)
        ],
    )


def _supplement_match(row, words):
    return TextMatch(
        id=row.id,
        title=row.case.number,
        detail=format_value(row.learned_on),
        url=url_for("CaseView.show", pk=row.case_id),
        snippets=[make_snippet(row.text, words)],
    )


def _mark_match(row, words):
    about = (code_lists.label("mark_kind", row.kind), code_lists.label("body_part", row.body_part))
    return TextMatch(
        id=row.id,
        title=str(row.person),
        detail=" · ".join(one for one in about if one),
        url=url_for("PersonView.show", pk=row.person_id),
        snippets=[make_snippet(row.text, words)],
        person_id=row.person_id,
    )


KINDS = (
    (Case, _load_cases, _case_match),
    (Supplement, _load_supplements, _supplement_match),
    (PersonMark, _load_marks, _mark_match),
)
