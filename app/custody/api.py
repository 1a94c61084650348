"""REST API of the custody records that have steps. The other APIs follow from their views (`RecordView.resource_name`)."""

from app.custody.views import custodies, prisons
from app.kernel.api.actions import build_step_actions
from app.kernel.api.record_api import RecordApi, make_api


class CustodyApi(RecordApi):
    view, resource_name = custodies.CustodyView, custodies.CustodyView.resource_name
    api_actions = build_step_actions(make_api(custodies.CustodyStepView), "custody")


class DetentionApi(RecordApi):
    view, resource_name = prisons.DetentionView, prisons.DetentionView.resource_name
    api_actions = build_step_actions(make_api(prisons.DetentionStepView), "detention")


class JudgmentApi(RecordApi):
    view, resource_name = prisons.JudgmentView, prisons.JudgmentView.resource_name
    api_actions = build_step_actions(make_api(prisons.JudgmentStepView), "judgment")


class SentenceApi(RecordApi):
    view, resource_name = prisons.SentenceView, prisons.SentenceView.resource_name
    api_actions = build_step_actions(make_api(prisons.SentenceChangeView), "sentence")


class ReleaseApi(RecordApi):
    view, resource_name = prisons.ReleaseView, prisons.ReleaseView.resource_name
    api_actions = build_step_actions(make_api(prisons.SupervisionStepView), "release")


APIS = (CustodyApi, DetentionApi, JudgmentApi, SentenceApi, ReleaseApi)
