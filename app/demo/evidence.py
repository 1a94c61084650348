"""Evidence of the demo: a store with shelves, exhibits on a shelf, with an officer, at the laboratory and in transit."""
# unrestricted: looks for exhibits of the demo as the system
# commits: each movement, as an officer would enter it

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases.models import Exhibit, ExhibitMovement
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.evidence.models import EvidenceStore, ExhibitSeal, Shelf
from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates

CLERK, KEEPER, SECOND, CHIEF = "clerk.bb", "investigator.bb", "warrant.bb", "chief.bb"
UNIT = "PC-02"


def generate_evidence():
    """Add the store and the movements if there are none yet. Return the number of movements."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(EvidenceStore.id).limit(1)) is not None:
        return 0
    found = select(Exhibit.id).where(
        Exhibit.province_code == "02",
        Exhibit.state.in_(("seized", "stored")),
        Exhibit.voided_at.is_(None),
        ~Exhibit.movements.any(),
    )
    exhibits = db.session.scalars(found.order_by(Exhibit.id).limit(5)).all()
    shelves = _add_store()
    for number, exhibit_id in enumerate(exhibits):
        _seal(exhibit_id, f"BB-{number + 1:04d}")
        _move(exhibit_id, CLERK, "stored", shelf_id=shelves[number % 2])
        if number != 4:  # the last one waits for the keeper
            _confirm(exhibit_id, SECOND)
    if len(exhibits) > 1:
        paper = {
            "recipient": "មន្ទីរពិសោធន៍",
            "witness": "ជា សុខា",
            "document_no": "114/26",
            "document_date": dates.now().date(),
        }
        _move(exhibits[0], SECOND, "lab", **paper)
        _move(exhibits[1], SECOND, "held", to_user_id=_find_user(KEEPER).id)
        _confirm(exhibits[1], KEEPER)
    return len(exhibits)


def _find_user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def _act_as(name):
    db.session.expunge_all()  # what another officer may see
    act_as(db.session, SYSTEM)
    user = _find_user(name)
    act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))


def _add_store():
    _act_as(CHIEF)
    store = EvidenceStore(
        unit_code=UNIT,
        kind="room",
        name="ឃ្លាំងវត្ថុតាងស្នងការដ្ឋាន",
        keeper=_find_user(KEEPER),
        second_keeper=_find_user(SECOND),
    )
    shelves = [Shelf(store=store, name=f"ធ្នើ {number}") for number in ("ក-១", "ក-២")]
    db.session.add_all([store, *shelves])
    commit()
    return [one.id for one in shelves]


def _seal(exhibit_id, number):
    _act_as(CLERK)
    db.session.add(ExhibitSeal(exhibit=db.session.get(Exhibit, exhibit_id), kind="put_on", number=number))
    commit()


def _move(exhibit_id, name, kind, shelf_id=None, to_user_id=None, **values):
    _act_as(name)
    exhibit = db.session.get(Exhibit, exhibit_id)
    db.session.add(
        ExhibitMovement(
            exhibit=exhibit, kind=kind, moved_on=dates.now().date(), seal_no=exhibit.custody.seal,
            shelf=db.session.get(Shelf, shelf_id) if shelf_id else None,
            to_user=db.session.get(User, to_user_id) if to_user_id else None, **values,
        )
    )  # fmt: skip
    commit()


def _confirm(exhibit_id, name):
    _act_as(name)
    newest = (
        select(ExhibitMovement)
        .where(ExhibitMovement.exhibit_id == exhibit_id)
        .order_by(ExhibitMovement.id.desc())
    )
    record_decision(db.session.scalars(newest).first(), CONFIRMED, "")
    commit()
