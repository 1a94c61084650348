"""Going through the whole register for likely duplicates, for what came by the demo, an import or two saves at once.

It goes by the keys of each sign, so many at a time, and commits after each step; a run that was stopped goes on there.
"""

from collections import defaultdict

from sqlalchemy import select

from app.duplicates import detection
from app.duplicates.match_keys import SIGNS
from app.duplicates.models import Round
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as
from app.kernel.text import dates
from app.people.nationwide import nation

AT_ONCE = 500  # keys of one step


def run(say=print):
    """Find what there is; gives the number of pairs for which something new speaks."""
    act_as(db.session, THE_REGISTER)
    gained = sum(_whole_round(sign, say) for sign in SIGNS)
    say(f"Likely duplicates: {gained:,} pairs gained something.")
    return gained


def _whole_round(sign, say):
    gained, keys = 0, 0
    going_on = _round(sign)
    while (step := _step(sign, going_on)) is not None:
        found, count = step
        gained, keys = gained + detection.keep(db.session, found), keys + count
        db.session.commit()
        say(f"  {sign.kind}: {keys:,} keys, {gained:,} pairs")
    going_on.ended_at = dates.now()
    db.session.commit()
    return gained


def _round(sign):
    """The round that was stopped, or a new one from the beginning."""
    round_ = db.session.scalar(select(Round).where(Round.sign == sign.kind))
    if round_ is None:
        round_ = Round(sign=sign.kind, last=sign.first)
        db.session.add(round_)
    elif round_.ended_at is not None:
        round_.last, round_.ended_at = sign.first, None
    return round_


def _step(sign, round_):
    """(pairs found, number of keys) of the next keys; None where there are no more."""
    with nation(protected_too=True) as everybody:
        keys = sign.after(everybody, round_.last, AT_ONCE)
        if not keys:
            return None
        bearers = set(sign.borne(everybody, keys))
    round_.last = keys[-1]
    return detection.alike(sign, bearers, bearers, defaultdict(set)), len(keys)
