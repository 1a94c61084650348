"""REST API of reports of death and of the rows of a person. The API of people follows from its view."""

from app.confirmations.views import build_decide_actions
from app.kernel.api.record_api import RecordApi
from app.kernel.api.withdrawal import WithdrawAction
from app.people import views


class DeathReportApi(RecordApi):
    view, resource_name = views.DeathReportView, "death-reports"
    api_actions = build_decide_actions()


class PersonRowApi(RecordApi):
    """API of a row of a person that its author can withdraw."""

    api_actions = (WithdrawAction(),)


class PersonNameApi(PersonRowApi):
    view, resource_name = views.PersonNameView, "person-names"


class PersonDocumentApi(PersonRowApi):
    view, resource_name = views.PersonDocumentView, "person-documents"


class PersonAddressApi(PersonRowApi):
    view, resource_name = views.PersonAddressView, "person-addresses"


class PersonMarkApi(PersonRowApi):
    view, resource_name = views.PersonMarkView, "person-marks"


class PersonPhotoApi(PersonRowApi):
    view, resource_name = views.PersonPhotoView, "person-photos"


APIS = (DeathReportApi, PersonNameApi, PersonDocumentApi, PersonAddressApi, PersonMarkApi, PersonPhotoApi)
