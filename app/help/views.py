"""The pages of the help. Every signed-in user may read them; none needs a script or the database."""

from flask import abort, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext

from app.help import guides, rule_pages, search, topics
from app.kernel.i18n.locale import reader_language


class HelpView(BaseView):
    """Contents and search, one guide, and the rules."""

    route_base = "/help"
    default_view = "contents"
    class_permission_name = "Help"
    method_permission_name = dict.fromkeys(("contents", "guide", "rules"), "list")

    @expose("/")
    @has_access
    def contents(self):
        query = request.args.get("q", "").strip()[: search.MOST_CHARACTERS]
        results, has_more = search.find_places(query, reader_language())
        return self.render_template(
            "help/contents.html", title=gettext("Help"), guides=guides.list_guides(reader_language()),
            query=query, results=results, has_more=has_more,
        )  # fmt: skip

    @expose("/<string(maxlength=40):guide>")
    @has_access
    def guide(self, guide):
        if not guides.has_guide(guide):
            abort(404)
        return self.render_template(
            "help/guide.html", guide=guides.load_guide(guide, reader_language()), query="", title=""
        )

    @expose("/rules")
    @has_access
    def rules(self):
        return self.render_template(
            "help/rules.html",
            title=gettext("Rules"),
            rules=rule_pages.load_rules(reader_language()),
            query="",
        )


def find_help_url():
    """Return the address of the help about the page that is open."""
    return topics.find_address(request.endpoint)
