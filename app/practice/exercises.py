"""Exercises: loading those of E-Crime, writing and reviewing others, and the attempts of trainees."""
# unrestricted: reads the answer of a trainee, with the people that it protects
# commits: the exercises of E-Crime at the start of the practice system

import json
import secrets
from pathlib import Path

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select, true

from app.accounts.models import User
from app.cases.models import Case
from app.extensions import db
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.actor import unrestricted
from app.kernel.database.transactions import commit
from app.kernel.text import dates, khmer
from app.practice import answers
from app.practice.comparison import SECTIONS, compare
from app.practice.models import Attempt, Exercise
from app.practice.prepared import prepare_records
from app.training import practice_results

FOLDER = Path(__file__).parent / "data"
MIN_INCIDENT = 30  # characters
MOST_SCORES = 1000
SHORTEST_CODE = 16
EXACT, WORDS, BEGINS, ANY = "exact", "words", "begins", "any"  # what a model accepts

register_texts(
    **{"exercise.returned": _("The exercise «%(title)s» was returned without a review: %(reason)s")}
)


class ExerciseRefused(Exception):
    """The step is not possible; the text is a message for the user."""


def load_shipped_exercises():
    """Add or update the exercises that are part of E-Crime."""
    stored = {one.key: one for one in db.session.scalars(select(Exercise))}
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        exercise = stored.get(path.stem)
        if exercise is not None and exercise.author_id is not None:
            continue  # a teacher has closed it, and may have changed it
        if exercise is None:
            exercise = Exercise(key=path.stem, written_at=dates.now())
            db.session.add(exercise)
        exercise.title, exercise.incident, exercise.model, exercise.prepared = (
            content["title"], content["incident"], content["model"], content.get("prepared"),
        )  # fmt: skip
    commit()


def select_exercises(is_teacher):
    """Return the select of the exercises; a trainee sees those that are reviewed."""
    is_open = or_(Exercise.author_id.is_(None), Exercise.reviewer_id.is_not(None))
    return select(Exercise).where(true() if is_teacher else is_open).order_by(Exercise.id)


def list_best_scores(user_id):
    """Return exercise id → (best score, number of attempts) of a trainee."""
    done = (
        select(Attempt.exercise_id, func.max(Attempt.score), func.count())
        .where(Attempt.user_id == user_id, Attempt.score.is_not(None))
        .group_by(Attempt.exercise_id)
    )
    return {exercise: (score, count) for exercise, score, count in db.session.execute(done)}


def list_all_scores():
    """Return (user name, title of the exercise, best score) of all trainees, for the teachers."""
    done = (
        select(User.username, Exercise.title, func.max(Attempt.score))
        .join(User, User.id == Attempt.user_id)
        .join(Exercise, Exercise.id == Attempt.exercise_id)
        .where(Attempt.score.is_not(None))
        .group_by(User.username, Attempt.exercise_id, Exercise.title)
        .order_by(User.username, Attempt.exercise_id)
        .limit(MOST_SCORES)
    )
    return db.session.execute(done).all()


def list_trainees():
    """Return (user name, name, exercises done, mean of the first scores, mean of the best) of each trainee with a score.

    The course gets the first scores: the first result shows the model answer.
    """
    scored = (
        select(Attempt.user_id, func.min(Attempt.id).label("first"), func.max(Attempt.score).label("best"))
        .where(Attempt.score.is_not(None))
        .group_by(Attempt.user_id, Attempt.exercise_id)
        .subquery()
    )
    found = (
        select(User.username, User.name_km, func.count(), func.avg(Attempt.score), func.avg(scored.c.best))
        .join(scored, scored.c.user_id == User.id)
        .join(Attempt, Attempt.id == scored.c.first)
        .group_by(User.id, User.username, User.name_km)
        .order_by(User.username)
        .limit(MOST_SCORES)
    )
    return [(*named, round(first), round(best)) for *named, first, best in db.session.execute(found)]


def seal_results(session_id, code, numbers):
    """Return the text with which a trainer enters the results into a course. `numbers` are typed: user name → number.

    A trainee without a number is left out.
    """
    if not _is_number(session_id):
        raise ExerciseRefused(gettext("Enter the session number of the course."))
    if len(code) < SHORTEST_CODE:
        raise ExerciseRefused(gettext("Enter the code that the page of the session shows."))
    results = []
    for username, _name, count, first, _best in list_trainees():
        typed = numbers.get(username, "")
        if typed and not _is_number(typed):
            raise ExerciseRefused(gettext("Enter whole numbers."))
        if typed:
            results.append(practice_results.Result(int(typed), count, first))
    if not results or len({one.number for one in results}) < len(results):
        raise ExerciseRefused(gettext("Enter a different number for each participant, at least one."))
    return practice_results.write_results(code, int(session_id), results)


def _is_number(text):
    return text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 5


def find_open_attempt(user_id):
    """Return the newest attempt of the trainee that has no score, or None."""
    return db.session.scalar(
        select(Attempt)
        .where(Attempt.user_id == user_id, Attempt.score.is_(None))
        .order_by(Attempt.id.desc())
        .limit(1)
    )


def find_attempt(user_id, token):
    """Return the trainee's own attempt with this token, or None."""
    return db.session.scalar(select(Attempt).where(Attempt.token == token, Attempt.user_id == user_id))


def begin_attempt(exercise, user):
    """Return a new attempt, or the one without a score if there is one: a second click begins nothing new."""
    if not exercise.is_open:
        raise ExerciseRefused(gettext("A second teacher must review this exercise first."))
    attempt = db.session.scalar(
        select(Attempt).where(
            Attempt.exercise_id == exercise.id, Attempt.user_id == user.id, Attempt.score.is_(None)
        )
    )
    if attempt is None:
        attempt = Attempt(
            exercise=exercise, user_id=user.id, token=secrets.token_urlsafe(12), begun_at=dates.now()
        )
        if exercise.prepared:
            records = answers.fill_days(exercise.prepared, attempt.begun_at.date())
            attempt.case_id = prepare_records(records, user).id
        db.session.add(attempt)
    return attempt


def grade_attempt(attempt):
    """Return the comparison of what was entered with the model, and store the score once. None if nothing was entered."""
    if attempt.answer is None:
        answer = _read_answer(attempt)
        if not answer:
            return None
        attempt.answer = answer
    model = answers.fill_days(attempt.exercise.model, attempt.begun_at.date())
    comparison = compare(model, attempt.answer)
    if attempt.score is None:
        attempt.score, attempt.done_at = comparison.score, dates.now()
    return comparison


def _read_answer(attempt):
    """Return what the trainee entered: a case, or acts about the case that the exercise has prepared."""
    if attempt.case_id is not None:
        return answers.read_acts(db.session.get(Case, attempt.case_id), attempt.user_id)
    own = Case.draft_token == attempt.token, Case.recorded_by_id == attempt.user_id
    with unrestricted(db.session):  # the trainee has typed the names that the case now protects
        case = db.session.scalar(select(Case).where(*own).execution_options(populate_existing=True))
        if case is None:
            return {}
        return answers.read_answer(case) | answers.read_acts(case, attempt.user_id)


def write_exercise(title, incident, case_number, author_id):
    """Add an exercise whose model answer is a case that the author has entered. Raise ExerciseRefused."""
    title, incident = _clean_texts(title, incident)
    try:
        case_number = khmer.normalize(case_number)
    except khmer.InvalidText as error:
        raise ExerciseRefused(gettext("This text contains characters that cannot be saved.")) from error
    case = db.session.scalar(select(Case).where(Case.number == case_number.upper()))
    if case is None or case.recorded_by_id != author_id:
        raise ExerciseRefused(
            gettext("There is no such case of yours. Enter the model answer on the entry page first.")
        )
    model = answers.make_relative(answers.read_answer(case), case.recorded_at.date())
    for row in model["case"]:  # sentences differ: the author chooses words that it must have
        row["summary"] = {"words": [], "answer": row.get("summary", "")}
    exercise = Exercise(
        key=secrets.token_urlsafe(9), title=title, incident=incident, model=model,
        written_at=dates.now(), author_id=author_id,
    )  # fmt: skip
    db.session.add(exercise)
    return exercise


def _clean_texts(title, incident):
    try:
        title, incident = khmer.normalize(title), khmer.normalize(incident, multiline=True)
    except khmer.InvalidText as error:
        raise ExerciseRefused(gettext("This text contains characters that cannot be saved.")) from error
    if not title:
        raise ExerciseRefused(gettext("Enter a title."))
    if len(incident) < MIN_INCIDENT:
        raise ExerciseRefused(gettext("Describe the incident in at least %(n)s characters.", n=MIN_INCIDENT))
    return title[:120], incident


def list_model_fields(exercise):
    """Return (path, section, row number, field, expected) of each field of the model."""
    return _list_fields(exercise.model)


def list_dated_fields(exercise, day):
    """Return the same with the dates of an attempt on `day`."""
    return _list_fields(answers.fill_days(exercise.model, day))


def _list_fields(model):
    return [
        (f"{section}-{number}-{name}", section, number, name, one)
        for section in SECTIONS
        for number, row in enumerate(model.get(section, []))
        for name, one in row.items()
    ]


def get_answer(expected):
    """Return the answer of the author, whatever else the model accepts."""
    if isinstance(expected, str):
        return expected
    return expected.get("answer") or expected.get("begins") or (expected.get("any") or [""])[0]


def edit_exercise(exercise, user_id, title, incident, chosen):
    """Change an exercise before the review. Only its author may.

    `chosen` is path → (EXACT, WORDS, BEGINS or ANY, list of typed texts, whether the field may be missing).
    """
    if exercise.author_id != user_id or exercise.is_open:
        raise ExerciseRefused(gettext("Only the author can change the exercise, before the review."))
    title, incident = _clean_texts(title, incident)
    model = {section: [dict(row) for row in rows] for section, rows in exercise.model.items()}
    for path, section, number, name, one in list_model_fields(exercise):
        if path in chosen:
            model[section][number][name] = _build_expected(get_answer(one), *chosen[path])
    exercise.title, exercise.incident, exercise.model = title, incident, model


def _build_expected(answer, how, texts, may):
    if how == BEGINS and not texts:
        raise ExerciseRefused(gettext("Enter the beginning of the answer."))
    if how == WORDS:
        expected = {"words": [one.replace("/", "|") for one in texts]}
    elif how == BEGINS:
        expected = {"begins": texts[0]}
    elif how == ANY or may:
        expected = {"any": list(dict.fromkeys([answer, *(texts if how == ANY else ())]))}
    else:
        return answer
    return expected | {"answer": answer} | ({"may": True} if may else {})


def review_exercise(exercise, user_id):
    """Open the exercise for trainees. Raise ExerciseRefused for its author, and for an exercise without a model answer."""
    if exercise.is_open:
        return
    if exercise.author_id == user_id:
        raise ExerciseRefused(gettext("Another teacher must review the exercise."))
    if not any(exercise.model.get(section) for section in SECTIONS):
        raise ExerciseRefused(gettext("The exercise has no model answer."))
    exercise.reviewer_id = user_id


def return_exercise(exercise, user_id, reason):
    """Return an exercise to its author, with the reason of the reviewer."""
    if exercise.is_open or exercise.author_id == user_id:
        raise ExerciseRefused(gettext("Another teacher must review the exercise."))
    if not reason:
        raise ExerciseRefused(gettext("Enter the reason."))
    send_message(
        db.session,
        NOTICE,
        text_key="exercise.returned",
        to_user=exercise.author_id,
        title=exercise.title,
        reason=reason,
    )


def close_exercise(exercise, user_id):
    """Close an exercise for trainees. The teacher may change one of E-Crime from now on, and another one reviews it."""
    if exercise.author_id is None:
        exercise.author_id = user_id
    exercise.reviewer_id = None
