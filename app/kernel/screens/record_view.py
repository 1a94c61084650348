"""RecordView: FAB's list, show, add and edit made from the fields of a record (`searching` and `saving` stand by).

What FAB does otherwise, and is closed here: a list whose filters all threads share; a search form that renders
whole tables; any column as order; pages by OFFSET; an unbounded page size.
"""

from functools import cache, cached_property
from urllib.parse import quote

from flask import abort, g, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.filters import BaseFilterConverter
from flask_appbuilder.security.decorators import has_access
from markupsafe import Markup
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.access.row_level_security import planned_once
from app.kernel.audit import access_log
from app.kernel.forms.record_form import form_for
from app.kernel.schema import lookups
from app.kernel.schema.display import NOTHING, language, shown
from app.kernel.schema.fields import declared, names_on
from app.kernel.schema.record import Record
from app.kernel.screens import related_rows, table_html
from app.kernel.screens.edit_pages import Saving
from app.kernel.screens.fab_patches import OnlyMethods
from app.kernel.screens.list_query import Listing
from app.kernel.screens.list_search import Searching


@cache
def _one(model, joins):
    """The statement that reads one record by its key."""
    return kept(select(model).options(*joins).where(model.__mapper__.primary_key[0] == bindparam("key")))


class NoFilters(BaseFilterConverter):
    """FAB would make a dozen filters for each column of each view; ours are made for each request (`filters`)."""

    def convert(self, col_name):
        return ()


class RecordView(OnlyMethods, Searching, Saving, ModelView):
    """A FAB view of one record class. Any attribute set by hand on a view wins over what a field declares."""

    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]  # nobody deletes
    # FAB's acts answer an unknown name with a fault, and its downloads ask for no right.
    exclude_route_methods = {"action", "action_post", "delete", "download"}
    begun_order = ()  # columns beside those of `order_columns` in whose order what begins so stands
    leading = {}  # column → the column of the order that begins with its text, e.g. {"surname_km": "name_sort"}
    order_by = {}  # shown column → the column its order comes from, e.g. {"name": "name_sort"}
    extra_columns = ()  # columns a cell needs beside those of the list
    list_along = ()  # links of which a cell of its own tells
    kinds_beside = ()  # hanging.Kind of rows that its page reads together with the related lists
    cell_kinds = {}  # column → lead, short, num, id: how the templates lay it out
    nothing_told = ""  # what an empty list says: how something comes onto it
    related_title = None  # the heading of its list on another record's page, where that is not the list's own
    related_columns = ()  # and its columns there, where they are not the list's own
    related_along = ()  # links that these ask for as well
    needs_purpose = frozenset()  # what shows people by name: looking.LIST, looking.OPEN
    spoken = ()  # boxes of whose emptiness a rule speaks, with its number
    page_size = 25
    _labels_kept = {}
    # A search is a question like the list itself.
    method_permission_name = {"list": "list", "search": "list", "show": "show", "add": "add", "edit": "edit"}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.route_base is None and cls.class_permission_name:
            cls.route_base = f"/{cls.class_permission_name.lower()}"

    # What the fields declare

    def _init_properties(self):
        model = self.datamodel.obj
        meanings = declared(model)
        self.label_columns = {name: meaning.label for name, meaning in meanings.items()} | (
            self.label_columns or {}
        )
        self.description_columns = {name: m.help for name, m in meanings.items() if m.help}
        # FAB reads an empty list as "all columns", so ours are put back after it has looked.
        ours = {
            f"{screen}_columns": getattr(self, f"{screen}_columns") or names_on(model, screen)
            for screen in ("list", "show", "add", "edit", "search", "order")
        }
        self.datamodel.filter_converter_class = NoFilters
        super()._init_properties()
        for attribute, names in ours.items():
            setattr(self, attribute, names)

    def _gen_labels_columns(self, list_columns):
        """FAB translates a label to learn whether there is one."""
        for name in list_columns:
            if name not in self.label_columns:
                self.label_columns[name] = self._prettify_column(name)

    def _init_forms(self):
        model = self.datamodel.obj
        self.add_form = self.add_form or form_for(model, self.add_columns, spoken=self.spoken)
        self.edit_form = self.edit_form or form_for(model, self.edit_columns, spoken=self.spoken)

    def listing(self, within=()):
        return Listing(self, request.args, within)

    def cell(self, record, name):
        """What stands in one cell of a list or of a shown record. Override for a column of its own."""
        return shown(record, name, declared(type(record)).get(name, NOTHING))

    def told_of(self, keys):
        """Column → key → the words of its cell, of columns that are read for all rows of a list at once."""
        return {}

    def list_of(self, listing, without=None, **options):
        """FAB's list widget filled from a listing; the column `without` says nothing new on another's page.

        There, a list has neither pages nor another order: it shows all that it has, or says that there are more.
        """
        if without and not listing.rows:  # `related.html` only names it
            return self.list_widget(pks=(), rows="", add_url=options["add_url"])
        shown = self.related_columns if without and self.related_columns else self.list_columns
        columns = [name for name in shown if name != without]
        labels = self._labels(language())
        rows = {getattr(row, listing.pk.key): row for row in listing.rows}
        told = self.told_of(list(rows))
        cells = {
            key: [told[name].get(key) if name in told else self.cell(row, name) for name in columns]
            for key, row in rows.items()
        }
        acts = self._acts() if rows else None
        struck = {key for key, row in rows.items() if getattr(row, "voided_at", None)}
        named = [(name, labels[name]) for name in columns]
        return self.list_widget(
            label_columns=labels,
            include_columns=columns,
            rows=table_html.body(named, self.cell_kinds, cells.items(), acts, struck),
            acts=acts,
            order_columns=self.order_columns,
            formatters_columns={},
            page=0,
            page_size=listing.size,
            count=listing.count,
            pks=list(rows),
            actions={},
            filters=self._filters,
            modelview_name=type(self).__name__,
            endpoint=self.endpoint,
            column_kind=self.cell_kinds,
            nothing_told=self.nothing_told,
            pager={} if without else listing.pager,
            sort_urls={} if without else listing.sort_urls,
            **options,
        )

    def address_of(self, pk):
        """The address of a record's page, for the many of a list: building each from its route costs much more."""
        key = pk if isinstance(pk, int) else quote(str(pk), safe="")
        return f"{request.script_root}{self.route_base}/show/{key}"

    def _labels(self, reader):
        """name → its label in the reader's language, translated once."""
        if reader not in self._labels_kept:
            self._labels_kept = self._labels_kept | {
                reader: {name: str(label) for name, label in self.label_columns.items()}
            }
        return self._labels_kept[reader]

    def may(self, act):
        """Whether this view has that act (show, add, edit) and the reader may do it on this page."""
        permission = f"can_{act}"
        if act != "show" and g.get("read_only"):
            return False
        return permission in self.base_permissions and self.appbuilder.sm.has_access(
            permission, self.class_permission_name
        )

    def _acts(self):
        start = f"{request.script_root}{self.route_base}"
        return table_html.Acts(*(f"{start}/{act}/" if self.may(act) else "" for act in ("show", "edit")))

    @expose("/list/")
    @has_access
    def list(self):
        return self.page_of_list()

    def page_of_list(self, typed=None, faults=None):
        access_log.before(self, access_log.LIST)
        listing = self.listing()
        access_log.listed(self, listing)
        widgets = {"list": self.list_of(listing), "search": self.search_of(listing, typed, faults)}
        return self.render_template(self.list_template, title=self.list_title, widgets=widgets)

    def find(self, pk, joins=None, reads=None):
        """The record with that key, or a 404 page; a key that is none is not found either. It leaves its trace.

        `reads(record)` reads what is shown with it, so that the trace tells of that too.
        """
        access_log.before(self, access_log.OPEN)
        model = self.datamodel.obj
        column = model.__mapper__.primary_key[0]
        try:
            key = column.type.python_type(pk)
        except ValueError:
            abort(404)
        if "\0" in pk or (isinstance(key, int) and not 0 < key < 2**31):
            abort(404)
        statement = _one(model, self._joins if joins is None else tuple(joins))
        with planned_once(db.session):
            record = db.session.scalars(statement, {"key": key}).unique().one_or_none()
        if record is None:
            abort(404)
        if reads is not None:
            reads(record)
        access_log.opened(record)
        return record

    @cached_property
    def _joins(self):
        meanings = declared(self.datamodel.obj)
        return tuple(
            joinedload(getattr(self.datamodel.obj, name))
            for name in self.show_columns
            if name in meanings
            and meanings[name].lookup
            and lookups.named(meanings[name].lookup).words is None
        )

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        record = self.find(pk)
        related, beside = self.related_of(record)
        return self.render_template(
            self.show_template,
            pk=pk,
            title=self.show_title,
            heading=self.heading(record),
            subtitle=self.subtitle(record),
            widgets={"show": self.show_of(record), "related_views": related},
            related_views=self.related,
            record=record,
            **self.show_extras(record, beside),
        )

    def show_extras(self, record, beside):
        """What else the page of a record needs; `beside` are the rows of its `kinds_beside`."""
        return {}

    def heading(self, record):
        """The record's name on its page."""
        return str(record) or self.show_title

    def subtitle(self, record):
        """The line below a record's name on its page."""
        return self.show_title if str(record) else ""

    def view_of(self, record):
        """The view whose page shows a record of any kind; None where it has no page that the reader may open."""
        views = (one for one in self.appbuilder.baseviews if isinstance(one, RecordView))
        return next((one for one in views if one.datamodel.obj is type(record) and one.may("show")), None)

    def linked(self, record, name, value):
        """The value of a field; another record that it names is one click away."""
        other = getattr(record, name, None)
        view = self.view_of(other) if isinstance(other, Record) else None
        return Markup('<a href="{}">{}</a>').format(view.address_of(other.id), value) if view else value

    def show_of(self, record):
        cells = {name: self.cell(record, name) for name in self.show_columns}
        cells = {
            name: self.linked(record, name, value) for name, value in cells.items() if value not in ("", None)
        }
        return self.show_widget(
            pk=self.datamodel.get_pk_value(record),
            label_columns=self._labels(language()),
            include_columns=list(cells),
            value_columns=list(cells.values()),
            formatters_columns={},
            actions={},
            fieldsets=None,
            modelview_name=type(self).__name__,
        )

    @cached_property
    def related(self):
        """The views of the related lists in the order in which they were named; FAB keeps them in another."""
        return sorted(self._related_views, key=lambda view: list(self.related_views).index(type(view)))

    def related_of(self, record):
        """(the lists that hang on a record, each of one page and without a count; the rows of each of `kinds_beside`)."""
        widgets, pk = [], self.datamodel.get_pk_value(record)
        views = [(view, view.datamodel.get_related_fk(self.datamodel.obj)) for view in self.related]
        lists, beside = related_rows.related(record, pk, views, self.kinds_beside)
        for (view, key), some in zip(views, lists, strict=True):
            start = f"{request.script_root}{view.route_base}/add"
            add_url = f"{start}?{key}={quote(str(pk), safe='')}" if view.may("add") else ""
            widgets.append(view.list_of(some, without=key, related=True, add_url=add_url, more=some.more))
        return widgets, beside
