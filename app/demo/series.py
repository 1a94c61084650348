"""Two series of cases: burglaries in Battambang that wait for the monitor, and a confirmed series of thefts in Phnom Penh."""
# unrestricted: asks as the system whether the demo has series, and proposes them
# commits: the cases, as officers enter them

from datetime import timedelta

from sqlalchemy import select

from app.cases import registration
from app.cases.models import Case, CaseOffence, Exhibit, Involvement
from app.demo.investigation import act_as_officer
from app.demo.letters import CLERK, RECEIVER
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.people.models import Person
from app.reference.models import Offence, Place
from app.series import actions, proposals
from app.series.models import CaseSeries

MONITOR, FIRST_DAY, EVERY = "monitor", 40, 6  # days ago, and days between two cases
# Clerk, hour, offence, communes in turn, and what the cases have in common.
BURGLARIES = (
    CLERK, 2, "PC2009-353_356", ("020301",),
    {"method": "climbing", "means": "tool", "place_kind": "house", "kind": "vehicle", "item": "ម៉ូតូពណ៌ខ្មៅ",
     "summary": "ជនសង្ស័យឡើងរបងក្រោយផ្ទះ កាត់សោទ្វារ រួចយកម៉ូតូចេញតាមទ្វារមុខ។"},
)  # fmt: skip
THEFTS = (
    RECEIVER, 18, "PC2009-353_356", ("120101",),
    {"method": "snatching", "means": "motorcycle", "place_kind": "street", "kind": "phone", "item": "ទូរស័ព្ទដៃ",
     "summary": "ជនសង្ស័យពីរនាក់ជិះម៉ូតូមួយ ឆក់ទូរស័ព្ទពីដៃជនរងគ្រោះ រួចបើកទៅតាមមាត់ទន្លេ។"},
)  # fmt: skip
CASES = 5
SUSPECT = {
    "surname_km": "ម៉ៃ", "given_km": "រតនា", "surname_latin": "Mai", "given_latin": "Ratana", "sex": "M", "nationality": "KH",
    "photo_missing": "not_available",
}  # fmt: skip
REASON = "វិធីប្រព្រឹត្ត ម៉ោង និងទីកន្លែងដូចគ្នា។"


def generate_series():
    """Enter the cases if there is no series yet, and propose the series. Return the number of series of the demo."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(CaseSeries.id).limit(1)) is not None:
        return 0
    _add_cases(*BURGLARIES)
    confirmed = _add_cases(*THEFTS, suspect=Person(**SUSPECT))
    act_as(db.session, SYSTEM)
    proposals.propose_series(db.session)
    found = db.session.scalars(select(CaseSeries).order_by(CaseSeries.id)).unique().all()
    for series in found:
        if confirmed & {one.case_id for one in series.members}:
            user = act_as_officer(MONITOR)
            actions.decide_series(user, series, actions.CONFIRM, {one.id for one in series.members}, REASON)
            commit()
    return len(found)


def _add_cases(username, hour, offence, communes, common, suspect=None):
    """Register the cases, and return their ids. The suspect is recognised in the last two."""
    act_as_officer(username)
    made = []
    for number in range(CASES):
        at = (dates.now() - timedelta(days=FIRST_DAY - number * EVERY)).replace(
            hour=hour, minute=10 * number, second=0, microsecond=0
        )
        case = Case(
            occurred_from=at, occurred_to=at, reported_at=at + timedelta(hours=1), report_kind="complaint",
            place=db.session.get(Place, communes[number % len(communes)]), place_kind=common["place_kind"],
            summary=common["summary"], modus_operandi_text=common["summary"], status="open", sensitivity="normal",
            late_reason="no_connection", photo_missing="not_available",
        )  # fmt: skip
        case.offences.append(
            CaseOffence(
                offence=db.session.get(Offence, offence), attempt=False, offence_class="misdemeanour",
                method=common["method"], means=common["means"],
            )
        )  # fmt: skip
        if suspect is not None and number >= CASES - 2:
            case.involvements.append(Involvement(person=suspect, role="suspect", injury="none"))
        exhibit = Exhibit(
            kind=common["kind"], property_role="stolen", description=common["item"], state="missing"
        )
        case.exhibits.append(exhibit)
        registration.register_case(case, token=None, overrides=())
        db.session.flush()
        made.append(case.id)
    commit()
    return set(made)
