"""What must be true of an order and of each act on it: rules V044, V049, V070 to V089 (docs/rules.md)."""

from app.orders.rules import acts, paper, people
from app.orders.rules.facts import OrderFacts
from app.orders.rules.paper import number_key

__all__ = ["ACT", "ORDER", "OrderFacts", "number_key"]

ORDER = (
    paper.is_not_entered_twice,
    paper.days_follow_each_other,
    paper.is_not_too_old,
    paper.issuer_may_issue_it,
    paper.warrant_names_what_it_must,
    paper.detention_rests_on_a_decision,
    paper.law_was_in_force,
    people.somebody_is_named,
    people.nobody_below_14_is_wanted,
)

ACT = (
    acts.follows_the_life_of_the_order,
    acts.is_not_in_the_future,
    acts.check_is_of_a_second_officer,
    acts.check_has_a_scan,
    acts.check_finds_a_person,
    people.the_dead_are_not_wanted,
    people.no_child_is_found_wanted,
    people.who_is_held_is_not_searched_for,
    people.release_frees_somebody,
    people.photo_of_the_wanted_is_young,
    acts.assignment_names_a_unit,
    acts.attempt_has_a_result,
    acts.execution_is_told_whole,
    acts.stale_order_is_validated_first,
    acts.arrest_warrant_is_executed_by_an_arrest,
    acts.return_follows_the_execution,
    acts.end_rests_on_a_paper,
    acts.replacement_is_another_order,
    acts.limitation_has_not_passed,
    acts.notice_rests_on_a_warrant,
    acts.answer_says_why,
)
