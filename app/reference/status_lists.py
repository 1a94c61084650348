"""The code lists that only an update of E-Crime changes: they state who a person is, what happened to a person, an order, a
case or an exhibit, or what a second officer approves.

One officer who renames «Wanted» would change the status of every wanted person, and one who renames «Void» what the chief
decides.
"""

ENDINGS = ("_state", "_status", "_step", "_decision", "_outcome", "_result", "_end")
OTHERS = frozenset(
    (
        "order_kind", "order_event_kind", "clearance", "role", "protection", "verdict", "release_kind", "confirmation",
        "account_function", "arrest_ground", "detention_kind", "sentence_kind", "sentence_change", "offence_class",
        "match_contact", "property_role", "retention_act", "seal_act", "retention_trigger", "retention_proposal", "measure",
        "substance", "currency", "exhibit_kind", "injury", "sensitivity", "offence_family", "limit_measure", "letter_part",
        "document_kind", "sex", "birth_precision", "participation", "order_issuer", "search_ground",
        "authorisation_form", "correction_kind", "merge_kind", "duplicate_evidence", "quantity_cause", "import_kind",
        "letter_kind", "letter_relation", "letter_handling", "letter_receipt", "person_report_kind", "property_report_kind",
        "report_match_kind", "lineup_event", "assignment_kind", "protected_group", "purpose",
    )
)  # fmt: skip


def is_status_list(name):
    """Return whether the codes of the list `name` state facts."""
    return name.endswith(ENDINGS) or name in OTHERS
