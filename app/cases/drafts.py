"""What a clerk has typed and not yet registered."""

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Case
from app.extensions import db
from app.kernel import dates
from app.kernel.records import actor_of


class Draft(db.Model):
    """What a clerk has typed and not yet registered: her own, seen by nobody else.

    The token is made by the page that begins the entry; the case that comes of it keeps the token, so that a
    second click or a retry after a lost answer finds the case instead of making another.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("token"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token: Mapped[str] = mapped_column(String(40), nullable=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    payload: Mapped[dict] = mapped_column(JSON, nullable=False)
    saved_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


def keep_draft(token, payload):
    """Keep what its owner has typed so far. A token of somebody else keeps nothing: False."""
    if registered(token) is not None:
        return False
    user_id = actor_of(db.session).user_id
    draft = db.session.scalar(select(Draft).where(Draft.token == token))
    if draft is None:
        draft = Draft(token=token, user_id=user_id)
        db.session.add(draft)
    elif draft.user_id != user_id:
        return False
    draft.payload, draft.saved_at = payload, dates.now()
    db.session.commit()
    return True


def registered(token):
    """The case that came of this token, if it was already saved."""
    return db.session.scalar(select(Case).where(Case.draft_token == token))
