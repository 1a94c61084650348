"""The inbox: open messages of the reader by deadline, and completed ones."""

from flask import abort, current_app, g, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.inbox import actions, unread_counts
from app.inbox.message_texts import format_message
from app.inbox.models import Message, Receipt
from app.inbox.record_links import find_record_url
from app.kernel.database.transactions import commit
from app.kernel.text import dates

MAX_MESSAGES = 100  # messages on the page


class InboxView(BaseView):
    """The list of messages and the page of one message. The task itself is done on the page of its record."""

    route_base = "/inbox"
    default_view = "list"
    class_permission_name = "Inbox"
    method_permission_name = {"list": "list", "show": "list"}

    def _build_own_condition(self):
        permissions = self.appbuilder.sm.get_reader_permissions()
        return unread_counts.build_reader_condition(g.user.id, permissions, g.user.unit_code)

    @expose("/list/")
    @has_access
    def list(self):
        done = request.args.get("done") == "1"
        statement = select(Message).where(self._build_own_condition()).options(joinedload(Message.sent_by))
        waits = unread_counts.build_waiting_condition(g.user.id)
        if done:
            statement = statement.where(~waits).order_by(Message.id.desc())
        else:
            statement = statement.where(waits).order_by(*unread_counts.SOONEST)
        messages = db.session.scalars(statement.limit(MAX_MESSAGES)).unique().all()
        return self.render_template(
            "inbox/inbox.html",
            title=_("Tasks and notices"),
            messages=messages,
            done=done,
            format_message=format_message,
            roles=current_app.extensions["ecrime.role_words"],
        )

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        if pk >= 2**31:
            abort(404)
        message = db.session.scalar(select(Message).where(Message.id == pk, self._build_own_condition()))
        if message is None:
            abort(404)
        actions.open_message(db.session, message, g.user.id)
        commit()
        receipts = select(Receipt).where(Receipt.message_id == pk).options(joinedload(Receipt.user))
        return self.render_template(
            "inbox/message.html",
            title=_("Message"),
            message=message,
            text=format_message(message),
            receipts=db.session.scalars(receipts.order_by(Receipt.opened_at)).unique().all(),
            record_url=find_record_url(message.entity, message.entity_id),
            time_left=message.due_at - dates.now() if message.due_at else None,
        )
