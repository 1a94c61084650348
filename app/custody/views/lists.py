"""List pages: people in custody, upcoming releases, and people under supervision."""

from flask import request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.accounts.unit_choice import within_chosen_unit
from app.custody import deadline_display
from app.custody import lists as custody_lists
from app.kernel.audit import access_log
from app.kernel.screens.dashboard import paginate
from app.kernel.text import dates

MAX_ROWS = 200  # rows on a page


def _requested_list(name, lists):
    """Return the list in the URL argument `name`, or the full list for an unknown value."""
    value = request.args.get(name, "")
    return value if value in lists else ""


class InCustodyView(BaseView):
    """People in police custody, with the hours left."""

    route_base = "/in-custody"
    default_view = "list"
    class_permission_name = "InCustody"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        access_log.require_purpose_outside_area()
        asked = _requested_list("left", custody_lists.CUSTODY_LISTS)
        with within_chosen_unit() as unit:
            found = paginate(
                custody_lists.select_open_custodies(asked), MAX_ROWS, load=custody_lists.load_custodies
            )
            has_waiting = asked in ("", custody_lists.WAITING) and found.previous_url is None
            waiting = custody_lists.load_waiting_arrests(MAX_ROWS) if has_waiting else []
        access_log.log_dashboard(found.rows)
        access_log.log_dashboard(waiting)
        return self.render_template(
            "custody/in_custody.html",
            title=_("In custody"),
            waiting=[(one, deadline_display.build_arrest_deadline(one)) for one in waiting],
            rows=[
                (one, deadline_display.build_deadline(one), deadline_display.list_pending_steps(one))
                for one in found.rows
            ],
            pager=found,
            asked=asked,
            lists=custody_lists.CUSTODY_LISTS,
            unit=unit,
            lawyer=deadline_display.get_limit_by_code("custody_lawyer"),
        )


class DueReleaseView(BaseView):
    """People due for release within 30 days, and those detained past their limit."""

    route_base = "/releases-due"
    default_view = "list"
    class_permission_name = "DueRelease"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        access_log.require_purpose_outside_area()
        asked = _requested_list("due", custody_lists.RELEASE_LISTS)
        with within_chosen_unit() as unit:
            found = paginate(
                custody_lists.select_due_releases(asked), MAX_ROWS, load=custody_lists.load_detentions
            )
        access_log.log_dashboard(found.rows)
        return self.render_template(
            "custody/deadlines_due.html",
            title=_("Upcoming releases"),
            rows=found.rows,
            pager=found,
            asked=asked,
            lists=custody_lists.RELEASE_LISTS,
            unit=unit,
            today=dates.now().date(),
        )


class SupervisionView(BaseView):
    """Released people under supervision, for as long as the release document allows it."""

    route_base = "/supervision"
    default_view = "list"
    class_permission_name = "Supervision"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        access_log.require_purpose_outside_area()
        with within_chosen_unit() as unit:
            found = paginate(custody_lists.select_supervised(), MAX_ROWS, load=custody_lists.load_releases)
        access_log.log_dashboard(found.rows)
        return self.render_template(
            "custody/follow_up.html",
            title=_("Post-release supervision"),
            rows=found.rows,
            pager=found,
            unit=unit,
        )
