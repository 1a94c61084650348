"""A crash, protection orders in several states, and contacts with minors."""
# unrestricted: looks for cases of the demo as the system
# commits: the rows of the officer

from datetime import timedelta

from sqlalchemy import func, select

from app.cases import registration
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.crashes.models import Crash, RoadUser
from app.demo.investigation import CHIEF, LEADER, PROVINCE, act_as_officer
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.minors.models import MinorContact, MinorStep
from app.people.models import Person
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep
from app.reference.models import Court, Offence, Place

HARMED = ("victim", "complainant")
TERMS = {"no_violence": True, "no_contact": True, "keeps_away": True, "distance": 100}
MOST_ORDERS = 3
COURT, PLACE, INJURED = "CFI-02", "020301", "TRAF2015-83"
MINORS = (("ចាន់ សុផាត", 15, "in_need"), ("ឡុង ពិសី", 12, "away"))
GUARDIAN, SERVICE = "ចាន់ ធី", "មន្ទីរសង្គមកិច្ចខេត្ត"
FOUND = "ប៉ុស្តិ៍នគរបាលបានជួបកុមារនៅផ្សារ ដោយគ្មានអាណាព្យាបាល។"
SUMMARY = "រថយន្តមួយគ្រឿងបានបុកម៉ូតូមួយគ្រឿងពីក្រោយនៅលើផ្លូវជាតិ បណ្តាលឱ្យអ្នកជិះម៉ូតូរងរបួសធ្ងន់។ អ្នករងរបួសត្រូវបានបញ្ជូនទៅមន្ទីរពេទ្យ។"


def generate_care():
    """Write the rows if there are none yet, and return (number of crashes, number of protection orders)."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(ProtectionOrder.id).limit(1)) is not None:
        return 0, 0
    people = _find_drivers()
    if people:
        _add_crash(*people)
    ids = _find_cases(("violence", "killing", "property", "fraud", "robbery"))
    for number, case_id in enumerate(ids):
        _add_order(case_id, number)
    _add_contacts()
    return int(bool(people)), len(ids)


def _add_contacts():
    """Enter two contacts with minors as the chief: one referred, one just entered."""
    act_as_officer(CHIEF)
    place, now = db.session.get(Place, PLACE), dates.now().replace(second=0, microsecond=0)
    for number, (name, age, reason) in enumerate(MINORS):
        met_at = now - timedelta(days=5 - number)
        contact = MinorContact(
            place=place, met_at=met_at, name=name, age=age, reason=reason, sex="M", guardian=GUARDIAN,
            guardian_informed_at=met_at + timedelta(hours=1), heard_with="ភ្នាក់ងារសង្គមកិច្ច", text=FOUND,
        )  # fmt: skip
        db.session.add(contact)
        db.session.flush()
        for kind in ("assessed", "referred") if number == 0 else ():
            receiver = SERVICE if kind == "referred" else None
            db.session.add(MinorStep(contact=contact, kind=kind, receiver=receiver, done_on=met_at.date()))
            db.session.flush()
    commit()


def _find_drivers():
    """Return the ids of two adult suspects of cases of the province, or () if there are not two."""
    adults = select(Involvement.person_id).where(
        Involvement.province_code == PROVINCE, Involvement.role.in_(SUSPECT_ROLES), Involvement.voided_at.is_(None),
        Involvement.minor.is_(False), Involvement.age >= 25, Involvement.protection.is_(None),
    )  # fmt: skip
    found = db.session.scalars(
        adults.group_by(Involvement.person_id).order_by(Involvement.person_id).limit(2)
    ).all()
    return found if len(found) == 2 else ()


def _find_cases(families):
    """Return the newest cases of these families, first families first, that have a suspect and a harmed person."""
    act_as(db.session, SYSTEM)
    valid, ids = Involvement.voided_at.is_(None), []
    for family in families:
        found = (
            select(CaseOffence.case_id)
            .join(Case, Case.id == CaseOffence.case_id)
            .where(CaseOffence.family == family, Case.province_code == PROVINCE, Case.voided_at.is_(None))
        )
        for roles in (SUSPECT_ROLES, HARMED):
            named = select(Involvement.case_id).where(Involvement.role.in_(roles), valid)
            found = found.where(CaseOffence.case_id.in_(named))
        found = (
            found.group_by(CaseOffence.case_id).order_by(func.max(CaseOffence.id).desc()).limit(MOST_ORDERS)
        )
        ids += db.session.scalars(found).all()
    return list(dict.fromkeys(ids))[:MOST_ORDERS]


def _find_person(case, roles):
    rows = (one for one in case.involvements if one.role in roles and not one.is_void)
    return next((one for one in rows if one.person is not None), None)


def _add_crash(driver_id, rider_id):
    """Register the case of a crash with injuries, and add its facts."""
    act_as_officer(LEADER)
    begun = (dates.now() - timedelta(days=2)).replace(hour=19, minute=40, second=0, microsecond=0)
    case = Case(
        occurred_from=begun, occurred_to=begun, reported_at=begun + timedelta(minutes=20), report_kind="complaint",
        place_kind="street", place=db.session.get(Place, PLACE), summary=SUMMARY, status="open", sensitivity="normal",
    )  # fmt: skip
    offence = db.session.get(Offence, INJURED)
    case.offences.append(CaseOffence(offence=offence, attempt=False, offence_class="misdemeanour"))
    driver = Involvement(person=db.session.get(Person, driver_id), role="suspect", injury="none")
    rider = Involvement(person=db.session.get(Person, rider_id), role="victim", injury="serious")
    case.involvements += [driver, rider]
    registration.register_case(case, token=None, overrides=())
    values = {
        "kind": "rear",
        "cause": "speed",
        "second_cause": "distance",
        "road": "national",
        "road_place": "straight",
    }
    values |= {"surface": "dry", "weather": "clear", "light": "dark", "speed_limit": 80}
    db.session.add(Crash(case=case, description="ស្នាមហ្វ្រាំងប្រវែង ១២ ម៉ែត្រ។", **values))
    car = {
        "kind": "car",
        "plate": "2AB-1234",
        "movement": "straight",
        "protection": "none",
        "licence": "valid",
    }
    db.session.add(RoadUser(case=case, involvement=driver, people=2, damage="បែកកញ្ចក់មុខ", **car))
    motorcycle = {"kind": "motorcycle", "plate": "1CD-5678", "movement": "straight", "protection": "helmet"}
    db.session.add(RoadUser(case=case, involvement=rider, people=1, damage="ខូចកង់ក្រោយ", **motorcycle))
    commit()


def _add_order(case_id, number):
    """Add an order: in force until a day, extended, or ended by a document."""
    act_as_officer(LEADER)
    case, today = db.session.get(Case, case_id), dates.now().date()
    day = max(case.reported_at.date(), today - timedelta(days=30))
    order = ProtectionOrder(
        case=case, restrained=_find_person(case, SUSPECT_ROLES), protected=_find_person(case, HARMED),
        court=db.session.get(Court, COURT), order_no=f"{12 + number}/{today.year}", decided_on=day, starts_on=day,
        until_on=day + timedelta(days=60), informed_on=None if number == 1 else day, **TERMS,
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    paper = {"document_no": f"{40 + number}/{today.year}", "document_date": today, "done_on": today}
    if number == 1:
        until = order.ends_on + timedelta(days=60)
        db.session.add(ProtectionOrderStep(order=order, kind="extended", until_on=until, **paper))
    elif number == 2:
        end = ProtectionOrderStep(order=order, kind="ended", **paper)
        db.session.add(end)
        commit()
        act_as_officer(CHIEF)
        record_decision(end, CONFIRMED, "")
    commit()
