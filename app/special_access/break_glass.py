"""Break-glass: a person outside one's part is opened to be read, for a reason, for eight hours, and it is reviewed."""

from datetime import timedelta

from sqlalchemy import and_, or_, select, true, update

from app.accounts.chain_of_command import NATIONAL, is_of_owner
from app.extensions import db
from app.kernel.access.access_grants import BREAK_GLASS, REVIEW_WITHIN, Opening
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.reference.models import Unit
from app.special_access import notifications
from app.special_access.owning_units import owners_of

OPEN_FOR = timedelta(hours=8)


def is_open(user, person_id):
    """The moment at which what this user has opened of a person closes; None where nothing is open."""
    mine = select(Opening.closes_at).where(
        Opening.kind == BREAK_GLASS,
        Opening.user_id == user.id,
        Opening.entity_id == person_id,
        Opening.closes_at > dates.now(),
    )
    return db.session.scalar(mine.order_by(Opening.closes_at.desc()).limit(1))


def open_person(user, card, reason, case_number):
    """Open the person of a card to `user`, once for each unit that owns him, for each of them reviews it."""
    now, opened = dates.now(), []
    for unit_code in owners_of(card.id) or (None,):
        opened.append(
            Opening(
                kind=BREAK_GLASS, entity="person", entity_id=card.id, user_id=user.id, opened_by_id=user.id,
                reason=reason, case_number=case_number, opened_at=now, closes_at=now + OPEN_FOR, owner_unit=unit_code,
            )
        )  # fmt: skip
    db.session.add_all(opened)
    db.session.flush()
    recorder.note(
        db.session, "breakglass.opened", "person", card.id, case=case_number,
        openings=[one.id for one in opened], owners=[one.owner_unit for one in opened if one.owner_unit],
        private={"reason": reason},
    )  # fmt: skip
    for one in opened:
        notifications.broken(one)
    return opened


def may_review(user, roles, opening):
    """Whether `user` reviews this one: never his own; the owner's chief, or somebody who watches over the nation."""
    if opening.user_id == user.id:
        return False
    return _watches_nation(user, roles) or is_of_owner(user, opening.owner_unit)


def to_review(user, roles):
    """What this user reviews, as a condition on openings."""
    if _watches_nation(user, roles):
        return true()
    if user.unit is None or not user.unit.area_code:
        return Opening.owner_unit == user.unit_code
    area = user.unit.area_code
    below = select(Unit.code).where(and_(Unit.area_code >= area, Unit.area_code < area + "~"))
    return or_(Opening.owner_unit == user.unit_code, Opening.owner_unit.in_(below))


def _watches_nation(user, roles):
    whole = user.unit is not None and not user.unit.area_code and not user.unit.families
    return NATIONAL in roles and whole


def review(user, opening, justified, note):
    """Write down what the review found. What was not justified is closed at once."""
    now = dates.now()
    opening.reviewed_at, opening.reviewed_by_id = now, user.id
    opening.justified, opening.review_note = justified, note
    if not justified:
        _close_all_of(opening, now)
    db.session.flush()
    recorder.note(
        db.session, "breakglass.reviewed", "opening", opening.id, person=opening.entity_id,
        justified=justified, late=now > opening.review_until, private={"note": note},
    )  # fmt: skip
    notifications.reviewed(opening)


def _close_all_of(opening, now):
    """The same look was opened once for each owner; the word of one of them is enough to close it."""
    same = select(Opening).where(
        Opening.kind == BREAK_GLASS,
        Opening.user_id == opening.user_id,
        Opening.entity_id == opening.entity_id,
        Opening.closes_at > now,
    )
    for one in db.session.scalars(same):
        one.closes_at = now


def tell_late(session):
    """Send one task for each break-glass that nobody reviewed within 72 hours. Gives their number."""
    over = dates.now() - REVIEW_WITHIN
    late = session.scalars(
        select(Opening).where(
            Opening.kind == BREAK_GLASS,
            Opening.reviewed_at.is_(None),
            Opening.alerted_at.is_(None),
            Opening.opened_at < over,
        )
    ).all()
    told = 0
    for one in late:
        first = session.execute(
            update(Opening.__table__)
            .where(Opening.__table__.c.id == one.id, Opening.__table__.c.alerted_at.is_(None))
            .values(alerted_at=dates.now())
        )
        if first.rowcount:  # another worker may look at the same moment
            notifications.late(one)
            told += 1
    return told
