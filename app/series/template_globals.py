"""Template function of the case page: the series that the case belongs to."""

from flask import current_app, url_for

from app.kernel.schema import code_lists
from app.kernel.screens.related_rows import MAX_RELATED, RelatedQuery
from app.series.models import REJECTED, REMOVED, CaseSeriesMember

MAX_SERIES = 5  # of one case on its page, the newest
# The rejected ones too, so more than are shown.
MEMBERS_OF_CASE = RelatedQuery(
    CaseSeriesMember, "case", descending=True, limit=MAX_RELATED, links=("series",)
)


def init_app(app):
    """Register the template function."""
    app.jinja_env.globals.update(describe_series=describe_series)


def describe_series(members):
    """Return [(number, state, URL)] of the series that the reader may see, for the rows that `MEMBERS_OF_CASE` finds."""
    if not current_app.appbuilder.sm.has_access("can_show", "CaseSeries"):
        return []
    kept = (one.series for one in members if one.state != REMOVED and one.series is not None)
    shown = [one for one in kept if one.state != REJECTED][:MAX_SERIES]
    return [
        (str(one), code_lists.label("series_state", one.state), url_for("SeriesView.show", pk=one.id))
        for one in shown
    ]
