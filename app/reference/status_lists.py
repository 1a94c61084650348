"""The code lists that only an update of E-Crime changes: they state what happened to a person, an order, a case or an
exhibit. One officer who renames «Wanted» would change the status of every wanted person.
"""

ENDINGS = ("_state", "_status", "_step", "_decision", "_outcome", "_result", "_end")
OTHERS = frozenset(
    (
        "order_kind", "order_event_kind", "clearance", "role", "protection", "verdict", "release_kind", "confirmation",
        "account_function", "arrest_ground", "detention_kind", "sentence_kind", "sentence_change", "offence_class",
        "match_contact", "property_role", "retention_act", "seal_act", "retention_trigger", "retention_proposal", "measure",
        "substance", "currency", "exhibit_kind", "injury", "sensitivity", "offence_family", "limit_measure", "letter_part",
        "document_kind",
    )
)  # fmt: skip


def is_status_list(name):
    """Return whether the codes of the list `name` state facts."""
    return name.endswith(ENDINGS) or name in OTHERS
