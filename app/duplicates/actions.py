"""The steps of a joining: propose, decide, part again; and the word that two are not the same. The caller commits."""

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.cases.models import Case, Involvement
from app.corrections import impact, separation_of_duties
from app.corrections.errors import Changed, NotYours, TooLate
from app.corrections.models import IN_PROGRESS, Correction
from app.duplicates import approvers, comparison, detection, merge_rows, notifications
from app.duplicates.models import (
    ASKED,
    DISMISSED,
    DONE,
    JOIN,
    JOINED,
    PART,
    REFUSED,
    WAITS,
    Duplicate,
    Joining,
)
from app.duplicates.rules import JoiningFacts
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.schema.rules import RuleBroken, ask
from app.kernel.text import dates
from app.people.models import Person

SHORTEST_REASON = 20  # characters
BY_HAND = ("person", "", 60)  # what speaks for a pair that somebody has named himself


def pair_of(one_id, other_id):
    """The pair of two persons whom somebody thinks one; it waits from now on, whatever was said of it before."""
    ids = min(one_id, other_id), max(one_id, other_id)
    kind, _mark, weight = BY_HAND
    detection.keep(db.session, {ids: {(kind, dates.now().isoformat()[:19], weight)}})
    return db.session.scalar(
        select(Duplicate).where(Duplicate.first_id == ids[0], Duplicate.second_id == ids[1])
    )


def dismiss(user, pair, reason):
    """Say that the two are two people. It is kept, and the pair stays away unless something new speaks for it."""
    if pair.state != WAITS:
        raise TooLate(_("This pair waits for nothing now. See what was done."))
    pair.state, pair.dismissal = DISMISSED, reason
    pair.dismissed_at, pair.dismissed_by_id = dates.now(), user.id
    db.session.flush()
    _note_pair("duplicate.dismissed", pair)


def propose(user, pair, staying_id, reason):
    """Ask that the two become one, of which the record `staying_id` stays. Raises Refused, RuleBroken."""
    if pair.state not in (WAITS, DISMISSED):
        raise TooLate(_("This pair waits for nothing now. See what was done."))
    going_id = next(one for one in pair.ids if one != staying_id)
    with impact.the_whole_register():
        people = [db.session.get(Person, one) for one in (staying_id, going_id)]
        seen = {str(person.id): comparison.snapshot(person) for person in people}
    return _ask(user, pair, reason, kind=JOIN, staying_id=staying_id, going_id=going_id, seen=seen)


def propose_parting(user, joined, reason):
    """Ask that what a joining has joined is parted again. Raises Refused, RuleBroken."""
    pair = joined.duplicate
    if joined.kind != JOIN or joined.state != DONE or pair.state != JOINED:
        raise TooLate(_("Only what is joined can be parted, and only once."))
    ids = {"staying_id": joined.staying_id, "going_id": joined.going_id}
    return _ask(user, pair, reason, kind=PART, parts_id=joined.id, seen={}, **ids)


def _ask(user, pair, reason, **values):
    joining = Joining(
        **values,
        state=ASKED,
        duplicate_id=pair.id,
        province_code=approvers.province_of(*pair.ids),
        reason=reason,
        asked_at=dates.now(),
        asked_by_id=user.id,
    )
    _ask_the_rules(joining)
    if joining.kind == JOIN:
        pair.state = ASKED
    db.session.add(joining)
    db.session.flush()
    _note("joining.asked", joining)
    notifications.asked(joining)
    return joining


def decide(user, joining, approve, reason):
    """Approve and carry out, or refuse. Raises Refused, and RuleBroken where something stands against it."""
    if joining.state != ASKED:
        raise TooLate(_("This was decided already."))
    separation_of_duties.refuse_same_hands(user, joining.asked_by)
    if not approvers.may_decide(approvers.province_of(joining.staying_id, joining.going_id)):
        raise NotYours(
            _("The two stand in more than one province, or in another. The technical working group decides.")
        )
    if approve:
        _refuse_changed(joining)
    joining.state = DONE if approve else REFUSED
    joining.decided_by_id, joining.decided_at, joining.decision = user.id, dates.now(), reason
    joining.open_until = dates.now() + merge_rows.OPEN_FOR if approve else None
    # Written before the rules look at the two: whoever comes second learns that this was decided, not what it has led to.
    db.session.flush()
    _ask_the_rules(joining, what_stands_against=approve)
    units = _carry_out(user, joining) if approve else ()
    if not approve and joining.kind == JOIN:
        joining.duplicate.state = WAITS
    db.session.flush()
    _note(
        "joining.decided" if not approve else f"joining.{joining.kind}",
        joining,
        "ok" if approve else "refused",
    )
    notifications.decided(joining, units)


def _carry_out(user, joining):
    """Gives the codes of the units that registered the two."""
    pair = joining.duplicate
    if joining.kind == JOIN:
        pair.state = JOINED
        merge_rows.join(joining)
    else:
        pair.state, pair.dismissal = DISMISSED, joining.reason
        pair.dismissed_at, pair.dismissed_by_id = dates.now(), user.id
        merge_rows.part(joining)
    with impact.the_whole_register(joining):
        units = select(Person.unit_code).where(Person.id.in_(pair.ids), Person.unit_code.is_not(None))
        return sorted(set(db.session.scalars(units)))


def _ask_the_rules(joining, what_stands_against=True):
    facts = facts_of(joining) if what_stands_against else JoiningFacts()
    problems = list(ask(Joining.__rules__, joining, facts))
    if problems:
        raise RuleBroken(problems)


def facts_of(joining):
    """What the rules of a joining must know from elsewhere: of the whole register, told as numbers alone."""
    ids = (joining.staying_id, joining.going_id)
    with db.session.no_autoflush, impact.the_whole_register(joining):
        people = {
            one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids))).unique()
        }
        under_way = select(Correction.entity_id).where(
            Correction.entity == Person.__tablename__, Correction.entity_id.in_(ids), IN_PROGRESS
        )
        in_correction = [people[one].number for one in db.session.scalars(under_way)]
        joined = {one.id: one.joined_into_id for one in people.values() if one.joined_into_id}
        if joining.kind == PART:
            joined.pop(joining.going_id, None)  # that is what is undone
        return JoiningFacts(
            joined={one: notifications.number_of(other) for one, other in joined.items()},
            struck=[one.number for one in people.values() if one.is_void],
            in_correction=in_correction,
            cases_of_both=_cases_of_both(*ids) if joining.kind == JOIN else (),
        )


def _cases_of_both(one_id, other_id):
    of_other = select(Involvement.case_id).where(
        Involvement.person_id == other_id, Involvement.voided_at.is_(None)
    )
    both = (
        select(Case.number)
        .join(Involvement, Involvement.case_id == Case.id)
        .where(Involvement.person_id == one_id, Involvement.voided_at.is_(None), Case.id.in_(of_other))
    )
    return db.session.scalars(both.distinct().order_by(Case.number).limit(5)).all()


def _refuse_changed(joining):
    if changed_since(joining):
        raise Changed(
            _(
                "One of the two records has changed since this was asked for. Compare them, and have it asked anew."
            )
        )


def changed_since(joining):
    """What of the two is no longer as it was when the joining was asked for."""
    if joining.state != ASKED:
        return []
    with impact.the_whole_register(joining):
        people = [db.session.get(Person, one) for one in (joining.staying_id, joining.going_id)]
        return list(comparison.changed_since(joining.seen, people))


def _note_pair(action, pair):
    for person_id in pair.ids:
        recorder.note(db.session, action, Person.__tablename__, person_id, duplicate=pair.id)


def _note(action, joining, outcome="ok"):
    """In the life of both records, each naming the other."""
    ids = joining.staying_id, joining.going_id
    for person_id, other in (ids, ids[::-1]):
        other = notifications.number_of(other)
        recorder.note(
            db.session,
            action,
            Person.__tablename__,
            person_id,
            outcome=outcome,
            joining=joining.number,
            other=other,
        )
