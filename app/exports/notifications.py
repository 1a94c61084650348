"""Who is told of an export that needs a second person. A message names numbers, no filter and no name."""

from flask_babel import lazy_gettext as _

from app.exports import limits
from app.exports.models import APPROVED, Export
from app.extensions import db
from app.inbox import message_texts, record_links
from app.inbox.actions import finish, send
from app.inbox.models import NOTICE, TASK

message_texts.register(
    **{
        "export.asked": _(
            "Export %(serial)s for case %(case)s has more rows than the role may take: decide on it."
        ),
        "export.approved": _("Export %(serial)s was approved. It can be made within seven days."),
        "export.refused": _("Export %(serial)s was refused."),
    }
)
record_links.shown_by(Export.__tablename__, "can_show", "Export", "ExportView.show")


def asked(export):
    role, unit = limits.approver_of(export)
    _send(export, TASK, "export.asked", to_role=role, to_unit=unit)


def decided(export):
    finish(db.session, Export.__tablename__, export.id)
    _send(
        export,
        NOTICE,
        "export.approved" if export.state == APPROVED else "export.refused",
        to_user=export.asked_by_id,
    )


def _send(export, kind, text_key, **to):
    about = {"entity": Export.__tablename__, "entity_id": export.id}
    send(db.session, kind, text_key=text_key, serial=export.serial, case=export.case_number, **about, **to)
