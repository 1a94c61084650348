"""Actions on saved searches of one user: save, watch, end the watch, delete.

A watch notifies its owner of a person who is registered or renamed later. A list of watched people needs a legal basis,
so a watch belongs to a case that its owner sees, has a purpose, ends after 90 days at most, and is logged.
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
from app.search.query import SearchQuery

MAX_WATCH_PERIOD = timedelta(days=90)
MAX_SEARCHES = 50  # of one user
WATCHED_FIELDS = ("text", "sex", "born_from", "born_to")  # the values of a query that a watch compares


def list_saved_searches(user):
    """Return the saved searches of a user, by name."""
    searches = (
        select(SavedSearch).where(SavedSearch.user_id == user.id).order_by(SavedSearch.name, SavedSearch.id)
    )
    return db.session.scalars(searches).all()


def get_own_search(user, pk):
    """Return the saved search with this id if it belongs to the user, or None."""
    search = db.session.get(SavedSearch, pk) if pk < 2**31 else None
    return search if search is not None and search.user_id == user.id else None


def save_search(user, name, query):
    """Save a query under a name and return it, or None if the user has too many saved searches."""
    if len(list_saved_searches(user)) >= MAX_SEARCHES:
        return None
    search = SavedSearch(user_id=user.id, name=name, payload=query.payload, saved_at=dates.now())
    db.session.add(search)
    db.session.flush()
    recorder.record(
        db.session,
        "search.saved",
        SavedSearch.__tablename__,
        search.id,
        private={"name": name} | _query_facts(query),
    )
    return search


def can_watch(query):
    """Return whether the query has a name that later names can be compared with."""
    return names.parse_query(query.text) is not None


def start_watch(search, until, purpose, case_number):
    """Turn a saved search into a watch. Current matches are recorded as known, so they raise no alert."""
    end_watch(search)
    query = SearchQuery.from_payload(search.payload)
    search.watched_until, search.purpose, search.case_number = until, purpose, case_number
    for key in {phonetic_keys.encode_key(one) for one in names.parse_query(query.text).skeletons}:
        db.session.add(WatchKey(key=key, search_id=search.id))
    for person_id in result_cards.find_cards(
        query.only(*WATCHED_FIELDS), limit=result_cards.MAX_CANDIDATES, brief=True
    ).ids:
        db.session.add(WatchMatch(search_id=search.id, person_id=person_id, known_since=dates.now()))
    recorder.record(
        db.session, "watch.started", SavedSearch.__tablename__, search.id,
        until=until.isoformat(), purpose=purpose, case=case_number, private=_query_facts(query),
    )  # fmt: skip


def end_watch(search):
    """End a watch and keep the search."""
    if search.watched_until is None:
        return
    for table in (WatchKey, WatchMatch):
        db.session.execute(delete(table).where(table.search_id == search.id))
    search.watched_until = search.purpose = search.case_number = None
    recorder.record(db.session, "watch.ended", SavedSearch.__tablename__, search.id)


def delete_search(search):
    """Delete a saved search and its watch."""
    end_watch(search)
    recorder.record(db.session, "search.deleted", SavedSearch.__tablename__, search.id)
    db.session.delete(search)


def _query_facts(query):
    return {"question": query.payload}
