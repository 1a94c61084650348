"""Template functions for the record lock and corrections: lock state, changed fields and steps."""

from dataclasses import dataclass
from functools import cache

from flask import current_app, g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, or_, select

from app.accounts.models import User
from app.corrections import actions, correctable_records, impact
from app.corrections.models import APPLIED, APPROVED, REFUSED, REQUESTED, Correction
from app.extensions import db
from app.inbox.record_links import find_record_url
from app.kernel.access.row_filter import cacheable
from app.kernel.access.write_scope import is_read_only
from app.kernel.schema import code_lists, record_lock
from app.kernel.schema.display import format_value, hides_field, reader_language
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates

_SELECT_IN_PROGRESS = cacheable(
    select(Correction).where(
        Correction.entity == bindparam("entity"),
        Correction.entity_id == bindparam("entity_id"),
        # Two comparisons, because an IN list would be expanded into the SQL on each page.
        or_(Correction.state == REQUESTED, Correction.state == APPROVED),
    )
)


@dataclass(frozen=True)
class LockState:
    """Lock state of one record for its page."""

    is_locked: bool
    locks_at: object  # when it locks or locked
    left: object  # time until then
    locks_soon: bool
    is_void: bool
    registered_by: str  # name of the officer who registered it
    request_url: str
    void_url: str
    correction: object  # the correction in progress, or None


@cache
def get_record_type_labels():
    """Return {table: title of its page} of the records that lock. Call it when all views are imported."""
    views = [view for view in _find_views(RecordView) if view.datamodel is not None and view.show_title]
    titles = {view.datamodel.obj.__tablename__: view.show_title for view in views}
    return {table: titles[table] for table in correctable_records.get_models() if table in titles}


def _find_views(cls):
    for view in cls.__subclasses__():
        yield view
        yield from _find_views(view)


def get_record_type_label(entity):
    return str(get_record_type_labels()[entity])


def get_lock_state(record):
    """Return the LockState of a record; None if it never locks. At most two SQL statements."""
    moment = record_lock.locks_at(record)
    if moment is None:
        return None
    now, url = dates.now(), ""
    is_locked = now >= moment
    model = type(record)
    on_form = {record_lock.column_of_field(model, name) for name in field_names_on(model, "edit")}
    is_checked = not on_form.isdisjoint(record.__correction_only__)
    is_correctable = is_locked or is_checked or bool(field_names_on(model, "correct"))
    in_progress = _find_in_progress(record) if is_correctable else None
    if current_app.appbuilder.sm.has_access("can_request", "Correction") and actions.may_request(
        g.user, record
    ):
        url = url_for("CorrectionView.request_correction", entity=record.__tablename__, pk=record.id)
    return LockState(
        is_locked=is_locked,
        locks_at=moment,
        left=moment - now,
        locks_soon=not is_locked and now >= record.recorded_at + record_lock.WARN_AFTER,
        is_void=record.is_void,
        registered_by=get_user_name(db.session.get(User, record.recorded_by_id))
        if record.recorded_by_id and is_locked
        else "",
        request_url=url if is_correctable and in_progress is None and not record.is_void else "",
        void_url=f"{url}?kind=void" if url and in_progress is None and not record.is_void else "",
        correction=in_progress,
    )


def _find_in_progress(record):
    if not current_app.appbuilder.sm.has_access("can_show", "Correction"):
        return None
    return db.session.scalar(_SELECT_IN_PROGRESS, {"entity": record.__tablename__, "entity_id": record.id})


def may_edit_record(record):
    """Return whether the form of a record has a field that can still be changed."""
    if record is None or not hasattr(record, "recorded_at"):
        return True
    if is_read_only(record):
        return False
    locked = record_lock.locked_fields(record)
    return not record.is_void and any(name not in locked for name in field_names_on(type(record), "edit"))


def find_locked_fields(record):
    """Return the fields that the form of a record shows read-only."""
    return record_lock.locked_fields(record) if hasattr(record, "recorded_at") else frozenset()


def get_user_name(user):
    if user is None:
        return gettext("The system")
    return user.name_km if reader_language() == "km" and user.name_km else user.get_full_name()


def find_corrected_record_url(correction, record):
    return find_record_url(correction.entity, correction.entity_id) if record is not None else None


@dataclass(frozen=True)
class CorrectedField:
    """One field of a correction: type of its record, label, value before and after."""

    record_type: str
    label: str
    before: str
    after: str
    derived: bool


def describe_fields(correction, record):
    """Return the changed fields as text, derived ones last and without repetition."""
    if record is None:
        return []
    fields = [field for field in correction.fields if field.column_name != "void_reason"]
    lines = [_describe_field(field, correction, record) for field in fields if _is_visible(field, correction)]
    return sorted(dict.fromkeys(line for line in lines if line), key=lambda line: line.derived)


def _is_visible(field, correction):
    """Return whether the user may see the row. A derived row is shown only within the user's scope."""
    if (field.entity, field.entity_id) == (correction.entity, correction.entity_id):
        return True
    model = correctable_records.get_models()[field.entity]
    return db.session.scalar(select(model.id).where(model.id == field.entity_id)) is not None


def _describe_field(field, correction, record):
    model = correctable_records.get_models()[field.entity]
    name = record_lock.field_of_column(model, field.column_name)
    meaning = fields_of(model).get(name)
    if meaning is None or field.column_name == "name_sort":
        return None
    own = (field.entity, field.entity_id) == (correction.entity, correction.entity_id)
    before, after = (
        gettext("Not shown here")
        if own and hides_field(record, name)
        else _format_stored_value(model, field, name, meaning, value)
        for value in (field.before, field.after)
    )
    return CorrectedField(
        "" if own else get_record_type_label(field.entity), str(meaning.label), before, after, field.derived
    )


def _format_stored_value(model, field, name, meaning, value):
    """Format a stored value like the page of its record."""
    value = impact.parse_stored_value(field.entity, field.column_name, value)
    if meaning.yes_no_labels and value is not None:
        return meaning.yes_no_labels.label_for(value)
    if meaning.lookup:
        target = model.__mapper__.relationships[name].mapper.class_
        linked = db.session.get(target, value) if value is not None else None
        return "" if linked is None else str(linked)
    return code_lists.label(meaning.codes, value) if meaning.codes else format_value(value)


def describe_steps(correction):
    """Return (title, name, time, state) of the four steps; the state is done, now, later or stopped."""
    refused, carried = correction.state == REFUSED, correction.state == APPLIED
    decided = correction.decided_at is not None
    return [
        (
            _("Requested"),
            get_user_name(correction.requested_by),
            format_value(correction.requested_at),
            "done",
        ),
        (
            _("Refused") if refused else _("Decided"),
            get_user_name(correction.decided_by) if decided else gettext("Head of planning"),
            format_value(correction.decided_at)
            if decided
            else gettext("before %(when)s", when=format_value(correction.due_at)),
            "stopped" if refused else "done" if decided else "now",
        ),
        (
            _("Applied"),
            get_user_name(correction.applied_by) if carried else gettext("Technical working group"),
            format_value(correction.applied_at) if carried else _describe_apply_deadline(correction),
            "done" if carried else "now" if correction.state == APPROVED else "later",
        ),
        (_("Locked again"), gettext("automatically"), "", "done" if carried else "later"),
    ]


def _describe_apply_deadline(correction):
    if correction.has_lapsed:
        return gettext("The deadline has passed")
    return (
        gettext("until %(when)s", when=format_value(correction.exempt_until))
        if correction.is_open
        else gettext("a third officer")
    )
