"""Many case sheets in one PDF, as a job: it reads them in portions, typesets them at once, and is one look in the log."""

from datetime import timedelta

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from app import jobs
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import actor_of, seeing_what_lasts
from app.kernel.audit import access_log
from app.printouts import case_sheets
from app.printouts.footer import words_of
from app.printouts.typesetting import LANGUAGE, typeset

MOST = 200  # sheets of one PDF: some four hundred pages, and as many megabytes while they are typeset
PORTION = 25
KIND = "case-sheets"


def ids_of(listing):
    """The numbers of the first cases of a list, as it was filtered and ordered."""
    columns = dict.fromkeys((listing.order, listing.pk))
    order = (column.desc() if listing.falling else column.asc() for column in columns)
    return db.session.scalars(select(Case.id).where(*listing.where).order_by(*order).limit(MOST)).all()


def start(ids):
    """Ask for the sheets of these cases. Gives the Job; the caller commits."""
    title = gettext("Case sheets of %(n)s cases", n=len(ids))
    return jobs.start(db.session, KIND, title=title, ids=list(ids))


@jobs.kind(KIND, label=_("Case sheets"), keeps=timedelta(days=2), right=("can_print", "CaseSheet"))
def typeset_all(work, ids):
    """The sheets of those of these cases that the owner sees now."""
    work.total(len(ids))
    sheets, shown, people = [], [], []
    with seeing_what_lasts(db.session), force_locale(LANGUAGE):
        for start in range(0, len(ids), PORTION):
            cases = case_sheets.read_all(ids[start : start + PORTION])
            sheets += [case_sheets.sheet_of(case) for case in cases]
            for case in cases:
                shown.append(case.id)
                people += access_log.people_of(access_log.rows_of(case))
            work.reached(start + len(cases), gettext("Reading the cases"))
        if not sheets:
            raise jobs.Refused(gettext("None of these cases may be seen any more."))
        serial = access_log.printed(
            Case.__tablename__, None, list(dict.fromkeys(people)), paper=KIND, ids=shown, count=len(shown)
        )
        pdf = typeset(sheets, words_of(current_user, actor_of(db.session), serial))
    work.reached(len(ids))
    work.gives(pdf, f"{KIND}-{serial}.pdf", "application/pdf")
