"""REST API of cases. The APIs of their rows follow from their views (`RecordView.resource_name`)."""

from app.cases import views
from app.cases.entry_api import EntryAction
from app.kernel.api.actions import AddRowAction
from app.kernel.api.record_api import RecordApi, make_api


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"
    api_actions = (
        EntryAction("enter"),
        AddRowAction(
            "supplement", make_api(views.SupplementView), "case", views.SupplementView.add_columns, {}
        ),
    )


APIS = (CaseApi,)
