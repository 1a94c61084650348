"""Rules of a case and its rows: V001 to V055 and V142 (docs/rules.md).

Rule set `CASE` checks the case with its offences, people and exhibits; a problem of a row carries that row. Rules
read relationships and never query: pass complete objects (`case.place`, `row.offence`, `involvement.person`), new
or loaded.
"""

from app.cases.rules import completeness, dispositions, exhibits, movements, offences, people, places, times
from app.cases.rules.dispositions import DispositionFacts, OpenMatters
from app.cases.rules.facts import CaseFacts, exclude_voided
from app.cases.rules.movements import CONFIRMED_KINDS as CONFIRMED_MOVEMENTS
from app.cases.rules.movements import HELD, STORED
from app.cases.rules.people import (
    ADULT_AGE,
    MINOR,
    SAME_ROLE,
    SHOWN_ROLES,
    WITNESS,
    find_protection,
    find_strongest_protection,
)
from app.kernel.schema.rules import check_each, check_rows, not_in_the_future
from app.reference.rules import require_sitting_court

__all__ = [
    "BROKEN_BY_NEW",
    "CONFIRMED_MOVEMENTS",
    "HELD",
    "STORED",
    "ADULT_AGE",
    "CASE",
    "DISPOSITION",
    "EXHIBIT",
    "INVOLVEMENT",
    "MINOR",
    "MOVEMENT",
    "READ_WITH_NEW",
    "OFFENCE",
    "SAME_ROLE",
    "SHOWN_ROLES",
    "SUPPLEMENT",
    "WITNESS",
    "CaseFacts",
    "DispositionFacts",
    "OpenMatters",
    "find_protection",
    "find_strongest_protection",
]

OFFENCE = (
    offences.offence_is_chosen,
    offences.class_matches_table,
    offences.offence_was_in_force,
    offences.death_has_a_victim,
    offences.attempt_is_intentional,
    offences.large_amount_is_a_felony,
    offences.offence_is_entered_once,
)

EXHIBIT = (
    exhibits.drug_has_substance_and_quantity,
    exhibits.recovered_item_was_stolen,
    exhibits.value_is_not_zero,
    exhibits.stolen_vehicle_has_a_number,
    exhibits.numbers_have_their_form,
    exhibits.item_is_entered_once,
)

INVOLVEMENT = (
    people.victim_is_protected,
    people.witness_is_protected,
    people.death_has_an_offence,
    people.person_has_photo_or_reason,
    people.victim_is_not_the_only_suspect,
    people.birth_is_before_the_offence,
    people.suspect_is_at_least_14,
    people.minor_is_marked,
    people.charge_has_a_decision,
    people.conviction_is_final,
    people.conviction_has_a_judgment,
    people.suspect_is_not_in_prison,
)

SUPPLEMENT = (not_in_the_future("learned_on"),)

DISPOSITION = (
    dispositions.step_of_a_judgment_is_entered_there,
    dispositions.step_follows_the_others,
    dispositions.step_has_a_document,
    dispositions.reopening_is_decided_by_the_chief,
    dispositions.step_at_court_names_the_court,
    dispositions.clearance_is_derived,
    dispositions.solved_case_has_a_suspect,
    dispositions.ended_case_has_no_open_matter,
    require_sitting_court("decided_on"),
    not_in_the_future("decided_on", "document_date"),
)

MOVEMENT = (
    movements.movement_follows_the_others,
    movements.end_has_a_document,
    movements.hand_over_names_its_receiver,
    movements.destroyed_drug_was_weighed,
    not_in_the_future("moved_on", "document_date"),
)


def check_new_persons(case, facts):
    """Check unregistered people by the rules of persons; registered people were checked at registration."""
    day = case.occurred_from.date() if case.occurred_from else None
    for involvement in exclude_voided(case.involvements):
        person = involvement.person
        if person is not None and person.id is None:
            yield from check_each([person], person.__rules__, facts.of_person(person, day))


def check_suspects(case, facts):
    """Check that no person of a new row is the victim and the only suspect; perhaps an earlier row names the same person."""
    rows = [row for row in exclude_voided(case.involvements) if row.person is not None]
    new = [row.person for row in rows if row.id is None]
    same = [row for row in rows if any(people.is_same_person(row.person, one) for one in new)]
    yield from check_each(same, (people.victim_is_not_the_only_suspect,), facts)


# Kind of new rows of a registered case → the rules of the case that such a row can break, beside its own rules.
# Every other rule of `CASE` is about the case itself, or only kept better by more rows.
BROKEN_BY_NEW = {
    "offences": (exhibits.drug_offence_has_a_substance, exhibits.theft_has_a_stolen_item),
    "involvements": (
        check_new_persons,
        check_suspects,
        people.document_numbers_differ,
        people.new_people_differ,
        people.person_has_each_role_once,
    ),
    "exhibits": (),
    "files": (),
}
# Kind of new rows → the rows of the case that these rules read.
READ_WITH_NEW = {
    "offences": ("offences", "involvements", "exhibits"),
    "involvements": ("offences", "involvements"),
    "exhibits": ("exhibits",),
    "files": (),
}

CASE = (
    times.beginning_is_known,
    times.end_is_after_beginning,
    times.report_is_after_end,
    times.times_are_not_in_the_future,
    times.case_is_entered_in_time,
    times.date_is_plausible,
    places.place_exists,
    places.happened_in_one_country,
    places.unit_covers_the_place,
    places.position_is_in_cambodia,
    places.position_is_near_the_place,
    offences.case_has_an_offence,
    check_rows,
    check_new_persons,
    people.document_numbers_differ,
    people.new_people_differ,
    people.person_has_each_role_once,
    exhibits.drug_offence_has_a_substance,
    exhibits.theft_has_a_stolen_item,
    completeness.case_is_not_a_duplicate,
    completeness.summary_is_long_enough,
    completeness.solved_case_has_a_suspect,
    completeness.exceptional_clearance_has_a_known_suspect,
    completeness.case_at_court_names_the_court,
)
