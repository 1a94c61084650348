"""Who is told that a file waits for the second officer. A message names the import; a file's own name may name somebody."""

from flask_babel import lazy_gettext as _

from app.extensions import db
from app.imports.models import ImportRun
from app.inbox import message_texts
from app.inbox.actions import finish, send
from app.inbox.models import TASK

LET_IN = "Head of planning", "Technical working group"

message_texts.register(
    **{
        "import.tried": _(
            "The file of import %(number)s was tried. An officer who has not read it looks at it and lets it in."
        )
    }
)


def tried(run_id):
    over(run_id)
    about = {"entity": ImportRun.__tablename__, "entity_id": run_id}
    for role in LET_IN:
        send(db.session, TASK, text_key="import.tried", to_role=role, number=run_id, **about)


def over(run_id):
    """It was let in, or is to be tried anew: nothing waits for a second officer."""
    finish(db.session, ImportRun.__tablename__, run_id)
