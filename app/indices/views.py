"""Screens of items, matches of stolen items, organisations, relations, and the link chart."""

from flask import abort, g, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.models import Case, Exhibit
from app.extensions import db
from app.indices import matches, network, place_cases
from app.indices.link_chart import KINDS, draw_links
from app.indices.models import Item, ItemExhibit, ItemMatch, Organisation, Relation
from app.indices.numbers import COLUMNS
from app.indices.rules import FROM, TO
from app.kernel.audit import access_log
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.record_view import RecordView
from app.people.models import Person
from app.reference.list_filters import unit_filter
from app.reference.models import Place
from app.search.exhibit_cards import find_cards_of_item

MAX_CASES = 100  # exhibits of an item on its page
MAX_REASON = 400


class ItemView(RecordView):
    """Items: what the reader's exhibits and relations say of them, and cards of the exhibits elsewhere."""

    datamodel = SQLAInterface(Item)
    class_permission_name = "Item"
    resource_name = "items"
    base_permissions = ["can_list", "can_show"]
    needs_purpose = frozenset((access_log.LIST, access_log.OPEN))
    icon = "package"
    list_title, show_title = _("Items"), _("Item")
    empty_text = _("An exhibit with a plate, serial or other number appears here.")
    list_columns = ["number", "kind", "state"]
    label_columns = {"number": _("Number of the item")}
    cell_kinds = {"number": "lead", "state": "short"}
    base_order = ("id", "desc")
    show_template = "indices/item.html"

    def column_values(self, keys):
        return {"number": network.find_item_names(keys)} if keys else {}

    def show_context(self, record, extra_rows):
        rows = db.session.execute(
            select(Exhibit, Case)
            .join(ItemExhibit, ItemExhibit.id == Exhibit.id)
            .join(Case, Case.id == Exhibit.case_id)
            .where(ItemExhibit.item_id == record.id, Exhibit.voided_at.is_(None))
            .order_by(Case.occurred_from.desc(), Exhibit.id.desc())
            .limit(MAX_CASES)
        ).all()
        found = select(ItemMatch).where(ItemMatch.item_id == record.id).order_by(ItemMatch.id.desc())
        of_item = select(ItemExhibit.id).where(ItemExhibit.item_id == record.id)
        cards = find_cards_of_item(of_item, [one.id for one, _case in rows])
        access_log.log_cards(record, [one.id for one in cards])
        return {
            "rows": [(exhibit, case, _list_numbers(exhibit)) for exhibit, case in rows],
            "cards": cards,
            "matches": db.session.scalars(found.limit(MAX_CASES)).all(),
            "relations_of_record": _load_relations(Relation.from_item_id, Relation.to_item_id, record.id),
        }


class ItemMatchView(RecordView):
    """Matches of stolen items. The unit of the theft answers, and the other unit waits."""

    datamodel = SQLAInterface(ItemMatch)
    class_permission_name = "ItemMatch"
    base_permissions = ["can_list", "can_show", "can_answer"]
    method_permission_name = RecordView.method_permission_name | {"answer": "answer"}
    resource_name = "item-matches"
    icon = "siren"
    list_title, show_title = _("Matches of stolen items"), _("Match of a stolen item")
    empty_text = _("If the number of a stolen item is entered anywhere, a match appears here.")
    list_columns = ["kind", "stolen_on", "found_on", "owner_unit", "unit", "due_at", "state"]
    order_columns = ["due_at"]
    base_order = ("due_at", "desc")
    cell_kinds = {"kind": "lead", "state": "short"}
    list_filters = {"unit": unit_filter(ItemMatch.owner_unit_code, ItemMatch.unit_code)}
    show_template = "indices/match.html"

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        match = self.find(pk)
        stolen = db.session.scalar(select(Exhibit).where(Exhibit.id == match.stolen_id))
        found = db.session.scalar(select(Exhibit).where(Exhibit.id == match.found_id))
        return self.render_template(
            self.show_template, title=self.show_title, record=match, pk=match.id,
            widgets={"show": self.build_show_widget(match)}, exhibits=[(one, _list_numbers(one)) for one in (stolen, found) if one],
            may_answer=self.may_do("answer") and matches.may_answer(g.user, match), most=MAX_REASON,
            other=match.unit if match.owner_unit_code == g.user.unit_code else match.owner_unit,
        )  # fmt: skip

    @expose("/answer/<int:pk>", methods=["POST"])
    @has_access
    def answer(self, pk):
        match, state = self.find(str(pk)), request.form.get("state")
        if state not in matches.ANSWERS:
            abort(400)

        def act():
            if not matches.may_answer(g.user, match):
                raise RuleViolation(
                    [Problem("", _("Only the unit of the theft answers this match, once."), row=match)]
                )
            matches.record_answer(db.session, match, state, read_text(most=MAX_REASON))
            return gettext("The answer was sent to the waiting unit."), self.record_url(pk)

        return self.take_action(str(pk), act)


class OrganisationView(RecordView):
    datamodel = SQLAInterface(Organisation)
    class_permission_name = "Organisation"
    resource_name = "organisations"
    icon = "building-2"
    list_title, show_title = _("Organisations"), _("Organisation")
    add_title, edit_title = _("Add an organisation"), _("Edit the organisation")
    empty_text = _("Add a company or a group before you enter its relations.")
    order_by = {"name": "name_sort"}
    base_order = ("name", "asc")
    cell_kinds = {"name": "lead"}
    show_template = "indices/organisation.html"

    def show_context(self, record, extra_rows):
        column = Relation.from_organisation_id
        return {"relations_of_record": _load_relations(column, Relation.to_organisation_id, record.id)}


class RelationView(RecordView):
    """Relations between records, each known from a case. A reader sees a relation if both its ends are visible."""

    datamodel = SQLAInterface(Relation)
    class_permission_name = "Relation"
    resource_name = "relations"
    list_title, show_title = _("Relations"), _("Relation")
    add_title, edit_title = _("Add a relation"), _("Edit the relation")
    empty_text = _(
        "Add which people know each other, who uses which vehicle, and who works for which organisation."
    )
    list_columns = ["first", "kind", "second", "case", "since", "until"]
    label_columns = {"first": _("Record"), "second": _("With")}
    extra_columns = (*FROM, *TO)
    omitted_columns = dict.fromkeys((*FROM, *TO), "in the two ends")
    rule_required = ("from_person",)
    needs_purpose = frozenset((access_log.LIST, access_log.OPEN))
    base_order = ("id", "desc")
    cell_kinds = {"first": "lead", "kind": "short"}

    def format_cell(self, record, name):
        if name in ("first", "second"):
            return str(getattr(record, name) or "")
        return super().format_cell(record, name)

    def url_after_save(self, pk):
        return self.record_url(pk)


def _list_numbers(exhibit):
    """Return [(label, number)] of an exhibit."""
    names = (name for name in COLUMNS if getattr(exhibit, name))
    return [(fields_of(Exhibit)[name].label, getattr(exhibit, name)) for name in names]


def _load_relations(first, second, key):
    links = [joinedload(getattr(Relation, name)) for name in (*FROM, *TO, "case")]
    found = (
        select(Relation).where((first == key) | (second == key), Relation.voided_at.is_(None))
        .options(*links).order_by(Relation.id.desc()).limit(MAX_CASES)
    )  # fmt: skip
    return _log_relations(db.session.scalars(found).unique().all())


def _log_relations(relations):
    """Return relations that a page shows, after logging their people. They need a purpose."""
    if any(one.people_shown for one in relations):
        access_log.require_purpose()
        access_log.log_dashboard(relations)
    return relations


class LinkChartView(BaseView):
    """The link chart of a record, drawn on the server and limited to the reader's scope, with its table."""

    route_base = "/links"
    default_view = "show"
    class_permission_name = "Relation"
    method_permission_name = {"show": "list"}
    starts = {
        network.CASE: (Case, "Case"), network.PERSON: (Person, "Person"), network.ITEM: (Item, "Item"),
        network.ORGANISATION: (Organisation, "Organisation"),
    }  # fmt: skip

    @expose("/<kind>/<int:pk>", methods=["GET"])
    @has_access
    def show(self, kind, pk):
        access_log.require_purpose()
        model, resource = self.starts.get(kind) or abort(404)
        if not self.appbuilder.sm.has_access("can_show", resource):
            abort(403)
        record = db.session.scalar(select(model).where(model.id == pk)) if pk < 2**31 else None
        steps = min(max(request.args.get("steps", 2, type=int), 1), network.MAX_STEPS)
        found = network.find_network(kind, record or abort(404), steps)
        people = [node.record for node in found.nodes.values() if node.kind == network.PERSON]
        record.people_shown = [person.id for person in people]
        access_log.log_view(record)
        urls = self._find_urls(found)
        title = gettext("Links of %(record)s", record=found.nodes[kind, pk].label)
        text = gettext("Each column is one step further. Only what you may open is shown.")
        return self.render_template(
            "indices/links.html", title=_("Link chart"), heading=title, kind=kind, pk=pk, steps=steps,
            chart=draw_links(found, title, text, urls), network=found, urls=urls, kinds=KINDS, most=network.MAX_NODES,
            back=urls.get((kind, pk)),
        )  # fmt: skip

    def _find_urls(self, found):
        may_open = {
            kind for kind, (_model, resource) in self.starts.items()
            if self.appbuilder.sm.has_access("can_show", resource)
        }  # fmt: skip
        views = {
            network.CASE: "CaseView.show", network.PERSON: "PersonView.show", network.ITEM: "ItemView.show",
            network.ORGANISATION: "OrganisationView.show",
        }  # fmt: skip
        return {end: url_for(views[end[0]], pk=end[1]) for end in found.nodes if end[0] in may_open}


class PlaceCasesView(BaseView):
    """The cases at a commune or village, with the relations that name it."""

    route_base = "/place-cases"
    default_view = "show"
    class_permission_name = "Case"
    method_permission_name = {"show": "list"}

    @expose("/<string(maxlength=8):code>", methods=["GET"])
    @has_access
    def show(self, code):
        place = db.session.get(Place, code)
        if place is None or len(code) < place_cases.COMMUNE_DIGITS:
            abort(404)
        found = select(Relation).where(Relation.to_place_code == code, Relation.voided_at.is_(None))
        may_see_relations = self.appbuilder.sm.has_access("can_list", "Relation")
        links = [joinedload(getattr(Relation, name)) for name in (*FROM, "case")]
        return self.render_template(
            "indices/place_cases.html", title=_("Cases at a place"), place=place,
            cases=place_cases.load_cases(code), others=place_cases.count_others(code), most=place_cases.MAX_CASES,
            relations_of_record=_log_relations(
                db.session.scalars(found.options(*links).limit(MAX_CASES)).unique().all()
            )
            if may_see_relations else None,
        )  # fmt: skip
