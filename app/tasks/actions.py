"""What happens to a task: it is given, seen, done or withdrawn. The flush checks who may do what.

The task is the record; its entry in the inbox follows from it in the same transaction.
"""
# unrestricted: reads a record as the receiver of a task would see it

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, has_request_context
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import is_in_command_chain
from app.accounts.models import User
from app.accounts.user_scope import build_unit_scope, build_user_scope
from app.extensions import db
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE, TASK
from app.kernel.actor import UNRESTRICTED, actor_of, unrestricted
from app.kernel.audit.rate_limit import NATIONWIDE, count_question
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.rules import Problem, RuleViolation, check_rules
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.reference.unit_paths import list_own_units
from app.tasks.models import DONE, OPEN, PENDING, SEEN, WITHDRAWN, Task

GIVEN = Pending(list)
ENDED = Pending(list)
STATE_COLUMNS = ("state", "seen_at", "done_at", "done_by_id", "result")
ALREADY_ENDED = _("This task has already ended: it was done or withdrawn. Load the page again.")
NOT_YOURS = _(
    "Only the receiver of the task does it, and only the officer who gave it, or a chief, withdraws it."
)
NEEDS_RESULT = _("Enter the result, or the reason for the withdrawal.")

register_texts(
    **{
        "task.given": _("A task about %(number)s. Read it on its page."),
        "task.done": _("The task about %(number)s is done. Read the result on its page."),
        "task.withdrawn": _("The task about %(number)s was withdrawn."),
    }
)


@dataclass(frozen=True)
class TaskFacts:
    """Facts about a new task: whether its receiver sees the record, and whether their role opens tasks."""

    now: datetime | None = None
    receiver_sees_record: bool = True
    receiver_may_open_tasks: bool = True


def load_facts(session, task):
    """Return the facts about a new task for its rules."""
    user, unit = task.to_user, task.to_unit
    if user is not None and not (user.active and user.unit):
        return TaskFacts(dates.now())
    if has_request_context() and task.entity is not None:
        count_question(NATIONWIDE)  # the answer says which unit knows a person
    scope = (
        build_user_scope(user) if user is not None else build_unit_scope(unit) if unit is not None else None
    )
    may_open = True
    if user is not None:
        table = current_app.extensions["ecrime.permission_table"]
        permissions = table.get_permissions(get_role_names(user))
        may_open = all(permissions.may("can_show", one) for one in _list_resources(task))
    return TaskFacts(dates.now(), scope is None or _sees_record(session, task, scope), may_open)


def find_pending_tasks(form):
    """Return the open tasks about the record of a new task, which the reader sees."""
    records = {
        f"{name}_id": form[name].data.id
        for name in ("case", "order", "letter")
        if form[name].data is not None
    }
    if form.entity.data:
        records |= {"entity": form.entity.data, "entity_id": form.entity_id.data}
    if not records:
        return []
    pending = Task.state.in_(PENDING), Task.voided_at.is_(None)
    return db.session.scalars(select(Task).filter_by(**records).where(*pending).order_by(Task.due_at)).all()


def _list_resources(task):
    """Return the resources that the receiver opens: tasks, and the record if it is of another kind."""
    views = (one for one in current_app.appbuilder.baseviews if isinstance(one, RecordView))
    of_record = (one.class_permission_name for one in views if one.datamodel.obj.__tablename__ == task.entity)
    return ["Task", *of_record][:2]


def _sees_record(session, task, scope):
    record = task.subject
    if record is None:
        return True
    model = type(record)
    condition = model.__row_filter__(scope)
    if condition is None:
        return True
    with unrestricted(session), session.no_autoflush:
        return session.scalar(select(model.id).where(model.id == record.id, condition)) is not None


def may_do(user, task):
    """Return whether the user receives the task: the officer, or the unit if it has no officer or the officer left."""
    return task.is_pending and _is_receiver(user, task)


def _is_receiver(user, task):
    if user.id == task.to_user_id:
        return True
    has_left = task.to_user is None or not task.to_user.active or task.to_user.unit_code != task.to_unit_code
    return has_left and task.to_unit_code in list_own_units(user.unit_code)


def may_withdraw(user, task):
    """Return whether the user may withdraw the task: who gave it, or an officer of a unit above."""
    return task.is_pending and _is_giver(user, task)


def _is_giver(user, task):
    is_above = user.unit_code != task.unit_code and is_in_command_chain(user, task.unit_code)
    return user.id == task.recorded_by_id or is_above


def see(task):
    """Record that the receiver has seen the task."""
    task.state, task.seen_at = SEEN, dates.now()


def end_task(task, state, result, user_id):
    """Record that the task is done or withdrawn, with the result or the reason. The flush checks it."""
    task.state, task.result, task.done_at, task.done_by_id = state, result or None, dates.now(), user_id


def check_tasks(session, _context, _instances):
    """Refuse a task that breaks its rules, and a step by an officer who may not take it."""
    if actor_of(session).scope == UNRESTRICTED:
        return
    with session.no_autoflush:
        for task in (*session.new, *session.dirty):
            if not isinstance(task, Task):
                continue
            if task in session.new:
                task.state, task.seen_at, task.done_at, task.done_by_id, task.result = (
                    OPEN,
                    None,
                    None,
                    None,
                    None,
                )
                problems = check_rules(task.__rules__, task, load_facts(session, task))
            else:
                problems = _find_step_problems(session, task) if has_changed(task, STATE_COLUMNS) else []
            if problems:
                raise RuleViolation(problems)


def _find_step_problems(session, task):
    row = Task.__table__.c
    stored, state = session.connection().scalar(select(row.state).where(row.id == task.id)), task.state
    if stored not in PENDING or task.is_void:
        return [Problem("", ALREADY_ENDED, row=task)]
    user = session.get(User, actor_of(session).user_id or 0)
    is_of_step = _is_giver if state == WITHDRAWN else _is_receiver
    is_allowed = user is not None and is_of_step(user, task)
    if not is_allowed or state not in (SEEN, DONE, WITHDRAWN) or (stored, state) == (SEEN, SEEN):
        return [Problem("", NOT_YOURS, row=task)]
    if state != SEEN and not task.result:
        return [Problem("result", NEEDS_RESULT, row=task)]
    return []


def collect_changes(session, _context):
    """Collect new and ended tasks. Nothing can be added during a flush, so messages wait."""
    GIVEN.get(session).extend(one for one in session.new if isinstance(one, Task))
    ENDED.get(session).extend(
        one
        for one in session.dirty
        if isinstance(one, Task) and has_changed(one, ("state", "voided_at")) and not one.is_pending
    )


def send_messages(session, _context):
    """Put new tasks into the inbox of the receiver, and notify the officer who gave an ended task."""
    for task in GIVEN.take(session):
        to = {"to_user": task.to_user_id} if task.to_user_id else {"to_unit": task.to_unit_code}
        _send(session, TASK, "task.given", task, due_at=task.due_at, **to)
    for task in ENDED.take(session):
        complete_tasks(session, Task.__tablename__, task.id)
        if task.state == DONE and task.recorded_by_id != task.done_by_id:
            _send(session, NOTICE, "task.done", task, to_user=task.recorded_by_id)
        if task.state == WITHDRAWN:
            to = {"to_user": task.to_user_id} if task.to_user_id else {"to_unit": task.to_unit_code}
            _send(session, NOTICE, "task.withdrawn", task, **to)


def _send(session, kind, text_key, task, **to):
    with session.no_autoflush:
        about = {"entity": Task.__tablename__, "entity_id": task.id, "number": task.subject_number}
        send_message(session, kind, text_key=text_key, **about, **to)
