"""Screens of persons and of what identifies them."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _

from app.kernel.views import RecordView
from app.people.models import Person, PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto


class PersonNameView(RecordView):
    datamodel = SQLAInterface(PersonName)
    class_permission_name = "PersonName"
    list_title, show_title, add_title, edit_title = (
        _("Other names"), _("Other name"), _("Add another name"), _("Change another name"),
    )


class PersonDocumentView(RecordView):
    datamodel = SQLAInterface(PersonDocument)
    class_permission_name = "PersonDocument"
    list_title, show_title, add_title, edit_title = (
        _("Identity documents"), _("Identity document"), _("Add a document"), _("Change a document"),
    )


class PersonAddressView(RecordView):
    datamodel = SQLAInterface(PersonAddress)
    class_permission_name = "PersonAddress"
    list_title, show_title, add_title, edit_title = (
        _("Addresses"), _("Address"), _("Add an address"), _("Change an address"),
    )


class PersonMarkView(RecordView):
    datamodel = SQLAInterface(PersonMark)
    class_permission_name = "PersonMark"
    list_title, show_title, add_title, edit_title = _("Marks"), _("Mark"), _("Add a mark"), _("Change a mark")


class PersonPhotoView(RecordView):
    datamodel = SQLAInterface(PersonPhoto)
    class_permission_name = "PersonPhoto"
    list_title, show_title = _("Photos of persons"), _("Photo of a person")


class PersonView(RecordView):
    datamodel = SQLAInterface(Person)
    class_permission_name = "Person"
    list_title, show_title, edit_title = _("People"), _("Person"), _("Change a person")
    base_permissions = ["can_list", "can_show", "can_edit"]  # V045: nobody is registered without a case
    base_order = ("name", "asc")
    order_by = {"name": "name_sort"}
    cell_kinds = {"name": "lead", "sex": "short", "birth_year": "short"}
    related_views = [PersonNameView, PersonDocumentView, PersonAddressView, PersonMarkView, PersonPhotoView]
