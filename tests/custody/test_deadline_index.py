"""The index of active deadlines always agrees with the records and their visibility."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.custody import deadline_index
from app.custody.models import ActiveDeadline, Custody, Detention, Release
from app.custody.models.deadlines import NATIONAL
from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, Scope, act_as
from app.kernel.screens.dashboard import count_rows
from app.kernel.text import dates
from app.people.visibility import Visibility
from tests.custody.form_data import make_suspect
from tests.custody.sample_rows import add_one_of_each
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case

pytestmark = pytest.mark.machine
RUNS = int(os.environ.get("MACHINE_RUNS", "5"))
ENDS = {
    Custody: ("limit_at", "ended_at"),
    Detention: ("due_on", "ended_on"),
    Release: ("supervised_until", "ended_on"),
}
SOON, TODAY = timedelta(days=3), datetime.combine(dates.now(), time())


def compute_index():
    """Return the rows of the index, computed in Python from all records and visibility rows."""
    seen, found = {}, set()
    for row in db.session.execute(select(Visibility.__table__)):
        if not row.hidden:
            codes = (NATIONAL, row.province_code, row.family, row.unit_code)
            seen.setdefault(row.person_id, set()).update(codes)
    for model, (limit, ended) in ENDS.items():
        for row in db.session.execute(select(model.__table__)):
            ends = getattr(row, limit)
            if getattr(row, ended) is None and row.voided_at is None and ends is not None:
                moment = ends if model is Custody else datetime.combine(ends, time())
                found |= {
                    (model.__tablename__, by, moment, row.id, row.person_id)
                    for by in seen.get(row.person_id, ())
                    if by is not None
                }
    return found


def read_index():
    return {tuple(row) for row in db.session.execute(select(ActiveDeadline.__table__))}


PLACES = some.sampled_from(("02", "12", None))
FAMILIES = some.sampled_from(("theft", "drugs", None))
UNITS = some.sampled_from(("PC-02", "PC-12", None))
FIRST_OR_OTHER = some.integers(0, 1)
VALUES = some.fixed_dictionaries(
    {"province_code": PLACES, "family": FAMILIES, "unit_code": UNITS, "hidden": some.booleans()}
)
MODELS = some.sampled_from(tuple(ENDS))
ACTIONS = some.one_of(
    some.tuples(some.just("show"), FIRST_OR_OTHER, VALUES),
    some.tuples(some.just("hide"), some.integers(0, 20)),
    some.tuples(some.just("change"), some.integers(0, 20), FIRST_OR_OTHER, VALUES),
    some.tuples(some.just("end"), MODELS, FIRST_OR_OTHER, some.booleans()),
    some.tuples(some.just("extend"), MODELS, FIRST_OR_OTHER, some.none() | some.integers(-9, 9)),
    some.tuples(some.just("move"), MODELS, FIRST_OR_OTHER, FIRST_OR_OTHER),
)


@prepared
def people(db_session):
    """Two people with one record of each kind, all open."""
    involvements = [make_suspect(surname_km=name) for name in ("សុខ", "ទេព")]
    with acting_as("clerk.bb"):
        for involvement in involvements:
            add_one_of_each(involvement, "PC-02")
    for model, (_limit, ended) in ENDS.items():
        db_session.execute(update(model.__table__).values({ended: None}))
    db_session.commit()
    return [involvement.person_id for involvement in involvements]


def _visibility_row(number):
    """Return the condition for the visibility row with this number, modulo the number of rows."""
    ids = db.session.scalars(select(Visibility.id).order_by(Visibility.id)).all()
    return Visibility.__table__.c.id == ids[number % len(ids)] if ids else text("1 = 0")


def build_statement(people, action, *args):
    rows = Visibility.__table__
    if action == "show":
        index, values = args
        return insert(rows).values(person_id=people[index], **values)
    if action == "hide":
        return delete(rows).where(_visibility_row(*args))
    if action == "change":
        number, index, values = args
        return update(rows).where(_visibility_row(number)).values(person_id=people[index], **values)
    model, index, value = args
    limit, ended = ENDS[model]
    table, now = model.__table__, dates.now()
    if action == "extend" and model is Custody and value is None:
        value = 0  # a custody always has a limit
    values = {
        "end": {ended: (now if model is Custody else now.date()) if value else None},
        "extend": {limit: None if value is None else now + timedelta(days=value)},
        "move": {"person_id": people[value]} if action == "move" else {},
    }[action]
    if action == "extend" and model is not Custody and value is not None:
        values[limit] = values[limit].date()
    first = select(table.c.id).order_by(table.c.id).offset(index).limit(1).scalar_subquery()
    return update(table).where(table.c.id == first).values(values)


def test_index_matches_records_after_any_changes(people, each_database):
    @settings(
        max_examples=RUNS * 5, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(some.lists(ACTIONS, min_size=1, max_size=8))
    def check(actions):
        act_as(db.session, SYSTEM)
        for action in actions:
            # The database refuses a second open custody of one person.
            with suppress(IntegrityError), db.session.begin_nested():
                db.session.execute(build_statement(people, *action))
            assert read_index() == compute_index()
        assert deadline_index.find_drift(db.session.connection()) == []
        db.session.rollback()

    assert len({one[0] for one in read_index()}) == 3
    check()


def list_scopes(people, case_id):
    """Yield every kind of scope that a user can have."""
    yield Scope()
    yield Scope(unit="GCNP")
    yield from (Scope(area=area, unit="PC-99") for area in ("02", "0203", "020310", "12", "25"))
    yield Scope(area="25", unit="PC-12")
    yield from (Scope(offence_families=frozenset({family}), unit="D-1") for family in ("property", "drugs"))
    yield Scope(area="02", offence_families=frozenset({"drugs"}), unit="PC-25")
    empty = Scope(area="25", unit="PC-25")
    yield replace(empty, shared_case_ids=frozenset({case_id}))
    yield replace(empty, break_glass_ids=frozenset(people[:1]))
    yield replace(empty, revealed_ids=frozenset(people))
    yield replace(empty, break_glass_ids=frozenset(people[:1]), revealed_ids=frozenset(people))


def test_index_finds_every_deadline_in_scope(people, each_database):
    elsewhere = {"province_code": "12", "family": "drugs", "unit_code": "PC-12", "hidden": False}
    db.session.execute(build_statement(people, "show", 1, elsewhere))
    case_id = db.session.scalar(select(Visibility.case_id).where(Visibility.person_id == people[0]).limit(1))
    seen = {}
    for scope in list_scopes(people, case_id):
        act_as(db.session, Actor(scope=scope))
        for model, (limit, ended) in ENDS.items():
            limit, ended = getattr(model, limit), getattr(model, ended)
            for since, until in ((None, None), (TODAY, None), (None, TODAY + 60 * SOON)):
                bounds = [limit >= since] if since else [limit < until] if until else [limit.is_not(None)]
                one_by_one = select(limit, model.id).where(
                    ended.is_(None), model.voided_at.is_(None), *bounds
                )
                ids = [row.id for row in db.session.execute(one_by_one.order_by(limit, model.id))]
                statement = deadline_index.select_active(model, since, until)
                assert [row.entity_id for row in db.session.execute(statement)] == ids, (
                    scope,
                    model,
                    since,
                    until,
                )
                assert count_rows(statement) == (len(ids),)
                records = db.session.scalars(deadline_index.select_records(model, statement.limit(9), limit))
                assert [row.id for row in records] == ids
                seen.setdefault(len(ids), []).append(scope)
    assert set(seen) == {0, 1, 2}


@pytest.mark.parametrize("area", ["02", "25"])
def test_revealed_name_does_not_reveal_the_custody(people, area, each_database):
    """A user who revealed the name sees the person in lists only if the custody is in their own scope."""
    plain, revealed = (
        Actor(scope=Scope(area=area, unit="PC-99", revealed_ids=frozenset(shown))) for shown in ((), people)
    )
    found = []
    for actor in (plain, revealed):
        act_as(db.session, actor)
        found.append({model: count_rows(deadline_index.select_active(model)) for model in ENDS})
        rows = {model: len(db.session.execute(select(model.id)).all()) for model in ENDS}
        assert {model: (count,) for model, count in rows.items()} == found[-1]
    assert found[0] == found[1] == dict.fromkeys(ENDS, (2 if area == "02" else 0,))


def test_index_changed_directly_is_reported(people, owner, each_database):
    columns = ActiveDeadline.__table__.c
    with owner.begin() as connection:
        assert deadline_index.find_drift(connection) == []
        missing = connection.execute(select(ActiveDeadline.__table__).limit(1)).one()
        same_row = [column == value for column, value in zip(columns, missing, strict=True)]
        connection.execute(delete(ActiveDeadline.__table__).where(*same_row))
        extra = {**missing._mapping, "visible_to": "25"}
        connection.execute(insert(ActiveDeadline.__table__).values(**extra))
        found = deadline_index.find_drift(connection)
    assert {tuple(row) for row in found} == {tuple(missing), tuple(extra.values())}


def test_custody_list_shows_visible_people_of_all_units(db_session, client_as):
    ours = make_suspect()
    with acting_as("clerk.pp"):
        theirs = add_registered_case(place=PHNOM_PENH).involvements[0]
        for involvement in (ours, theirs):
            add_one_of_each(involvement, "PC-12")
        db_session.commit()
    people = dict(db_session.execute(select(Custody.person_id, Custody.id)).all())
    pages = {reader: client_as(reader).get("/in-custody/list/").text for reader in ("chief.bb", "warrant.pp")}
    shown = {
        reader: {person for person, pk in people.items() if f'/custody/show/{pk}"' in page}
        for reader, page in pages.items()
    }
    assert shown == {"chief.bb": {ours.person_id}, "warrant.pp": set(people)}
