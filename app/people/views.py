"""Screens of persons and of what identifies them."""

from functools import cached_property

from flask import abort, current_app, flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from app.kernel.audit import access_log
from app.kernel.files import views
from app.kernel.schema import code_lists
from app.kernel.schema.display import language
from app.kernel.screens import table_html
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.kernel.validation import aggregates
from app.people import nationwide, queries, status_badges, timeline
from app.people.break_glass_guard import is_opened_only
from app.people.merged_records import leads_to
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.people.nationwide import nation
from app.people.rules import PersonFacts


class IdentityView(aggregates.AskedWithItsWhole, RecordView):
    """What hangs on a person: the rules are those of the person, who is in the register already."""

    def find(self, pk, joins=None, reads=None):
        record = super().find(pk, joins, reads)
        g.read_only = is_opened_only(record)  # the page offers no change then
        return record

    def only_read(self, record):
        return gettext("This person was opened by break-glass: to be read only.") if g.read_only else ""

    def begin(self, form):
        super().begin(form)
        person = form.person.data if "person" in form else None
        g.read_only = person is not None and is_opened_only(person)
        if g.read_only:
            flash(self.only_read(person), "warning")
            abort(redirect(url_for("PersonView.show", pk=person.id)))

    needs_purpose = frozenset((access_log.LIST, access_log.OPEN))

    def problems(self, record):
        return aggregates.mendable(record, super().problems(record), self.facts)

    def facts(self, record):
        documents = [record] if isinstance(record, PersonDocument) else []
        with nation(protected_too=True) as everybody:
            elsewhere = queries.documents_elsewhere(everybody, documents)
        return PersonFacts(
            now=dates.now(),
            has_case=True,
            countries=set(code_lists.keys("nationality")),
            documents_elsewhere=elsewhere,
        )


class PersonNameView(IdentityView):
    datamodel = SQLAInterface(PersonName)
    class_permission_name = "PersonName"
    list_title, show_title, add_title, edit_title = (
        _("Other names"),
        _("Other name"),
        _("Add another name"),
        _("Change another name"),
    )


class PersonDocumentView(IdentityView):
    datamodel = SQLAInterface(PersonDocument)
    class_permission_name = "PersonDocument"
    list_title, show_title, add_title, edit_title = (
        _("Identity documents"),
        _("Identity document"),
        _("Add a document"),
        _("Change a document"),
    )


class PersonAddressView(IdentityView):
    datamodel = SQLAInterface(PersonAddress)
    class_permission_name = "PersonAddress"
    list_title, show_title, add_title, edit_title = (
        _("Addresses"),
        _("Address"),
        _("Add an address"),
        _("Change an address"),
    )


class PersonMarkView(IdentityView):
    datamodel = SQLAInterface(PersonMark)
    class_permission_name = "PersonMark"
    list_title, show_title, add_title, edit_title = _("Marks"), _("Mark"), _("Add a mark"), _("Change a mark")


class PersonPhotoView(IdentityView):
    datamodel = SQLAInterface(PersonPhoto)
    class_permission_name = "PersonPhoto"
    base_permissions = ["can_list", "can_show"]
    list_title, show_title = _("Photos of persons"), _("Photo of a person")
    list_columns = ["photo", "person", "recorded_at", "taken_on", "note"]
    show_columns = ["photo", "person", "taken_on", "note", "size", "recorded_at"]
    label_columns = {"photo": _("Photo")}
    cell_kinds = {"photo": "lead", "recorded_at": "id", "taken_on": "id"}

    def cell(self, record, name):
        """The photo itself, which leads to the whole picture."""
        if name != "photo":
            return super().cell(record, name)
        small = views.small("person-photo", record.id, "64")
        full = url_for("FileView.open", kind="person-photo", pk=record.id, size="full")
        picture = Markup(
            '<a class="name" href="{}"><img class="face m" src="{}" alt="{}" width="56" height="68"></a>'
        )
        return table_html.Named.of(picture.format(full, small, gettext("Photo")), str(record.person))

    def heading(self, record):
        return str(record.person)


IDENTITY_VIEWS = [PersonNameView, PersonDocumentView, PersonAddressView, PersonMarkView, PersonPhotoView]


class PersonView(IdentityView):
    datamodel = SQLAInterface(Person)
    class_permission_name = "Person"
    list_title, show_title, edit_title = _("People"), _("Person"), _("Change a person")
    base_permissions = ["can_list", "can_show", "can_edit"]  # V045: nobody is registered without a case
    base_order = ("name", "asc")
    order_by = {"name": "name_sort"}
    leading = {"surname_km": "name_sort"}
    # In the order of the whole names PostgreSQL would go through the nation for these.
    begun_order = ("surname_latin", "given_latin", "given_km")
    cell_kinds = {"name": "lead", "sex": "short", "birth_year": "short"}
    list_columns = ["name", "sex", "birth_year", "standing", "nationality", "home"]
    list_along = related_along = ("standing",)
    label_columns = {"standing": _("Status")}
    extra_columns = ("surname_km", "given_km", "surname_latin", "given_latin")
    show_template = "people/person.html"
    # What stands at the head of a person's page, where it is known.
    facts_told = (
        "sex", "born_on", "birth_year", "birth_precision", "age_stated", "age_from", "age_to", "nationality", "ethnicity",
        "home", "birthplace", "occupation", "education", "marital", "children", "father_name", "mother_name", "spouse_name", "phone",
        "height_cm", "deceased_on", "unidentified", "sex_reason", "photo_missing", "recorded_at",
    )  # fmt: skip

    @cached_property
    def _joins(self):
        return (*super()._joins, joinedload(Person.standing))

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        try:
            return super().show(pk)
        except NotFound:
            stays = self._stands_for(pk)
            if stays is None:
                raise
        number = f"P-{int(pk):07d}"
        flash(
            gettext("%(number)s was joined with this record, which stands for both.", number=number), "info"
        )
        return redirect(self.address_of(stays))

    def _stands_for(self, pk):
        """The id of the record that a person was joined with, where the reader sees that one."""
        stays = leads_to(int(pk)) if pk.isdecimal() and len(pk) < 10 else None
        return stays if stays in nationwide.within([stays] if stays else ()) else None

    def show_of(self, record):
        """people/person.html draws the facts itself."""
        return self.show_widget(modelview_name=type(self).__name__, actions={})

    @property
    def kinds_beside(self):
        return timeline.kinds()

    def show_extras(self, record, beside):
        labels = self._labels(language())
        told = (name for name in self.facts_told if name != "birth_year" or record.born_on is None)
        facts = [(labels[name], value) for name in told if (value := self.cell(record, name))]
        standing = status_badges.mark_of(record.standing)
        return {"events": timeline.of_rows(beside), "standing": standing, "facts": facts}

    @staticmethod
    def _drawn(mark):
        return mark and current_app.jinja_env.get_template("parts/tag.html").module.status(mark)

    def subtitle(self, record):
        return " · ".join(filter(None, (record.name_latin if record.name_km else "", record.number)))

    def cell(self, record, name):
        if name == "standing":
            return self._drawn(status_badges.mark_of(record.standing))
        if name != "name":
            return super().cell(record, name)
        # The macro of the look: both names, and a link from the first.
        plain = str(record)
        url, name = escape(self.address_of(record.id)), escape(plain)
        latin = escape(record.name_latin) if record.name_km else ""
        html = Markup(f'<a class="name" href="{url}">{name}</a><br><span class="small lat">{latin}</span>')
        return table_html.Named.of(html, plain)
