"""The records around a case, a person, an item or an organisation, step by step, as far as the reader may see them.

Each record is loaded by its own row filter, and an edge is kept only if both its ends are loaded. So no edge has a hidden
end, and nothing is counted that is not shown.
"""

from dataclasses import dataclass, field

from sqlalchemy import or_, select

from app.cases import court_findings
from app.cases.models import Case, Exhibit, Involvement
from app.extensions import db
from app.indices.models import Item, ItemExhibit, Organisation, Relation
from app.indices.numbers import NUMBERS
from app.kernel.schema import code_lists
from app.people.models import Person
from app.reference.models import Place

CASE, PERSON, ITEM, ORGANISATION, PLACE = "case", "person", "item", "organisation", "place"
MODELS = {CASE: Case, PERSON: Person, ITEM: Item, ORGANISATION: Organisation, PLACE: Place}
MAX_STEPS = 3
MAX_NODES = 300
MAX_ROWS = 2_000  # of one kind of edge in one step
ENDS = {
    "from_person_id": PERSON, "from_item_id": ITEM, "from_organisation_id": ORGANISATION,
    "to_person_id": PERSON, "to_item_id": ITEM, "to_organisation_id": ORGANISATION, "to_place_code": PLACE,
}  # fmt: skip


@dataclass
class Node:
    """A record of the chart. `step` is its distance from the start."""

    kind: str
    key: int | str
    record: object
    step: int
    label: str = ""


@dataclass(frozen=True)
class Edge:
    """Why two records are linked: in words, and the case that says so. Ends are (kind, key)."""

    first: tuple
    second: tuple
    word: str
    case_id: int


@dataclass
class Network:
    """Nodes by (kind, key) in the order of their discovery, and edges. `is_cut`: there are more nodes than are shown."""

    nodes: dict = field(default_factory=dict)
    edges: list = field(default_factory=list)
    is_cut: bool = False


def find_network(kind, record, steps):
    """Return the network around a record that the reader may see, up to this number of steps."""
    start = (kind, record.code if kind == PLACE else record.id)
    network = Network({start: Node(*start, record, 0)})
    frontier, edges = {start}, {}
    for step in range(1, min(steps, MAX_STEPS) + 1):
        found = _find_edges(frontier)
        ends = dict.fromkeys(end for edge in found for end in (edge.first, edge.second))
        frontier = _add_nodes(network, [end for end in ends if end not in network.nodes], step)
        edges |= dict.fromkeys(found)
        if not frontier:
            break
    shown = [edge for edge in edges if edge.first in network.nodes and edge.second in network.nodes]
    cases = _find_visible_cases(network, {edge.case_id for edge in shown})
    network.edges = [edge for edge in shown if edge.case_id in cases]
    for node in network.nodes.values():
        node.label = node.label or str(node.record)
    _name_items(network)
    return network


def _keys(frontier, kind):
    return sorted(key for one, key in frontier if one == kind)


def _find_edges(frontier):
    """Return the edges from these ends, as far as the reader sees the rows that they rest on."""
    edges = []
    cases, people, items = (_keys(frontier, kind) for kind in (CASE, PERSON, ITEM))
    if cases or people:
        rows = db.session.execute(
            select(Involvement.id, Involvement.case_id, Involvement.person_id, Involvement.role)
            .where(
                or_(Involvement.case_id.in_(cases), Involvement.person_id.in_(people)),
                Involvement.person_id.is_not(None), Involvement.voided_at.is_(None), Involvement.ended_on.is_(None),
            )
            .order_by(Involvement.id).limit(MAX_ROWS)
        ).all()  # fmt: skip
        roles = court_findings.load_current_roles([row.id for row in rows])
        edges += [
            Edge(
                (CASE, row.case_id), (PERSON, row.person_id),
                code_lists.label("role", roles.get(row.id, row.role)), row.case_id,
            )
            for row in rows
        ]  # fmt: skip
    if cases or items:
        rows = db.session.execute(
            select(ItemExhibit.item_id, Exhibit.case_id, Exhibit.property_role, Exhibit.kind)
            .join(Exhibit, Exhibit.id == ItemExhibit.id)
            .where(or_(Exhibit.case_id.in_(cases), ItemExhibit.item_id.in_(items)), Exhibit.voided_at.is_(None))
            .order_by(ItemExhibit.id).limit(MAX_ROWS)
        )  # fmt: skip
        edges += [
            Edge((CASE, row.case_id), (ITEM, row.item_id), _name_role(row), row.case_id) for row in rows
        ]
    return edges + _find_relations(frontier)


def _name_role(row):
    if row.property_role:
        return code_lists.label("property_role", row.property_role)
    return code_lists.label("exhibit_kind", row.kind)


def _find_relations(frontier):
    conditions = [
        getattr(Relation, column).in_(keys)
        for column, kind in (*ENDS.items(), ("case_id", CASE))
        if (keys := _keys(frontier, kind))
    ]
    columns = (getattr(Relation, name) for name in (*ENDS, "case_id", "kind"))
    rows = db.session.execute(
        select(*columns).where(or_(*conditions), Relation.voided_at.is_(None))
        .order_by(Relation.id).limit(MAX_ROWS)
    )  # fmt: skip
    edges = []
    for row in rows:
        ends = [(kind, value) for name, kind in ENDS.items() if (value := getattr(row, name)) is not None]
        ends = (*ends, (CASE, row.case_id))[:2]
        edges.append(Edge(*ends, code_lists.label("relation_kind", row.kind), row.case_id))
    return edges


def _add_nodes(network, ends, step):
    """Add the records among these ends that the reader sees, and return their ends."""
    room = MAX_NODES - len(network.nodes)
    added = {}
    for kind, model in MODELS.items():
        if keys := _keys(ends, kind):
            column = model.__mapper__.primary_key[0]
            for record in db.session.scalars(select(model).where(column.in_(keys))).unique():
                key = getattr(record, column.key)
                if getattr(record, "voided_at", None) is None:
                    added[kind, key] = Node(kind, key, record, step)
    found = [end for end in ends if end in added]
    network.is_cut = network.is_cut or len(found) > room
    network.nodes |= {end: added[end] for end in found[:room]}
    return set(found[:room])


def _find_visible_cases(network, ids):
    """Return those of the cases that edges rest on which the reader sees."""
    known = {node.key for node in network.nodes.values() if node.kind == CASE}
    others = sorted(ids - known)
    return known | set(db.session.scalars(select(Case.id).where(Case.id.in_(others)))) if others else known


def _name_items(network):
    """Name each item by the first number of an exhibit that the reader sees."""
    items = [node for node in network.nodes.values() if node.kind == ITEM]
    if not items:
        return
    numbers = find_item_names([node.key for node in items])
    for node in items:
        node.label = numbers.get(node.key) or node.label


def find_item_names(ids):
    """Return {item id: number} from the newest exhibits in the reader's scope."""
    rows = db.session.execute(
        select(ItemExhibit.item_id, Exhibit).join(Exhibit, Exhibit.id == ItemExhibit.id)
        .where(ItemExhibit.item_id.in_(ids), Exhibit.voided_at.is_(None)).order_by(ItemExhibit.id).limit(MAX_ROWS)
    )  # fmt: skip
    names = {}
    for item, exhibit in rows:
        values = [getattr(exhibit, name) for name in reversed(NUMBERS.get(exhibit.kind, ()))]
        names[item] = next(filter(None, values), None) or str(exhibit)
    return names
