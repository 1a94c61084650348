"""REST API of cases. The APIs of their rows follow from their views (`RecordView.resource_name`)."""

from sqlalchemy.orm import selectinload

from app.cases import views
from app.cases.entry_api import EntryAction
from app.cases.models import Case, Involvement
from app.kernel.api.actions import AddRowAction
from app.kernel.api.record_api import RecordApi, make_api
from app.kernel.api.withdrawal import WithdrawAction

_PEOPLE = selectinload(Case.involvements).joinedload(Involvement.person)


class SupplementApi(RecordApi):
    view, resource_name = views.SupplementView, "supplements"
    api_actions = (WithdrawAction("can_post"),)


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"

    def to_json(self, pk):
        """Return the case. Its text may name its people, so they count as shown."""
        self.find(pk, [*self.show_serializer.joins, _PEOPLE])
        return super().to_json(pk)

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
