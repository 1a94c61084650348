"""A person is in one prison: a transfer moves all open detentions, and neither rules nor database accept two prisons."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.custody import consistency_check
from app.custody.models import Detention
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference.models import Prison
from tests.custody.form_data import (
    enter_detention,
    enter_detention_step,
    enter_release,
    format_day,
    make_suspect,
)
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case

OTHER = "CC3"


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 60)


def add_case_of(person):
    """Add another case with this suspect, and return the involvement."""
    then = dates.now().replace(second=0, microsecond=0) - timedelta(days=60)
    with acting_as("clerk.bb"):
        case = add_registered_case(
            people=[(person, "suspect")],
            occurred_from=then, occurred_to=None, reported_at=then, late_reason="reported_late",
        )  # fmt: skip
        db.session.commit()
    return case.involvements[0]


def copy_row(prison, **values):
    """Return the columns of a second detention of the person, without a case."""
    row = dict(db.session.execute(select(Detention.__table__)).mappings().first())
    return row | {"id": 999, "case_id": None, "prison_code": prison, "recorded_at": dates.now()} | values


def test_database_refuses_a_second_prison(db_session, clerk, suspect, each_database):
    enter_detention(clerk, suspect)
    db_session.rollback()
    table = Detention.__table__
    insert = table.insert().values
    with pytest.raises(IntegrityError, match="one_prison_of_person"):
        db_session.execute(insert(copy_row(OTHER)))
    db_session.rollback()
    today = dates.now().date()
    for allowed in ({"escaped": True}, {"ended_on": today, "end_reason": "other"}):
        db_session.execute(insert(copy_row(OTHER, **allowed)))
        again = table.update().where(table.c.id == 999).values(escaped=False, ended_on=None)
        with pytest.raises(IntegrityError, match="one_prison_of_person"):
            db_session.execute(again)
        db_session.rollback()
    db_session.execute(insert(copy_row(db_session.scalar(select(Detention.prison_code)))))
    db_session.rollback()


def test_transfer_moves_all_open_detentions_of_the_person(db_session, clerk, suspect, each_database):
    first = enter_detention(clerk, suspect)
    prison = db_session.get(Detention, first).prison_code
    second = enter_detention(clerk, add_case_of(suspect.person))
    enter_detention_step(clerk, first, "transfer", prison=OTHER, document_no="៤/២៦", done_on=format_day())
    db_session.expire_all()
    assert {db_session.get(Detention, one).prison_code for one in (first, second)} == {OTHER} != {prison}
    assert consistency_check.find_drift(db_session.connection()) == []


def test_transfer_still_counts_if_its_own_detention_ends(db_session, clerk, suspect, each_database):
    first, second = enter_detention(clerk, suspect), enter_detention(clerk, add_case_of(suspect.person))
    enter_detention_step(clerk, first, "transfer", prison=OTHER, document_no="៤/២៦", done_on=format_day(-1))
    enter_release(clerk, first, released_on=format_day())
    assert db_session.get(Detention, second).prison_code == OTHER
    enter_detention_step(clerk, second, "extension", months="2", document_no="៥/២៦", done_on=format_day())
    db_session.expire_all()
    assert {db_session.get(Detention, one).prison_code for one in (first, second)} == {OTHER}
    assert consistency_check.find_drift(db_session.connection()) == []


def test_transfer_after_a_release_moves_no_other_detention(db_session, clerk, suspect, each_database):
    """A release that is entered later can end the detention before its transfer."""
    first, second = enter_detention(clerk, suspect), enter_detention(clerk, add_case_of(suspect.person))
    enter_detention_step(clerk, second, "transfer", prison=OTHER, document_no="៤/២៦", done_on=format_day())
    enter_release(clerk, first, released_on=format_day(-1))
    db_session.expire_all()
    assert db_session.get(Detention, first).prison_code != OTHER
    assert db_session.get(Detention, second).prison_code == OTHER
    assert consistency_check.find_drift(db_session.connection()) == []


def test_recaptured_person_is_in_the_newer_prison(db_session, clerk, suspect):
    first = enter_detention(clerk, suspect, since=format_day(-20), document_date=format_day(-20))
    enter_detention_step(clerk, first, "escape", done_on=format_day(-9))
    day = format_day(-5)
    other = add_case_of(suspect.person)
    enter_detention(clerk, other, first_prison=OTHER, since=day, document_date=day)
    enter_detention_step(clerk, first, "recapture", done_on=format_day(-4))
    db_session.expire_all()
    assert db_session.get(Detention, first).prison_code == OTHER


def test_second_prison_is_refused_below_the_form(db_session, clerk, suspect):
    pk = enter_detention(clerk, suspect)
    known = db_session.get(Detention, pk)
    db_session.add(
        Detention(
            involvement=add_case_of(suspect.person), kind="provisional", offence_class="felony",
            since=known.since + timedelta(days=1), document_no="1", document_date=known.since,
            first_prison=db_session.get(Prison, OTHER), court=known.court,
        )
    )  # fmt: skip
    with pytest.raises(RuleViolation) as refused:
        db_session.flush()
    assert [one.rule for one in refused.value.problems] == ["V090"]
    db_session.rollback()
