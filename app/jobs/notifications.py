"""The owner of a job is told how it ended."""

from flask_babel import lazy_gettext as _

from app.extensions import db
from app.inbox import message_texts, record_links
from app.inbox.actions import send
from app.inbox.models import NOTICE
from app.jobs.models import Job

ENDED = {"done": "job.done", "failed": "job.failed"}

message_texts.register(
    **{
        ENDED["done"]: _("Done: %(title)s."),
        ENDED["failed"]: _("Not done: %(title)s. The reason stands there."),
    }
)
record_links.shown_by(Job.__tablename__, "can_list", "Job", "JobView.show")


def ended(job_id, owner_id, title, state):
    about = {"entity": Job.__tablename__, "entity_id": job_id}
    send(db.session, NOTICE, text_key=ENDED[state], to_user=owner_id, title=title, **about)
