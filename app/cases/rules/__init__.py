"""What must be true of a case and of everything in it: rules V001 to V055 (docs/rules.md).

`ask(CASE, case, facts)` speaks of the case, its offences, people and exhibits at once; a problem of a row
carries that row. The relations are read, never queried for: give whole objects (`case.place`, `row.offence`,
`involvement.person`), new or loaded.
"""

from app.cases.rules import completeness, exhibits, offences, people, places, times
from app.cases.rules.facts import CaseFacts, standing
from app.cases.rules.people import ADULT_AGE, SHOWN_ROLES, identity_is_protected
from app.people.rules import PERSON, of_each

__all__ = [
    "ADULT_AGE",
    "CASE",
    "EXHIBIT",
    "INVOLVEMENT",
    "OFFENCE",
    "SHOWN_ROLES",
    "SUPPLEMENT",
    "CaseFacts",
    "identity_is_protected",
]

OFFENCE = (
    offences.is_in_the_table,
    offences.class_agrees_with_the_table,
    offences.was_in_force,
    offences.death_has_a_victim,
    offences.attempt_is_intended,
    offences.large_amount_is_a_felony,
)

EXHIBIT = (
    exhibits.drug_is_weighed,
    exhibits.recovered_was_stolen,
    exhibits.value_is_not_zero,
    exhibits.stolen_vehicle_can_be_found,
)

INVOLVEMENT = (
    people.victim_is_protected,
    people.witness_is_protected,
    people.death_has_an_offence,
    people.has_a_photo_or_a_reason,
    people.is_not_victim_and_sole_suspect,
    people.child_below_14_is_no_suspect,
    people.minor_is_marked,
    people.charge_rests_on_a_decision,
    people.conviction_is_final_or_said_not_to_be,
    people.nobody_is_convicted_without_a_judgment,
    people.nobody_offends_in_prison,
)

SUPPLEMENT = (times.was_learned_before_it_is_written,)


def each_offence(case, facts):
    yield from of_each(standing(case.offences), OFFENCE, facts)


def each_involvement(case, facts):
    yield from of_each(standing(case.involvements), INVOLVEMENT, facts)


def each_new_person(case, facts):
    """The rules of people for those not registered yet; whoever is in the register was asked then."""
    for involvement in standing(case.involvements):
        person = involvement.person
        if person is not None and person.id is None:
            yield from of_each([person], PERSON, facts.of_person(person))


def each_exhibit(case, facts):
    yield from of_each(standing(case.exhibits), EXHIBIT, facts)


CASE = (
    times.beginning_is_known,
    times.ends_after_it_begins,
    times.is_reported_after_it_ended,
    times.nothing_is_in_the_future,
    times.is_entered_in_time,
    times.is_not_too_old,
    places.place_exists,
    places.happened_in_one_country,
    places.unit_covers_the_place,
    places.position_is_in_cambodia,
    places.position_is_near_the_place,
    offences.case_has_an_offence,
    each_offence,
    each_involvement,
    each_new_person,
    people.numbers_differ_within_the_case,
    each_exhibit,
    exhibits.drug_offence_has_a_substance,
    exhibits.theft_has_a_thing,
    completeness.is_not_entered_twice,
    completeness.summary_says_enough,
    completeness.solved_case_has_a_suspect,
    completeness.exceptional_clearance_has_a_known_suspect,
    completeness.case_at_court_names_the_court,
)
