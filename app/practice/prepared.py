"""Records that an exercise prepares for one attempt: a registered case and what happened to its suspect.

The trainee goes on from there, with a release, the end of a custody, a correction or the answer to a match. Each attempt has
its own case, so trainees do not meet the acts of others.
"""
# unrestricted: writes invented records of other officers, in the practice system only

from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.accounts.models import User
from app.cases import registration
from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Arrest, Custody, Detention
from app.extensions import db
from app.kernel.actor import UNRESTRICTED, Actor, act_as, actor_of
from app.kernel.text import dates
from app.people.models import Person
from app.reference.models import Court, Offence, Place, Prison, Unit

COURT, PRISON, CLASS = "CFI-12", "CC1", "misdemeanour"
LOCKED = timedelta(days=3)  # ago: the 48 hours of the case are over
OTHER_PLACE, OTHER_UNIT = "080201", "PC-08"  # where the wanted person is met
_ORDER = {"issuer": "investigating_judge", "issuer_name": "ចៅក្រម", "signed": True, "sealed": True}


def prepare_records(prepared, trainee):
    """Register the records of an exercise, with its dates filled in, and return the case that the trainee opens.

    They are those of two other officers: one enters, the other checks.
    """
    others = select(User).where(User.id != trainee.id, User.active.is_(True), User.unit_code.is_not(None))
    first, second = db.session.scalars(others.order_by(User.id).limit(2)).unique()
    before, unit = actor_of(db.session), trainee.unit_code
    act_as(db.session, Actor(first.id, unit, scope=UNRESTRICTED))
    try:
        person = Person(**prepared["person"], birth_precision="day", photo_missing="not_available")
        person.born_on = _read(prepared["person"]["born_on"])
        case = _register(prepared, person, unit, prepared["case"]["place"])
        suspect = case.involvements[0]
        if "custody" in prepared:
            _hold(suspect, prepared["custody"], unit)
        if "detention" in prepared:
            _detain(suspect, prepared["detention"])
        if "order" in prepared:
            order = _order(suspect, prepared["order"])
            act_as(db.session, Actor(second.id, unit, scope=UNRESTRICTED))
            db.session.add(OrderEvent(order=order, kind="checked", at=dates.now(), person=person))
            db.session.flush()
            _register(prepared, person, OTHER_UNIT, OTHER_PLACE)  # the wanted person is met there
        db.session.flush()
    finally:
        act_as(db.session, before)
    return case


def _read(text):
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _register(prepared, person, unit, place):
    values = prepared["case"] | {"place": db.session.get(Place, place)}
    values |= {name: _read(values[name]) for name in ("occurred_from", "reported_at")}
    recorded = dates.now() - LOCKED
    case = Case(
        **values, status="open", sensitivity="normal", photo_missing="not_available", unit_code=unit,
        recorded_at=recorded,
    )  # fmt: skip
    offence = db.session.get(Offence, prepared["offence"])
    case.offences.append(
        CaseOffence(offence=offence, attempt=False, offence_class=CLASS, recorded_at=recorded)
    )
    case.involvements.append(Involvement(person=person, role="suspect", injury="none", recorded_at=recorded))
    for row in prepared.get("exhibits", ()):
        case.exhibits.append(Exhibit(**row, recorded_at=recorded))
    registration.register_case(case, token=None, overrides=())
    db.session.flush()
    return case


def _hold(suspect, given, unit):
    held_by = db.session.get(Unit, unit)
    arrest = Arrest(
        involvement=suspect, at=_read(given["at"]), ground="flagrant", officers="—", by_unit=held_by
    )
    custody = Custody(
        arrest=arrest, held_by=held_by, arrived_at=_read(given["arrived_at"]), offence_class=CLASS
    )
    db.session.add_all([arrest, custody])
    db.session.flush()


def _detain(suspect, given):
    since = _read(given["since"])
    detention = Detention(
        involvement=suspect, kind="provisional", since=since, document_no=given["document_no"], document_date=since,
        first_prison=db.session.get(Prison, PRISON), court=db.session.get(Court, COURT), offence_class=CLASS,
    )  # fmt: skip
    db.session.add(detention)
    db.session.flush()


def _order(suspect, given):
    person, issued = suspect.person, _read(given["issued_on"])
    order = CourtOrder(
        **_ORDER, kind="arrest", number=f"{given['number']}/{suspect.id}", court=db.session.get(Court, COURT),
        issued_on=issued, received_on=issued, case=suspect.case, offence=suspect.case.offences[0].offence,
        offence_class=CLASS, surname_km=person.surname_km, given_km=person.given_km, sex=person.sex,
        nationality=person.nationality,
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    return order
