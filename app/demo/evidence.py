"""Evidence of the demo: a store with shelves, exhibits on a shelf, with an officer, at the laboratory and in transit.

One is weighed again and later split, the store is counted with a difference, and one exhibit is destroyed.
"""
# unrestricted: looks for exhibits of the demo as the system
# commits: each movement, as an officer would enter it

from decimal import Decimal

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases.models import Exhibit, ExhibitMovement
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.evidence import inventory as counts
from app.evidence.models import (
    EvidenceStore,
    ExhibitCustody,
    ExhibitSeal,
    Inventory,
    InventoryLine,
    QuantityChange,
    Shelf,
)
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
        _move(exhibits[0], SECOND, "lab", recipient="មន្ទីរពិសោធន៍", **_make_paper(114))
        _move(exhibits[1], SECOND, "held", to_user_id=_find_user(KEEPER).id)
        _confirm(exhibits[1], KEEPER)
    if len(exhibits) > 3:
        _weigh(exhibits[2])
        _count(shelves)
        destroyed = {"recipient": "គណៈកម្មការកម្ទេចវត្ថុតាង", "weight": Decimal(1), "note": "គ្មានសំណាក"}
        _move(exhibits[3], SECOND, "destroyed", **destroyed, **_make_paper(116))
        _confirm(exhibits[3], CHIEF)
        _split(exhibits[2], "BB-0003")
    return len(exhibits)


def _make_paper(number):
    day = dates.now().date()
    return {"witness": "ជា សុខា", "document_no": f"{number}/{day:%y}", "document_date": day}


def _weigh(exhibit_id):
    _act_as(CLERK)
    exhibit, paper = db.session.get(Exhibit, exhibit_id), _make_paper(115)
    paper.pop("witness")
    after = (exhibit.quantity or 0) + Decimal("0.5")
    db.session.add(QuantityChange(exhibit=exhibit, cause="weighed", after=after, **paper))
    commit()
    _confirm(exhibit_id, CHIEF, QuantityChange)


def _split(exhibit_id, seal):
    """Split an exhibit in two, once its seal is open."""
    _act_as(SECOND)
    exhibit = db.session.get(Exhibit, exhibit_id)
    opened = {"kind": "opened", "reason": "បំបែកសំណាក", "witness": "ជា សុខា"}
    db.session.add(ExhibitSeal(exhibit=exhibit, number=seal, **opened))
    commit()
    quantity = db.session.scalar(
        select(ExhibitCustody.quantity).where(ExhibitCustody.exhibit_id == exhibit_id)
    )
    rest = round(quantity / 2, 3)
    db.session.add(QuantityChange(exhibit=exhibit, cause="split", after=rest, note="ផ្នែកសម្រាប់ពិនិត្យ"))
    commit()
    _confirm(exhibit_id, CHIEF, QuantityChange)


def _count(shelves):
    """Count the store: all is on the first shelf, so what belongs on the second is a difference."""
    _act_as(CLERK)
    shelf = db.session.get(Shelf, shelves[0])
    inventory = Inventory(store=shelf.store)
    db.session.add(inventory)
    commit()
    user, lines = _find_user(CLERK), select(InventoryLine).where(InventoryLine.inventory_id == inventory.id)
    codes = [shelf.code, *(one.code for one in db.session.scalars(lines))]
    counts.record_scans(db.session, inventory, user, "\n".join(codes), None)
    counts.end_count(db.session, inventory, user)
    for one in db.session.scalars(counts.select_differences(inventory)).all():
        counts.explain_line(db.session, inventory, one.id, "ដាក់ច្រឡំធ្នើ")
    commit()
    key = inventory.id
    _act_as(CHIEF)
    counts.close(db.session.get(Inventory, key), _find_user(CHIEF))
    commit()


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


def _confirm(exhibit_id, name, model=ExhibitMovement):
    _act_as(name)
    newest = select(model).where(model.exhibit_id == exhibit_id).order_by(model.id.desc())
    record_decision(db.session.scalars(newest).first(), CONFIRMED, "")
    commit()
