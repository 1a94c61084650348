"""REST API of cases. The APIs of their rows follow from their views (`RecordView.resource_name`)."""

from app.cases import views
from app.cases.entry_api import EntryAction
from app.confirmations.views import build_decide_actions
from app.kernel.api.actions import AddRowAction
from app.kernel.api.record_api import RecordApi, make_api


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"
    api_actions = (
        EntryAction("enter"),
        AddRowAction(
            "supplement", make_api(views.SupplementView), "case", views.SupplementView.add_columns, {}
        ),
        AddRowAction(
            "disposition",
            make_api(views.CaseDispositionView),
            "case",
            views.CaseDispositionView.add_columns,
            {},
        ),
    )


class ExhibitMovementApi(RecordApi):
    view, resource_name = views.ExhibitMovementView, "exhibit-movements"
    api_actions = build_decide_actions()


APIS = (CaseApi, ExhibitMovementApi)
