"""The REST API of the reference data."""

from app.kernel.api.record_api import RecordApi
from app.reference import views


class PlaceApi(RecordApi):
    view, resource_name = views.PlaceView, "places"


class UnitApi(RecordApi):
    view, resource_name = views.UnitView, "units"


class CourtApi(RecordApi):
    view, resource_name = views.CourtView, "courts"


class PrisonApi(RecordApi):
    view, resource_name = views.PrisonView, "prisons"


class LawApi(RecordApi):
    view, resource_name = views.LawView, "laws"


class OffenceApi(RecordApi):
    view, resource_name = views.OffenceView, "offences"


class CodeApi(RecordApi):
    view, resource_name = views.CodeView, "codes"


class TimeLimitApi(RecordApi):
    view, resource_name = views.TimeLimitView, "time-limits"


APIS = (PlaceApi, UnitApi, CourtApi, PrisonApi, LawApi, OffenceApi, CodeApi, TimeLimitApi)
