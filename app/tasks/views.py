"""The screens and the API of tasks."""

from functools import cached_property

from flask import abort, flash, g, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from wtforms.widgets import HiddenInput

from app.extensions import db
from app.kernel.api.actions import ApiAction, parse_form
from app.kernel.api.create import rejected_response
from app.kernel.api.record_api import RecordApi
from app.kernel.api.request_body import BodyForm
from app.kernel.api.serialization import json_response
from app.kernel.audit import access_log
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.forms.inputs import MultilineField
from app.kernel.forms.validators import MaxLength, Required
from app.kernel.i18n.locale import reader_language
from app.kernel.screens.action_problems import read_text
from app.kernel.screens.list_filters import due_filter
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates
from app.reference.list_filters import unit_filter
from app.tasks import actions
from app.tasks.models import DONE, OPEN, PENDING, SEEN, WITHDRAWN, Task, find_class, find_record

MAX_RESULT = 400
LINKED = ("case", "order", "letter")  # the records with a field of their own


class TaskView(RecordView):
    datamodel = SQLAInterface(Task)
    class_permission_name = "Task"
    resource_name = "tasks"
    base_permissions = ["can_list", "can_show", "can_add"]
    method_permission_name = RecordView.method_permission_name | {"end": "add"}
    list_title, show_title, add_title = _("Tasks"), _("Task"), _("Give a task")
    list_columns = ["text", "due_at", "state", "about", "to_user", "to_unit"]
    list_links = LINKED
    extra_columns = ("case_id", "order_id", "letter_id", "entity", "entity_id")
    label_columns = {"about": _("Record")}
    add_columns = ["case", "order", "letter", "entity", "entity_id", "to_user", "to_unit", "due_at", "text"]
    omitted_columns = {
        "unit": "the unit of the officer who gave the task",
        **dict.fromkeys(("case", "order", "letter"), "`about` names the record in lists"),
    }
    show_template = "tasks/task.html"
    base_order = ("due_at", "asc")
    order_columns = ["due_at"]
    cell_kinds = {"text": "lead", "about": "id"}
    list_filters = {
        "due": due_filter(Task.due_at, Task.state.in_(PENDING)),
        "to_unit": unit_filter(Task.to_unit_code, label=_("Receiving unit and units below it")),
    }

    def facts(self, record):
        return actions.load_facts(db.session, record)

    def format_cell(self, record, name):
        return self._link_record(record) if name == "about" else super().format_cell(record, name)

    def _link_record(self, task):
        """Return the record of a task as a link: a number, or its kind and key, which name no person."""
        for name in LINKED:
            if (value := getattr(task, name)) is not None:
                return self.link_value(task, name, str(value))
        view = self.find_view_of(find_class(task.entity))
        if view is None:
            return ""
        text = f"{view.show_title} {dates.format_number(task.entity_id, reader_language())}"
        return Markup('<a href="{}">{}</a>').format(view.record_url(task.entity_id), text)

    def prefill(self, form):
        super().prefill(form)
        form.entity.data, form.entity_id.data = (
            request.args.get("entity"),
            request.args.get("entity_id", type=int),
        )
        if form.entity.data and find_record(form.entity.data, form.entity_id.data) is None:
            abort(404)
        for task in actions.find_pending_tasks(form):
            flash(gettext("An open task about this record: %(task)s", task=task), "warning")
        if form.letter.data is not None:
            form.due_at.data, form.text.data = form.letter.data.due_at, form.letter.data.subject

    def _get_add_widget(self, form, exclude_cols=None, widgets=None):
        """Show the record that the task is about, without the empty fields of the others."""
        records = [form[name] for name in LINKED]
        filled = any(field.data is not None for field in (*records, form.entity))
        unused = [field.short_name for field in records if field.data is None and not field.errors]
        form.entity.widget = form.entity_id.widget = HiddenInput()
        hidden = ["entity", "entity_id"]
        return super()._get_add_widget(form, [*hidden, *(unused if filled else [])], widgets)

    def find_parent_record(self, form):
        record = find_record(form.entity.data, form.entity_id.data)
        if record is None:
            return super().find_parent_record(form)
        view = self.find_view(record)
        if view is None:
            return None
        access_log.log_view(record)  # the page shows its name
        return view.record_url(record.id), view.record_title(record)

    def show_context(self, record, extra_rows):
        may_write = not g.read_only and self.may_do("add")
        may_do = may_write and actions.may_do(g.user, record)
        return super().show_context(record, extra_rows) | {
            "may_do_task": may_do,
            "may_see_task": may_do and record.state == OPEN,
            "may_withdraw_task": may_write and actions.may_withdraw(g.user, record),
            "typed": request.form.get("result", ""),
            "about": self._link_other_record(record),
        }

    def _link_other_record(self, task):
        """Return (name, URL) of the record that the task is about; None if the page has a field for its kind."""
        if task.entity is None:
            return None
        record = task.subject
        view = self.find_view(record) if record is not None else None
        return (
            (gettext("Not shown here"), None)
            if view is None
            else (view.record_title(record), view.record_url(record.id))
        )

    def url_after_save(self, pk):
        return url_for("TaskView.show", pk=pk)

    @expose("/end/<pk>", methods=["POST"])
    @has_access
    def end(self, pk):
        """Record that the receiver has seen the task, or that it is done or withdrawn."""
        record, state = self.find(pk), request.form.get("state", "")
        if state not in (SEEN, DONE, WITHDRAWN):
            abort(400)

        def act():
            if state != SEEN:
                actions.end_task(record, state, read_text("result", MAX_RESULT), g.user.id)
            elif record.state != SEEN:  # no second click
                actions.see(record)

        return self.take_action(pk, act)


class EndBody(BodyForm):
    """Request body of the end of a task."""

    result = MultilineField(_("Result of the task"), [Required(), MaxLength(MAX_RESULT)])


class EndAction(ApiAction):
    """The end of a task by the API: done or withdrawn."""

    right = "can_post", "Task"

    def __init__(self, name, state):
        super().__init__(name)
        self.state = state

    @cached_property
    def form(self):
        return EndBody

    def respond(self, api, pk):
        record, form = api.find(pk), parse_form(self.form)
        try:
            with unit_of_work(where="EndAction"):
                actions.end_task(record, self.state, form.result.data, g.user.id)
        except SaveRejected as rejection:
            return rejected_response(rejection, form)
        return json_response({"result": api.to_json(pk)})


class TaskApi(RecordApi):
    view, resource_name = TaskView, "tasks"
    api_actions = EndAction("do", DONE), EndAction("withdraw", WITHDRAWN)
