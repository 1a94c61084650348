"""An exhibit is traced from hand to hand: the receiver confirms, nobody types who has it."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases.exhibit_codes import SHELF, build_code, parse_code
from app.cases.models import CaseOffence, Exhibit, ExhibitMovement
from app.corrections.correctable_records import find_correctable_fields
from app.evidence.models import EvidenceStore, ExhibitCustody, Inventory, QuantityChange, Shelf
from app.extensions import db
from app.inbox.models import Message
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.text import dates
from app.reference.models import Offence
from tests.accounts.sample_staff import change_as_system, find_user, find_user_id
from tests.html_pages import Page
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case
from tests.sql_calls import Program

DAY = dates.now().strftime("%d-%m-%Y")
PAPER = {"document_no": "88/26", "document_date": DAY, "recipient": "គណៈកម្មការ", "witness": "ជា សុខា"}
REASON = {"reason": "ត្រាខុស"}


@prepared
def exhibit(db_session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        case.exhibits.append(
            Exhibit(kind="drug", property_role="seized", substance="ice", quantity=10, measure="gram")
        )
        db_session.commit()
    return case.exhibits[-1]


@pytest.fixture
def officers(client_as):
    found = {}

    def get(name):
        if name not in found:
            found[name] = client_as(
                f"{name}.{'pp' if name == 'stranger' else 'bb'}".replace("stranger", "clerk")
            )
        return found[name]

    return get


def user_id(name):
    return str(find_user_id(f"{name}.bb"))


def move(client, exhibit, kind, status=302, **typed):
    form = {"exhibit": str(exhibit.id), "moved_on": DAY, "kind": kind}
    answer = client.send("/exhibitmovement/add", form | typed)
    assert answer.status_code == status, answer.text[-3000:]
    db.session.expire_all()
    return answer


def newest():
    return db.session.scalars(select(ExhibitMovement).order_by(ExhibitMovement.id.desc())).first()


def decide(client, status=302, confirmation="confirmed", **form):
    answer = client.send(f"/exhibitmovement/decide/{newest().id}", {"confirmation": confirmation} | form)
    assert answer.status_code == status, answer.text[-3000:]
    db.session.expire_all()
    return answer


def custody_of(exhibit):
    db.session.expire_all()
    return db.session.scalars(
        select(ExhibitCustody).where(ExhibitCustody.exhibit_id == exhibit.id)
    ).unique().one()  # fmt: skip


def add_store(db_session, keeper="investigator.bb", second="warrant.bb", unit="PC-02"):
    """Return a shelf of a new store."""
    with acting_as("chief.bb"):
        store = EvidenceStore(
            kind="room", name="ឃ្លាំង ក", keeper_id=find_user_id(keeper), second_keeper_id=second and find_user_id(second),
            unit_code=unit,
        )  # fmt: skip
        shelf = Shelf(store=store, name="ធ្នើ ១")
        db_session.add_all([store, shelf])
        db_session.commit()
    return shelf


def test_codes_have_a_check_digit_and_are_read_as_scanned():
    code = build_code(2026, 1235)
    assert len(code) == 12 and parse_code(code) == (26, 1235)
    khmer = code.translate({ord("0") + n: 0x17E0 + n for n in range(10)})
    for typed in (
        khmer,
        f"https://e-crime/exhibitcustody/code/{code}",
        f" {code[:4]} {code[4:8]} {code[8:]}",
    ):
        assert parse_code(typed) == (26, 1235)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    swapped = code[:-2] + code[-1] + code[-2]
    for typed in (wrong, swapped, "", "02-2026-004718", code[:-1], code + "1"):
        assert parse_code(typed) is None
    assert parse_code(build_code(SHELF, 7)) == (SHELF, 7)


def test_receiver_confirms_himself(exhibit, clerk, officers):
    """V125, V126, V127."""
    assert "V126" in move(clerk, exhibit, "held", 422).text
    assert "V126" in move(clerk, exhibit, "held", 422, to_user=user_id("clerk")).text
    assert "V126" in move(clerk, exhibit, "stored", 422).text
    to = {"to_user": user_id("investigator")}
    assert "V126" in move(clerk, exhibit, "held", 422, witness="investigator.bb", **to).text
    move(clerk, exhibit, "held", **to)
    assert (exhibit.state, newest().confirmation) == ("seized", "awaiting")
    assert custody_of(exhibit).open_id == newest().id
    assert exhibit.case.number not in str(db.session.scalars(select(Message.facts)).all())
    asked = db.session.scalars(select(Message).where(Message.text_key == "exhibit.handed_over")).one()
    assert asked.to_user_id == find_user_id("investigator.bb")
    assert "V127" in move(clerk, exhibit, "held", 422, **to).text
    decide(clerk, 422)
    decide(officers("chief"), 422)
    decide(officers("stranger"), 404)
    decide(officers("investigator"), 422, "rejected")
    decide(officers("investigator"), 302, "rejected", **REASON)
    assert (exhibit.state, custody_of(exhibit).open_id) == ("seized", None)
    move(clerk, exhibit, "held", **to)
    assert clerk.send(f"/exhibitmovement/withdraw/{newest().id}", REASON).status_code == 302
    assert custody_of(exhibit).open_id is None
    tasks = select(Message.id).where(Message.text_key == "exhibit.handed_over", Message.done_at.is_(None))
    assert db.session.scalar(tasks) is None, "the task of a withdrawn hand-over is done"
    decide(officers("investigator"), 422)
    move(clerk, exhibit, "held", **to)
    decide(officers("investigator"))
    decide(officers("investigator"))
    custody = custody_of(exhibit)
    assert (exhibit.state, custody.state, custody.holder_id) == (
        "held",
        "held",
        find_user_id("investigator.bb"),
    )
    assert clerk.send(f"/exhibitmovement/withdraw/{newest().id}", REASON).status_code == 422
    assert "V125" in move(clerk, exhibit, "held", 422, to_user=user_id("warrant")).text
    assert (
        "V125"
        in move(
            officers("investigator"), exhibit, "held", 422, to_user=user_id("clerk"), moved_on="01-01-2020"
        ).text
    )
    assert "V125" in move(officers("chief"), exhibit, "held", 422, to_user=user_id("clerk")).text
    move(officers("chief"), exhibit, "held", to_user=user_id("clerk"), note="មន្ត្រីឈប់សម្រាក")
    page = clerk.get(f"/exhibit/show/{exhibit.id}").text
    assert exhibit.code in page
    for unit, is_listed in (("PC-02", True), ("PC-12", False)):
        page = clerk.get(f"/exhibitcustody/list/?_flt_0_unit={unit}").text
        assert (f"/exhibitcustody/show/{custody.id}" in page) == is_listed, unit
    assert clerk.get(f"/exhibitmovement/show/{newest().id}").status_code == 200


def test_store_and_outside(exhibit, clerk, officers, db_session):
    shelf = add_store(db_session)
    move(clerk, exhibit, "stored", shelf=str(shelf.id))
    decide(officers("chief"), 422)
    decide(officers("warrant"))
    custody = custody_of(exhibit)
    assert (exhibit.state, custody.shelf_id, custody.holder_id) == ("stored", shelf.id, None)
    assert "V125" in move(clerk, exhibit, "lab", 422, **PAPER).text
    keeper = officers("investigator")
    assert "V126" in move(keeper, exhibit, "lab", 422, **PAPER | {"witness": ""}).text
    assert "V130" in move(keeper, exhibit, "lab", 422, **PAPER | {"document_no": ""}).text
    move(keeper, exhibit, "lab", **PAPER)
    assert (custody_of(exhibit).place, exhibit.state) == ("គណៈកម្មការ", "lab")
    assert "V126" in move(clerk, exhibit, "held", 422).text
    move(clerk, exhibit, "held", **PAPER | {"recipient": ""})
    assert custody_of(exhibit).holder_id == find_user_id("clerk.bb")
    assert "V131" in move(clerk, exhibit, "destroyed", 422, **PAPER).text
    move(clerk, exhibit, "destroyed", weight="9.5", note="សំណាក ១ ក្រាម", **PAPER)
    decide(officers("chief"))
    assert exhibit.state == "destroyed"
    assert "V130" in move(clerk, exhibit, "held", 422, to_user=user_id("warrant")).text


def test_receiver_outside_the_scope_sees_code_and_seal_only(exhibit, clerk, officers, db_session):
    move(clerk, exhibit, "held", to_user=str(find_user_id("clerk.pp")))
    stranger = officers("stranger")
    assert stranger.get(f"/exhibit/show/{exhibit.id}").status_code == 404
    page = stranger.get(f"/exhibitmovement/show/{newest().id}").text
    assert exhibit.code in page and f"/case/show/{exhibit.case_id}" not in page
    decide(stranger)
    assert exhibit.state == "held"
    custody = custody_of(exhibit)
    assert (custody.holder_id, custody.unit_code) == (find_user_id("clerk.pp"), "PC-12")
    answer = stranger.get(f"/exhibitcustody/code/{exhibit.code}")
    assert answer.location.endswith(f"/exhibitcustody/show/{custody.id}")
    page = stranger.get(answer.location).text
    assert exhibit.code in page and f"/case/show/{exhibit.case_id}" not in page
    answer = clerk.send("/find/", {"q": exhibit.code})
    assert answer.status_code == 302 and exhibit.code in answer.location
    assert clerk.get(answer.location).location.endswith(f"/exhibit/show/{exhibit.id}")
    assert Program(stranger).get(f"exhibit-custody/{custody.id}")["result"]["code"] == exhibit.code
    Program(stranger).get(f"exhibits/{exhibit.id}", 404)


def share_case_to_read(case_id=None):
    """Share a case, or a new one, of this province for reading only with the other province."""
    with acting_as("clerk.bb"):
        case_id = case_id or add_registered_case().id
        grant = {"owner_unit": "PC-02", "may_write": False, "reason": "x", "granted_at": dates.now()}
        db.session.add(AccessGrant(kind=SHARE, entity="case", entity_id=case_id, unit_code="PC-12", **grant))
        db.session.commit()


def test_holder_outside_the_scope_seals_and_passes_on(exhibit, clerk, officers, db_session):
    """V125: the form names the exhibit by its code; nothing of its case reaches the holder."""
    secret = "កាំបិតរបស់ សុខ"
    with acting_as("clerk.bb"):
        db_session.get(Exhibit, exhibit.id).description = secret
        db_session.commit()
    stranger = officers("stranger")
    assert stranger.get(f"/exhibitmovement/add?exhibit={exhibit.id}").text.count(exhibit.code) == 0
    move(stranger, exhibit, "held", 422, to_user=user_id("clerk"))
    move(clerk, exhibit, "held", to_user=str(find_user_id("clerk.pp")))
    move(stranger, exhibit, "held", 422, to_user=user_id("clerk"))
    decide(stranger)
    share_case_to_read()
    page = stranger.get(f"/exhibitcustody/show/{custody_of(exhibit).id}").text
    for name in ("exhibitmovement", "exhibitseal", "quantitychange"):
        url = f"/{name}/add?exhibit={exhibit.id}"
        assert url in page
        form = stranger.get(url).text
        assert exhibit.code in form
    refused = stranger.send(f"/exhibitmovement/add?exhibit={exhibit.id}", {"exhibit": str(exhibit.id)})
    assert refused.status_code == 422
    for text_ in (page, form, refused.text):
        assert not any(one in text_ for one in (secret, "/case/show", "exhibit/show"))
    found = stranger.get(f"/lookup/held_exhibit?q={exhibit.code}").json["items"]
    assert [(one["id"], one["text"], one["detail"]) for one in found] == [(str(exhibit.id), exhibit.code, "")]
    seal = {"exhibit": str(exhibit.id), "number": "S-1", "kind": "put_on"}
    assert stranger.send("/exhibitseal/add", seal).status_code == 302
    assert custody_of(exhibit).seal == "S-1"
    assert "S-1" in stranger.get("/exhibitseal/list/").text
    weighed = {"exhibit": str(exhibit.id), "cause": "sample", "after": "9"}
    assert stranger.send("/quantitychange/add", weighed).status_code == 302
    back = {
        "exhibit": exhibit.id,
        "kind": "held",
        "moved_on": dates.now().date().isoformat(),
        "seal_no": "S-1",
    }
    answer = Program(stranger).post("exhibit-movements/", back | {"to_user": find_user_id("clerk.bb")})
    assert secret not in str(answer) and exhibit.case.number not in str(answer)
    assert stranger.send(f"/exhibitmovement/withdraw/{newest().id}", REASON).status_code == 302
    move(stranger, exhibit, "held", to_user=user_id("clerk"), seal_no="S-1")
    decide(clerk)
    assert custody_of(exhibit).holder_id == find_user_id("clerk.bb")
    assert stranger.get(f"/exhibitmovement/show/{newest().id}").status_code == 200
    move(stranger, exhibit, "held", 422, to_user=user_id("clerk"), seal_no="S-1")


def test_holder_who_may_read_the_case_passes_the_exhibit_on(exhibit, clerk, officers):
    share_case_to_read(exhibit.case_id)
    stranger, back = officers("stranger"), {"to_user": user_id("clerk")}
    move(stranger, exhibit, "held", 422, **back)
    move(clerk, exhibit, "held", to_user=str(find_user_id("clerk.pp")))
    move(stranger, exhibit, "held", 422, **back)
    decide(stranger)
    move(stranger, exhibit, "held", **back)
    decide(clerk)
    move(stranger, exhibit, "held", 422, **back)


def test_only_the_unit_of_the_case_confirms_what_a_holder_elsewhere_ends(
    exhibit, clerk, officers, client_as, db_session
):
    number, sent = exhibit.case.number, {"confirmation": "confirmed"}
    move(clerk, exhibit, "held", to_user=str(find_user_id("clerk.pp")))
    roles = list(find_user("clerk.pp").roles)
    change_as_system(lambda: setattr(find_user("warrant.pp"), "roles", roles))
    stranger, colleague = officers("stranger"), client_as("warrant.pp")
    decide(stranger)
    weighed = {"exhibit": str(exhibit.id), "cause": "sample", "after": "9"}
    assert stranger.send("/quantitychange/add", weighed).status_code == 302
    url = f"/quantitychange/decide/{db.session.scalars(select(QuantityChange)).one().id}"
    assert colleague.send(url, sent).status_code == 422
    assert officers("chief").send(url, sent).status_code == 302
    move(stranger, exhibit, "destroyed", weight="9", note="សំណាក", **PAPER)
    decide(colleague, 422)
    assert exhibit.state == "held"
    decide(officers("chief"))
    assert exhibit.state == "destroyed"
    messages = db.session.scalars(select(Message)).all()
    tasks = [one for one in messages if one.text_key in ("exhibit.end_requested", "exhibit.quantity_changed")]
    assert {one.to_unit_code for one in tasks} == {"PC-02"} and {one.facts["number"] for one in tasks} == {
        number
    }
    results = [one for one in messages if one.text_key == "confirmation.decided"]
    assert {one.facts["number"] for one in results} == {exhibit.code}, "the holder may not see the case"


def test_seals(exhibit, clerk, officers):
    """V128."""
    seal = {"exhibit": str(exhibit.id), "number": "ត-១២"}
    assert clerk.send("/exhibitseal/add", seal | {"kind": "put_on"}).status_code == 302
    assert custody_of(exhibit).seal == "ត-១២"
    to = {"to_user": user_id("warrant")}
    assert "V128" in move(clerk, exhibit, "held", 422, **to).text
    assert "V128" in move(clerk, exhibit, "held", 422, seal_no="ត-១២", seal_broken="y", **to).text
    assert "V128" in clerk.send("/exhibitseal/add", seal | {"kind": "opened"}).text
    move(clerk, exhibit, "held", seal_no="ត-១២", **to)
    assert "V128" in clerk.send("/exhibitseal/add", seal | {"kind": "put_on", "number": "ត-១៣"}).text
    opened = seal | {"kind": "opened", "reason": "ពិនិត្យ", "witness": "ជា សុខា"}
    for wrong in ({"number": "ZZ"}, {"witness": "clerk.bb"}):
        assert "V128" in clerk.send("/exhibitseal/add", opened | wrong).text
    assert clerk.send("/exhibitseal/add", opened).status_code == 302
    assert custody_of(exhibit).seal is None


def test_quantity_grows_only_with_a_document_and_two_officers(exhibit, clerk, officers, db_session):
    """V129."""
    new = {"exhibit": str(exhibit.id), "cause": "sample"}
    assert "V129" in clerk.send("/quantitychange/add", new | {"after": "12"}).text
    assert "V129" in clerk.send("/quantitychange/add", new | {"cause": "weighed", "after": "12"}).text
    assert "V129" in clerk.send("/quantitychange/add", new | {"after": "-1"}).text
    assert clerk.send("/quantitychange/add", new | {"after": "9"}).status_code == 302
    change = db.session.scalars(select(QuantityChange)).one()
    assert (change.before, custody_of(exhibit).quantity) == (10, 10)
    assert clerk.send("/quantitychange/add", new | {"after": "9.5"}).status_code in (409, 422)
    url = f"/quantitychange/decide/{change.id}"
    assert clerk.send(url, {"confirmation": "confirmed"}).status_code == 422
    assert officers("chief").send(url, {"confirmation": "confirmed"}).status_code == 302
    assert custody_of(exhibit).quantity == Decimal(9)
    with pytest.raises(DBAPIError):
        db_session.execute(
            text(
                "INSERT INTO quantity_change (recorded_at, changed_at, version, case_id, exhibit_id, cause, before, after)"
                " SELECT recorded_at, changed_at, 1, case_id, exhibit_id, 'used', 1, 2 FROM quantity_change"
            )
        )
    db_session.rollback()


def test_database_keeps_the_chain(exhibit, clerk, officers, db_session):
    to = {"to_user": user_id("investigator")}
    move(clerk, exhibit, "held", **to)
    columns = (
        "recorded_at, changed_at, version, case_id, exhibit_id, kind, moved_on, confirmation, seal_broken"
    )
    twice = f"INSERT INTO exhibit_movement ({columns}) SELECT {columns} FROM exhibit_movement"  # noqa: S608
    for statement in (
        twice,
        "UPDATE exhibit_movement SET to_user_id = NULL",
        "UPDATE exhibit_movement SET moved_on = '2020-01-01'",
        "UPDATE exhibit_movement SET confirmation = 'confirmed', decided_by_id = recorded_by_id, decided_at = recorded_at",
    ):
        with pytest.raises(DBAPIError):
            db_session.execute(text(statement))
        db_session.rollback()
    decide(officers("investigator"))
    with pytest.raises(DBAPIError):
        db_session.execute(
            text(
                "UPDATE exhibit_movement SET voided_at = recorded_at, void_reason = 'x', changed_by_id = recorded_by_id"
            )
        )
    db_session.rollback()


def test_only_the_chief_of_the_unit_maintains_its_stores(db_session, each_database, clerk, officers):
    store = {"unit": "PC-02", "kind": "room", "name": "ឃ្លាំង ខ", "keeper": user_id("investigator")}
    assert clerk.send("/evidencestore/add", store).status_code in (302, 403)
    chief = officers("chief")
    same = store | {"second_keeper": user_id("investigator")}
    assert chief.send("/evidencestore/add", same).status_code == 422
    assert chief.send("/evidencestore/add", store | {"unit": "PC-12"}).status_code == 422
    assert chief.send("/evidencestore/add", store).status_code == 302
    added = db.session.scalars(select(EvidenceStore)).one()
    assert chief.send("/shelf/add", {"store": str(added.id), "name": "ធ្នើ ១"}).status_code == 302
    assert chief.send("/shelf/add", {"store": str(added.id), "name": "ធ្នើ ១"}).status_code in (409, 422)
    shelf = db.session.scalars(select(Shelf)).one()
    assert shelf.code in chief.get(f"/shelf/show/{shelf.id}").text
    assert db.session.scalar(select(Inventory.id)) is None


def test_quantity_of_an_exhibit_that_another_unit_holds_does_not_grow(exhibit, clerk, officers, db_session):
    """The custody row of another unit is hidden; the quantity before is still that of the row."""
    new = {"exhibit": str(exhibit.id), "cause": "sample"}
    clerk.send("/quantitychange/add", new | {"after": "2"})
    change = db.session.scalars(select(QuantityChange)).one()
    officers("chief").send(f"/quantitychange/decide/{change.id}", {"confirmation": "confirmed"})
    db_session.execute(text("UPDATE exhibit_custody SET unit_code = 'PC-12', place = NULL"))
    db_session.commit()
    assert "V129" in clerk.send("/quantitychange/add", new | {"after": "7"}).text


def test_forms_of_an_exhibit_are_saved_as_they_open(exhibit, clerk, officers, db_session):
    """The code on the label is no key: the form sends the key of the exhibit."""
    url = f"/exhibitmovement/add?exhibit={exhibit.id}"
    typed = Page.from_response(clerk.get(url)).typed()
    assert typed["exhibit"] == [str(exhibit.id)]
    more = {"kind": "held", "moved_on": DAY, "to_user": user_id("investigator")}
    assert clerk.send(url, typed | more).status_code == 302
    shelf = add_store(db_session)
    url = f"/shelf/edit/{shelf.id}"
    assert (
        officers("chief").send(url, Page.from_response(officers("chief").get(url)).typed()).status_code == 302
    )


def test_officer_of_another_unit_takes_nothing_alone(exhibit, clerk, client_as, db_session):
    with acting_as("clerk.bb"):
        offence = db_session.scalars(select(Offence).where(Offence.family == "drugs")).first()
        exhibit.case.offences.append(
            CaseOffence(offence=offence, attempt=False, offence_class="misdemeanour")
        )
        db_session.commit()
    other = client_as("investigator.drugs")
    assert other.get(f"/exhibit/show/{exhibit.id}").status_code == 200
    assert "V125" in move(other, exhibit, "lab", 422, **PAPER).text
    move(clerk, exhibit, "lab", **PAPER)
    assert "V125" in move(other, exhibit, "held", 422, **PAPER | {"recipient": ""}).text


def test_store_stays_with_its_unit(db_session, each_database, client_as):
    shelf = add_store(db_session)
    user = find_user("clerk.pp")
    change_as_system(lambda: setattr(user, "roles", list(find_user("chief.bb").roles)))
    store = db_session.get(EvidenceStore, shelf.store_id)
    name = store.name
    other, form = (
        client_as("clerk.pp"),
        {"kind": "room", "name": "X", "keeper": str(find_user_id("clerk.pp"))},
    )
    form |= {"unit": "PC-12", "version": str(store.version)}
    assert other.send(f"/evidencestore/edit/{store.id}", form).status_code == 422
    db_session.expire_all()
    assert (store.name, store.unit_code) == (name, "PC-02")


def test_a_moved_exhibit_keeps_its_quantity_and_seal(exhibit, clerk, officers, db_session):
    """V125, V128, V129: the author alone changes neither, and no movement is before the find."""
    assert "V125" in move(clerk, exhibit, "lab", 422, **PAPER | {"moved_on": "01-01-1990"}).text
    shelf = add_store(db_session)
    move(clerk, exhibit, "stored", shelf=str(shelf.id))
    decide(officers("warrant"))
    url = f"/exhibit/edit/{exhibit.id}"
    typed = Page.from_response(clerk.get(url)).typed()
    assert clerk.send(url, typed | {"quantity": "99"}).status_code == 422
    assert custody_of(exhibit).quantity == 10
    seal = {"exhibit": str(exhibit.id), "kind": "put_on", "number": "B-2"}
    assert "V128" in clerk.send("/exhibitseal/add", seal).text
    code = custody_of(exhibit).code
    spaced = clerk.get(f"/exhibitcustody/code/{code[:4]} {code[4:8]} {code[8:]}")
    assert spaced.location.endswith(f"/exhibit/show/{exhibit.id}")


def test_withdrawals_leave_no_dead_end(exhibit, clerk):
    """The custody that the system computes holds back no withdrawal; a receiver has the right to confirm."""
    assert move(clerk, exhibit, "held", 422, to_user=str(find_user_id("admin")))
    move(clerk, exhibit, "held", to_user=user_id("investigator"))
    assert clerk.send(f"/exhibitmovement/withdraw/{newest().id}", REASON).status_code == 302
    answer = clerk.send(f"/exhibit/withdraw/{exhibit.id}", REASON)
    assert answer.status_code in (302, 422)
    db.session.expire_all()
    assert exhibit.voided_at is not None, answer.text[-2000:]


def test_a_correction_offers_no_fact_of_a_movement():
    """A received movement never changes; a correction voids it."""
    assert not find_correctable_fields(ExhibitMovement)
