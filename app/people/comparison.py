"""The nationwide comparison of people being entered with registered people (V036, V037, V038).

Forms, the API, imports, orders and corrections compare document numbers and names only here. The comparison reads
people with a card and no protected person, so answer, statements and duration are those of an unknown person.
`duplicates.protected_matches` compares protected people later, for the unit that owns their case.

A comparison is often a part of a save, so it does not write. The commit of the save also commits its event in the
audit log. If nothing is committed, the event is written before the response.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from flask import current_app, g, has_request_context
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import access_log, daily_limit, rate_limit, recorder
from app.kernel.database.transactions import rollback
from app.kernel.text import dates
from app.people import queries
from app.people.nationwide import nationwide_session

SOURCE = "compare"  # the source of the search in the access log
PENDING = "comparisons"  # the key of `session.info` for the questions of this request or job
PER_QUESTION = (
    10  # people and documents that one question compares; a longer list counts as several questions
)
REPEATED = timedelta(minutes=1)  # a clerk who types asks the same question again with each field

_lock, _last = threading.Lock(), {}  # user id → (question, time) of the last event


@dataclass(frozen=True)
class Comparison:
    """The registered people found: see `PersonFacts`. `same_people` and `alike_people` are by id(person)."""

    documents_elsewhere: Mapping = field(default_factory=dict)
    same_people: Mapping = field(default_factory=dict)
    alike_people: Mapping = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One comparison as the audit log stores it."""

    text: str
    people: tuple
    draft: str
    actor: object

    def record(self, write):
        """Call a function that records events."""
        facts = {"draft": self.draft} if self.draft else {}
        facts |= {"private": {"text": self.text}} if self.text else {}
        people = list(self.people)
        write(
            access_log.SEARCHED, "person", None, actor=self.actor, source=SOURCE, people=people, count=len(people), **facts
        )  # fmt: skip


def compare_people(people=(), documents=(), purpose="", draft=""):
    """Return the Comparison of the names of `people` and the numbers of `documents` with all registered people.

    A comparison of a user is limited, needs a purpose and is logged. `purpose` is that of the work itself, such as
    entering a case; `draft` names the entry. Raises PurposeRequired, TooManyRequests.
    """
    people = [one for one in people if queries.is_comparable(one)]
    documents = [one for one in documents if one.number]
    if not people and not documents:
        return Comparison()
    if has_request_context() and _is_of_user():
        if not purpose:
            access_log.require_purpose()
        for _compared in range(0, len(people) + len(documents), PER_QUESTION):
            rate_limit.count_question(rate_limit.NATIONWIDE)
    with nationwide_session(by_keys=True) as session:
        same, alike = queries.find_namesakes(session, people)
        holders = queries.find_documents_elsewhere(session, documents)
    shown = {card.id for cards in (*same.values(), *alike.values()) for card in cards}
    text = " · ".join([*map(str, people), *(one.number for one in documents)])
    add_question(text, shown.union(holders.values()), purpose, draft)
    return Comparison({key: f"P-{person_id:07d}" for key, person_id in holders.items()}, same, alike)


def add_question(text, people, purpose="", draft=""):
    """Remember a comparison that found these ids, to be logged. The text of an import is its file.

    Raises TooManyRequests above the daily limit.
    """
    if not _is_of_user():
        return
    actor = actor_of(db.session)
    actor = replace(actor, purpose=purpose, case_number="") if purpose else actor
    people = tuple(sorted(people))
    if has_request_context():
        daily_limit.require_within_limit(people, actor)
    else:
        text = ""
    question = Question(text, people, draft, actor)
    pending = db.session().info.setdefault(PENDING, [])
    if question not in pending:
        pending.append(question)


def find_pending_people(session):
    """Return the ids of the people that the questions of this request or job have found and no commit has logged."""
    return {one for question in session.info.get(PENDING, ()) for one in question.people}


def _is_of_user():
    actor = actor_of(db.session)
    return actor.user_id is not None and not (actor.scope and actor.scope.is_unrestricted)


def log_with_commit(session):
    """Queue the events of the comparisons in the transaction that commits."""
    if not session.in_nested_transaction():
        for question in session.info.get(PENDING, ()):
            if not _is_repeated(question):
                question.record(partial(recorder.record, session))


def forget_committed(session):
    """Forget the comparisons that a commit has logged."""
    if not session.in_nested_transaction():
        for question in session.info.pop(PENDING, ()):
            _remember(question)


def init_app(app):
    """Log the comparisons that no commit has logged, before each response."""
    app.after_request(_log_uncommitted)


def _log_uncommitted(response):
    questions = [one for one in db.session().info.pop(PENDING, ()) if not _is_repeated(one)]
    try:
        if questions:
            rollback()
        for question in questions:
            access_log.write_or_abort(partial(question.record, recorder.record_now))
            _remember(question)
        for question in g.pop("compared", ()):
            access_log.notify_listeners(access_log.SEARCHED, list(question.people), question.actor)
    except HTTPException as error:
        return current_app.make_response(current_app.handle_user_exception(error))
    return response


def _is_repeated(question):
    last, at = _last.get(question.actor.user_id, (None, None))
    return last == question and dates.now() - at <= REPEATED


def _remember(question):
    if has_request_context() and not _is_repeated(question):
        g.setdefault("compared", []).append(question)
    with _lock:
        _last[question.actor.user_id] = question, dates.now()
