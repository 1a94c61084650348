"""Relations that break one rule each."""

from datetime import date

from app.cases.models import Case
from app.indices.models import Item, Organisation, Relation
from app.kernel.schema.rules import ERROR
from app.people.models import Person
from tests.rule_examples import Example


def break_relation(field, **over):
    item = Item(id=1, kind="vehicle")
    given = {
        "case": Case(id=1),
        "kind": "owner",
        "from_item": item,
        "to_organisation": Organisation(id=1, name="ក"),
    }
    values = {name: item if value == "item" else value for name, value in (given | over).items()}
    return Example("V136", field, ERROR, Relation(**values), None)


EXAMPLES = [
    break_relation("from_person", from_item=None),
    break_relation("to_item", to_item="item", to_organisation=None),
    break_relation("to_organisation", to_item=Item(id=2, kind="phone")),
    break_relation("from_person", from_item=None, from_person=Person(id=1)),
    break_relation("until", since=date(2026, 2, 2), until=date(2026, 2, 1)),
]
