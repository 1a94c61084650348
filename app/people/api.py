"""The REST API of persons and of what identifies them. Nobody is registered without a case (V045): no POST."""

from app.kernel.api.record_api import RecordApi
from app.people import views


class PersonApi(RecordApi):
    view, resource_name = views.PersonView, "persons"


class PersonNameApi(RecordApi):
    view, resource_name = views.PersonNameView, "person-names"


class PersonDocumentApi(RecordApi):
    view, resource_name = views.PersonDocumentView, "person-documents"


class PersonAddressApi(RecordApi):
    view, resource_name = views.PersonAddressView, "person-addresses"


class PersonMarkApi(RecordApi):
    view, resource_name = views.PersonMarkView, "person-marks"


class PersonPhotoApi(RecordApi):
    view, resource_name = views.PersonPhotoView, "person-photos"


APIS = (PersonApi, PersonNameApi, PersonDocumentApi, PersonAddressApi, PersonMarkApi, PersonPhotoApi)
