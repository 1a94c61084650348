"""The work list: who is searched for, since when, by whom, and what has to be done next."""

from flask import g, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.kernel import codes, looking
from app.orders import clocks, queries, work

LISTS = {
    "active": _("Not yet executed"),
    "overdue": _("Overdue"),
    "check": _("To be checked"),
    "assign": _("To be assigned"),
    "validate": _("To be validated"),
    "return": _("To be returned"),
    "held": _("Do not execute"),
}


class WorkListView(BaseView):
    """Orders to carry out, the oldest first; what is overdue stands in plain sight."""

    route_base = "/orders/work"
    default_view = "list"
    class_permission_name = "WorkList"
    method_permission_name = {"list": "list"}

    @expose("/")
    @has_access
    def list(self):
        looking.need_purpose()
        asked, scope = self._asked(), queries.scope()
        found = work.orders(asked, scope, g.user.unit_code)
        shown, more = found[: work.PAGE], len(found) > work.PAGE
        people = [order.person_id for order in shown if order.person_id]
        looking.searched("worklist", asked.list, people, orders=[order.id for order in shown])
        return self.render_template(
            "orders/work.html",
            title=_("Orders to carry out"),
            orders=shown,
            more=more,
            asked=asked,
            lists=LISTS,
            bands=[(key, words) for key, _days, words in clocks.BANDS],
            classes=codes.choices("offence_class"),
            url=self._url,
            clocks=clocks,
        )

    def _asked(self):
        sent = request.args
        one_of = {"list": work.LISTS, "band": [key for key, _most, _words in clocks.BANDS],
                  "offence_class": codes.keys("offence_class")}  # fmt: skip
        known = {name: sent[name] for name, values in one_of.items() if sent.get(name) in values}
        return work.Asked(**known, own=sent.get("own") == "1")

    @staticmethod
    def _url(asked, **changed):
        values = {"list": asked.list, "band": asked.band, "offence_class": asked.offence_class,
                  "own": "1" if asked.own else ""} | changed  # fmt: skip
        return url_for("WorkListView.list", **{name: value for name, value in values.items() if value})
