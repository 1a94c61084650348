"""Steps of an official report: draft, review by a second officer, issue. Each is one transaction, which the caller commits."""

import hashlib

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.chain_of_command import CHIEF_ROLE, NATIONAL_ROLE, find_responsible_chief
from app.accounts.identity_traits import share_identity
from app.accounts.models import User
from app.extensions import db
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.kernel.audit import recorder
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected
from app.kernel.i18n.locale import reader_language
from app.kernel.schema import code_lists
from app.kernel.schema.fields import split_keys
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.printouts.document import Printout, build_paragraphs
from app.printouts.footer import build_report_texts
from app.printouts.typesetting import typeset
from app.reference.models import Unit
from app.statistics import periods, reader
from app.statistics.models import DRAFTED, ISSUED, RETURNED, OfficialReport, OfficialReportFile
from app.statistics.official_reports import contents
from app.statistics.periods import InvalidPeriod, Period
from app.statistics.reader import Limits

MAX_REMARKS = 4000
LANGUAGES = ("km", "en")
REVIEWING_ROLE = "Head of planning"  # for national units, and for what the chief drafted
register_texts(
    **{
        "report.drafted": _("Official report %(what)s waits for your review."),
        "report.issued": _("Official report %(what)s was issued."),
        "report.returned": _(
            "Official report %(what)s was returned. Read the result of the review on its page."
        ),
    }
)
WORKBOOK = "report.xlsx"
WEEK, MONTH, QUARTER, HALF_YEAR, YEAR = "week", "month", "quarter", "half_year", "year"
KINDS = (WEEK, MONTH, QUARTER, HALF_YEAR, YEAR)
_MONTHS = {MONTH: 1, QUARTER: 3, HALF_YEAR: 6, YEAR: 12}


def find_period(kind, day, today):
    """Return the period of this kind that contains `day`; raise InvalidPeriod if it has not ended."""
    if kind == WEEK:
        first = periods.add_days(day, -day.weekday())
        period = Period(first, periods.add_days(first, 6), is_fixed=True)
    else:
        months = _MONTHS[kind]
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        period = Period(first, periods.last_day_of_month(periods.add_months(first, months - 1)))
    if period.last >= today:
        raise InvalidPeriod(gettext("This period has not ended. Choose an earlier day."))
    return period


def find_limits_of(unit):
    """Return the area and the offence families that a report of the unit counts."""
    return Limits((unit.area_code or "")[:6], tuple(sorted(split_keys(unit.families))))


def list_units(limits):
    """Return the units for which a reader with these limits may draft a report."""
    own_families = set(limits.families)
    found = db.session.scalars(select(Unit).order_by(Unit.code))
    return [
        unit
        for unit in found
        if (unit.area_code or "").startswith(limits.area)
        and (not own_families or set(split_keys(unit.families)) == own_families)
    ]


def find_last_issued(unit_code, kind, first_day):
    """Return the newest issued report of a unit and a period, or None."""
    found = (
        select(OfficialReport)
        .where(
            OfficialReport.unit_code == unit_code, OfficialReport.kind == kind,
            OfficialReport.first_day == first_day, OfficialReport.state == ISSUED,
        )
        .order_by(OfficialReport.id.desc())
        .limit(1)
    )  # fmt: skip
    return db.session.scalar(found)


def draft_report(user, unit, kind, period, remarks, figures):
    """Save the draft of a report with its figures. If the period has an issued report, the draft is its revision."""
    now = dates.now()
    report = contents.build_report(figures, find_limits_of(unit), period, now)
    issued = find_last_issued(unit.code, kind, period.first)
    if issued is not None:
        report = contents.keep_protected(contents.load_report(issued.figures), report)
    draft = OfficialReport(
        kind=kind, state=DRAFTED, unit_code=unit.code, area_code=report.area or None, first_day=period.first,
        last_day=period.last, figures=vars(report), fingerprint=report.fingerprint, counted_at=figures.as_of or now,
        remarks=remarks or None, revision_of_id=issued.id if issued is not None else None, drafted_by_id=user.id,
        drafted_at=now,
    )  # fmt: skip
    db.session.add(draft)
    db.session.flush()
    _record_event("drafted", draft)
    role, chief_unit = find_responsible_chief(unit.code)
    if role == NATIONAL_ROLE or is_chief_of(user, chief_unit):
        role, chief_unit = REVIEWING_ROLE, None
    _send(draft, TASK, "report.drafted", to_role=role, to_unit=chief_unit)
    return draft


def decide_report(user, draft, issues, review):
    """Issue the draft with a number and its files, or return it with the result of the review. Raise SaveRejected or RuleViolation."""
    if draft.state != DRAFTED:
        raise SaveRejected(CONFLICT, [Problem("", _("Another officer decided on this report already."))])
    if user.id == draft.drafted_by_id or share_identity(user, draft.drafted_by):
        raise SaveRejected(403, [Problem("", _("A second officer reviews the report."))])
    if not (issues or review):
        raise RuleViolation([Problem("review", _("Enter what the author must change."))])
    draft.reviewed_by_id, draft.reviewed_at, draft.review = user.id, dates.now(), review or None
    draft.state = ISSUED if issues else RETURNED
    if issues:
        draft.number = f"R-{draft.reviewed_at.year}-{draft.id:05d}"
        draft.files = [
            OfficialReportFile(name=name, sha256=hashlib.sha256(content).hexdigest(), content=content)
            for name, content in write_files(draft, user)
        ]
    db.session.flush()
    _record_event(draft.state, draft)
    complete_tasks(db.session, OfficialReport.__tablename__, draft.id)
    _send(draft, NOTICE, f"report.{draft.state}", to_user=draft.drafted_by_id)


def is_chief_of(user, unit_code):
    """Return whether the user is the chief of this unit, who may not review an own draft."""
    return user.unit_code == unit_code and CHIEF_ROLE in {role.name for role in user.roles}


def _send(report, kind, text_key, **to):
    what = report.number or f"#{report.id}"
    about = {"entity": OfficialReport.__tablename__, "entity_id": report.id}
    send_message(db.session, kind, text_key=text_key, what=what, **about, **to)


def write_files(issued, reviewer):
    """Yield (name, content) of the PDF in each language and of the workbook in Khmer."""
    report = contents.load_report(issued.figures)
    for language in LANGUAGES:
        with force_locale(language):
            printout = _build_printout(issued, report, list_differences(issued))
            yield f"report-{language}.pdf", typeset([printout], build_report_texts(issued, reviewer))
    with force_locale(LANGUAGES[0]):
        yield WORKBOOK, contents.write_workbook(report, list_differences(issued))


def list_differences(issued):
    """Return what a revision changes against the report before it; None if it is no revision."""
    if issued.revision_of is None:
        return None
    before, now = (contents.load_report(one.figures) for one in (issued.revision_of, issued))
    return contents.list_differences(before, now)


def compare_with_now(issued):
    """Return what has changed in the register since the report, or None without figures."""
    figures = reader.open_reader()
    if figures is None:
        return None
    now = dates.now()
    period = find_period(issued.kind, issued.first_day, now.date())
    before = contents.load_report(issued.figures)
    current = contents.build_report(figures, find_limits_of(issued.unit), period, now)
    return contents.list_differences(before, contents.keep_protected(before, current))


def _build_printout(issued, report, differences):
    language = reader_language()
    facts = [
        (gettext("Figures counted on"), dates.format_datetime(issued.counted_at, language)),
        (gettext("Drafted by"), name_officer(issued.drafted_by)),
        (gettext("Reviewed by"), name_officer(db.session.get(User, issued.reviewed_by_id))),
    ]
    if issued.revision_of is not None:
        facts.append((gettext("Revision of"), issued.revision_of.number))
    parts = contents.build_parts(report, facts, differences)
    if issued.remarks:
        parts.insert(1, build_paragraphs(issued.remarks, gettext("Remarks")))
    return Printout(
        name_kind(issued.kind), issued.number, tuple(parts), f"{report.place} · {report.period}",
        signers=(gettext("Prepared by"), gettext("Reviewed by")),
    )  # fmt: skip


def name_kind(kind):
    """Return the title of a report of this kind."""
    return code_lists.label("report_period", kind)


def name_officer(user):
    """Return the name of an officer in the reader's language."""
    return (user.name_km if reader_language() == "km" else "") or user.get_full_name()


def _record_event(step, report):
    recorder.record(
        db.session, f"report.{step}", OfficialReport.__tablename__, report.id, number=report.number,
        fingerprint=report.fingerprint,
    )  # fmt: skip
