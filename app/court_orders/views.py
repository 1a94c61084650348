"""Screens of court orders and of what happened to them. The acts themselves have forms of their own, `act_views`."""

from flask import g, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import selectinload

from app.court_orders import due_dates, queries, state_machine
from app.court_orders.action_views import ACTS
from app.court_orders.models import CourtOrder, OrderEvent, OrderFile
from app.court_orders.rules.events import BY_ARREST
from app.kernel.access.area import lies_in
from app.kernel.audit import access_log
from app.kernel.files.scans import Scanning
from app.kernel.screens.record_view import RecordView
from app.kernel.validation import warning_overrides
from app.name_search import lookups as person_lookups


class CourtOrderView(Scanning, RecordView):
    datamodel = SQLAInterface(CourtOrder)
    class_permission_name = "CourtOrder"
    list_title, show_title, add_title, edit_title = (
        _("Court orders"),
        _("Court order"),
        _("Receive an order"),
        _("Change an order"),
    )
    base_order = ("issued_on", "desc")
    needs_purpose = frozenset((access_log.OPEN,))
    list_columns = ["number", "kind", "issued_on", "status", "next_step"]
    cell_kinds = {"number": "lead", "issued_on": "id"}
    show_template = "orders/order.html"
    method_permission_name = RecordView.method_permission_name | {"scan": "edit"}
    _paper = ["kind", "number", "court", "issuer", "issuer_name", "issued_on", "received_on", "urgent",
              "signed", "sealed"]  # fmt: skip
    _facts = ["offence", "offence_text", "law", "law_text", "offence_class", "occurred_on", "case", "dossier_no",
              "rests_on"]  # fmt: skip
    _named = ["surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "age_stated",
              "nationality", "father_name", "home"]  # fmt: skip
    add_columns = edit_columns = [*_paper, *_facts, *_named, "note"]
    add_fieldsets = edit_fieldsets = [
        (_("The paper"), {"fields": _paper, "expanded": True}),
        (_("The offence"), {"fields": _facts, "expanded": True}),
        (_("The person as the paper names him"), {"fields": _named, "expanded": True}),
        (_("Note"), {"fields": ["note"], "expanded": True}),
    ]

    def facts(self, record):
        return queries.facts(record)

    def heading(self, record):
        """Which paper, and about whom."""
        paper = f"{self.cell(record, 'kind')} {record.number}"
        return f"{paper} · {record.person}" if record.person is not None else paper

    def begin(self, form):
        """From the page of a person the paper is taken to name him; who it is still finds the second officer."""
        super().begin(form)
        person = person_lookups.get_mine(request.args.get("person", ""))
        for name in self._named if person is not None else ():
            form[name].data = getattr(person, name)

    def listing(self, within=()):
        """Of a place its own orders alone: what was passed on to another one opens by its link."""
        scope = queries.scope()
        there = [lies_in(CourtOrder, scope.area)] if scope is not None and scope.area else []
        return super().listing([*within, *there])

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        order = self.find(pk, [selectinload(CourtOrder.acts), selectinload(CourtOrder.files)])
        may_act = self.appbuilder.sm.has_access("can_add", "OrderEvent")
        return self.render_template(
            self.show_template,
            title=order.number,
            order=order,
            case_told=self.linked(order, "case", order.case and order.case.number),
            acts=[act for act in ACTS if act.fits(order)] if may_act else [],
            by_arrest=order.kind in BY_ARREST
            and state_machine.may_follow(order.kind, order.status, "executed"),
            may_check=may_act
            and order.status == state_machine.RECEIVED
            and order.recorded_by_id != g.user.id,
            may_scan=self.appbuilder.sm.has_access("can_edit", self.class_permission_name),
            age=due_dates.age_of(order),
            stale=due_dates.is_stale(order),
            overdue=due_dates.is_overdue(order),
            passed=warning_overrides.of(order, *order.acts),
        )

    def scan_of(self, order, columns):
        return OrderFile(order=order, **columns)


class OrderEventView(RecordView):
    datamodel = SQLAInterface(OrderEvent)
    class_permission_name = "OrderEvent"
    list_title, show_title = _("Acts on orders"), _("Act on an order")
    base_permissions = ["can_list", "can_show", "can_add"]
    list_columns = ["order", "kind", "at", "officer", "place"]
    cell_kinds = {"order": "lead", "kind": "short", "at": "id"}

    def facts(self, record):
        return queries.facts_of_act(record)


class OrderFileView(RecordView):
    datamodel = SQLAInterface(OrderFile)
    class_permission_name = "OrderFile"
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Scans of orders"), _("Scan of an order")
