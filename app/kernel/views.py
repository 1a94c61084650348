"""RecordView: FAB's list, show, add and edit made from the fields of a record.

What FAB does otherwise, and is closed here: a refused save that redirects and loses what was typed; a refused
change that stays in the session and is committed by the next save; a list whose filters all threads share;
a search form that renders whole tables; any column as order; pages by OFFSET; an unbounded page size.
"""

import logging

from flask import abort, flash, make_response, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.kernel import lookups, passed
from app.kernel.display import NOTHING, shown
from app.kernel.fields import declared, names_on
from app.kernel.forms import form_for
from app.kernel.listing import Listing
from app.kernel.records import Record
from app.kernel.rules import Problem, RuleBroken, ask
from app.kernel.slips import write_slip

log = logging.getLogger(__name__)

UNPROCESSABLE, CONFLICT = 422, 409


class ChipsWidget(RenderTemplateWidget):
    """The filters of a list as chips; FAB's search widget needs its scripts and renders every related row."""

    template = "appbuilder/general/widgets/search.html"


class RecordView(ModelView):
    """A FAB view of one record class. Any attribute set by hand on a view wins over what a field declares."""

    base_permissions = ["can_list", "can_show", "can_add", "can_edit"]  # nobody deletes
    order_by = {}  # shown column → the column its order comes from, e.g. {"name": "name_sort"}
    extra_columns = ()  # columns a cell needs beside those of the list
    cell_kinds = {}  # column → lead, short, num, id: how the templates lay it out
    page_size = 25
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
        super()._init_properties()
        for attribute, names in ours.items():
            setattr(self, attribute, names)

    def _init_forms(self):
        model = self.datamodel.obj
        self.add_form = self.add_form or form_for(model, self.add_columns)
        self.edit_form = self.edit_form or form_for(model, self.edit_columns)

    # Reading

    def listing(self, within=(), **options):
        return Listing(self, request.args, within, **options)

    def cell(self, record, name):
        """What stands in one cell of a list or of a shown record. Override for a column of its own."""
        return shown(record, name, declared(type(record)).get(name, NOTHING))

    def list_of(self, listing, without=None, **options):
        """FAB's list widget filled from a listing; the column `without` says nothing new on another's page."""
        columns = [name for name in self.list_columns if name != without]
        return self.list_widget(
            label_columns=self.label_columns,
            include_columns=columns,
            value_columns=[{name: self.cell(row, name) for name in columns} for row in listing.rows],
            order_columns=self.order_columns,
            formatters_columns={},
            page=0,
            page_size=listing.size,
            count=listing.count or len(listing.rows),
            pks=[getattr(row, listing.pk.key) for row in listing.rows],
            actions={},
            filters=self._filters,
            modelview_name=type(self).__name__,
            endpoint=self.endpoint,
            column_kind=self.cell_kinds,
            pager=listing.pager,
            sort_urls=listing.sort_urls,
            **options,
        )

    @expose("/list/")
    @has_access
    def list(self):
        listing = self.listing()
        widgets = {"list": self.list_of(listing), "search": self.search_of(listing)}
        return self.render_template(self.list_template, title=self.list_title, widgets=widgets)

    def search_of(self, listing):
        """The chips of the filters in force, and the form that adds one."""
        filters = listing.filters
        chips = [(c.label, c.operator, c.value, self._without(listing, c)) for c in filters.chips]
        form = form_for(self.datamodel.obj, self.search_columns, optional=self.search_columns)
        boxes = form(formdata=None, meta={"csrf": False})
        rows = [
            (
                name,
                self.label_columns[name],
                [(i, op) for i, op in enumerate(filters.operators(name))],
                boxes[name],
            )
            for name in self.search_columns
        ]
        return ChipsWidget(chips=chips, filter_form=rows, action=url_for(f"{self.endpoint}.search"))

    def _without(self, listing, chip):
        kept = {key: value for key, value in request.args.items() if key != chip.key}
        if chip.private:
            kept.pop("slip", None)
        return url_for(f"{self.endpoint}.list", **kept)

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """Turn a typed search into a list's URL: personal values go behind a token, the rest stands in it."""
        meanings = declared(self.datamodel.obj)
        public, private = {}, {}
        for key, value in request.form.items():
            if key.startswith("_flt_") and value.strip():
                column = key.split("_", 3)[-1]
                target = private if column in meanings and meanings[column].private else public
                target[key] = value.strip()
        if private:
            public["slip"] = write_slip(private)
        return redirect(url_for(f"{self.endpoint}.list", **public))

    def find(self, pk, joins=None):
        """The record with that key, or a 404 page; a key that is none is not found either."""
        model = self.datamodel.obj
        column = model.__mapper__.primary_key[0]
        try:
            key = column.type.python_type(pk)
        except ValueError:
            abort(404)
        if "\0" in pk or (isinstance(key, int) and not 0 < key < 2**31):
            abort(404)
        joins = self._joins() if joins is None else joins
        record = db.session.scalars(select(model).options(*joins).where(column == key)).unique().one_or_none()
        if record is None:
            abort(404)
        return record

    def _joins(self):
        meanings = declared(self.datamodel.obj)
        return [
            joinedload(getattr(self.datamodel.obj, name))
            for name in self.show_columns
            if name in meanings
            and meanings[name].lookup
            and lookups.named(meanings[name].lookup).words is None
        ]

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        record = self.find(pk)
        widgets = {"show": self.show_of(record), "related_views": self.related_of(record)}
        return self.render_template(
            self.show_template,
            pk=pk,
            title=self.show_title,
            heading=str(record) or self.show_title,
            subtitle=self.show_title if str(record) else "",
            widgets=widgets,
            related_views=self.related,
            record=record,
        )

    def show_of(self, record):
        names = [name for name in self.show_columns if self.cell(record, name) not in ("", None)]
        return self.show_widget(
            pk=self.datamodel.get_pk_value(record),
            label_columns=self.label_columns,
            include_columns=names,
            value_columns=[self.cell(record, name) for name in names],
            formatters_columns={},
            actions={},
            fieldsets=None,
            modelview_name=type(self).__name__,
        )

    @property
    def related(self):
        """The views of the related lists in the order in which they were named; FAB keeps them in another."""
        named = {view: place for place, view in enumerate(self.related_views)}
        return sorted(self._related_views, key=lambda view: named[type(view)])

    def related_of(self, record):
        """The lists that hang on a record, each of one page and without a count."""
        widgets = []
        for view in self.related:
            key = view.datamodel.get_related_fk(self.datamodel.obj)
            within = [getattr(view.datamodel.obj, key) == record]
            listing = Listing(view, {}, within, size=100, counted=False)
            widgets.append(view.list_of(listing, without=key, related=True))
        return widgets

    # Writing

    def facts(self, record):
        """What the rules of this record must know from elsewhere."""
        return None

    def problems(self, record):
        return ask(getattr(record, "__rules__", ()), record, self.facts(record))

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self):
        form = self.add_form.refresh()
        if request.method == "GET":
            self.begin(form)
            return self._form_page("add", form)
        record = self.datamodel.obj()
        if not form.validate() or not self._hear(form, record):
            return self._form_page("add", form, UNPROCESSABLE)
        return self._save(record, form, "add")

    def begin(self, form):
        """Fill an empty add form. Override to propose values."""

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk):
        record = self.find(pk)
        if request.method == "GET":
            return self._form_page("edit", self.edit_form.refresh(obj=record), record=record)
        form = self.edit_form.refresh(obj=record)
        if isinstance(record, Record) and request.form.get("version", str(record.version)) != str(
            record.version
        ):
            flash(
                gettext(
                    "Not saved yet: somebody else changed this record meanwhile. All you typed is still here."
                ),
                "danger",
            )
            return self._form_page("edit", form, CONFLICT, record)
        if not form.validate() or not self._hear(form, self._copy(record)):
            return self._form_page("edit", form, UNPROCESSABLE, record)
        form.fill(record, request.form)
        return self._save(record, form, "edit")

    def _copy(self, record):
        """A twin outside the session: the rules judge it, and a refusal leaves the record untouched."""
        twin = type(record)()
        for attribute in record.__mapper__.column_attrs:
            setattr(twin, attribute.key, getattr(record, attribute.key))
        for relation in record.__mapper__.relationships:
            # Plain assignment would move the children to the twin.
            set_committed_value(twin, relation.key, getattr(record, relation.key))
        return twin

    def _hear(self, form, record):
        with db.session.no_autoflush:
            form.fill(record, request.form)
            problems = self.problems(record)
        if record in db.session:
            db.session.expunge(record)
        return form.hear(problems, request.form)

    def _save(self, record, form, screen):
        """Commit, or roll back and say so in a page that is no redirect and keeps the form."""
        try:
            db.session.add(record)
            if form.passed:
                db.session.flush()
                passed.keep(form.passed, record)
            db.session.commit()
        except RuleBroken as refusal:
            db.session.rollback()
            form.hear(refusal.problems, request.form)
            return self._form_page(screen, form, UNPROCESSABLE)
        except (IntegrityError, StaleDataError):
            db.session.rollback()
            form.hear(
                [Problem("", _("Another record already has this value, or it was changed meanwhile."))],
                request.form,
            )
            return self._form_page(screen, form, CONFLICT)
        except SQLAlchemyError:
            db.session.rollback()
            log.exception("A save failed in %s", type(self).__name__)
            flash(
                gettext(
                    "Not saved yet: the database did not answer. All you typed is still here. Save again."
                ),
                "danger",
            )
            return self._form_page(screen, form, 503)
        flash(gettext("Saved."), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=self.datamodel.get_pk_value(record)))

    def _form_page(self, screen, form, status=200, record=None):
        widget = self._get_add_widget(form=form) if screen == "add" else self._get_edit_widget(form=form)
        template = self.add_template if screen == "add" else self.edit_template
        title = self.add_title if screen == "add" else self.edit_title
        page = self.render_template(
            template,
            title=title,
            widgets=widget,
            related_views=[],
            record=record,
            form=form,
            failed=status >= 400,
        )
        return make_response(page, status)
