"""Page of the work list: wanted people, the executing unit and the next step."""

from flask import g, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.court_orders import due_dates, queries, worklist
from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.screens.dashboard import COUNT_LIMIT, paginate
from app.reference.search import list_subunits

PAGE_SIZE = 50
MAX_ROWS = COUNT_LIMIT * len(due_dates.BANDS)  # the dashboard card that opens this list counts up to here


class WorkListView(BaseView):
    """Orders to execute, oldest first, with a marker for overdue ones."""

    route_base = "/orders/worklist"
    default_view = "list"
    class_permission_name = "WorkList"
    method_permission_name = {"list": "list"}

    @expose("/")
    @has_access
    def list(self):
        access_log.require_purpose_outside_area()
        query, scope = worklist.WorklistQuery.from_args(request.args), queries.current_scope()
        ids = worklist.select_ids(query, scope, g.user.unit_code)
        found = paginate(ids, PAGE_SIZE, MAX_ROWS, lambda some: worklist.select_orders(query, scope, some))
        named = worklist.find_people(found.rows)
        access_log.log_search("worklist", query.list, **named, orders=[order.id for order in found.rows])
        return self.render_template(
            "court_orders/worklist.html",
            title=_("Orders to execute"),
            pager=found,
            orders=found.rows,
            asked=query,
            lists=worklist.LISTS,
            bands=[(key, words) for key, _days, words in due_dates.BANDS],
            classes=code_lists.choices("offence_class"),
            units=list_subunits(g.user.unit_code),
            url=self._url,
            due_dates=due_dates,
        )

    @staticmethod
    def _url(query, **changed):
        return url_for("WorkListView.list", **worklist.WorklistQuery.from_args(query.args | changed).args)
