"""Explains on a card what matches the query and what differs, because an equal name is no proof of identity."""

from functools import lru_cache
from typing import NamedTuple

from flask_babel import gettext

from app.kernel.schema import code_lists
from app.kernel.text import khmer
from app.name_search.titles import strip_titles
from app.search.candidates import DOCUMENT, NAME, NUMBER, PREFIX, SAME, SOUNDS, TELEPHONE


class MatchPoint(NamedTuple):
    """One compared detail. `agrees` is None if the record does not have it."""

    text: str
    agrees: bool | None


def explain_match(candidate, person, query, in_area):
    """Return the match points of one card, the name first.

    The text of a matching alias is shown only for persons in the reader's area.
    """
    typed = strip_titles(query.text)
    if candidate.by == NAME or (candidate.by == PREFIX and not _has_prefix(candidate.name, typed)):
        return [*_explain_name(candidate, person, typed, in_area), *_explain_filters(person, query)]
    words = {
        NUMBER: gettext("record number"),
        DOCUMENT: gettext("document number"),
        TELEPHONE: gettext("telephone number"),
        PREFIX: gettext("name"),
    }
    is_same = candidate.band == SAME
    text = (
        words[candidate.by] if is_same else gettext("%(what)s starts the same way", what=words[candidate.by])
    )
    return [MatchPoint(text, True), *_explain_filters(person, query)]


def _has_prefix(name, typed):
    """Return whether the name begins with the typed letters. Otherwise it was found by its sound."""
    words = _fold(name).split()
    return any(" ".join(some).startswith(_fold(typed)) for some in (words, words[-1:] + words[:-1]))


def _explain_name(candidate, person, typed, in_area):
    known = [name for name in (person.name_km, person.name_latin) if name]
    matched = candidate.name or (known[0] if known else "")
    if matched and _fold(matched) not in {_fold(name) for name in known}:
        if not in_area:
            yield MatchPoint(gettext("another name"), True)
            return
        yield MatchPoint(gettext("another name: %(name)s", name=matched), True)
    if _fold(matched) == _fold(typed):
        yield MatchPoint(gettext("name"), True)
        return
    if sorted(_fold(matched).split()) == sorted(_fold(typed).split()):
        yield MatchPoint(gettext("name"), True)
        yield MatchPoint(gettext("name order"), False)
        return
    if candidate.band in (SAME, SOUNDS):
        yield MatchPoint(gettext("sounds the same"), True)
    yield from _compare_words(
        person.name_km if khmer.count_khmer_letters(typed) else person.name_latin, typed
    )


def _compare_words(known, typed):
    """Yield the words that are equal in the typed script, and those that differ."""
    known_words, typed_words = known.split(), typed.split()
    same = [word for word in known_words if _fold(word) in map(_fold, typed_words)]
    other_known = [word for word in known_words if word not in same]
    other_typed = [word for word in typed_words if _fold(word) not in map(_fold, same)]
    if same:
        yield MatchPoint(" ".join(same), True)
    if known_words and (other_known or other_typed):
        yield MatchPoint(f"{' '.join(other_known) or '—'} / {' '.join(other_typed) or '—'}", False)


def _explain_filters(person, query):
    if query.sex:
        same = person.sex == query.sex
        yield MatchPoint(
            gettext("sex") if same else code_lists.label("sex", person.sex), True if same else None
        )
    if query.born_from is not None or query.born_to is not None:
        known = person.birth_year is not None
        yield MatchPoint(
            gettext("year of birth") if known else gettext("year of birth not known"), True if known else None
        )


@lru_cache(4096)  # all cards are compared with one query, and many persons share a surname
def _fold(text):
    return " ".join(text.casefold().split())
