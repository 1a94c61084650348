"""Reports of missing people, a body, lost and found property, an ended one, and the matches of the nightly job."""
# unrestricted: asks as the system whether the demo has reports, and matches them
# commits: the reports, as officers enter them

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.demo.investigation import CHIEF
from app.demo.letters import CLERK, RECEIVER
from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.missing.matching import propose_matches
from app.missing.models import PersonReport, PropertyReport, ReportEnd
from app.missing.rules import FOUND_ALIVE
from app.reference.models import Place

SCAR = {"mark_kind": "scar", "body_part": "left_hand", "marks": "ស្លាកស្នាមនៅខ្នងដៃឆ្វេង ប្រវែងប្រហែល ៥ ស.ម"}
PEOPLE = (
    (CLERK, "020301", 12, {"kind": "missing", "name": "ហេង វិចិត្រ", "sex": "M", "age_from": 34, "height_from": 165,
     "height_to": 170, "clothes": "អាវយឺតពណ៌ខៀវ ខោខ្លីពណ៌ខ្មៅ", "reporter": "ហេង សុភា", "reporter_phone": "012 000 111", **SCAR}),
    (CLERK, "020402", 3, {"kind": "missing", "name": "ជា ស្រីមុំ", "sex": "F", "age_from": 15, "height_from": 150,
     "height_to": 155, "clothes": "ឯកសណ្ឋានសិស្ស", "reporter": "ជា វណ្ណា", "reporter_phone": "012 000 112"}),
    (RECEIVER, "120101", 5, {"kind": "body", "sex": "M", "age_from": 30, "age_to": 40, "height_from": 164, "height_to": 171,
     "clothes": "អាវយឺតពណ៌ខៀវ ខោខ្មៅ", **SCAR}),
    (RECEIVER, "120202", 1, {"kind": "unknown", "sex": "F", "age_from": 70, "age_to": 80, "note": "មិនចាំឈ្មោះ និងអាសយដ្ឋាន"}),
)  # fmt: skip
PROPERTY = (
    (CLERK, "020301", 9, {"side": "lost", "kind": "phone", "description": "ទូរស័ព្ទពណ៌ខ្មៅ មានស្រោមពណ៌ស", "make": "Samsung",
     "colour": "ខ្មៅ", "imei": "356938035643809", "reporter": "សុខ ចាន់ដារ៉ា", "reporter_phone": "012 000 113"}),
    (CLERK, "020302", 6, {"side": "found", "kind": "phone", "description": "ទូរស័ព្ទពណ៌ខ្មៅ", "make": "Samsung",
     "colour": "ខ្មៅ", "imei": "3569 3803 5643 809", "kept_at": "ប៉ុស្តិ៍នគរបាល"}),
    (CLERK, "020303", 2, {"side": "found", "kind": "document", "description": "អត្តសញ្ញាណប័ណ្ណ", "document_no": "010203040",
     "kept_at": "ប៉ុស្តិ៍នគរបាល"}),
)  # fmt: skip


def generate_reports():
    """Enter the examples if there are none yet, and match them. Return the number of matches."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(PersonReport.id).limit(1)) is not None:
        return 0
    for model, rows in ((PersonReport, PEOPLE), (PropertyReport, PROPERTY)):
        for username, place, ago, values in rows:
            _add(model, username, place, ago, values)
    commit()
    _end_report()
    act_as(db.session, SYSTEM)
    return propose_matches(db.session)


def _end_report():
    """End the report of the second missing person, who was found alive."""
    _act_as(CLERK)
    found = select(PersonReport).where(PersonReport.name == PEOPLE[1][3]["name"])
    day = dates.now().date()
    end = ReportEnd(
        person_report=db.session.scalars(found).unique().one(), outcome=FOUND_ALIVE, ended_on=day, document_no="21/26",
        document_date=day,
    )  # fmt: skip
    db.session.add(end)
    commit()
    _act_as(CHIEF)
    record_decision(db.session.get(ReportEnd, end.id), CONFIRMED, "")
    commit()


def _act_as(username):
    act_as(db.session, SYSTEM)
    user = db.session.scalars(select(User).where(User.username == username)).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))


def _add(model, username, place, ago, values):
    _act_as(username)
    happened_on = dates.now().date() - timedelta(days=ago)
    db.session.add(model(place=db.session.get(Place, place), happened_on=happened_on, **values))
    db.session.flush()
