"""Who listens to the sessions of a measured process: in stock FAB's nobody of ours, in one without the three promises
all but those who keep them. The register itself has no such switch.
"""

from sqlalchemy import event

CONNECTIONS = "app.kernel.database.engine"  # the same pragmas for everybody
PROMISES = {
    "app.kernel.access.row_filter",
    "app.kernel.audit.recorder",
    "app.kernel.schema.record_lock",
    "app.kernel.access.row_level_security",
    "app.people.break_glass_guard",
    "app.cases.flush_hooks",
}


def only_what_belongs_to(kind):
    """Called before the register is imported: its modules begin to listen when they are."""
    listens = {
        "ours": lambda module: True,
        "bare": lambda module: module not in PROMISES,
        "stock": lambda module: not module.startswith("app.") or module == CONNECTIONS,
    }[kind]
    listens_for = event.listens_for

    def listens_if_it_may(*words, **options):
        listen = listens_for(*words, **options)
        return lambda function: listen(function) if listens(function.__module__) else function

    event.listens_for = listens_if_it_may
