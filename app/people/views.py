"""Views of persons and their identity data."""

from dataclasses import replace
from functools import cached_property

from flask import current_app, flash, g, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound
from wtforms import ValidationError

from app.accounts.lookups import officer_filter
from app.confirmations.views import ConfirmedView
from app.kernel.api.record_api import make_api
from app.kernel.api.uploads import ScanAction, ScanBody
from app.kernel.api.withdrawal import WithdrawableView
from app.kernel.audit import access_log
from app.kernel.files import store, views
from app.kernel.schema import code_lists
from app.kernel.schema.display import reader_language
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.screens import table_html
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.record_view import RecordView
from app.kernel.screens.scans import ScanUploadMixin
from app.kernel.text import dates
from app.people import nationwide, status_badges, timeline
from app.people.comparison import compare_people
from app.people.deaths import DeathReport, find_last_act_day
from app.people.merged_records import find_surviving_id
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from app.people.rules import PersonFacts
from app.people.status import has_status
from app.people.thumbnails import find_thumbnail_urls
from app.reference.list_filters import unit_filter

NO_PICTURE = _("A photo of a person is a JPEG, PNG or WebP picture.")


class IdentityView(RecordView):
    """View of a row of a person; it is checked by the rules of a person who is already registered."""

    needs_purpose = frozenset((access_log.LIST, access_log.OPEN))

    def facts(self, record):
        documents = [record] if isinstance(record, PersonDocument) else []
        return PersonFacts(
            now=dates.now(),
            has_case=True,
            countries=set(code_lists.keys("nationality")),
            documents_elsewhere=compare_people(documents=documents).documents_elsewhere,
        )


class PersonRowView(WithdrawableView, IdentityView):
    """View of a row of a person that its author can withdraw within its 48 hours."""


class PersonNameView(PersonRowView):
    datamodel = SQLAInterface(PersonName)
    class_permission_name = "PersonName"
    resource_name, icon = "person-names", "tag"
    list_title, show_title, add_title, edit_title = (
        _("Other names"),
        _("Other name"),
        _("Add another name"),
        _("Edit another name"),
    )


class PersonDocumentView(PersonRowView):
    datamodel = SQLAInterface(PersonDocument)
    class_permission_name = "PersonDocument"
    resource_name, icon = "person-documents", "id-card"
    list_title, show_title, add_title, edit_title = (
        _("Identity documents"),
        _("Identity document"),
        _("Add a document"),
        _("Edit a document"),
    )


class PersonAddressView(PersonRowView):
    datamodel = SQLAInterface(PersonAddress)
    class_permission_name = "PersonAddress"
    resource_name, icon = "person-addresses", "map"
    list_title, show_title, add_title, edit_title = (
        _("Addresses"),
        _("Address"),
        _("Add an address"),
        _("Edit an address"),
    )


class PersonMarkView(PersonRowView):
    datamodel = SQLAInterface(PersonMark)
    class_permission_name = "PersonMark"
    resource_name, icon = "person-marks", "fingerprint-pattern"
    list_title, show_title, add_title, edit_title = _("Marks"), _("Mark"), _("Add a mark"), _("Edit a mark")


class PhotoBody(ScanBody):
    """Request body of a photo: the code of a picture."""

    def validate_file(self, field):
        super().validate_file(field)
        if self.stored.mime == store.PDF:
            raise ValidationError(str(NO_PICTURE))


class PhotoAction(ScanAction):
    """Add a photo to a person at any time, by the API."""

    form = PhotoBody


class PersonPhotoView(PersonRowView):
    datamodel = SQLAInterface(PersonPhoto)
    class_permission_name = "PersonPhoto"
    resource_name = "person-photos"
    base_permissions = ["can_list", "can_show", "can_edit"]
    list_title, show_title, edit_title = (
        _("Photos of persons"),
        _("Photo of a person"),
        _("Edit a photo of a person"),
    )
    list_columns = ["photo", "person", "recorded_at", "taken_on", "note"]
    show_columns = ["photo", "person", "taken_on", "note", "size", "recorded_at"]
    omitted_columns = {
        "mime": "the photo is shown",
        "voided_at": "the note of the lock",
        "void_reason": "the note of the lock",
    }
    label_columns = {"photo": _("Photo")}
    cell_kinds = {"photo": "lead", "recorded_at": "id", "taken_on": "id"}

    def format_cell(self, record, name):
        """Return the cell; the photo is shown as a link to its full size."""
        if name != "photo":
            return super().format_cell(record, name)
        small = views.thumbnail_url("person-photo", record.id, "64")
        full = url_for("FileView.open", kind="person-photo", pk=record.id, size="full")
        picture = Markup(
            '<a class="name" href="{}"><img class="photo m" src="{}" alt="{}" width="56" height="68"></a>'
        )
        return table_html.NameCell.from_html(
            picture.format(full, small, gettext("Photo")), str(record.person)
        )

    def heading(self, record):
        return str(record.person)


class DeathReportView(ConfirmedView, IdentityView):
    datamodel = SQLAInterface(DeathReport)
    class_permission_name = "DeathReport"
    resource_name = "death-reports"
    list_title, show_title, add_title = _("Reports of death"), _("Report of death"), _("Report a death")
    list_columns = ["person", "died_on", "document_no", "confirmation"]
    cell_kinds = {"person": "lead", "died_on": "id", "document_no": "id"}

    def facts(self, record):
        person_id = record.person.id if record.person is not None else None
        return replace(super().facts(record), last_act_on=find_last_act_day(person_id))


IDENTITY_VIEWS = [
    PersonNameView, PersonDocumentView, PersonAddressView, PersonMarkView, PersonPhotoView, DeathReportView,
]  # fmt: skip


class PersonView(ScanUploadMixin, IdentityView):
    method_permission_name = IdentityView.method_permission_name | {"scan": "edit"}
    datamodel = SQLAInterface(Person)
    class_permission_name = "Person"
    resource_name = "persons"
    list_title, show_title, edit_title = _("People"), _("Person"), _("Edit a person")
    base_permissions = ["can_list", "can_show", "can_edit"]  # V045: a person is registered only with a case
    base_order = ("name", "asc")
    order_by = {"name": "name_sort"}
    sort_prefix_columns = {"surname_km": "name_sort"}
    # Ordered by full name, PostgreSQL would scan all persons nationwide for these.
    prefix_sort_columns = ("surname_latin", "given_latin", "given_km")
    cell_kinds = {"name": "lead", "sex": "short", "birth_year": "short"}
    list_columns = ["name", "sex", "birth_year", "standing", "nationality", "home"]
    optional_columns = ("occupation", "height_cm", "recorded_at")
    list_links = related_links = ("standing",)
    list_filters = {
        "standing": ListFilter(_("Status"), codes="person_status", build=has_status),
        "home": fields_of(Person)["home"],
        "unit": unit_filter(Person.unit_code),
        "officer": officer_filter(Person.recorded_by_id),
        "recorded_at": fields_of(Person)["recorded_at"],
    }
    label_columns = {"standing": _("Status")}
    extra_columns = ("surname_km", "given_km", "surname_latin", "given_latin")
    show_template = "people/person.html"
    # Columns at the head of a person's page, if they have a value.
    detail_columns = field_names_on(
        Person,
        "show",
        order=(
        "sex", "born_on", "birth_year", "birth_precision", "age_stated", "age_from", "age_to", "nationality", "ethnicity",
        "home", "birthplace", "occupation", "education", "marital", "children", "father_name", "mother_name", "spouse_name", "phone",
        "height_cm", "deceased_on", "unidentified", "sex_reason", "photo_missing", "recorded_at",
        ),
        omitted=dict.fromkeys(("surname_km", "given_km", "surname_latin", "given_latin"), "the heading of the page")
        | dict.fromkeys(("voided_at", "void_reason"), "the note of the lock"),
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
            survivor = self._find_surviving(pk)
            if survivor is None:
                raise
        number = f"P-{int(pk):07d}"
        flash(
            gettext("%(number)s was merged into this record, which now represents both.", number=number),
            "info",
        )
        return redirect(self.record_url(survivor))

    def _find_surviving(self, pk):
        """Return the id of the surviving record of a merged person, if the reader may see it."""
        survivor = find_surviving_id(int(pk)) if pk.isdecimal() and len(pk) < 10 else None
        return survivor if survivor in nationwide.find_visible_ids([survivor] if survivor else ()) else None

    @classmethod
    def make_api_actions(cls):
        return (PhotoAction("photo", make_api(PersonPhotoView), "person", cls.class_permission_name),)

    def build_scan(self, record, columns):
        """Return the photo row of an uploaded picture. A photo is added at any time, also after the lock."""
        if columns["mime"] == store.PDF:
            raise store.FileRefused(str(NO_PICTURE))
        return PersonPhoto(person=record, **columns)

    def build_show_widget(self, record):
        """Return the empty widget: people/person.html shows the columns itself."""
        return self.show_widget(modelview_name=type(self).__name__, actions={})

    @property
    def extra_row_queries(self):
        return timeline.list_row_kinds()

    def show_context(self, record, extra_rows):
        labels = self.reader_labels(reader_language())
        names = (name for name in self.detail_columns if name != "birth_year" or record.born_on is None)
        facts = [(labels[name], value) for name in names if (value := self.format_cell(record, name))]
        standing = status_badges.make_badge(record.standing)
        return {"events": timeline.build_events(extra_rows), "standing": standing, "facts": facts}

    def build_list_widget(self, listing, without=None, **options):
        if not without:
            g.faces = find_thumbnail_urls([row.id for row in listing.rows])
        return super().build_list_widget(listing, without, **options)

    @staticmethod
    def _render_badge(badge):
        return badge and current_app.jinja_env.get_template("parts/tag.html").module.status(badge)

    def subtitle(self, record):
        return " · ".join(filter(None, (record.name_latin if record.name_km else "", record.number)))

    def format_cell(self, record, name):
        if name == "standing":
            return self._render_badge(status_badges.make_badge(record.standing))
        if name != "name":
            return super().format_cell(record, name)
        macros = current_app.jinja_env.get_template("parts/person.html").module
        plain, latin = str(record), record.name_latin if record.name_km else ""
        faces = g.get("faces")
        html = macros.person_name(
            plain, latin, self.record_url(record.id), (faces or {}).get(record.id), faces is not None
        )
        return table_html.NameCell.from_html(html, plain)
