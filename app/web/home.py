"""The first page, and the short ways that the frame offers to whoever may take them."""

from flask import g, redirect
from flask_appbuilder import IndexView, expose
from flask_login import current_user
from sqlalchemy import select

from app.cases import deadlines
from app.cases.drafts import Draft
from app.cases.models import Case
from app.extensions import db
from app.kernel.screens import dashboard


class HomeView(IndexView):
    """What waits for the reader: boards, own drafts, the last cases of the own unit. Costs the same at any size."""

    index_template = "home.html"

    @expose("/")
    def index(self):
        if not current_user.is_authenticated:
            return redirect(self.appbuilder.get_url_for_login)
        may = self.appbuilder.sm.has_access
        drafts = cases = closing = ()
        if may("can_save", "Entry"):
            drafts = db.session.scalars(
                select(Draft).where(Draft.user_id == g.user.id).order_by(Draft.saved_at.desc()).limit(5)
            ).all()
        if may("can_list", "Case"):
            cases = db.session.scalars(_recent(g.user.unit)).all()
        if may("can_edit", "Case") and g.user.unit_code:
            closing = db.session.scalars(deadlines.closing_soon(g.user.unit_code)).all()
        return self.render_template(
            self.index_template,
            title="",
            drafts=[(one, deadlines.time_left(one)) for one in drafts],
            cases=cases,
            closing=closing,
            told=deadlines.told,
            boards=dashboard.for_reader(),
        )


def _recent(unit):
    statement = (
        select(Case)
        .where(Case.voided_at.is_(None))
        .order_by(Case.occurred_from.desc(), Case.id.desc())
        .limit(8)
    )
    if unit is not None and unit.area_code:
        statement = statement.where(Case.province_code == unit.area_code[:2])
    return statement
