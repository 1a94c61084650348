"""Screens of court orders, events and scans. The forms of the actions are in `action_views`."""

from flask import g, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.lookups import officer_filter
from app.confirmations.views import ConfirmedView
from app.court_orders import custody_port, due_dates, queries, state_machine
from app.court_orders.action_views import ACTION_VIEWS
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import CourtOrder, OrderEvent, OrderFile
from app.court_orders.queries import NAMED_FIELDS
from app.court_orders.rules.events import ARREST_KINDS
from app.kernel.access.area import in_area
from app.kernel.audit import access_log
from app.kernel.schema.fields import field_groups, fields_of
from app.kernel.screens.list_filters import due_filter
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.scans import ScanUploadMixin
from app.kernel.validation import warning_overrides
from app.name_search import lookups as person_lookups
from app.reference.list_filters import area_filter, unit_filter


class CourtOrderView(ScanUploadMixin, RecordView):
    datamodel = SQLAInterface(CourtOrder)
    class_permission_name = "CourtOrder"
    list_title, show_title, add_title, edit_title = (
        _("Court orders"),
        _("Court order"),
        _("Receive an order"),
        _("Edit an order"),
    )
    base_order = ("issued_on", "desc")
    needs_purpose = frozenset((access_log.OPEN,))
    list_columns = ["number", "kind", "issued_on", "status", "next_step"]
    optional_columns = (
        "court",
        "due_on",
        "received_on",
        "owner_unit",
        "search_unit",
        "offence",
        "recorded_at",
    )
    list_filters = {
        "area": area_filter(CourtOrder, label=_("Area of the unit in charge")),
        "unit": unit_filter(CourtOrder.owner_unit_code, label=_("Unit in charge and units below it")),
        "officer": officer_filter(CourtOrder.recorded_by_id),
        "due": due_filter(CourtOrder.due_on, CourtOrder.voided_at.is_(None)),
        **{name: fields_of(CourtOrder)[name] for name in ("court", "offence", "family", "received_on")},
    }
    omitted_columns = dict.fromkeys(("court", "due_on"), "on the page of the order, and in the work list")
    extra_columns = ("due_on",)
    related_columns = ("number", "kind", "person", "issued_on", "status", "next_step")
    cell_kinds = {"number": "lead", "issued_on": "id"}
    show_template = "court_orders/order.html"
    method_permission_name = RecordView.method_permission_name | {"scan": "edit"}
    _typed = field_groups(
        CourtOrder,
        "add edit",
        {
            "paper": [
                "kind", "number", "court", "issuer", "issuer_name", "issued_on", "received_on", "urgent", "signed", "sealed",
            ],
            "offence": [
                "offence", "offence_text", "law", "law_text", "offence_class", "occurred_on", "case", "dossier_no",
                "basis_order",
            ],
            "named": NAMED_FIELDS,
            "note": ["note"],
        },
    )  # fmt: skip
    add_columns = edit_columns = [name for names in _typed.values() for name in names]
    add_fieldsets = edit_fieldsets = [
        (_("Order document"), {"fields": _typed["paper"], "expanded": True}),
        (_("The offence"), {"fields": _typed["offence"], "expanded": True}),
        (_("Person as named in the order"), {"fields": _typed["named"], "expanded": True}),
        (_("Note"), {"fields": _typed["note"], "expanded": True}),
    ]
    # The facts of each section of the page.
    page_facts = field_groups(
        CourtOrder,
        "show",
        {
            "person": NAMED_FIELDS,
            "search": [
                "search_unit", "search_officer", "owner_unit", "next_step", "due_on", "validate_by", "last_seen_place",
                "last_seen_on", "notice_kind", "notice_no",
            ],
            "document": [
                "kind", "number", "court", "issuer", "issuer_name", "issued_on", "received_on", "signed", "sealed",
                *_typed["offence"], "note",
            ],
        },
        omitted=dict.fromkeys(("status", "urgent", "person"), "the head of the page")
        | dict.fromkeys(("voided_at", "void_reason"), "the note of the lock"),
    )  # fmt: skip

    def facts(self, record):
        return queries.load_order_facts(record)

    def heading(self, record):
        """Return type and number of the order, and the person."""
        title = f"{self.format_cell(record, 'kind')} {record.number}"
        return f"{title} · {record.person}" if record.person is not None else title

    def prefill(self, form):
        """Copy the identity from the person's page. The second officer still has to identify the person."""
        super().prefill(form)
        person = person_lookups.get_visible_person(request.args.get("person", ""))
        for name in NAMED_FIELDS if person is not None else ():
            form[name].data = getattr(person, name)

    def build_list_page(self, within=(), **options):
        """List only orders in the user's area. An order assigned elsewhere still opens by its link."""
        scope = queries.current_scope()
        area = [in_area(CourtOrder, scope.area)] if scope is not None and scope.area else []
        return super().build_list_page([*within, *area], **options)

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        order = self.find(pk, [selectinload(CourtOrder.acts), selectinload(CourtOrder.files)])
        may_act = self.appbuilder.sm.has_access("can_add", "OrderEvent")
        arrests = custody_port.find_linkable_arrests(order) if may_act else []
        return self.render_template(
            self.show_template,
            title=order.number,
            order=order,
            facts=self.page_facts,
            case_text=self.link_value(order, "case", order.case and order.case.number),
            acts=[act for act in ACTION_VIEWS if act.is_available(order)] if may_act else [],
            by_arrest=order.kind in ARREST_KINDS
            and state_machine.allowed_once(order.kind, valid_events(order), "executed"),
            saved_arrests=arrests,
            may_check=may_act
            and order.needs_identification
            and order.recorded_by_id != g.user.id
            and not order.hides_identity,
            may_scan=self.appbuilder.sm.has_access("can_edit", self.class_permission_name),
            age=due_dates.find_age_band(order),
            stale=due_dates.is_stale(order),
            overdue=due_dates.is_overdue(order),
            overrides=warning_overrides.load_overrides(order, *order.acts),
        )

    def build_scan(self, order, columns):
        return OrderFile(order=order, **columns)


class OrderEventView(ConfirmedView):
    datamodel = SQLAInterface(OrderEvent)
    class_permission_name = "OrderEvent"
    resource_name, icon = "order-events", "file-clock"
    list_title, show_title = _("Order events"), _("Order event")
    list_columns = ["order", "kind", "at", "officer", "place"]
    cell_kinds = {"order": "lead", "kind": "short", "at": "id"}
    decision_joins = (joinedload(OrderEvent.order).options(*map(joinedload, queries.STATE_OF_ORDER)),)

    def facts(self, record):
        return queries.load_event_facts(record)


class OrderFileView(RecordView):
    datamodel = SQLAInterface(OrderFile)
    class_permission_name = "OrderFile"
    resource_name = "order-files"
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Scanned orders"), _("Scanned order")
