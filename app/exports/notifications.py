"""Messages about exports that need approval.

They contain serial and case numbers, no filters and no names.
"""

from flask_babel import lazy_gettext as _

from app.exports import limits
from app.exports.models import APPROVED, Export
from app.extensions import db
from app.inbox import message_texts, record_links
from app.inbox.actions import complete_tasks, send_message
from app.inbox.models import NOTICE, TASK

message_texts.register_texts(
    **{
        "export.requested": _(
            "Export %(serial)s for case %(case)s exceeds the limit of the role. Approve or refuse it."
        ),
        "export.approved": _("Export %(serial)s was approved. Export it within 7 days."),
        "export.refused": _("Export %(serial)s was refused."),
    }
)
record_links.register_page(Export.__tablename__, "can_show", "Export", "ExportView.show")


def notify_approver(export):
    role, unit = limits.find_approver(export)
    _send(export, TASK, "export.requested", to_role=role, to_unit=unit)


def notify_requester(export):
    complete_tasks(db.session, Export.__tablename__, export.id)
    _send(
        export,
        NOTICE,
        "export.approved" if export.state == APPROVED else "export.refused",
        to_user=export.requested_by_id,
    )


def _send(export, kind, text_key, **recipient):
    about = {"entity": Export.__tablename__, "entity_id": export.id}
    send_message(
        db.session,
        kind,
        text_key=text_key,
        serial=export.serial,
        case=export.case_number,
        **about,
        **recipient,
    )
