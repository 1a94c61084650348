"""The REST API of whoever is held or was."""

from app.custody.views import custodies, prisons, scans
from app.kernel.api.actions import steps
from app.kernel.api.record_api import RecordApi


class ArrestApi(RecordApi):
    view, resource_name = custodies.ArrestView, "arrests"


class CustodyStepApi(RecordApi):
    view, resource_name = custodies.CustodyStepView, "custody-steps"


class CustodyApi(RecordApi):
    view, resource_name = custodies.CustodyView, "custodies"
    acts = steps(CustodyStepApi, "custody")


class DetentionStepApi(RecordApi):
    view, resource_name = prisons.DetentionStepView, "detention-steps"


class DetentionApi(RecordApi):
    view, resource_name = prisons.DetentionView, "detentions"
    acts = steps(DetentionStepApi, "detention")


class JudgmentStepApi(RecordApi):
    view, resource_name = prisons.JudgmentStepView, "judgment-steps"


class JudgmentApi(RecordApi):
    view, resource_name = prisons.JudgmentView, "judgments"
    acts = steps(JudgmentStepApi, "judgment")


class SentenceChangeApi(RecordApi):
    view, resource_name = prisons.SentenceChangeView, "sentence-changes"


class SentenceApi(RecordApi):
    view, resource_name = prisons.SentenceView, "sentences"
    acts = steps(SentenceChangeApi, "sentence")


class TrackingStepApi(RecordApi):
    view, resource_name = prisons.TrackingStepView, "tracking-steps"


class ReleaseApi(RecordApi):
    view, resource_name = prisons.ReleaseView, "releases"
    acts = steps(TrackingStepApi, "release")


class HeldFileApi(RecordApi):
    view, resource_name = scans.HeldFileView, "held-files"


APIS = (
    ArrestApi, CustodyApi, CustodyStepApi, DetentionApi, DetentionStepApi, JudgmentApi, JudgmentStepApi,
    SentenceApi, SentenceChangeApi, ReleaseApi, TrackingStepApi, HeldFileApi,
)  # fmt: skip
