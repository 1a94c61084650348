"""Limits the session event listeners of a measured process. Stock FAB has none of ours; the bare system
lacks those of scope, audit log and record lock. The system itself has no such switch.
"""

from sqlalchemy import event

CONNECTIONS = "app.kernel.database.engine"  # the same pragmas for all
PROMISES = {
    "app.kernel.access.row_filter",
    "app.kernel.audit.recorder",
    "app.kernel.schema.record_lock",
    "app.kernel.access.row_level_security",
    "app.kernel.access.write_scope",
    "app.cases.flush_hooks",
}


def only_what_belongs_to(kind):
    """Filter the listeners of later imports. Call it before the application is imported: its modules
    register on import.
    """
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
