"""What of a person agrees with what was typed and what differs, told on his card: a name alike is nobody's proof."""

from functools import lru_cache
from typing import NamedTuple

from flask_babel import gettext

from app.kernel.schema import code_lists
from app.kernel.text import khmer
from app.name_search.titles import without_title
from app.search.candidates import BEGINNING, DOCUMENT, NAME, NUMBER, SAME, SOUNDS, TELEPHONE


class Point(NamedTuple):
    """One thing that was compared. `agrees` is None where the register does not know it."""

    text: str
    agrees: bool | None


def agreement(candidate, person, question, of_part):
    """The points of one card, the name first; another name than the card's is told of people of the part alone."""
    typed = without_title(question.text)
    if candidate.by == NAME or (candidate.by == BEGINNING and not _begins_so(candidate.name, typed)):
        return [*_of_name(candidate, person, typed, of_part), *_of_filters(person, question)]
    words = {
        NUMBER: gettext("number in the register"),
        DOCUMENT: gettext("document number"),
        TELEPHONE: gettext("telephone number"),
        BEGINNING: gettext("name"),
    }
    whole = candidate.band == SAME
    told = words[candidate.by] if whole else gettext("%(what)s begins so", what=words[candidate.by])
    return [Point(told, True), *_of_filters(person, question)]


def _begins_so(name, typed):
    """Whether it does in its letters; otherwise it was found by its sound, and what differs is told."""
    words = _plain(name).split()
    return any(" ".join(some).startswith(_plain(typed)) for some in (words, words[-1:] + words[:-1]))


def _of_name(candidate, person, typed, of_part):
    known = [name for name in (person.name_km, person.name_latin) if name]
    matched = candidate.name or (known[0] if known else "")
    if matched and _plain(matched) not in {_plain(name) for name in known}:
        if not of_part:
            yield Point(gettext("another name"), True)
            return
        yield Point(gettext("another name: %(name)s", name=matched), True)
    if _plain(matched) == _plain(typed):
        yield Point(gettext("name"), True)
        return
    if sorted(_plain(matched).split()) == sorted(_plain(typed).split()):
        yield Point(gettext("name"), True)
        yield Point(gettext("order of the name"), False)
        return
    if candidate.band in (SAME, SOUNDS):
        yield Point(gettext("sounds the same"), True)
    yield from _letters(person.name_km if khmer.khmer_letters(typed) else person.name_latin, typed)


def _letters(known, typed):
    """The words that are the same in the script that was typed, and those that differ."""
    there, asked = known.split(), typed.split()
    same = [word for word in there if _plain(word) in map(_plain, asked)]
    ours = [word for word in there if word not in same]
    theirs = [word for word in asked if _plain(word) not in map(_plain, same)]
    if same:
        yield Point(" ".join(same), True)
    if there and (ours or theirs):
        yield Point(f"{' '.join(ours) or '—'} / {' '.join(theirs) or '—'}", False)


def _of_filters(person, question):
    if question.sex:
        same = person.sex == question.sex
        yield Point(gettext("sex") if same else code_lists.label("sex", person.sex), True if same else None)
    if question.born_from is not None or question.born_to is not None:
        known = person.birth_year is not None
        yield Point(
            gettext("year of birth") if known else gettext("year of birth not known"), True if known else None
        )


@lru_cache(4096)  # each card is held to the same question, and many bear the same surname
def _plain(text):
    return " ".join(text.casefold().split())
