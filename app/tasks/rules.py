"""Rules of a new task: V116."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem


def task_has_a_receiver(task, facts):
    if task.to_user is None and task.to_unit is None:
        yield Problem("to_user", _("Choose an officer or a unit."), "V116")


def receiver_is_in_a_unit(task, facts):
    """An officer who has left, or whose account is of no unit, cannot do it."""
    if task.to_user is not None and not (task.to_user.active and task.to_user.unit):
        text = _("This officer has left. Choose another officer or a unit.")
        yield Problem("to_user", text, "V116")


def task_is_about_one_record(task, facts):
    if [task.case, task.order, task.letter, task.entity].count(None) != 3:
        yield Problem(
            "case", _("Choose the case, the order or the letter that the task is about, one of them.")
        )
    elif task.entity is not None and task.subject is None:
        yield Problem("", _("The record of this task does not exist, or you do not see it."))


def deadline_is_in_the_future(task, facts):
    if task.due_at is not None and task.due_at <= facts.now and task.id is None:
        yield Problem("due_at", _("The deadline is in the past."), "V116")


def receiver_sees_the_record(task, facts):
    if not facts.receiver_sees_record:
        name = "to_user" if task.to_user is not None else "to_unit"
        text = _("The receiver cannot see this record. Share the case with their unit first.")
        yield Problem(name, text, "V116")
    if not facts.receiver_may_open_tasks:
        text = _("The role of this officer cannot open tasks or this record. Choose another officer.")
        yield Problem("to_user", text, "V116")


TASK = (
    task_has_a_receiver,
    receiver_is_in_a_unit,
    task_is_about_one_record,
    deadline_is_in_the_future,
    receiver_sees_the_record,
)
