"""Links an arrest that was entered without its order to the order, which it then has executed."""

from flask import abort, flash, redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.court_orders import custody_port, lookups
from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work


def link_arrest(order, arrest_id):
    """Add the execution of the order by this arrest, and return it; None if the arrest cannot be linked."""
    arrests = {one.id: one for one in custody_port.find_linkable_arrests(order)}
    if arrest_id not in arrests:
        return None
    event = custody_port.build_execution(arrests[arrest_id])
    event.order = order
    db.session.add(event)
    return event


class ArrestLinkView(BaseView):
    """The page of an order offers its saved arrests. The execution is a new row: the arrest may be locked."""

    route_base = "/order-arrest"
    class_permission_name = "OrderEvent"
    method_permission_name = {"link": "add"}

    @expose("/<int:pk>/<int:arrest_id>", methods=["POST"])
    @has_access
    def link(self, pk, arrest_id):
        access_log.require_purpose()
        order = lookups.get_order(str(pk)) or abort(404)
        try:
            with unit_of_work(where="ArrestLinkView"):
                link_arrest(order, arrest_id) or abort(404)
        except SaveRejected as rejection:
            flash(rejection.message, "danger")
        else:
            flash(gettext("The arrest is linked to the order."), "success")
        return redirect(url_for("CourtOrderView.show", pk=pk))
