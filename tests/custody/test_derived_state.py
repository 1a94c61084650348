"""Limits and ends follow the recorded acts: transfers, corrections of a birth or a case, detentions and sentences."""

from datetime import date, datetime, time, timedelta

import pytest

from app.custody import consistency_check, limit_changes
from app.custody.models import Arrest, Custody, Detention, Release, Sentence
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.models import Person
from app.people.status import PersonStatus
from app.reference.models import TimeLimit, Unit
from tests.corrections.steps import apply_correction, decide, request_correction, void_record
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    enter_detention,
    enter_judgment,
    enter_sentence,
    find_shown_rules,
    format_ago,
    format_day,
    make_suspect,
)
from tests.custody.sample_rows import imprison
from tests.custody.test_prisons import (
    enter_detention_step,
    enter_judgment_step,
    enter_sentence_change,
)
from tests.prepared import prepared
from tests.sample_rows import BATTAMBANG, acting_as, add_registered_case


@prepared
def suspect(db_session):
    return make_suspect(hours=24 * 400)


@pytest.fixture
def reload(db_session):
    """A function that reloads a record."""

    def load(model, pk):
        db_session.expire_all()
        return db_session.get(model, pk)

    return load


@pytest.fixture
def read_status(db_session, suspect):
    """A function that returns the current status of the suspect, or None."""
    person_id = suspect.person_id

    def load():
        db_session.expire_all()
        row = db_session.get(PersonStatus, person_id)
        return row.status if row is not None else None

    return load


def find_drift(db_session):
    db_session.rollback()
    return consistency_check.find_drift(db_session.connection())


def test_limit_counts_from_the_first_arrival_of_the_arrest(db_session, clerk, suspect, reload, each_database):
    arrest_id = enter_arrest(clerk, suspect, at=format_ago(hours=44))
    first = enter_custody(clerk, arrest_id, arrived_at=format_ago(hours=43))
    limit_at = reload(Custody, first).limit_at
    enter_custody_step(clerk, first, "lawyer", at=format_ago(hours=40))
    granted = {"hours": "10", "who": "ព្រះរាជអាជ្ញា", "document_no": "៧/២៦"}
    enter_custody_step(clerk, first, "extension", at=format_ago(hours=20), **granted)
    enter_custody_step(clerk, first, "end", outcome="transferred", to_unit="PC-12", at=format_ago(hours=3))
    second = enter_custody(clerk, arrest_id, arrived_at=format_ago(hours=2))
    one = reload(Custody, second)
    assert one.counts_from == one.arrest.custodies[0].arrived_at
    assert one.limit_at == limit_at + timedelta(hours=10)
    page = enter_custody_step(clerk, second, "extension", 422, **granted)
    assert ("V061", "kind") in find_shown_rules(page), "one extension for the whole time in custody"
    assert find_drift(db_session) == []


def test_limit_continues_after_a_transfer_to_another_arrest(clerk, suspect, reload):
    first = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, first, "end", outcome="hospital", at=format_ago(hours=3))
    again = enter_arrest(clerk, suspect, at=format_ago(hours=2), at__reason="checked")
    second = enter_custody(clerk, again, arrived_at=format_ago(hours=1))
    assert reload(Custody, second).limit_at == reload(Custody, first).limit_at
    enter_custody_step(clerk, second, "end", outcome="released", at=format_ago(minutes=50))
    released = enter_arrest(clerk, suspect, at=format_ago(minutes=40), at__reason="checked")
    third = enter_custody(clerk, released, arrived_at=format_ago(minutes=30))
    one = reload(Custody, third)
    assert one.limit_at == one.arrived_at + timedelta(hours=48)


def test_corrected_birth_changes_open_limits(db_session, clerk, suspect, reload, each_database):
    custody_id = enter_custody(
        clerk, enter_arrest(clerk, suspect), offence_class="misdemeanour", offence_class__reason="checked"
    )
    assert reload(Custody, custody_id).limit_code == "custody"
    person = db_session.get(Person, reload(Custody, custody_id).person_id)
    person.born_on = (dates.now() - timedelta(days=16 * 365)).date()
    person.birth_precision = "day"
    db_session.commit()
    one = reload(Custody, custody_id)
    assert one.limit_code == "custody_14_misdemeanour"
    assert one.limit_at == one.arrived_at + timedelta(hours=24)
    assert find_drift(db_session) == []


def test_changed_limit_of_the_law_moves_the_ends_of_open_records(
    db_session, clerk, suspect, reload, each_database
):
    ended = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, ended, "end", outcome="to_prosecutor")
    other = make_suspect(number=7)
    held = enter_custody(clerk, enter_arrest(clerk, other))
    prison = enter_detention(clerk, suspect)
    past, until = reload(Custody, ended).limit_at, reload(Custody, held).limit_at
    due_on, limit_code = reload(Detention, prison).due_on, reload(Detention, prison).limit_code
    act_as(db_session, SYSTEM)
    assert limit_changes.move_ends(db_session) == 0, "the first run finds nothing to move"
    with acting_as("admin"):
        for code, more in (("custody", 24), (limit_code, 1)):
            db_session.get(TimeLimit, code).amount += more
        db_session.commit()
    third = enter_custody(clerk, enter_arrest(clerk, make_suspect(number=8)))
    assert reload(Custody, third).limit_at == reload(Custody, third).arrived_at + timedelta(hours=72), (
        "at once"
    )
    assert reload(Custody, held).limit_at == until, "until the job runs"
    act_as(db_session, SYSTEM)
    assert [limit_changes.move_ends(db_session) for _run in range(2)] == [2, 0]
    assert reload(Custody, held).limit_at == until + timedelta(hours=24)
    assert reload(Custody, ended).limit_at == past, "the limit of its time"
    assert reload(Detention, prison).due_on == dates.add_months(due_on, 1)
    assert [one for one in find_drift(db_session) if one[1] != ended] == []


def test_case_linked_later_to_the_order_changes_the_limit(db_session, clerk, client_as, reload):
    """A minor on a warrant without a case: first the age at the arrest counts, then the age at the offence."""
    young = make_suspect(
        hours=24 * 300, felony=False, born_on=(dates.now() - timedelta(days=int(16.2 * 365.25))).date()
    )
    order = make_active_order(person=young.person, case=None)
    db_session.commit()
    on_order = {"ground": "warrant", "order": order.id, "place": BATTAMBANG, "match_reason": "ភាពបន្ទាន់"}
    arrest_id = enter_arrest(clerk, young, involvement=None, **on_order)
    custody_id = enter_custody(clerk, arrest_id, offence_class="misdemeanour")
    assert reload(Custody, custody_id).case_id is None
    assert reload(Custody, custody_id).limit_code == "custody_16_misdemeanour"
    order = reload(Arrest, arrest_id).order
    order.case = young.case
    db_session.commit()
    assert reload(Custody, custody_id).limit_code == "custody_14_misdemeanour"
    assert find_drift(db_session) == []


def test_detention_ends_the_custody_of_the_person(
    db_session, clerk, suspect, reload, read_status, each_database
):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    prison = enter_detention(clerk, suspect, since=format_day(), document_date=format_day())
    one = reload(Custody, custody_id)
    assert (one.ended_at, one.outcome) == (datetime.combine(dates.now(), time(23, 59)), "detained")
    assert read_status() == "detained"
    enter_custody_step(clerk, custody_id, "end", outcome="to_prosecutor", at=format_ago(hours=1))
    assert reload(Custody, custody_id).outcome == "to_prosecutor", (
        "the recorded hour replaces the end of the day"
    )
    assert reload(Detention, prison).ended_on is None
    assert find_drift(db_session) == []


def test_days_of_a_void_detention_do_not_count_in_an_ended_one(db_session, suspect, reload, each_database):
    with acting_as("clerk.bb"):
        alone = imprison(suspect.person, date(2024, 5, 13), involvement=suspect, offence_class="misdemeanour")
        db_session.add(Release(detention=alone, released_on=date(2024, 8, 30), kind="order", document_no="១"))
        db_session.flush()
        due = alone.due_on
        earlier = imprison(
            suspect.person, date(2024, 4, 18), involvement=suspect, offence_class="misdemeanour"
        )
        db_session.commit()
        assert alone.due_on < due
    pk = alone.id
    void_record(earlier)
    db_session.commit()
    assert reload(Detention, pk).due_on == due
    assert find_drift(db_session) == []


def test_sentence_ends_the_provisional_detention(
    db_session, clerk, suspect, reload, read_status, each_database
):
    first = enter_detention(clerk, suspect, since=format_day(-60), document_date=format_day(-60))
    sentence = enter_sentence(clerk, enter_judgment(clerk, suspect), credit_days="55")
    served = enter_detention(
        clerk,
        suspect,
        kind="sentence",
        sentence=sentence,
        offence_class=None,
        since=format_day(-5),
        document_date=format_day(-5),
    )
    one = reload(Detention, first)
    assert (one.ended_on, one.end_reason) == (reload(Detention, served).since, "sentenced")
    assert read_status() == "serving"
    assert find_drift(db_session) == []


def test_custody_ends_if_the_release_of_its_morning_was_a_day_later(db_session, suspect, each_database):
    day = dates.now().date() - timedelta(days=5)
    with acting_as("clerk.bb"):
        unit, at = db_session.get(Unit, "PC-02"), datetime.combine(day, time(15))
        detention = imprison(suspect.person, day)
        release = Release(detention=detention, released_on=day, kind="order", document_no="១")
        db_session.add(release)
        db_session.flush()
        arrest = Arrest(involvement=suspect, at=at, by_unit=unit, officers="ម", ground="flagrant")
        custody = Custody(
            arrest=arrest, held_by=unit, arrived_at=at + timedelta(hours=1), offence_class="felony"
        )
        db_session.add_all((arrest, custody))
        db_session.flush()
        assert custody.ended_at is None, "the arrest of the afternoon is in another case"
        release.released_on = day + timedelta(days=1)
        db_session.flush()
        assert custody.outcome == "detained"


def test_person_is_in_one_prison(clerk, suspect, db_session):
    enter_detention(clerk, suspect)
    elsewhere = make_suspect(hours=24 * 400, number=7)
    elsewhere.person_id = suspect.person_id
    db_session.commit()
    page = enter_detention(clerk, elsewhere, 422, first_prison="CC3", document_no="៤៧/២៦")
    assert ("V090", "first_prison") in find_shown_rules(page)
    enter_detention(clerk, elsewhere, document_no="៤៧/២៦")


def test_prisoner_in_custody_needs_a_reason(clerk, suspect):
    enter_detention(clerk, suspect)
    arrest_id = enter_arrest(clerk, suspect)
    assert ("V068", "arrest") in find_shown_rules(enter_custody(clerk, arrest_id, 422))


def test_time_at_large_does_not_count_as_served(
    db_session, clerk, suspect, reload, read_status, each_database
):
    sentence = enter_sentence(
        clerk, enter_judgment(clerk, suspect, decided_on=format_day(-300)), starts_on=format_day(-300)
    )
    served = enter_detention(
        clerk,
        suspect,
        kind="sentence",
        sentence=sentence,
        offence_class=None,
        since=format_day(-300),
        document_date=format_day(-300),
    )
    due = reload(Detention, served).due_on
    enter_detention_step(clerk, served, "escape", done_on=format_day(-100))
    assert (reload(Detention, served).due_on, reload(Sentence, sentence).expected_on) == (None, None)
    assert read_status() == "escaped"
    since = db_session.get(PersonStatus, suspect.person_id).since
    assert since == dates.now().date() - timedelta(days=100), "the day of the escape"
    enter_detention_step(clerk, served, "recapture", done_on=format_day(-10))
    assert reload(Detention, served).due_on == due + timedelta(days=90)
    assert find_drift(db_session) == []


def test_escapee_held_elsewhere_is_not_at_large(clerk, suspect, read_status):
    served = enter_detention(clerk, suspect)
    enter_detention_step(clerk, served, "escape", done_on=format_day(-1))
    assert read_status() == "escaped"
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    assert read_status() == "in_custody"
    enter_custody_step(clerk, custody_id, "end", outcome="to_prosecutor")
    assert read_status() == "detained", "found, and not let go"
    enter_detention_step(clerk, served, "recapture")
    assert read_status() == "detained"


def test_acquitted_person_is_not_escaped(clerk, suspect, read_status, each_database):
    custody_id = enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_custody_step(clerk, custody_id, "end", outcome="escaped")
    assert read_status() == "escaped"
    enter_judgment_step(
        clerk, enter_judgment(clerk, suspect, verdict="acquitted"), "final", document_no="5/26"
    )
    assert read_status() == "cleared"
    with acting_as("clerk.bb"):
        add_registered_case(people=[(suspect.person, "victim")])
    db.session.commit()
    assert read_status() == "cleared", "a victim is accused of nothing"


@pytest.mark.parametrize("way", ["set aside", "voided"])
def test_overturned_judgment_is_not_served(db_session, clerk, client_as, suspect, reload, read_status, way):
    judgment = enter_judgment(clerk, suspect)
    sentence = enter_sentence(clerk, judgment)
    served = enter_detention(clerk, suspect, kind="sentence", sentence=sentence, offence_class=None)
    assert read_status() == "serving"
    if way == "set aside":
        enter_judgment_step(clerk, judgment, "set_aside", document_no="9/26")
    else:
        from app.custody.models import Judgment

        number = request_correction(client_as("chief.bb"), db_session.get(Judgment, judgment), kind="void")
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
    assert read_status() == "detained"
    assert (reload(Sentence, sentence).expected_on, reload(Detention, served).due_on) == (None, None)
    assert find_drift(db_session) == []


def test_pardon_without_days_remits_the_rest(clerk, suspect, reload):
    sentence = enter_sentence(clerk, enter_judgment(clerk, suspect))
    assert ("V095", "days") in find_shown_rules(enter_sentence_change(clerk, sentence, "pardon", 422))
    enter_sentence_change(clerk, sentence, "pardon", days__reason="checked")
    assert reload(Sentence, sentence).expected_on == dates.now().date()


def test_commuted_life_sentence_has_an_end(clerk, suspect, reload):
    sentence = enter_sentence(clerk, enter_judgment(clerk, suspect), kind="life", years=None)
    assert reload(Sentence, sentence).expected_on is None
    assert ("V095", "years") in find_shown_rules(enter_sentence_change(clerk, sentence, "commutation", 422))
    enter_sentence_change(clerk, sentence, "commutation", years="20")
    starts = reload(Sentence, sentence).starts_on
    assert reload(Sentence, sentence).expected_on.year == starts.year + 20


def test_same_decree_is_refused_twice(clerk, suspect, reload):
    sentence = enter_sentence(clerk, enter_judgment(clerk, suspect))
    enter_sentence_change(clerk, sentence, "reduction", days="60")
    ends = reload(Sentence, sentence).expected_on
    page = enter_sentence_change(clerk, sentence, "reduction", 422, days="60")
    assert ("V095", "document_no") in find_shown_rules(page)
    assert reload(Sentence, sentence).expected_on == ends


def test_suspended_part_is_not_served(clerk, suspect, reload):
    sentence = enter_sentence(clerk, enter_judgment(clerk, suspect), suspended_months="18")
    one = reload(Sentence, sentence)
    assert one.expected_on <= one.starts_on + timedelta(days=184)


def test_no_custody_follows_a_void_arrest(db_session, suspect, each_database):
    """A void arrest is no arrest: a custody on it would make a free person held."""
    at = dates.now().replace(microsecond=0) - timedelta(hours=30)
    unit = db_session.get(Unit, "PC-02")
    arrest = Arrest(involvement=suspect, at=at, by_unit=unit, ground="flagrant", officers="ម")
    arrest.voided_at, arrest.void_reason = at, "ច្រឡំ"
    arrest.update_derived()
    custody = Custody(arrest=arrest, held_by=unit, arrived_at=at, offence_class="felony")
    custody.update_derived()
    db_session.add(custody)
    with pytest.raises(RuleViolation, match="មោឃៈ|void"):
        db_session.flush()
    db_session.rollback()
