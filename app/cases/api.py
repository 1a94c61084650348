"""REST API of cases. The APIs of their rows follow from their views (`RecordView.resource_name`)."""

from sqlalchemy.orm import selectinload

from app.cases import views
from app.cases.entry_api import AdditionAction, EntryAction
from app.cases.models import Case, Involvement
from app.kernel.api.actions import AddRowAction
from app.kernel.api.record_api import RecordApi, make_api

_PEOPLE = selectinload(Case.involvements).joinedload(Involvement.person)


class CaseApi(RecordApi):
    view, resource_name = views.CaseView, "cases"

    def to_json(self, pk):
        """Return the case. Its text may name its people, so they count as shown."""
        self.find(pk, [*self.show_serializer.joins, _PEOPLE])
        return super().to_json(pk)

    api_actions = (
        EntryAction("enter"),
        AdditionAction("add"),
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


APIS = (CaseApi,)
