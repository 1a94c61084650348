"""The work list: who is searched for, since when, by whom, and what has to be done next."""

from flask import g, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.court_orders import due_dates, queries, worklist
from app.kernel.audit import access_log
from app.kernel.schema import code_lists
from app.kernel.screens.dashboard import COUNTED, leaf

PAGE = 50
MOST = COUNTED * len(due_dates.BANDS)  # as far as the board counts that opens this list


class WorkListView(BaseView):
    """Orders to carry out, the oldest first; what is overdue stands in plain sight."""

    route_base = "/orders/work"
    default_view = "list"
    class_permission_name = "WorkList"
    method_permission_name = {"list": "list"}

    @expose("/")
    @has_access
    def list(self):
        access_log.need_purpose()
        asked, scope = worklist.Asked.read(request.args), queries.scope()
        ids = worklist.ids(asked, scope, g.user.unit_code)
        found = leaf(ids, PAGE, MOST, lambda some: worklist.orders(asked, scope, some))
        people = [order.person_id for order in found.rows if order.person_id]
        access_log.searched("worklist", asked.list, people, orders=[order.id for order in found.rows])
        return self.render_template(
            "orders/work.html",
            title=_("Orders to carry out"),
            leaf=found,
            orders=found.rows,
            asked=asked,
            lists=worklist.LISTS,
            bands=[(key, words) for key, _days, words in due_dates.BANDS],
            classes=code_lists.choices("offence_class"),
            url=self._url,
            clocks=due_dates,
        )

    @staticmethod
    def _url(asked, **changed):
        return url_for("WorkListView.list", **worklist.Asked.read(asked.args | changed).args)
