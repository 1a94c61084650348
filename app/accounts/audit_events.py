"""What the trace is told about sign-ins: at a door nobody acts yet, so the actor is put together here."""

from flask import has_request_context, request
from sqlalchemy.orm import scoped_session

from app.kernel.actor import Actor
from app.kernel.audit import recorder


def tell(action, user=None, mark="", outcome="ok", **facts):
    """Write one event about `user` (None where nobody has that name) at once, before anything is answered."""
    address = request.remote_addr or "" if has_request_context() else ""
    actor = Actor(
        user.id if user is not None else None,
        user.unit_code if user is not None else None,
        session_mark=mark,
        address=address,
    )
    recorder.tell(
        action, "user", user.id if user is not None else None, outcome=outcome, actor=actor, **facts
    )


def note(session, action, user, **facts):
    """Queue one event about `user` into the transaction of the session."""
    recorder.note(
        session() if isinstance(session, scoped_session) else session, action, "user", user.id, **facts
    )
