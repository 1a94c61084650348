"""Notices to the owner of a job about its end."""

from flask_babel import lazy_gettext as _

from app.extensions import db
from app.inbox import message_texts, record_links
from app.inbox.actions import send_message
from app.inbox.models import NOTICE
from app.jobs.models import Job

TEXT_KEYS = {"done": "job.done", "failed": "job.failed"}

message_texts.register_texts(
    **{
        TEXT_KEYS["done"]: _("Finished: %(title)s."),
        TEXT_KEYS["failed"]: _("Failed: %(title)s. Open the job to see the reason."),
    }
)
record_links.register_page(Job.__tablename__, "can_list", "Job", "JobView.show")


def notify_owner(job_id, owner_id, title, state):
    about = {"entity": Job.__tablename__, "entity_id": job_id}
    send_message(db.session, NOTICE, text_key=TEXT_KEYS[state], to_user=owner_id, title=title, **about)
