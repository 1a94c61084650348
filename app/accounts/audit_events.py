"""Audit events of accounts. Before sign-in the session has no actor, so the actor is built here."""

from flask import has_request_context, request
from sqlalchemy.orm import scoped_session

from app.kernel.actor import Actor
from app.kernel.audit import recorder


def record_event(action, user=None, session_ref="", outcome="ok", **facts):
    """Write one audit event about `user` (None: unknown name) at once, before the response is sent."""
    address = request.remote_addr or "" if has_request_context() else ""
    actor = Actor(
        user.id if user is not None else None,
        user.unit_code if user is not None else None,
        session_ref=session_ref,
        address=address,
    )
    recorder.record_now(
        action, "user", user.id if user is not None else None, outcome=outcome, actor=actor, **facts
    )


def queue_event(session, action, user, **facts):
    """Queue one audit event about `user` into the session's transaction."""
    recorder.record(
        session() if isinstance(session, scoped_session) else session, action, "user", user.id, **facts
    )
