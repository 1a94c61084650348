"""Boards find the clocks that run where they are seen: what is kept for that is always what the records say."""

import os
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, insert, select, text, update

from app.custody import deadline_index
from app.custody.models import Custody, Detention, OpenClock, Release
from app.custody.models.deadlines import NATION
from app.extensions import db
from app.kernel.actor import THE_REGISTER, Actor, Scope, act_as
from app.kernel.text import dates
from app.people.visibility import Visibility
from tests.custody.form_data import a_suspect
from tests.custody.sample_rows import one_of_each
from tests.sample_rows import PHNOM_PENH, a_registered_case, written_by

RUNS = int(os.environ.get("MACHINE_RUNS", "5"))
ENDS = {
    Custody: ("limit_at", "ended_at"),
    Detention: ("due_on", "ended_on"),
    Release: ("track_until", "ended_on"),
}
SOON, TODAY = timedelta(days=3), datetime.combine(dates.now(), time())


def expected():
    """The same rows, told in Python from all records and all that says whose the people are."""
    seen, found = {}, set()
    for row in db.session.execute(select(Visibility.__table__)):
        if not row.hidden:
            codes = (NATION, row.province_code, row.family, row.unit_code)
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


def kept():
    return {tuple(row) for row in db.session.execute(select(OpenClock.__table__))}


PLACES = some.sampled_from(("02", "12", None))
FAMILIES = some.sampled_from(("theft", "drugs", None))
UNITS = some.sampled_from(("PC-02", "PC-12", None))
FIRST_OR_OTHER = some.integers(0, 1)
SEEN = some.fixed_dictionaries(
    {"province_code": PLACES, "family": FAMILIES, "unit_code": UNITS, "hidden": some.booleans()}
)
MODELS = some.sampled_from(tuple(ENDS))
ACTS = some.one_of(
    some.tuples(some.just("show"), FIRST_OR_OTHER, SEEN),
    some.tuples(some.just("hide"), some.integers(0, 20)),
    some.tuples(some.just("change"), some.integers(0, 20), FIRST_OR_OTHER, SEEN),
    some.tuples(some.just("end"), MODELS, FIRST_OR_OTHER, some.booleans()),
    some.tuples(some.just("extend"), MODELS, FIRST_OR_OTHER, some.none() | some.integers(-9, 9)),
    some.tuples(some.just("move"), MODELS, FIRST_OR_OTHER, FIRST_OR_OTHER),
)


@pytest.fixture
def people(db_session):
    """Two people with one record of each kind, all of them open."""
    parts = [a_suspect(surname_km=name) for name in ("សុខ", "ទេព")]
    with written_by("clerk.bb"):
        for part in parts:
            one_of_each(part, "PC-02")
    for model, (_limit, ended) in ENDS.items():
        db_session.execute(update(model.__table__).values({ended: None}))
    db_session.commit()
    return [part.person_id for part in parts]


def _row(number):
    """The row of `visibility` of that number, counted round and round."""
    ids = db.session.scalars(select(Visibility.id).order_by(Visibility.id)).all()
    return Visibility.__table__.c.id == ids[number % len(ids)] if ids else text("1 = 0")


def do(people, act, *told):
    rows = Visibility.__table__
    if act == "show":
        which, seen = told
        return insert(rows).values(person_id=people[which], **seen)
    if act == "hide":
        return delete(rows).where(_row(*told))
    if act == "change":
        number, which, seen = told
        return update(rows).where(_row(number)).values(person_id=people[which], **seen)
    model, which, how = told
    limit, ended = ENDS[model]
    table, now = model.__table__, dates.now()
    if act == "extend" and model is Custody and how is None:
        how = 0  # a custody always has a limit
    values = {
        "end": {ended: (now if model is Custody else now.date()) if how else None},
        "extend": {limit: None if how is None else now + timedelta(days=how)},
        "move": {"person_id": people[how]} if act == "move" else {},
    }[act]
    if act == "extend" and model is not Custody and how is not None:
        values[limit] = values[limit].date()
    first = select(table.c.id).order_by(table.c.id).offset(which).limit(1).scalar_subquery()
    return update(table).where(table.c.id == first).values(values)


def test_what_is_kept_is_what_the_records_say_after_any_acts(people, each_database):
    @settings(
        max_examples=RUNS * 5, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(some.lists(ACTS, min_size=1, max_size=8))
    def try_them(acts):
        act_as(db.session, THE_REGISTER)
        for act in acts:
            db.session.execute(do(people, *act))
            assert kept() == expected()
        assert deadline_index.differences(db.session.connection()) == []
        db.session.rollback()

    assert len({one[0] for one in kept()}) == 3
    try_them()


def scopes(people, case_id):
    """Every kind of part that somebody may have."""
    yield Scope()
    yield Scope(unit="GCNP")
    yield from (Scope(area=area, unit="PC-99") for area in ("02", "0203", "020310", "12", "25"))
    yield Scope(area="25", unit="PC-12")
    yield from (Scope(families=frozenset({family}), unit="D-1") for family in ("property", "drugs"))
    yield Scope(area="02", families=frozenset({"drugs"}), unit="PC-25")
    nothing = Scope(area="25", unit="PC-25")
    yield replace(nothing, shared=frozenset({case_id}))
    yield replace(nothing, opened=frozenset(people[:1]))
    yield replace(nothing, revealed=frozenset(people))
    yield replace(nothing, opened=frozenset(people[:1]), revealed=frozenset(people))


def test_nobody_sees_fewer_clocks_than_are_his_part(people, each_database):
    elsewhere = {"province_code": "12", "family": "drugs", "unit_code": "PC-12", "hidden": False}
    db.session.execute(do(people, "show", 1, elsewhere))
    case_id = db.session.scalar(select(Visibility.case_id).where(Visibility.person_id == people[0]).limit(1))
    seen = {}
    for scope in scopes(people, case_id):
        act_as(db.session, Actor(scope=scope))
        for model, (limit, ended) in ENDS.items():
            limit, ended = getattr(model, limit), getattr(model, ended)
            for since, until in ((None, None), (TODAY, None), (None, TODAY + 60 * SOON)):
                bounds = [limit >= since] if since else [limit < until] if until else [limit.is_not(None)]
                one_by_one = select(limit, model.id).where(
                    ended.is_(None), model.voided_at.is_(None), *bounds
                )
                ids = [row.id for row in db.session.execute(one_by_one.order_by(limit, model.id))]
                asked = deadline_index.clocks(model, since, until)
                assert [row.entity_id for row in db.session.execute(asked)] == ids, (
                    scope,
                    model,
                    since,
                    until,
                )
                assert deadline_index.counts(asked) == (len(ids),)
                read = db.session.scalars(deadline_index.records(model, asked.limit(9), limit))
                assert [row.id for row in read] == ids
                seen.setdefault(len(ids), []).append(scope)
    assert set(seen) == {0, 1, 2}


@pytest.mark.parametrize("area", ["02", "25"])
def test_whoever_reads_the_name_of_a_protected_person_does_not_learn_where_he_is_held(
    people, area, each_database
):
    """By the name alone: where he is held in the reader's own part, he is on the board as anybody is."""
    mine, revealed = (
        Actor(scope=Scope(area=area, unit="PC-99", revealed=frozenset(shown))) for shown in ((), people)
    )
    found = []
    for actor in (mine, revealed):
        act_as(db.session, actor)
        found.append({model: deadline_index.counts(deadline_index.clocks(model)) for model in ENDS})
        rows = {model: len(db.session.execute(select(model.id)).all()) for model in ENDS}
        assert {model: (count,) for model, count in rows.items()} == found[-1]
    assert found[0] == found[1] == dict.fromkeys(ENDS, (2 if area == "02" else 0,))


def test_a_clock_that_was_changed_past_the_register_is_named(people, owner, each_database):
    where = OpenClock.__table__.c
    with owner.begin() as connection:
        assert deadline_index.differences(connection) == []
        gone = connection.execute(select(OpenClock.__table__).limit(1)).one()
        this = [column == value for column, value in zip(where, gone, strict=True)]
        connection.execute(delete(OpenClock.__table__).where(*this))
        other = {**gone._mapping, "seen_by": "25"}
        connection.execute(insert(OpenClock.__table__).values(**other))
        found = deadline_index.differences(connection)
    assert {tuple(row) for row in found} == {tuple(gone), tuple(other.values())}


def test_a_board_shows_whoever_is_seen_wherever_he_is_held(db_session, client_as):
    ours = a_suspect()
    with written_by("clerk.pp"):
        theirs = a_registered_case(place=PHNOM_PENH).involvements[0]
        for part in (ours, theirs):
            one_of_each(part, "PC-12")
        db_session.commit()
    people = dict(db_session.execute(select(Custody.person_id, Custody.id)).all())
    pages = {reader: client_as(reader).get("/held-now/list/").text for reader in ("chief.bb", "warrant.pp")}
    shown = {
        reader: {person for person, pk in people.items() if f'/custody/show/{pk}"' in page}
        for reader, page in pages.items()
    }
    assert shown == {"chief.bb": {ours.person_id}, "warrant.pp": set(people)}
