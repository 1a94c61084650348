"""Search of offences by article, by words of the title in either script, by synonym, or by law."""

import re
from collections import Counter

from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema import code_lists
from app.kernel.schema.display import reader_language
from app.kernel.schema.fields import split_keys
from app.kernel.text import dates, khmer
from app.reference import name_folding
from app.reference.models import Law, Offence

EXACT, BEGINS, INSIDE = range(3)
ARTICLE_WORDS = ("មាត្រា", "articles", "article", "art")
_ARTICLE = re.compile(rf"(?:{'|'.join(ARTICLE_WORDS)})?([0-9]+[a-z]*)")
_SPAN = re.compile(r"([0-9]+)(?:-([0-9]+))?")
_AFTER_ALL_ARTICLES = 10**6  # after every article number


def find_offences(text, on_day=None, limit=8):
    """Return offences by article, title or law, those in force on `on_day` (a date; default today) first.

    Items are those of `reference.search`; the detail is article, law, class, and what is to be confirmed.
    """
    words = [word for word in name_folding.split_words(text) if word not in ARTICLE_WORDS]
    if not words:
        return []
    day = on_day or dates.now().date()
    forms = [(word, {word, name_folding.fold(word)} - {""}) for word in words]
    found = []
    for place, (offence, law, names) in enumerate(_offences.get()):
        ranks = [_rank(offence, names, word, written) for word, written in forms]
        if None not in ranks:
            found.append((not is_in_force(offence, law, day), sum(ranks), place, offence, law))
    found.sort(key=lambda match: match[:3])
    return [_make_item(offence, law, words, day) for *_rank, offence, law in found[:limit]]


def _rank(offence, names, word, written):
    """Return how well `word` matches article, title or law of the offence, or None without a match."""
    number = _ARTICLE.fullmatch(word)
    if number and offence.article:
        if _covers_article(offence.article, number[1]):
            return EXACT
        if offence.article.startswith(number[1]):
            return BEGINS
    for how, start, end in ((EXACT, " ", " "), (BEGINS, " ", ""), (INSIDE, "", "")):
        if any(f"{start}{form}{end}" in names for form in written):
            return how
    return None


def _covers_article(article, number):
    """Return whether an article like "218-221" or "353, 356" is or includes the article `number`."""
    if not number.isdecimal():
        return article == number
    spans = [(int(first), int(last or first)) for first, last in _SPAN.findall(article)]
    return any(first <= int(number) <= last for first, last in spans)


def is_in_force(offence, law, day):
    """Return whether both offence and law were in force; an unknown first or last day excludes nothing."""
    first = max(filter(None, (offence.valid_from, law.valid_from)), default=day)
    last = min(filter(None, (offence.valid_to, law.valid_to)), default=day)
    return first <= day <= last


def _make_item(offence, law, words, day):
    reader = reader_language()
    shown = _get_name(offence, reader)
    detail = [_format_article(offence, reader), _get_name(law, reader), _format_class(offence)]
    if not is_in_force(offence, law, day):
        detail.append(gettext("Not in force on that day"))
    return {
        "id": offence.code,
        "text": shown,
        "detail": " · ".join(filter(None, detail)),
        "mark": name_folding.find_match_span(shown, words),
        "icon": "scale",
        "class": offence.offence_class or "",
    }


def _format_article(offence, reader):
    if not offence.article:
        return ""
    article = khmer.to_khmer_digits(offence.article) if reader == "km" else offence.article
    return gettext("Article %(article)s", article=article)


def _format_class(offence):
    if not offence.offence_class:
        return gettext("Class to be stated")
    word = code_lists.label("offence_class", offence.offence_class)
    return (
        gettext("%(offence_class)s, to be confirmed", offence_class=word) if offence.class_uncertain else word
    )


def _get_name(row, reader):
    return row.name_en if reader == "en" else row.name_km


def _load_offences():
    """Return (offence, law, names) of all offences: laws in force first, the largest law first, by article."""
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
            int(number[1]) if number else _AFTER_ALL_ARTICLES,
            offence.code,
        )

    return [
        (offence, laws[offence.law_code], _build_names(offence)) for offence in sorted(offences, key=place)
    ]


def _build_names(offence):
    return f" {offence.search_text} {name_folding.build_variants(*split_keys(offence.synonyms))} "


_offences = versioned_cache.VersionedCache("reference", _load_offences)
