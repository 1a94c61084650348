"""Every look leaves its trace before anything is shown: a search, an opened record, a file, a print.

All doors of the register pass here: lists and pages of `views`, the API, lookups, files. Looking people up needs a
purpose, which the actor carries; where there is none, `PurposeNeeded` says so to whoever asks.
"""

from dataclasses import replace

from flask import abort, g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import recorder, typeahead_searches
from app.kernel.schema.record import Record

LIST, OPEN = "list", "open"  # what of a view needs a purpose
ENTERING = "data_entry"  # the purpose of whoever enters a case, without being asked
CORRECTING = "data_quality"  # and of whoever takes a step of a correction
SAY_WHY = _("Say for which work people are looked up: choose it in the bar above.")
PROGRAMS_SAY_WHY = _("Say for which work people are looked up: send X-Purpose and X-Case-Number.")

on_people = []  # told of each look: (action, ids of the people shown, actor)


class PurposeNeeded(HTTPException):
    """People were asked for without a purpose."""

    code, description = 428, SAY_WHY


def before(view, act):
    """Refuse an act of a view that needs a purpose, where there is none."""
    if act in view.needs_purpose:
        need_purpose()


def need_purpose():
    if not actor_of(db.session).purpose:
        raise PurposeNeeded


def listed(view, listing):
    """A list was asked for: people always leave a trace, other records where what was typed is personal."""
    private = {chip.key: str(chip.value) for chip in listing.filters.chips if chip.private}
    if LIST not in view.needs_purpose and not private:
        return
    filters = {chip.key: str(chip.value) for chip in listing.filters.chips if not chip.private}
    entity, ids = view.datamodel.obj.__tablename__, [getattr(row, listing.pk.key) for row in listing.rows]
    more = {"private": private} if private else {}
    _tell(
        "look.list",
        entity,
        None,
        people_of(listing.rows),
        ids=ids,
        count=listing.count,
        filters=filters,
        **more,
    )


def board(rows):
    """A board of people was asked for: it needs a purpose, and leaves a trace as a list does."""
    if rows:
        ids = [row.id for row in rows]
        _tell("look.list", rows[0].__tablename__, None, people_of(rows), ids=ids, count=len(ids), filters={})


def opened(record):
    """A record was read to be shown; once in a request, however often it is read there."""
    if (isinstance(record, Record) or hasattr(record, "people_shown")) and _is_first(record):
        _tell("look.open", record.__tablename__, record.id, people_of([record, *rows_of(record)]))


def opened_for(work, number, record):
    """A record was read to be shown, and it is known for which work: nobody is asked."""
    if _is_first(record):
        actor = replace(actor_of(db.session), purpose=work, case_number=number)
        people = people_of([record, *rows_of(record)])
        noted(lambda: recorder.tell("look.open", record.__tablename__, record.id, actor=actor, people=people))
        _hear("look.open", people, actor)


def made(model, key):
    """A record that this very request has written is shown to its writer: that is no look."""
    g.setdefault("looked_at", set()).add((model.__tablename__, str(key)))


def opened_file(record):
    """A photo or paper was asked for in full; that of a person needs a purpose."""
    people = people_of([record])
    if people:
        need_purpose()
    _tell("look.file", record.__tablename__, record.id, people)


def printed(entity, entity_id, people, **facts):
    """Something is printed that shows these people. Gives the number of the entry in the log."""
    return _tell("look.print", entity, entity_id, people, **facts)


def exported(entity, entity_id, people, **facts):
    """A file of many records was made and may be fetched from now on; `facts` name the rows."""
    _tell("look.export", entity, entity_id, people, **facts)


def searched(source, text, people, also=(), **found):
    """One finished search; `found` are ids of what else it has shown, `also` the statements of its slip."""
    _tell(
        "look.search",
        "person",
        None,
        people,
        source=source,
        count=len(people),
        private={"text": text},
        also=also,
        **found,
    )


def suggested(source, text, people, draft=""):
    """One answer while somebody types; `draft` names the entry of a case in which it is asked."""
    actor = actor_of(db.session)
    if draft:
        actor = replace(actor, purpose=ENTERING, case_number="")
    noted(lambda: _hear("look.search", typeahead_searches.keep(actor, source, draft, text, people), actor))
    g.looked = True


def left():
    """The box of a lookup was left: its search is finished."""
    noted(lambda: typeahead_searches.finish(actor_of(db.session)))


def people_of(rows):
    """The ids of the people whom these rows show by name. What is masked (a link that came back empty) shows nobody.

    What shows more than one person says so itself (`people_shown`).
    """
    found = []
    for row in rows:
        held = row.__dict__
        if hasattr(row, "people_shown"):
            found += row.people_shown
        elif row.__tablename__ == "person":
            found.append(row.id)
        elif held.get("person_id") and held.get("person", row) is not None:
            found.append(held["person_id"])
    return list(dict.fromkeys(found))


def rows_of(record):
    """The rows that were read with a record."""
    for value in record.__dict__.values():
        if isinstance(value, list):
            yield from (row for row in value if isinstance(row, Record))


def _is_first(record):
    seen, key = g.setdefault("looked_at", set()), (record.__tablename__, str(record.id))
    first = key not in seen
    seen.add(key)
    return first


def _tell(action, entity, entity_id, people, **facts):
    note = g.get("purpose_note")
    if note:
        facts["private"] = facts.get("private", {}) | {"about": note}
    number = noted(lambda: recorder.tell(action, entity, entity_id, people=people, **facts))
    _hear(action, people, actor_of(db.session))
    g.looked = True  # the purpose goes on from here
    return number


def _hear(action, people, actor):
    if people:
        for listen in on_people:
            noted(lambda listen=listen: listen(action, people, actor))


def noted(write):
    """Write it down, or end the request: what cannot be written down is not shown."""
    try:
        return write()
    except (recorder.NotWritten, SQLAlchemyError):
        db.session.rollback()
        abort(503, gettext("The log could not be written, so nothing is shown. Tell the administrator."))
