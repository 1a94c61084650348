"""REST API of cases. The APIs of their rows follow from their views (`RecordView.resource_name`)."""

from app.cases import views
from app.cases.entry_api import EntryAction
from app.kernel.api.actions import AddRowAction
from app.kernel.api.record_api import RecordApi, make_api
from app.kernel.api.withdrawal import WithdrawAction


class SupplementApi(RecordApi):
    view, resource_name = views.SupplementView, "supplements"
    api_actions = (WithdrawAction("can_post"),)


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"
    api_actions = (
        EntryAction("enter"),
        AddRowAction("supplement", SupplementApi, "case", views.SupplementView.add_columns, {}),
        AddRowAction(
            "disposition",
            make_api(views.CaseDispositionView),
            "case",
            views.CaseDispositionView.add_columns,
            {},
        ),
    )


class CaseOffenceApi(RecordApi):
    view, resource_name = views.CaseOffenceView, "case-offences"
    api_actions = (WithdrawAction(),)


class InvolvementApi(RecordApi):
    view, resource_name = views.InvolvementView, "involvements"
    api_actions = (WithdrawAction(),)


class ExhibitApi(RecordApi):
    view, resource_name = views.ExhibitView, "exhibits"
    api_actions = (WithdrawAction(),)


class CaseFileApi(RecordApi):
    view, resource_name = views.CaseFileView, "case-files"
    api_actions = (WithdrawAction(),)


APIS = (CaseApi, CaseOffenceApi, InvolvementApi, ExhibitApi, CaseFileApi, SupplementApi)
