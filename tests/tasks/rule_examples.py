"""New tasks that break one rule each."""

from datetime import timedelta

from app.accounts.models import User
from app.kernel.schema.rules import ERROR
from app.tasks.actions import TaskFacts
from app.tasks.models import Task
from tests.factories import NOW, make_case, make_unit
from tests.rule_examples import Example


def break_task(field, facts=None, rule="V116", **over):
    given = {"case": make_case(), "to_unit": make_unit(), "text": "សួរសាក្សី", "due_at": NOW + timedelta(days=1)}
    return Example(rule, field, ERROR, Task(**given | over), TaskFacts(NOW, **facts or {}))


EXAMPLES = [
    break_task("to_user", to_unit=None),
    break_task("to_user", to_user=User(active=False)),
    break_task("case", rule="", case=None),
    break_task("", rule="", case=None, entity="unknown", entity_id=1),
    break_task("due_at", due_at=NOW),
    break_task("to_unit", {"receiver_sees_record": False}),
    break_task("to_user", {"receiver_may_open_tasks": False}),
]
