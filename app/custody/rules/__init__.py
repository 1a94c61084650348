"""Rules of arrest, custody, detention, judgment, sentence and release (docs/rules.md).

The rules read related records and never query, so pass complete objects. An unconfirmed legal limit only warns
(`facts.limits`).
"""

from app.custody.rules import arrests, chronology, custodies, detentions, judgments, people, releases
from app.custody.rules.facts import CustodyFacts
from app.kernel.schema.rules import not_in_the_future
from app.reference.rules import require_sitting_court

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
    "SUPERVISION_STEP",
    "CustodyFacts",
]

ARREST = (
    people.person_is_in_a_case,
    people.is_suspected,
    people.is_old_enough,
    people.is_alive,
    not_in_the_future("at"),
    arrests.arrest_follows_the_offence,
    chronology.not_after_rows("at", "V059", "custodies"),
    arrests.ground_has_a_document,
    arrests.order_allows_the_arrest,
    arrests.execution_is_complete,
    arrests.charges_are_of_the_case,
    arrests.match_is_confirmed,
    arrests.rearrest_has_a_new_ground,
    arrests.arrest_is_entered_once,
)

CUSTODY = (
    people.is_old_enough,
    people.is_before_death("arrived_at"),
    not_in_the_future("arrived_at"),
    custodies.arrival_follows_the_arrest,
    chronology.not_after_rows("arrived_at", "V059", "steps"),
    custodies.offence_allows_custody,
    custodies.custody_does_not_overlap,
    custodies.prisoner_is_not_in_custody,
    custodies.limit_is_shown,
)

CUSTODY_STEP = (
    people.is_before_death("at"),
    not_in_the_future("at"),
    chronology.not_before("at", "V059", begins="arrived_at", of="custody"),
    custodies.custody_is_open,
    custodies.end_has_an_outcome,
    custodies.transfer_names_the_receiver,
    custodies.end_is_within_the_limit,
    custodies.lawyer_is_recorded,
    custodies.extension_is_lawful,
    custodies.minor_has_no_extension,
    releases.ask_about_sentences("outcome", (custodies.RELEASED,)),
)

DETENTION = (
    people.person_is_in_a_case,
    people.is_suspected,
    people.is_alive,
    not_in_the_future("since", "document_date"),
    detentions.begins_after_its_document,
    detentions.begins_after_the_offence,
    chronology.not_after_rows("since", "V090", "steps", "releases"),
    detentions.limit_is_shown,
    detentions.detention_does_not_overlap,
    detentions.person_is_in_one_prison,
    detentions.child_is_not_detained,
    detentions.served_sentence_is_recorded,
    detentions.time_outside_is_checked,
    require_sitting_court("document_date"),
)

DETENTION_STEP = (
    people.is_before_death("done_on"),
    not_in_the_future("done_on"),
    chronology.not_before("done_on", "V090", begins="since", of="detention"),
    detentions.detention_is_open,
    detentions.step_is_complete,
    detentions.escape_and_recapture_alternate,
    detentions.escape_ends_every_detention,
    detentions.extension_is_within_the_total,
    releases.ask_about_sentences("reason", detentions.SETTING_FREE),
)

JUDGMENT = (
    judgments.person_is_named,
    people.is_suspected,
    people.is_before_death("decided_on"),
    not_in_the_future("decided_on"),
    judgments.judgment_follows_the_offence,
    judgments.offence_is_in_the_case,
    judgments.verdict_fits_the_sentences,
    judgments.judgment_is_entered_once,
    chronology.not_after_rows("decided_on", "V088", "steps"),
    require_sitting_court("decided_on"),
)

JUDGMENT_STEP = (
    not_in_the_future("done_on"),
    chronology.not_before("done_on", "V088", begins="decided_on", of="judgment"),
    judgments.step_has_its_document,
    judgments.opposition_period_has_passed,
    judgments.appeal_is_decided,
    judgments.final_judgment_is_not_contested,
)

SENTENCE = (
    judgments.sentence_follows_a_conviction,
    judgments.sentence_start_is_plausible,
    judgments.credit_is_not_counted_twice,
    judgments.imprisonment_has_a_term,
    judgments.suspended_part_is_within_the_term,
    judgments.prison_date_matches,
)

SENTENCE_CHANGE = (
    not_in_the_future("done_on"),
    judgments.change_has_its_amount,
    judgments.decree_is_entered_once,
    judgments.proposal_is_not_early,
)

RELEASE = (
    people.is_before_death("released_on"),
    not_in_the_future("released_on"),
    chronology.not_after_rows("released_on", "V090", "steps"),
    chronology.not_before("released_on", "V090", begins="since", of="detention"),
    releases.person_is_detained,
    releases.is_not_late,
    releases.term_is_served,
    releases.parole_is_not_early,
    releases.follow_up_is_complete,
    releases.served_sentence_has_no_follow_up,
    releases.ask_about_sentences("kind"),
)

SUPERVISION_STEP = (
    people.is_before_death("done_on"),
    not_in_the_future("done_on"),
    chronology.not_before("done_on", "V090", begins="released_on", of="release"),
    releases.follow_up_is_open,
    releases.end_has_a_document,
)
