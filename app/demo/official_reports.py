"""An official report of the demo: the last month of a province, drafted by its chief and issued by the planners."""
# unrestricted: asks as the system whether the demo has a report
# commits: the draft and the review, as two officers save them

from sqlalchemy import select

from app.demo.investigation import CHIEF, act_as_officer
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.reference.models import Unit
from app.statistics import periods, reader, update_job
from app.statistics.models import OfficialReport
from app.statistics.official_reports import actions

REVIEWER, UNIT = "planning", "PC-02"
REMARKS = "ចោរកម្មម៉ូតូកើតមានច្រើននៅក្បែរផ្សារ។"


def generate_report():
    """Draft and issue the report if there is none yet. Return its number, or an empty text."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(OfficialReport.id).limit(1)) is not None:
        return ""
    update_job.update_figures(db.session, seconds=3600)
    figures = reader.open_reader()
    today = dates.now().date()
    period = actions.find_period(actions.MONTH, periods.add_days(today, -today.day), today)
    drafter = act_as_officer(CHIEF)
    unit = db.session.get(Unit, UNIT)
    draft = actions.draft_report(drafter, unit, actions.MONTH, period, REMARKS, figures)
    commit()
    actions.decide_report(act_as_officer(REVIEWER), draft, True, "")
    commit()
    return draft.number
