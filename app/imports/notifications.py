"""Message that a file waits for approval.

It names the import only; the file name may contain a person's name.
"""

from flask_babel import lazy_gettext as _

from app.extensions import db
from app.imports.models import ImportRun
from app.inbox import message_texts
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import TASK

APPROVER_ROLES = "Head of planning", "Technical working group"

message_texts.register_texts(
    **{
        "import.checked": _(
            "The trial run of import %(number)s is finished. Another officer must review and approve it."
        )
    }
)


def notify_approvers(run_id):
    """Send the approval task of an import to the approving roles."""
    finish_tasks(run_id)
    about = {"entity": ImportRun.__tablename__, "entity_id": run_id}
    for role in APPROVER_ROLES:
        send_message(db.session, TASK, text_key="import.checked", to_role=role, number=run_id, **about)


def finish_tasks(run_id):
    """Close the approval tasks of an import that was approved or will be tried again."""
    complete_tasks(db.session, ImportRun.__tablename__, run_id)
