"""Job that prints many case sheets as one PDF.

It reads the cases in batches and writes one audit entry.
"""

from datetime import timedelta

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from app import jobs
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import actor_of, without_temporary_grants
from app.kernel.audit import access_log
from app.printouts import case_sheets
from app.printouts.footer import build_frame_texts
from app.printouts.printed_copies import find_serial, hash_content
from app.printouts.typesetting import LANGUAGE, typeset

MAX_SHEETS = 200  # sheets of one PDF: about 400 pages, and as many megabytes while they are typeset
BATCH_SIZE = 25
KIND = "case-sheets"


def list_case_ids(listing):
    """Return the ids of the first MAX_SHEETS cases of a list, as filtered and sorted."""
    columns = dict.fromkeys((listing.order, listing.pk))
    order = (column.desc() if listing.descending else column.asc() for column in columns)
    return db.session.scalars(select(Case.id).where(*listing.where).order_by(*order).limit(MAX_SHEETS)).all()


def start_job(ids, root):
    """Start the job for the sheets of these cases and return it; the caller commits. `root` is the address of the system."""
    title = gettext("Case sheets of %(n)s cases", n=len(ids))
    return jobs.start_job(db.session, KIND, title=title, ids=list(ids), root=root)


@jobs.register_kind(
    KIND, label=_("Case sheets"), result_lifetime=timedelta(days=2), permission=("can_print", "CaseSheet")
)
def typeset_case_sheets(work, ids, root):
    """Typeset the sheets of the cases that the owner of the job may see now."""
    work.set_total(len(ids))
    printouts, shown, people, unregistered = [], [], [], []
    with without_temporary_grants(db.session), force_locale(LANGUAGE):
        for first in range(0, len(ids), BATCH_SIZE):
            cases = case_sheets.load_records(ids[first : first + BATCH_SIZE])
            printouts += [case_sheets.build_printout(case) for case in cases]
            for case in cases:
                shown.append(case.id)
                named = access_log.find_named([*access_log.iterate_loaded_rows(case)])
                people += named["people"]
                unregistered += named["unregistered"]
            work.report_progress(first + len(cases), gettext("Reading the cases"))
        if not printouts:
            raise jobs.JobRefused(gettext("You may no longer view any of these cases."))
        facts = {
            "ids": shown,
            "count": len(shown),
            "unregistered": unregistered,
            "sha256": hash_content(printouts),
        }
        number = access_log.log_print(
            Case.__tablename__, None, list(dict.fromkeys(people)), paper=KIND, **facts
        )
        texts = build_frame_texts(current_user, actor_of(db.session), find_serial(number), root)
        pdf = typeset(printouts, texts)
    work.report_progress(len(ids))
    work.set_result(pdf, f"{KIND}-{number}.pdf", "application/pdf")
