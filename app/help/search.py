"""The search of the help: sections and rules that contain all words, titles first."""

from typing import NamedTuple

from app.help import guides, rule_pages
from app.kernel.text.khmer import InvalidText, normalize
from app.search.snippets import Snippet, fold_text, make_snippet

MOST_RESULTS = 30
MOST_CHARACTERS = 100


class Result(NamedTuple):
    """A place in the help, with its text around the words."""

    address: str
    title: str
    source: str
    snippet: Snippet


def split_words(query):
    """Return the words of a query in the form in which texts are compared; none of a text with control characters."""
    try:
        return fold_text(normalize(query[:MOST_CHARACTERS])).split()
    except InvalidText:
        return []


def find_places(query, language):
    """Return the places that contain all words of the query, and whether there were more."""
    words = split_words(query)
    if not words:
        return [], False
    found = [*_search_guides(words, language), *_search_rules(words, language)]
    found.sort(key=lambda ranked: ranked[0])  # stable: the order of the guides
    return [result for _rank, result in found[:MOST_RESULTS]], len(found) > MOST_RESULTS


def _search_guides(words, language):
    for guide in guides.list_guides(language):
        for section in guide.sections:
            rank = _rank_match(words, section.title, section.text)
            if rank is not None:
                address = f"/help/{guide.name}#{section.slug}"
                yield rank, Result(address, section.title, guide.title, make_snippet(section.text, words))


def _search_rules(words, language):
    for rule in rule_pages.load_rules(language):
        text = " ".join([*(example.message for example in rule.examples), rule.text])
        rank = _rank_match(words, rule.number, text)
        if rank is not None:
            yield rank, Result(f"/help/rules#{rule.number}", rule.number, "", make_snippet(text, words))


def _rank_match(words, title, text):
    """Return 0 if the title contains all words, 1 if title and text do, otherwise None."""
    title, text = fold_text(title), fold_text(text)
    if all(word in title for word in words):
        return 0
    return 1 if all(word in title or word in text for word in words) else None
