"""The view that prints the file of a person for the competent court."""

from flask_babel import lazy_gettext as _

from app.audit_review import court_access
from app.printouts.views import RecordPrintoutView
from app.retention.models import RetentionAct


class CourtAccessView(RecordPrintoutView):
    name, title, class_permission_name = "court-access", _("Print the file for the court"), "CourtAccess"
    model, module, page = RetentionAct, court_access, "RetentionActView.show"
