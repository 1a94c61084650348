"""What the box of the bar proposes while somebody types: a few people, cases, things and places, each a link."""

from flask import url_for
from flask_babel import gettext

from app.search import record_lookup, result_cards
from app.search.query import Question

PEOPLE, BESIDE = 6, 3


def of(text):
    """(items, ids of the people among them). An item without a `url` lies beyond the asker's part."""
    found = result_cards.answer(Question(text=text).with_the_year_said, most=PEOPLE, plain=True)
    items = _group(gettext("People"), [_person(card, text) for card in found.cards])
    items += _group(gettext("Cases"), [_linked(one, "CaseView.show") for one in record_lookup.cases(text)])
    items += _group(
        gettext("Court orders"), [_linked(one, "CourtOrderView.show") for one in record_lookup.orders(text)]
    )
    items += _group(gettext("Exhibits"), [_thing(one) for one in record_lookup.things(text)])
    items += _group(gettext("Places"), [_linked(one, "PlaceView.show") for one in record_lookup.places(text)])
    return items, found.ids


def _group(title, items):
    items = items if len(items) <= PEOPLE else items[:BESIDE]
    if items:
        items[0]["group"] = title
    return items


def _person(card, text):
    return {
        "text": card.name,
        "mark": _mark(card.name, text),
        "second": card.latin,
        "second_mark": _mark(card.latin, text),
        "detail": card.facts,
        "code": card.number,
        "icon": "user",
        "url": card.url,
        "outside": card.url is None,
    }


def _linked(item, endpoint):
    return {**item, "url": url_for(endpoint, pk=item["id"])}


def _thing(thing):
    return {
        "text": thing.plate or thing.serial or thing.phone or thing.kind,
        "detail": thing.description or "",
        "icon": "package",
        "url": url_for("ExhibitView.show", pk=thing.id),
    }


def _mark(shown, text):
    start = shown.casefold().find(text.casefold())
    return [start, start + len(text)] if start >= 0 else None
