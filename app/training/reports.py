"""Results of a session: shares of the bands of both tests, by unit, and the analysis of the questions."""

from collections import Counter
from dataclasses import dataclass, field

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.extensions import db
from app.kernel.i18n.locale import reader_language
from app.kernel.text import dates
from app.printouts.document import Printout, build_facts, build_note, build_table
from app.training import results
from app.training.actions import list_participants
from app.training.models import (
    FIRST,
    SECOND,
    CourseSession,
    CourseTest,
    Participant,
    Question,
    Sitting,
    TestAnswer,
)

AFTER = {
    results.GOOD: _("then good"), results.AVERAGE: _("then average"), results.NOT_YET: _("then not yet"),
}  # fmt: skip
MOST_SESSIONS = 50  # on the page of a course
NAMES = {results.GOOD: _("good"), results.AVERAGE: _("average"), results.NOT_YET: _("not yet")}


def name_band(participant, ordinal):
    """Return the name of the band of a participant's test, or a dash."""
    band = find_band_of(participant, ordinal)
    return NAMES[band] if band else "—"


def find_band_of(participant, ordinal):
    """Return the band of a participant's test, or None without a result."""
    sitting, course = participant.get_sitting(ordinal), participant.session.course
    percent = sitting.percent if sitting is not None else None
    return results.find_band(percent, course.good_percent, course.average_percent)


@dataclass
class Report:
    """The counts of a session: bands of each test, the pairs of both, and the bands of the second test by unit."""

    total: int
    tests: dict = field(default_factory=dict)
    pairs: Counter = field(default_factory=Counter)
    units: dict = field(default_factory=dict)
    certificates: int = 0

    def share(self, ordinal, band):
        """Return the share of a band among the results of a test, in percent."""
        counts = self.tests[ordinal]
        return round(100 * counts[band] / counts.total()) if counts.total() else 0


def build_report(course_session, participants):
    """Return the Report of these participants."""
    report = Report(len(participants), {FIRST: Counter(), SECOND: Counter()})
    for one in participants:
        bands = find_band_of(one, FIRST), find_band_of(one, SECOND)
        for ordinal, band in zip((FIRST, SECOND), bands, strict=True):
            if band:
                report.tests[ordinal][band] += 1
        if all(bands):
            report.pairs[bands] += 1
        if bands[1]:
            report.units.setdefault(str(one.unit or "—"), Counter())[bands[1]] += 1
        report.certificates += one.certificate is not None
    return report


def list_items(course_session):
    """Return (test, [(Item, question)], number of results) of the tests that are over.

    Participants may still sit an open test, so its questions are not listed. A result on paper has no answers.
    """
    found = []
    tests = (
        select(CourseTest)
        .where(CourseTest.session_id == course_session.id, CourseTest.cancelled_at.is_(None))
        .order_by(CourseTest.ordinal)
    )
    for test in db.session.scalars(tests).all():
        if not test.question_ids or dates.now() < test.closes_at:
            continue
        percents = dict(
            db.session.execute(
                select(Sitting.id, Sitting.percent).where(
                    Sitting.test_id == test.id,
                    Sitting.finished_at.is_not(None),
                    Sitting.entered_by_id.is_(None),
                )
            ).all()
        )
        right = {}
        answers = (
            select(TestAnswer.sitting_id, TestAnswer.question_id)
            .join(Sitting, Sitting.id == TestAnswer.sitting_id)
            .where(Sitting.test_id == test.id, TestAnswer.is_right.is_(True))
        )
        for sitting_id, question_id in db.session.execute(answers):
            right.setdefault(sitting_id, set()).add(question_id)
        pairs = [(percent, right.get(key, set())) for key, percent in percents.items()]
        items = results.analyse_items(test.question_ids, pairs)
        texts = {}
        if items:
            questions = db.session.scalars(select(Question).where(Question.id.in_(test.question_ids)))
            texts = {one.id: one for one in questions}
        found.append((test, [(item, texts[item.question_id]) for item in items], len(pairs)))
    return found


def count_sessions(course):
    """Return the figures of the newest sessions of a course, and last those of all its sessions (`session` is None).

    Each is (session, participants, bands of the first test, bands of the second).
    """
    of_course = CourseSession.course_id == course.id
    sessions = db.session.scalars(
        select(CourseSession).where(of_course)
        .order_by(CourseSession.starts_on.desc(), CourseSession.id.desc()).limit(MOST_SESSIONS)
    ).all()  # fmt: skip
    if not sessions:
        return []
    people, bands = Counter(), {}
    participants = (
        select(Participant.session_id, func.count())
        .join(CourseSession, CourseSession.id == Participant.session_id)
        .where(of_course, Participant.removed_at.is_(None))
        .group_by(Participant.session_id)
    )
    for session_id, number in db.session.execute(participants):
        people[session_id] = number
    counted = (
        select(CourseTest.session_id, CourseTest.ordinal, Sitting.percent, func.count())
        .join(CourseTest, CourseTest.id == Sitting.test_id)
        .join(CourseSession, CourseSession.id == CourseTest.session_id)
        .where(of_course, Sitting.percent.is_not(None))
        .group_by(CourseTest.session_id, CourseTest.ordinal, Sitting.percent)
    )
    for session_id, ordinal, percent, number in db.session.execute(counted):
        band = results.find_band(percent, course.good_percent, course.average_percent)
        for one in (session_id, None):
            bands.setdefault((one, ordinal), Counter())[band] += number
    people[None] = people.total()
    none = Counter()
    return [
        (one, people[key], bands.get((key, FIRST), none), bands.get((key, SECOND), none))
        for one, key in ((one, getattr(one, "id", None)) for one in (*sessions, None))
    ]


def build_printout(course_session):
    """Return the results of a session as one page to print."""
    report = build_report(course_session, list_participants(course_session))
    known = [band for band in results.BANDS if any(band in pair for pair in report.pairs)]
    heads = [
        gettext("Band"),
        gettext("First test"),
        gettext("Percent"),
        gettext("Second test"),
        gettext("Percent"),
    ]
    heads = [(text, 0) for text in (*heads, *(str(AFTER[band]) for band in known))]
    numbers = [
        [
            str(NAMES[band]),
            *(text for ordinal in (FIRST, SECOND) for text in _format_share(report, ordinal, band)),
            *(_format(report.pairs[band, second]) for second in known),
        ]
        for band in results.BANDS
    ]
    reached = [band for band in results.BANDS if report.tests[SECOND][band]]
    units = [
        [name, " · ".join(_format(counts[band]) for band in reached)]
        for name, counts in sorted(report.units.items())
    ]
    half = (len(units) + 1) // 2  # two columns, so that all provinces are on one page
    empty = [["", ""]]
    columns = [left + right for left, right in zip(units[:half], units[half:] + empty, strict=False)]
    unit_heads = [(gettext("Unit"), 0), (" · ".join(str(NAMES[band]) for band in reached), 0)]
    facts = [
        (gettext("First day"), dates.format_date(course_session.starts_on, reader_language())),
        (gettext("Place of the session"), course_session.place),
        (gettext("Participants"), _format(report.total)),
        (gettext("Certificates"), _format(report.certificates)),
    ]
    return Printout(
        title=gettext("Results of the session"),
        subtitle=f"{course_session} · {course_session.course}",
        number=f"S-{course_session.id}",
        parts=(
            build_facts(facts),
            *([build_note(course_session.note)] if course_session.note else ()),
            build_table(heads, numbers, gettext("Results of both tests")),
            build_table(unit_heads * 2, columns, gettext("Second test by unit")),
        ),
    )  # fmt: skip


def _format_share(report, ordinal, band):
    return _format(report.tests[ordinal][band]), f"{_format(report.share(ordinal, band))} %"


def _format(number):
    return dates.format_number(number, reader_language())
