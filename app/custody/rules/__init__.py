"""What must be true of arrest, custody, detention, judgment, sentence and release (docs/rules.md).

The relations are read, never queried for: give whole objects. What nobody has confirmed warns (`facts.limits`).
"""

from app.custody.rules import arrests, chronology, custodies, detentions, judgments, people, releases
from app.custody.rules.facts import HeldFacts

__all__ = [
    "ARREST",
    "CUSTODY",
    "CUSTODY_STEP",
    "DETENTION",
    "DETENTION_STEP",
    "JUDGMENT",
    "JUDGMENT_STEP",
    "RELEASE",
    "SENTENCE",
    "SENTENCE_CHANGE",
    "TRACKING_STEP",
    "HeldFacts",
]

ARREST = (
    people.stands_in_a_case,
    people.is_suspected,
    people.is_old_enough,
    people.is_alive,
    chronology.not_in_the_future("at"),
    arrests.comes_after_the_offence,
    arrests.ground_has_its_paper,
    arrests.order_lets_somebody_be_arrested,
    arrests.execution_is_told_whole,
    arrests.hit_was_confirmed,
    arrests.is_not_arrested_again_at_once,
)

CUSTODY = (
    people.is_old_enough,
    chronology.not_in_the_future("arrived_at"),
    custodies.arrives_after_the_arrest,
    custodies.offence_lets_somebody_be_held,
    custodies.is_held_once,
    custodies.limit_is_told,
)

CUSTODY_STEP = (
    chronology.not_in_the_future("at"),
    chronology.follows("at", "V059", begins="arrived_at", of="custody"),
    custodies.stands_in_an_open_custody,
    custodies.end_has_an_outcome,
    custodies.ends_within_the_limit,
    custodies.lawyer_was_called_in_time,
    custodies.extension_is_lawful,
    custodies.minor_is_not_held_longer,
)

DETENTION = (
    people.stands_in_a_case,
    people.is_suspected,
    people.is_alive,
    chronology.not_in_the_future("since", "paper_on"),
    detentions.begins_after_its_paper,
    detentions.knows_its_limit,
    detentions.limit_is_not_begun_anew,
    detentions.child_is_not_detained,
    detentions.served_sentence_is_named,
)

DETENTION_STEP = (
    chronology.not_in_the_future("done_on"),
    chronology.follows("done_on", "V090", begins="since", of="detention"),
    detentions.stands_in_an_open_detention,
    detentions.step_says_what_it_must,
    detentions.escapes_and_comes_back,
    detentions.extension_stays_within_the_whole,
)

JUDGMENT = (
    judgments.judges_somebody,
    people.is_suspected,
    chronology.not_in_the_future("decided_on"),
    judgments.decides_after_the_offence,
    judgments.offence_is_of_the_case,
)

JUDGMENT_STEP = (
    chronology.not_in_the_future("done_on"),
    chronology.follows("done_on", "V088", begins="decided_on", of="judgment"),
    judgments.final_waits_for_the_opposition,
)

SENTENCE = (
    judgments.sentence_follows_a_conviction,
    judgments.sentence_begins_with_the_judgment,
    judgments.days_count_once,
    judgments.imprisonment_has_a_term,
    judgments.prison_agrees,
)

SENTENCE_CHANGE = (
    chronology.not_in_the_future("done_on"),
    judgments.reduction_takes_days_off,
    judgments.proposal_comes_when_enough_is_served,
)

RELEASE = (
    chronology.not_in_the_future("released_on"),
    chronology.follows("released_on", "V090", begins="since", of="detention"),
    releases.leaves_a_detention,
    releases.is_not_late,
    releases.parole_comes_in_time,
    releases.follow_up_is_complete,
)

TRACKING_STEP = (
    chronology.not_in_the_future("done_on"),
    chronology.follows("done_on", "V090", begins="released_on", of="release"),
    releases.is_still_followed,
    releases.end_has_its_paper,
)
