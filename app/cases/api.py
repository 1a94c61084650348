"""The REST API of cases and of what belongs to them."""

from app.cases import views
from app.cases.entry_api import EntryAct
from app.kernel.api.actions import RowAct
from app.kernel.api.record_api import RecordApi


class SupplementApi(RecordApi):
    view, resource_name = views.SupplementView, "supplements"


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"
    acts = (
        EntryAct("enter"),
        RowAct("supplement", SupplementApi, "case", views.SupplementView.add_columns, {}),
    )


class CaseOffenceApi(RecordApi):
    view, resource_name = views.CaseOffenceView, "case-offences"


class InvolvementApi(RecordApi):
    view, resource_name = views.InvolvementView, "involvements"


class ExhibitApi(RecordApi):
    view, resource_name = views.ExhibitView, "exhibits"


class CaseFileApi(RecordApi):
    view, resource_name = views.CaseFileView, "case-files"


APIS = (CaseApi, CaseOffenceApi, InvolvementApi, ExhibitApi, CaseFileApi, SupplementApi)
