"""The inbox: what waits for the reader, soonest due first, and what is done."""

from flask import abort, current_app, g, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.inbox import actions, unread_counts
from app.inbox.message_texts import text_of
from app.inbox.models import Message, Receipt
from app.inbox.record_links import page_of
from app.kernel.text import dates

MOST = 100  # messages on the page


class InboxView(BaseView):
    """Read, and open with a receipt. What a task asks for is done on the page of its record."""

    route_base = "/inbox"
    default_view = "list"
    class_permission_name = "Inbox"
    method_permission_name = {"list": "list", "show": "list"}

    def _mine(self):
        roles = self.appbuilder.sm.held_by_reader().role_names
        return unread_counts.is_for(g.user.id, roles, g.user.unit_code)

    @expose("/list/")
    @has_access
    def list(self):
        done = request.args.get("done") == "1"
        statement = select(Message).where(self._mine()).options(joinedload(Message.sent_by))
        if done:
            statement = statement.where(Message.done_at.is_not(None)).order_by(Message.id.desc())
        else:
            soonest = (Message.due_at.is_(None), Message.due_at, Message.id.desc())
            statement = statement.where(Message.done_at.is_(None)).order_by(*soonest)
        messages = db.session.scalars(statement.limit(MOST)).unique().all()
        return self.render_template(
            "messages/inbox.html",
            title=_("Tasks and notices"),
            messages=messages,
            done=done,
            text_of=text_of,
            roles=current_app.extensions["ecrime.role_words"],
        )

    @expose("/show/<int:pk>")
    @has_access
    def show(self, pk):
        if pk >= 2**31:
            abort(404)
        message = db.session.scalar(select(Message).where(Message.id == pk, self._mine()))
        if message is None:
            abort(404)
        actions.open_by(db.session, message, g.user.id)
        db.session.commit()
        receipts = select(Receipt).where(Receipt.message_id == pk).options(joinedload(Receipt.user))
        return self.render_template(
            "messages/message.html",
            title=_("Message"),
            message=message,
            text=text_of(message),
            receipts=db.session.scalars(receipts.order_by(Receipt.opened_at)).unique().all(),
            record_url=page_of(message.entity, message.entity_id),
            time_left=message.due_at - dates.now() if message.due_at else None,
        )
