"""The boards: held now, releases coming, followed after a release."""

from flask import request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.custody import deadline_display
from app.custody import lists as boards
from app.kernel.audit import access_log
from app.kernel.screens.dashboard import leaf
from app.kernel.text import dates

MOST = 200  # rows of a leaf


def _asked(name, lists):
    """Which of the lists the address asks for; of what nobody knows the whole."""
    sent = request.args.get(name, "")
    return sent if sent in lists else ""


class HeldNowView(BaseView):
    """Everybody in police custody, with the hours that are left."""

    route_base = "/held-now"
    default_view = "list"
    class_permission_name = "HeldNow"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        access_log.need_purpose()
        asked = _asked("left", boards.HELD)
        found = leaf(boards.held_now(asked), MOST, read=boards.custodies)
        access_log.board(found.rows)
        return self.render_template(
            "custody/held.html",
            title=_("Held now"),
            rows=[
                (one, deadline_display.of_custody(one), deadline_display.waiting_steps(one))
                for one in found.rows
            ],
            leaf=found,
            asked=asked,
            lists=boards.HELD,
            lawyer=deadline_display.limit("custody_lawyer"),
        )


class DueReleaseView(BaseView):
    """Who must leave a prison soon, and who should have left it."""

    route_base = "/releases-coming"
    default_view = "list"
    class_permission_name = "DueRelease"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        access_log.need_purpose()
        asked = _asked("due", boards.DUE)
        found = leaf(boards.due_releases(asked), MOST, read=boards.detentions)
        access_log.board(found.rows)
        return self.render_template(
            "custody/due.html",
            title=_("Releases coming"),
            rows=found.rows,
            leaf=found,
            asked=asked,
            lists=boards.DUE,
            today=dates.now().date(),
        )


class FollowedView(BaseView):
    """Released prisoners, as long as the document of their release lets them be followed."""

    route_base = "/followed"
    default_view = "list"
    class_permission_name = "Followed"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        access_log.need_purpose()
        found = leaf(boards.followed(), MOST, read=boards.releases)
        access_log.board(found.rows)
        return self.render_template(
            "custody/followed.html", title=_("Followed after release"), rows=found.rows, leaf=found
        )
