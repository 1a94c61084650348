"""What must be true of an order and of each act on it: rules V044, V049, V070 to V089 (docs/rules.md)."""

from app.court_orders.rules import events, order, people
from app.court_orders.rules.facts import OrderFacts
from app.court_orders.rules.order import number_key

__all__ = ["ACT", "ORDER", "OrderFacts", "number_key"]

ORDER = (
    order.is_not_entered_twice,
    order.days_follow_each_other,
    order.is_not_too_old,
    order.issuer_may_issue_it,
    order.warrant_names_what_it_must,
    order.detention_rests_on_a_decision,
    order.law_was_in_force,
    people.somebody_is_named,
    people.nobody_below_14_is_wanted,
)

ACT = (
    events.follows_the_life_of_the_order,
    events.is_not_in_the_future,
    events.check_is_of_a_second_officer,
    events.check_has_a_scan,
    events.check_finds_a_person,
    people.the_dead_are_not_wanted,
    people.no_child_is_found_wanted,
    people.who_is_held_is_not_searched_for,
    people.release_frees_somebody,
    people.photo_of_the_wanted_is_young,
    events.assignment_names_a_unit,
    events.attempt_has_a_result,
    events.execution_is_told_whole,
    events.stale_order_is_validated_first,
    events.arrest_warrant_is_executed_by_an_arrest,
    events.return_follows_the_execution,
    events.end_rests_on_a_paper,
    events.replacement_is_another_order,
    events.limitation_has_not_passed,
    events.notice_rests_on_a_warrant,
    events.answer_says_why,
)
