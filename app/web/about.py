"""The page about the reference data: sources, licences and uncertainties."""

from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

SOURCES = (
    (
        _("Provinces, districts, communes, villages"),
        "NCDD gazetteer, through the package pumi (MIT)",
        _("Positions: © OpenStreetMap contributors, ODbL 1.0. Villages have no positions."),
    ),
    (_("Countries and nationalities"), "Unicode CLDR (Unicode License)", _("Names from CLDR.")),
    (
        _("Laws and offences"),
        _("Public statutes; titles and classes compiled from excerpts"),
        _(
            "Not legal advice. Penalties are not shown. The clerk must confirm any class that was not found in a source."
        ),
    ),
    (
        _("Units, courts, prisons"),
        _("Press excerpts and public lists; the rest derived by rule"),
        _("Not an official list. Entries that were not found in a source are marked to be confirmed."),
    ),
    (
        _("Code lists"),
        _("Compiled for this system"),
        _("Words not yet confirmed by a reviewer are marked."),
    ),
)


class AboutView(BaseView):
    """The page "About the data"."""

    route_base = "/about-the-data"
    default_view = "page"
    class_permission_name = "About"
    method_permission_name = {"page": "list"}

    @expose("/")
    @has_access
    def page(self):
        return self.render_template("about.html", title=gettext("About the data"), sources=SOURCES)
