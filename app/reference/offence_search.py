"""Finding an offence by its article, by words of its title in either script, or by its law."""

import re
from collections import Counter

from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema import code_lists
from app.kernel.schema.display import language
from app.kernel.text import dates, khmer
from app.reference import name_folding
from app.reference.models import Law, Offence

EXACT, BEGINS, INSIDE = range(3)
ARTICLE_WORDS = ("មាត្រា", "articles", "article", "art")
_ARTICLE = re.compile(rf"(?:{'|'.join(ARTICLE_WORDS)})?([0-9]+[a-z]*)")
_SPAN = re.compile(r"([0-9]+)(?:-([0-9]+))?")
_LAST = 10**6  # behind every article number


def find_offences(text, on_day=None, limit=8):
    """Offences by article, title or law, those in force on `on_day` (a date; today) first.

    The rows are those of `reference.search`; the detail is article, law, class, and what is to be confirmed.
    """
    asked = [word for word in name_folding.words(text) if word not in ARTICLE_WORDS]
    if not asked:
        return []
    day = on_day or dates.now().date()
    forms = [(word, {word, name_folding.fold(word)} - {""}) for word in asked]
    found = []
    for place, (offence, law) in enumerate(_offences.get()):
        ranks = [_rank(offence, word, written) for word, written in forms]
        if None not in ranks:
            found.append((not in_force(offence, law, day), sum(ranks), place, offence, law))
    found.sort(key=lambda hit: hit[:3])
    return [_row(offence, law, asked, day) for *_rank, offence, law in found[:limit]]


def _rank(offence, word, written):
    """How `word` stands in the article, the title or the law of the offence; None where it does not."""
    number = _ARTICLE.fullmatch(word)
    if number and offence.article:
        if _names(offence.article, number[1]):
            return EXACT
        if offence.article.startswith(number[1]):
            return BEGINS
    text = f" {offence.search_text} "
    for how, start, end in ((EXACT, " ", " "), (BEGINS, " ", ""), (INSIDE, "", "")):
        if any(f"{start}{form}{end}" in text for form in written):
            return how
    return None


def _names(article, number):
    """Whether an article like "218-221" or "353, 356" is the article `number` or takes it in."""
    if not number.isdecimal():
        return article == number
    spans = [(int(first), int(last or first)) for first, last in _SPAN.findall(article)]
    return any(first <= int(number) <= last for first, last in spans)


def in_force(offence, law, day):
    """Whether both the offence and its law were in force; an unknown first or last day excludes nothing."""
    first = max(filter(None, (offence.valid_from, law.valid_from)), default=day)
    last = min(filter(None, (offence.valid_to, law.valid_to)), default=day)
    return first <= day <= last


def _row(offence, law, asked, day):
    reader = language()
    shown = _name(offence, reader)
    detail = [_article(offence, reader), _name(law, reader), _class(offence)]
    if not in_force(offence, law, day):
        detail.append(gettext("Not in force on that day"))
    return {
        "id": offence.code,
        "text": shown,
        "detail": " · ".join(filter(None, detail)),
        "mark": name_folding.mark(shown, asked),
        "icon": "scale",
        "class": offence.offence_class or "",
    }


def _article(offence, reader):
    if not offence.article:
        return ""
    article = khmer.khmer_digits(offence.article) if reader == "km" else offence.article
    return gettext("Article %(article)s", article=article)


def _class(offence):
    if not offence.offence_class:
        return gettext("Class to be stated")
    word = code_lists.label("offence_class", offence.offence_class)
    return gettext("%(offence_class)s, to be confirmed", offence_class=word) if offence.class_unsure else word


def _name(row, reader):
    return row.name_en if reader == "en" else row.name_km


def _read():
    """(offence, law) of every offence: laws in force before old ones, the largest law first, by article."""
    with db.engine.connect() as connection:
        laws = {law.code: law for law in connection.execute(select(Law.__table__))}
        offences = connection.execute(select(Offence.__table__)).all()
    size = Counter(offence.law_code for offence in offences)

    def place(offence):
        law, number = laws[offence.law_code], _SPAN.search(offence.article or "")
        return (
            law.valid_to is not None,
            -size[law.code],
            law.code,
            int(number[1]) if number else _LAST,
            offence.code,
        )

    return [(offence, laws[offence.law_code]) for offence in sorted(offences, key=place)]


_offences = versioned_cache.Cached("reference", _read)
