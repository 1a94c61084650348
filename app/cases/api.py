"""The REST API of cases and of what belongs to them. A case comes in whole, by the entry page."""

from app.cases import views
from app.kernel.api import RecordApi


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"


class CaseOffenceApi(RecordApi):
    view, resource_name = views.CaseOffenceView, "case-offences"


class InvolvementApi(RecordApi):
    view, resource_name = views.InvolvementView, "involvements"


class ExhibitApi(RecordApi):
    view, resource_name = views.ExhibitView, "exhibits"


class CaseFileApi(RecordApi):
    view, resource_name = views.CaseFileView, "case-files"


class SupplementApi(RecordApi):
    view, resource_name = views.SupplementView, "supplements"


APIS = (CaseApi, CaseOffenceApi, InvolvementApi, ExhibitApi, CaseFileApi, SupplementApi)
