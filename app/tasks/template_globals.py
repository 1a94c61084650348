"""Template global of tasks: the button that gives a task about the record of a page."""

from flask import current_app, g, url_for

from app.kernel.schema.record import Record
from app.tasks.models import Task

LINKS = {"case": "case", "court_order": "order", "letter": "letter"}  # the form has a field for these


def init_app(app):
    app.jinja_env.globals.update(task_url=task_url)


def task_url(record):
    """Return the URL that gives a task about this record; None if the reader may not give one."""
    may = isinstance(record, Record) and not isinstance(record, Task) and not g.read_only
    if not (may and current_app.appbuilder.sm.has_access("can_add", "Task")):
        return None
    if field := LINKS.get(record.__tablename__):
        return url_for("TaskView.add", **{field: record.id})
    return url_for("TaskView.add", entity=record.__tablename__, entity_id=record.id)
