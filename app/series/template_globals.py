"""Template function of the case page: the series that the case belongs to."""

from flask import current_app, url_for
from sqlalchemy import bindparam, select

from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.schema import code_lists
from app.series.models import REJECTED, REMOVED, CaseSeries, CaseSeriesMember

MAX_SERIES = 5  # of one case on its page
_SERIES_OF_CASE = cacheable(
    select(CaseSeries)
    .join(CaseSeriesMember, CaseSeriesMember.series_id == CaseSeries.id)
    .where(CaseSeriesMember.case_id == bindparam("case"), CaseSeriesMember.state != REMOVED)
    .where(CaseSeries.state != REJECTED)
    .order_by(CaseSeries.id)
    .limit(MAX_SERIES)
)


def init_app(app):
    """Register the template function."""
    app.jinja_env.globals.update(find_series_of_case=find_series_of_case)


def find_series_of_case(case):
    """Return [(number, state, URL)] of the series that the reader may see. One statement."""
    if not current_app.appbuilder.sm.has_access("can_show", "CaseSeries"):
        return []
    return [
        (str(one), code_lists.label("series_state", one.state), url_for("SeriesView.show", pk=one.id))
        for one in db.session.scalars(_SERIES_OF_CASE, {"case": case.id})
    ]
