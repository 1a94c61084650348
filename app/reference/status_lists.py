"""The code lists that only an update of E-Crime changes: they state what happened to a person, an order, a case or an
exhibit. One officer who renames «Wanted» would change the status of every wanted person.
"""

STATUS_LISTS = frozenset(
    (
        "person_status", "order_status", "order_kind", "order_event_kind", "match_state", "case_status", "procedure_step",
        "clearance", "exhibit_state", "role", "protection", "verdict", "judgment_step", "custody_step", "custody_outcome", "detention_step",
        "detention_end", "release_kind", "supervision_step", "confirmation", "correction_state", "merge_state",
        "duplicate_state", "import_state", "account_function",
    )
)  # fmt: skip
