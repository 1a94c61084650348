"""The access log: an audit event for each search, viewed record, file and print, written before anything is shown.

All entry points use it: lists and pages, the API, lookups and files. Searching for people needs a purpose, which the
actor carries. Without one, `PurposeRequired` ends the request.
"""

from dataclasses import replace

from flask import abort, g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import daily_limit, rate_limit, recorder, typeahead_searches
from app.kernel.database.transactions import rollback
from app.kernel.schema.record import Record

SEARCHED = "access.searched"
LIST, OPEN = "list", "open"  # the acts of a view that may need a purpose
# Purposes that are set without asking the user: entering a case, and a step of a correction.
DATA_ENTRY, DATA_QUALITY = "data_entry", "data_quality"
PURPOSE_MESSAGE = _("Choose a search purpose in the bar above.")
API_PURPOSE_MESSAGE = _("Send the search purpose in X-Purpose and X-Case-Number.")

# Functions called after each access with (action, ids of the people shown, actor).
view_listeners = []


class PurposeRequired(HTTPException):
    """Personal data was requested without a purpose."""

    code, description = 428, PURPOSE_MESSAGE


def require_purpose_for(view, act):
    """Raise PurposeRequired if `act` of `view` needs a purpose and the actor has none."""
    if act in view.needs_purpose:
        require_purpose()


def require_purpose():
    """Raise PurposeRequired if the actor has no purpose."""
    if not actor_of(db.session).purpose:
        raise PurposeRequired


def require_purpose_outside_area():
    """Raise PurposeRequired if a reader of the whole country has no purpose: an area makes a work list the purpose."""
    if not actor_of(db.session).scope.area:
        require_purpose()


def log_list(view, listing):
    """Log a list. A list of people is always logged, other lists only if a filter value is personal data."""
    private = {chip.key: str(chip.value) for chip in listing.filters.active if chip.private}
    if LIST not in view.needs_purpose and not private:
        return
    filters = {chip.key: str(chip.value) for chip in listing.filters.active if not chip.private}
    entity, ids = view.datamodel.obj.__tablename__, [getattr(row, listing.pk.key) for row in listing.rows]
    more = {"private": private} if private else {}
    _log_access(
        "access.listed",
        entity,
        None,
        find_person_ids(listing.rows),
        find_unregistered(listing.rows),
        ids=ids,
        count=listing.count,
        filters=filters,
        **more,
    )


def log_dashboard(rows):
    """Log a dashboard of people as a list. The view has already required a purpose."""
    if rows:
        ids = [row.id for row in rows]
        _log_access(
            "access.listed",
            rows[0].__tablename__,
            None,
            find_person_ids(rows),
            find_unregistered(rows),
            ids=ids,
            count=len(ids),
            filters={},
        )


def log_view(record):
    """Log that a record is viewed, at most once in a request."""
    if (isinstance(record, Record) or hasattr(record, "people_shown")) and _is_first_view(record):
        rows = [record, *iterate_loaded_rows(record)]
        _log_access(
            "access.viewed", record.__tablename__, record.id, find_person_ids(rows), find_unregistered(rows)
        )


def log_cards(record, ids):
    """Log the cards of records outside the scope that the page of a record shows."""
    if ids:
        _log_access("access.viewed", record.__tablename__, record.id, [], exhibits=ids)


def log_view_for(purpose, case_number, record):
    """Log that a record is viewed for a known purpose, so that the user need not choose one."""
    if _is_first_view(record):
        actor = replace(actor_of(db.session), purpose=purpose, case_number=case_number, is_case_unknown=False)
        rows = [record, *iterate_loaded_rows(record)]
        people, unregistered = find_person_ids(rows), find_unregistered(rows)
        shown = [*people, *unregistered]
        check = daily_limit.build_check(shown, actor)
        facts = {"people": people} | ({"unregistered": unregistered} if unregistered else {})
        write_or_abort(
            lambda: recorder.record_now(
                "access.viewed", record.__tablename__, record.id, actor=actor, check=check, **facts
            )
        )
        daily_limit.remember(shown, actor)
        notify_listeners("access.viewed", people, actor)


def mark_created(model, key):
    """Exempt a record that this request has created: showing it to its writer is not logged as a view."""
    g.setdefault("viewed_records", set()).add((model.__tablename__, str(key)))


def log_file(record):
    """Log that a photo or document is opened in full. A file of a person needs a purpose."""
    people = find_person_ids([record])
    if people:
        require_purpose()
    _log_access("access.file_viewed", record.__tablename__, record.id, people)


def log_print(entity, entity_id, people, **facts):
    """Log a printout that shows these people. Return the number of the event."""
    return _log_access("access.printed", entity, entity_id, people, **facts)


def log_export(entity, entity_id, people, **facts):
    """Log that an export is ready for download. `facts` name its rows."""
    _log_access("access.exported", entity, entity_id, people, **facts)


def log_search(source, text, people, also=(), **found):
    """Count and log a finished search. Raises TooManyRequests.

    `found` holds ids of other records shown, `also` the statements that store its search token.
    """
    rate_limit.count_question(rate_limit.NATIONWIDE)
    _log_access(
        SEARCHED,
        "person",
        None,
        people,
        source=source,
        count=len(people),
        private={"text": text},
        also=also,
        **found,
    )


def log_suggestions(source, text, people, draft=""):
    """Count and log the suggestions shown while the user types. Raises TooManyRequests.

    `draft` names the case entry that uses the lookup.
    """
    rate_limit.count_question(rate_limit.NATIONWIDE)
    actor = actor_of(db.session)
    if draft:
        actor = replace(actor, purpose=DATA_ENTRY, case_number="")
    check = daily_limit.build_check(people, actor)
    write_or_abort(
        lambda: notify_listeners(
            SEARCHED, typeahead_searches.update_search(actor, source, draft, text, people, check), actor
        )
    )
    daily_limit.remember(people, actor)
    g.looked = True


def finish_suggestions():
    """Close the search of a lookup field that the user has left."""
    write_or_abort(lambda: typeahead_searches.close_searches(actor_of(db.session)))


def find_person_ids(rows):
    """Return the ids of the people that these rows show by name.

    A masked person (a link that is empty) is not shown. A record that shows several people lists them in
    `people_shown`.
    """
    found = []
    for row in rows:
        values = row.__dict__
        if hasattr(row, "people_shown"):
            found += row.people_shown
        elif row.__tablename__ == "person":
            found.append(row.id)
        elif values.get("person_id") and values.get("person", row) is not None:
            found.append(values["person_id"])
    return list(dict.fromkeys(found))


def find_unregistered(rows):
    """Return what stands for the people that rows name without a registered person, such as a missing person."""
    return [
        f"{row.__tablename__}:{row.id}"
        for row in rows
        if getattr(row, "__names_people__", False) and not find_person_ids([row]) and not row.hides_identity
    ]


def find_named(rows):
    """Return both as facts of an event: the ids of the people, and what stands for those without a record."""
    return {"people": find_person_ids(rows), "unregistered": find_unregistered(rows)}


def iterate_loaded_rows(record):
    """Yield the rows that were loaded with a record."""
    for value in record.__dict__.values():
        if isinstance(value, list):
            yield from (row for row in value if isinstance(row, Record))


def _is_first_view(record):
    seen, key = g.setdefault("viewed_records", set()), (record.__tablename__, str(record.id))
    first = key not in seen
    seen.add(key)
    return first


def _log_access(action, entity, entity_id, people, unregistered=(), **facts):
    note = g.get("purpose_note")
    if note:
        facts["private"] = facts.get("private", {}) | {"about": note}
    actor, shown = actor_of(db.session), [*people, *unregistered]
    # A second person approves an export above the limit.
    check = daily_limit.build_check(shown, actor, may_exceed=facts.get("approved", False))
    facts |= {"unregistered": unregistered} if unregistered else {}
    number = write_or_abort(
        lambda: recorder.record_now(action, entity, entity_id, people=people, check=check, **facts)
    )
    daily_limit.remember(shown, actor)
    notify_listeners(action, people, actor)
    g.looked = True  # an access extends the validity of the purpose
    return number


def notify_listeners(action, people, actor):
    """Call the listeners of accesses. Ends the request with 503 if one cannot write."""
    if people:
        for listener in view_listeners:
            write_or_abort(lambda listener=listener: listener(action, people, actor))


def write_or_abort(write):
    """Return the result of `write`, or end the request with 503: data is not shown if it cannot be logged."""
    try:
        return write()
    except (recorder.AuditWriteFailed, SQLAlchemyError):
        rollback()
        abort(
            503,
            gettext("The audit log could not be written, so nothing is shown. Contact the administrator."),
        )
