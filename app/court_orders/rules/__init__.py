"""Rules of orders and order events: V044, V049, V070 to V089 (docs/rules.md)."""

from app.court_orders.rules import events, limitation, order, people
from app.court_orders.rules.facts import OrderFacts
from app.court_orders.rules.order import number_key
from app.reference.rules import require_sitting_court

__all__ = ["EVENT", "ORDER", "OrderFacts", "number_key"]

ORDER = (
    order.is_not_a_duplicate,
    order.dates_are_in_order,
    order.is_not_too_old,
    order.issuer_may_issue_it,
    order.warrant_is_complete,
    order.detention_has_a_basis,
    order.law_was_in_force,
    require_sitting_court("issued_on"),
    people.person_is_named,
    people.birth_is_before_the_order,
    people.named_person_is_responsible,
)

EVENT = (
    events.event_fits_order_status,
    events.is_not_in_the_future,
    events.is_not_before_the_order,
    events.checker_is_a_second_officer,
    events.check_has_a_scan,
    events.check_finds_a_person,
    people.person_is_alive,
    people.found_person_is_responsible,
    people.person_agrees_with_the_order,
    people.person_was_not_acquitted,
    people.person_is_not_detained,
    people.release_names_a_detainee,
    people.photo_is_recent,
    events.assignment_names_a_unit,
    events.attempt_has_a_result,
    events.execution_is_complete,
    events.stale_order_is_validated,
    events.validation_names_its_document,
    events.arrest_warrant_is_executed_by_an_arrest,
    events.return_follows_the_execution,
    events.end_has_a_document,
    events.document_is_scanned,
    events.recall_ends_the_supervision,
    events.restoration_follows_the_judgment,
    events.replacement_is_another_order,
    limitation.limitation_has_not_passed,
    events.notice_has_a_warrant,
    events.answer_has_a_reason,
)
