"""The boards: held now, releases coming, followed after a release."""

from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.custody import boards, clocks
from app.kernel import dates, looking


class HeldNowView(BaseView):
    """Everybody in police custody, with the hours that are left."""

    route_base = "/held-now"
    default_view = "list"
    class_permission_name = "HeldNow"
    method_permission_name = {"list": "list"}

    @expose("/list/")
    @has_access
    def list(self):
        looking.need_purpose()
        rows = boards.held_now()
        looking.board(rows)
        return self.render_template(
            "custody/held.html",
            title=_("Held now"),
            rows=[(one, clocks.of_custody(one), clocks.waiting_steps(one)) for one in rows],
            most=boards.MOST,
            lawyer=clocks.limit("custody_lawyer"),
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
        looking.need_purpose()
        rows = boards.due_releases()
        looking.board(rows)
        return self.render_template(
            "custody/due.html",
            title=_("Releases coming"),
            rows=rows,
            today=dates.now().date(),
            most=boards.MOST,
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
        looking.need_purpose()
        rows = boards.followed()
        looking.board(rows)
        return self.render_template(
            "custody/followed.html", title=_("Followed after release"), rows=rows, most=boards.MOST
        )
