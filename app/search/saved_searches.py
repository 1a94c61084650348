"""Acts on saved searches: keep one, make a watch of it, end that, let it go. Each is for its owner alone.

A watch tells its owner of a person who is registered or renamed later. A list of people to be watched needs a basis:
so it rests on a case that the owner sees, has a purpose, ends by itself after ninety days at most, and is logged.
"""

from datetime import timedelta

from sqlalchemy import delete, select

from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.text import dates
from app.name_search import phonetic_keys
from app.name_search import query as names
from app.search import result_cards
from app.search.models import SavedSearch, WatchKey, WatchMatch
from app.search.query import Question

LONGEST_WATCH = timedelta(days=90)
MOST = 50  # saved searches of one user
HEEDED = ("text", "sex", "born_from", "born_to")  # what a watch heeds of its question


def of(user):
    """The saved searches of a user, by name."""
    mine = (
        select(SavedSearch).where(SavedSearch.user_id == user.id).order_by(SavedSearch.name, SavedSearch.id)
    )
    return db.session.scalars(mine).all()


def own(user, pk):
    """The saved search of that number, where it is his; None for any other."""
    search = db.session.get(SavedSearch, pk) if pk < 2**31 else None
    return search if search is not None and search.user_id == user.id else None


def keep(user, name, question):
    """Keep a question under a name. Gives it; None where there are too many already."""
    if len(of(user)) >= MOST:
        return None
    search = SavedSearch(user_id=user.id, name=name, payload=question.payload, saved_at=dates.now())
    db.session.add(search)
    db.session.flush()
    recorder.note(
        db.session,
        "search.saved",
        SavedSearch.__tablename__,
        search.id,
        private={"name": name} | _typed(question),
    )
    return search


def can_be_watched(question):
    """Whether there is a name in it that a later one can be compared with."""
    return names.read(question.text) is not None


def watch(search, until, purpose, case_number):
    """Make a watch of a saved search. Who fits it now is known to its owner and not told again."""
    end(search)
    question = Question.kept(search.payload)
    search.watched_until, search.purpose, search.case_number = until, purpose, case_number
    for key in {phonetic_keys.number(one) for one in names.read(question.text).skeletons}:
        db.session.add(WatchKey(key=key, search_id=search.id))
    for person_id in result_cards.answer(question.only(*HEEDED), most=result_cards.ASKED, plain=True).ids:
        db.session.add(WatchMatch(search_id=search.id, person_id=person_id, known_since=dates.now()))
    recorder.note(
        db.session, "watch.begun", SavedSearch.__tablename__, search.id,
        until=until.isoformat(), purpose=purpose, case=case_number, private=_typed(question),
    )  # fmt: skip


def end(search):
    """End a watch; the search stays."""
    if search.watched_until is None:
        return
    for table in (WatchKey, WatchMatch):
        db.session.execute(delete(table).where(table.search_id == search.id))
    search.watched_until = search.purpose = search.case_number = None
    recorder.note(db.session, "watch.ended", SavedSearch.__tablename__, search.id)


def drop(search):
    """Let a saved search go, and its watch with it."""
    end(search)
    recorder.note(db.session, "search.dropped", SavedSearch.__tablename__, search.id)
    db.session.delete(search)


def _typed(question):
    return {"question": question.payload}
