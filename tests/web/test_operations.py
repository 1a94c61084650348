"""The page «Operations» names what the administrator must look at."""

from app.kernel.actor import SYSTEM
from app.kernel.audit import hash_chain
from app.kernel.audit.models import BACKUP_COMPLETED, LOG_VERIFIED

LATE = "python3 run.py audit verify --record"
TAMPERED = "The audit log was tampered with"


def test_page_warns_of_a_late_backup_a_late_verification_and_of_tampering(client_as, owner):
    def add_event(action, outcome="ok"):
        with owner.begin() as connection:
            hash_chain.append_entries(connection, [hash_chain.build_entry(SYSTEM, action, outcome=outcome)])
        return client_as("admin", "en").page("/operations/").text

    first = client_as("admin", "en").page("/operations/").text
    assert LATE in first and "run.py backup FOLDER" in first and TAMPERED not in first
    assert "run.py backup FOLDER" not in add_event(BACKUP_COMPLETED)
    tampered = add_event(LOG_VERIFIED, "alarm")
    assert TAMPERED in tampered and LATE not in tampered
    assert TAMPERED not in add_event(LOG_VERIFIED)
