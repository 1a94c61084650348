"""What pages say of the lock and of corrections: since when a record is shut, what a correction changes, its steps."""

from dataclasses import dataclass

from flask import current_app, g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, or_, select

from app.accounts.models import User
from app.corrections import actions, correctable_records, impact
from app.corrections.models import APPROVED, ASKED, CARRIED, REFUSED, Correction
from app.extensions import db
from app.inbox.record_links import page_of
from app.kernel.access.row_filter import kept
from app.kernel.schema import code_lists, record_lock
from app.kernel.schema.display import language, said
from app.kernel.schema.fields import declared, names_on
from app.kernel.text import dates
from app.people.break_glass_guard import is_opened_only

KINDS = {
    "case": _("Case"),
    "case_offence": _("Offence in a case"),
    "involvement": _("Person in a case"),
    "exhibit": _("Exhibit"),
    "case_file": _("File of a case"),
    "supplement": _("Supplement"),
    "person": _("Person"),
    "person_name": _("Other name"),
    "person_document": _("Identity document"),
    "person_address": _("Address"),
    "person_mark": _("Mark"),
    "person_photo": _("Photo of a person"),
    "court_order": _("Court order"),
    "order_event": _("Act on an order"),
    "order_file": _("Scan of an order"),
    "arrest": _("Arrest"),
    "custody": _("Police custody"),
    "custody_step": _("Step of a custody"),
    "detention": _("Detention"),
    "detention_step": _("Step of a detention"),
    "judgment": _("Judgment"),
    "judgment_step": _("Step of a judgment"),
    "sentence": _("Sentence"),
    "sentence_change": _("Change of a sentence"),
    "release": _("Release"),
    "tracking_step": _("Step of the follow-up"),
}
_IN_PROGRESS = kept(
    select(Correction).where(
        Correction.entity == bindparam("entity"),
        Correction.entity_id == bindparam("entity_id"),
        # No list: that would be written into the SQL anew for each page.
        or_(Correction.state == ASKED, Correction.state == APPROVED),
    )
)


@dataclass(frozen=True)
class LockMark:
    """What a page says of one record."""

    shut: bool
    since: object  # when it shut or will shut
    left: object  # the time until then
    soon: bool
    void: bool
    who: str  # who registered it
    ask_url: str
    strike_url: str
    correction: object  # the one in progress, if any


def kind_of_record(entity):
    return str(KINDS[entity])


def lock_of(record):
    """The LockMark of a record; None for what never shuts. At most two statements."""
    moment = record_lock.shut_at(record)
    if moment is None:
        return None
    now, asks = dates.now(), ""
    shut = now >= moment
    in_progress = _in_progress(record) if shut else None
    if current_app.appbuilder.sm.has_access("can_ask", "Correction") and actions.may_ask(g.user, record):
        asks = url_for("CorrectionView.ask", entity=record.__tablename__, pk=record.id)
    return LockMark(
        shut=shut,
        since=moment,
        left=moment - now,
        soon=not shut and now >= record.recorded_at + record_lock.WARN_AT,
        void=record.is_void,
        who=name_of(db.session.get(User, record.recorded_by_id)) if record.recorded_by_id and shut else "",
        ask_url=asks if shut and in_progress is None and not record.is_void else "",
        strike_url=f"{asks}?kind=void" if asks and in_progress is None and not record.is_void else "",
        correction=in_progress,
    )


def _in_progress(record):
    if not current_app.appbuilder.sm.has_access("can_show", "Correction"):
        return None
    return db.session.scalar(_IN_PROGRESS, {"entity": record.__tablename__, "entity_id": record.id})


def may_still_change(record):
    """Whether the form of a record has anything that may still be changed."""
    if record is None or not hasattr(record, "recorded_at"):
        return True
    if is_opened_only(record):
        return False
    shut = record_lock.shut_boxes(record)
    return not record.is_void and any(name not in shut for name in names_on(type(record), "edit"))


def shut_boxes(record):
    """The fields that the form of a record shows and does not ask for."""
    return record_lock.shut_boxes(record) if hasattr(record, "recorded_at") else frozenset()


def name_of(user):
    if user is None:
        return gettext("The register")
    return user.name_km if language() == "km" and user.name_km else user.get_full_name()


def record_url(correction, record):
    return page_of(correction.entity, correction.entity_id) if record is not None else None


@dataclass(frozen=True)
class Line:
    """One field of a correction: of which record, what it is called, what it says and will say."""

    of: str
    label: str
    before: str
    after: str
    derived: bool


def lines_of(correction, record):
    """The fields in words; what follows from them comes last, equal lines once."""
    if record is None:
        return []
    fields = [field for field in correction.fields if field.column_name != "void_reason"]
    lines = [_line(field, correction) for field in fields if _is_seen(field, correction)]
    return sorted(dict.fromkeys(line for line in lines if line), key=lambda line: line.derived)


def _is_seen(field, correction):
    """A row that follows is told of where its own page would be shown to this reader."""
    if (field.entity, field.entity_id) == (correction.entity, correction.entity_id):
        return True
    model = correctable_records.MODELS[field.entity]
    return db.session.scalar(select(model.id).where(model.id == field.entity_id)) is not None


def _line(field, correction):
    model = correctable_records.MODELS[field.entity]
    box = record_lock.box_of(model, field.column_name)
    meaning = declared(model).get(box)
    if meaning is None or field.column_name == "name_sort":
        return None
    own = (field.entity, field.entity_id) == (correction.entity, correction.entity_id)
    before, after = (_said(model, field, box, meaning, value) for value in (field.before, field.after))
    return Line("" if own else kind_of_record(field.entity), str(meaning.label), before, after, field.derived)


def _said(model, field, box, meaning, value):
    """A kept value as the page of its record would say it."""
    value = impact.living(field.entity, field.column_name, value)
    if meaning.pair and value is not None:
        return meaning.pair.of(value)
    if meaning.lookup:
        target = model.__mapper__.relationships[box].mapper.class_
        linked = db.session.get(target, value) if value is not None else None
        return "" if linked is None else str(linked)
    return code_lists.label(meaning.codes, value) if meaning.codes else said(value)


def steps_of(correction):
    """(title, who, when, state) of the four steps; the state is done, now, later or stopped."""
    refused, carried = correction.state == REFUSED, correction.state == CARRIED
    decided = correction.decided_at is not None
    return [
        (_("Asked"), name_of(correction.asked_by), said(correction.asked_at), "done"),
        (
            _("Refused") if refused else _("Decided"),
            name_of(correction.decided_by) if decided else gettext("Head of planning"),
            said(correction.decided_at)
            if decided
            else gettext("before %(when)s", when=said(correction.due_at)),
            "stopped" if refused else "done" if decided else "now",
        ),
        (
            _("Carried out"),
            name_of(correction.carried_by) if carried else gettext("Technical working group"),
            said(correction.carried_at) if carried else _until(correction),
            "done" if carried else "now" if correction.state == APPROVED else "later",
        ),
        (_("Shut again"), gettext("by itself"), "", "done" if carried else "later"),
    ]


def _until(correction):
    if correction.has_lapsed:
        return gettext("The time is over")
    return (
        gettext("until %(when)s", when=said(correction.open_until))
        if correction.is_open
        else gettext("a third person")
    )
