"""A split: the part is an exhibit of its own, where the exhibit was. Quantities add up, and a second officer confirms."""

from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases.models import Exhibit
from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.evidence import splits
from app.evidence.custody import find_drift
from app.evidence.models import QuantityChange
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from tests.accounts.sample_staff import find_user_id
from tests.corrections.steps import post_request, void_record
from tests.evidence.test_custody import (
    REASON,
    add_store,
    custody_of,
    decide,
    exhibit,  # noqa: F401
    move,
    officers,  # noqa: F401
    user_id,
)
from tests.sample_rows import acting_as
from tests.sql_calls import Program

PART = "ថង់ទី២"


def split(client, exhibit, after="4", status=302, **over):  # noqa: F811
    form = {"exhibit": str(exhibit.id), "cause": "split", "after": after, "note": PART}
    answer = client.send("/quantitychange/add", form | over)
    assert answer.status_code == status, answer.text[-3000:]
    db.session.expire_all()
    return answer


def confirm(client, status=302):
    answer = client.send(f"/quantitychange/decide/{change().id}", {"confirmation": "confirmed"})
    assert answer.status_code == status, answer.text[-3000:]
    db.session.expire_all()
    return answer


def change():
    return db.session.scalars(select(QuantityChange).order_by(QuantityChange.id.desc())).unique().first()


def parts():
    db.session.expire_all()
    return db.session.scalars(
        select(Exhibit).where(Exhibit.parent_id.is_not(None)).order_by(Exhibit.id)
    ).all()


def test_part_is_where_the_exhibit_was_and_quantities_add_up(exhibit, clerk, officers, db_session):  # noqa: F811
    shelf = add_store(db_session)
    move(clerk, exhibit, "stored", shelf=str(shelf.id))
    decide(officers("warrant"))
    split(officers("investigator"), exhibit)
    assert not parts() and custody_of(exhibit).quantity == 10
    confirm(officers("investigator"), 422)
    confirm(officers("chief"))
    (part,) = parts()
    assert (part.quantity, part.description, part.substance, part.state) == (6, PART, "ice", "stored")
    of_part, of_exhibit = custody_of(part), custody_of(exhibit)
    assert (
        (of_part.shelf_id, of_part.unit_code)
        == (of_exhibit.shelf_id, of_exhibit.unit_code)
        == (shelf.id, "PC-02")
    )
    assert of_part.quantity + of_exhibit.quantity == Decimal(10) and of_part.code == part.code != exhibit.code
    page = clerk.page(f"/exhibit/show/{exhibit.id}").text
    assert part.code in page and PART in page
    assert f"/exhibit/show/{exhibit.id}" in clerk.get(f"/exhibit/show/{part.id}").text
    assert find_drift(db.session.connection()) == []
    move(officers("warrant"), part, "held", to_user=user_id("clerk"))
    decide(clerk)
    assert custody_of(part).holder_id == find_user_id("clerk.bb") and custody_of(exhibit).shelf_id == shelf.id
    assert clerk.send(f"/exhibit/withdraw/{part.id}", REASON).status_code in (403, 422)
    assert officers("chief").send(f"/exhibit/withdraw/{part.id}", REASON).status_code in (403, 422)
    assert find_drift(db.session.connection()) == []


def test_split_needs_the_holder_an_open_seal_and_a_quantity_between(exhibit, clerk, officers, db_session):  # noqa: F811
    move(clerk, exhibit, "held", to_user=user_id("investigator"))
    assert "V127" in split(clerk, exhibit, status=422).text
    decide(officers("investigator"))
    assert "V125" in split(clerk, exhibit, status=422).text
    holder = officers("investigator")
    for over in ({"after": "0"}, {"after": "10"}, {"after": "12"}, {"note": ""}):
        assert "V129" in split(holder, exhibit, status=422, **over).text
    seal = {"exhibit": str(exhibit.id), "kind": "put_on", "number": "S-1"}
    assert holder.send("/exhibitseal/add", seal).status_code == 302
    assert "V128" in split(holder, exhibit, status=422).text
    opened = seal | {"kind": "opened", "reason": "បំបែក", "witness": "ជា សុខា"}
    assert holder.send("/exhibitseal/add", opened).status_code == 302
    split(holder, exhibit)
    move(holder, exhibit, "held", to_user=user_id("clerk"))
    decide(clerk)
    assert "V125" in confirm(officers("chief"), 422).text or not parts()
    assert not parts()


def test_part_and_its_quantity_are_not_typed(exhibit, clerk, officers, db_session):  # noqa: F811
    with acting_as("clerk.bb"):
        typed = {"kind": "drug", "substance": "ice", "quantity": 5, "measure": "gram"}
        with pytest.raises(DBAPIError):
            db.session.add(Exhibit(case=exhibit.case, parent=exhibit, **typed))
            db.session.flush()
        db.session.rollback()
    split(clerk, exhibit)
    confirm(officers("chief"))
    (part,) = parts()
    with acting_as("chief.bb"):
        part.quantity = 7
        with pytest.raises(RuleViolation):
            db.session.flush()
        db.session.rollback()
    with pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE quantity_change SET part_id = NULL WHERE part_id IS NOT NULL"))
    db.session.rollback()


def test_part_stays_what_its_exhibit_is(exhibit, clerk, officers, each_database, db_session):  # noqa: F811
    split(clerk, exhibit)
    confirm(officers("chief"))
    (part,) = parts()
    program = Program(clerk)
    version = program.get(f"exhibits/{part.id}")["result"]["version"]
    for name, value in (("substance", "other"), ("kind", "document"), ("property_role", "stolen")):
        refused = program.put(f"exhibits/{part.id}", {"version": version, name: value}, 422)
        assert list(refused["errors"]) == [name]
    with pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE exhibit SET description = 'ម្សៅ' WHERE parent_id IS NOT NULL"))
    db.session.rollback()
    assert (parts()[0].substance, parts()[0].description) == ("ice", PART)


def test_confirmation_that_is_rolled_back_adds_no_part(exhibit, clerk, officers, db_session):  # noqa: F811
    with acting_as("clerk.bb"):
        exhibit.helps_suspect = True
        db_session.commit()
    split(clerk, exhibit)
    row = change()
    with acting_as("chief.bb"):
        for end in (db_session.rollback, db_session.commit):
            record_decision(row, CONFIRMED, "")
            db_session.flush()
            end()
            db_session.commit()
            assert len(parts()) == (end == db_session.commit)
    (part,) = parts()
    assert part.quantity == 6 and part.helps_suspect


def test_split_is_voided_only_after_its_parts(exhibit, clerk, officers, db_session):  # noqa: F811
    exhibit_id = exhibit.id
    split(clerk, exhibit)
    confirm(officers("chief"))
    first, part = (QuantityChange, change().id), (Exhibit, parts()[0].id)
    split(clerk, parts()[0], after="2")
    confirm(officers("chief"))
    second, piece = (QuantityChange, change().id), (Exhibit, parts()[1].id)

    def void(row, refused=False):
        if refused:
            answer = post_request(officers("chief"), db_session.get_one(*row), 422, kind="void")
            assert str(splits.PART_FIRST) in answer.text
            with pytest.raises(RuleViolation):
                void(row)
            db_session.rollback()
        else:
            void_record(db_session.get_one(*row))
            db_session.commit()

    void(first, refused=True)
    void(second, refused=True)
    void(part, refused=True)  # the piece came from the part
    void(piece)
    void(part)
    void(first)
    assert custody_of(db_session.get_one(Exhibit, exhibit_id)).quantity == 10
    assert find_drift(db_session.connection()) == []
