"""The REST API of whoever is held or was."""

from app.custody.views import custodies, prisons
from app.kernel.api import RecordApi


class ArrestApi(RecordApi):
    view, resource_name = custodies.ArrestView, "arrests"


class CustodyApi(RecordApi):
    view, resource_name = custodies.CustodyView, "custodies"


class CustodyStepApi(RecordApi):
    view, resource_name = custodies.CustodyStepView, "custody-steps"


class DetentionApi(RecordApi):
    view, resource_name = prisons.DetentionView, "detentions"


class DetentionStepApi(RecordApi):
    view, resource_name = prisons.DetentionStepView, "detention-steps"


class JudgmentApi(RecordApi):
    view, resource_name = prisons.JudgmentView, "judgments"


class JudgmentStepApi(RecordApi):
    view, resource_name = prisons.JudgmentStepView, "judgment-steps"


class SentenceApi(RecordApi):
    view, resource_name = prisons.SentenceView, "sentences"


class SentenceChangeApi(RecordApi):
    view, resource_name = prisons.SentenceChangeView, "sentence-changes"


class ReleaseApi(RecordApi):
    view, resource_name = prisons.ReleaseView, "releases"


class TrackingStepApi(RecordApi):
    view, resource_name = prisons.TrackingStepView, "tracking-steps"


APIS = (
    ArrestApi, CustodyApi, CustodyStepApi, DetentionApi, DetentionStepApi, JudgmentApi, JudgmentStepApi,
    SentenceApi, SentenceChangeApi, ReleaseApi, TrackingStepApi,
)  # fmt: skip
