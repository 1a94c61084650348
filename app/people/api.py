"""REST API of reports of death. The other APIs follow from their views (`RecordView.resource_name`)."""

from app.confirmations.views import build_decide_actions
from app.kernel.api.record_api import RecordApi
from app.people import views


class DeathReportApi(RecordApi):
    view, resource_name = views.DeathReportView, "death-reports"
    api_actions = build_decide_actions()


APIS = (DeathReportApi,)
