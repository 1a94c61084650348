"""What a clerk has typed and not yet registered."""

from datetime import datetime
from functools import cache

from sqlalchemy import JSON, DateTime, ForeignKey, Integer, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Case
from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.actor import actor_of
from app.kernel.database import engine
from app.kernel.files import store
from app.kernel.text import dates


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

    @property
    def about(self):
        """Which offence, where, about whom, as far as it was typed: by that its clerk knows it among others."""
        typed = dict(reversed(self.payload["boxes"]))  # of a box that comes twice the first counts
        named = (typed.get(f"people-0-person-{name}", "") for name in ("surname_km", "given_km"))
        parts = (
            typed.get("offences-0-offence__text"),
            typed.get("case-place__text"),
            " ".join(named).strip(),
        )
        return " · ".join(part for part in parts if part)


def of_token(token):
    """(the case that came of this token, what is typed under it): None for what there is not. One statement."""
    return tuple(db.session.execute(_of_token(), {"token": token}).one())


@cache
def _of_token():
    """The statement for it."""
    token = bindparam("token", type_=String)
    asked = select(token.label("token")).subquery()
    # By its id: in an outer join SQLite would walk all cases of the reader's province for the token.
    made = select(Case.id).where(Case.draft_token == token).scalar_subquery()
    return kept(
        select(Case, Draft)
        .select_from(asked)
        .outerjoin(Case, Case.id == made)
        .outerjoin(Draft, Draft.token == asked.c.token)
    )


def keep_draft(token, boxes):
    """Keep the (name, value) pairs that a clerk has typed so far.

    False where nothing may be kept: the token is somebody else's, or its case is registered already. One
    statement, so that two saves of the same page at once cannot collide.
    """
    if registered(token) is not None:
        return False
    typed = {"boxes": [(name, value) for name, value in boxes if name != "csrf_token" and value]}
    user_id, now, table = actor_of(db.session).user_id, dates.now(), Draft.__table__
    statement = (
        engine.insert_into(db.session, table)
        .values(token=token, user_id=user_id, payload=typed, saved_at=now)
        .on_conflict_do_update(
            index_elements=["token"],
            set_={"payload": typed, "saved_at": now},
            where=table.c.user_id == user_id,
        )
    )
    kept = db.session.scalar(statement.returning(table.c.id)) is not None
    db.session.commit()
    return kept


def held_files():
    """The hashes of the files that some draft still holds."""
    found = set()
    for draft in db.session.execute(select(Draft.user_id, Draft.payload)):
        words = (value for name, value in draft.payload["boxes"] if name.endswith("-held"))
        found |= {held.sha256 for held in (store.unsign(word, draft.user_id) for word in words) if held}
    return found


def registered(token):
    """The case that came of this token, if it was already saved."""
    return db.session.scalar(select(Case).where(Case.draft_token == token))
