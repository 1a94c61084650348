"""The page "Operations": the state of the system for its administrator, with what to do about each fault."""

from datetime import timedelta

from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import format_decimal, format_timedelta, gettext
from flask_babel import lazy_gettext as _

from app.web import health
from app.web.system_state import read_state

STATES = {health.OK: _("In order"), health.FAILED: _("Fault"), health.LATE: _("Late")}
CHECKS = {  # without the database: while it does not answer, this page does not either
    "disk": (_("Disk of the data folder"), _("Delete files that do not belong to E-Crime, or add space.")),
    "clock": (
        _("Clock of the server"),
        _("Correct the time (NTP). Until then nothing can be saved. Users can sign in and read."),
    ),
    "anchor": (_("Anchor of the audit log"), _("Check the folder of the anchors and its disk.")),
}
BACKUP_LATE = VERIFICATION_LATE = timedelta(days=2).total_seconds()


def _format_bytes(value):
    return gettext("%(number)s GB", number=format_decimal(round(value / 1e9, 1)))


def _format_age(value):
    return gettext("never") if value == float("inf") else format_timedelta(timedelta(seconds=value))


READINGS = {
    "ecrime_disk_free_bytes": (_("Free disk space"), _format_bytes),
    "ecrime_backup_age_seconds": (_("Since the last backup"), _format_age),
    "ecrime_audit_verified_age_seconds": (_("Since the last verification of the audit log"), _format_age),
    "ecrime_audit_entries": (_("Entries of the audit log"), format_decimal),
    "ecrime_anchor_missing_entries": (_("Entries after the last anchor"), format_decimal),
    "ecrime_job_wait_seconds": (_("Longest wait of background work"), _format_age),
    "ecrime_database_sessions": (_("Connections to the database"), format_decimal),
    "ecrime_database_lock_waits": (_("Connections that wait for a lock"), format_decimal),
    "ecrime_database_transaction_seconds": (_("Oldest open transaction"), _format_age),
}


class OperationsView(BaseView):
    """The checks of `/health/ready` and the readings of `/metrics`, in words."""

    route_base = "/operations"
    default_view = "page"
    class_permission_name = "Operations"
    method_permission_name = {"page": "list"}

    @expose("/")
    @has_access
    def page(self):
        readings = {one.name: one.value for one in read_state() if not one.labels}
        found = health.check_health()
        checks = [
            (title, found[name], STATES[found[name]], advice)
            for name, (title, advice) in CHECKS.items()
            if name in found
        ]
        numbers = [
            (label, shown(readings[name])) for name, (label, shown) in READINGS.items() if name in readings
        ]
        return self.render_template(
            "operations.html",
            title=gettext("Operations"),
            checks=checks,
            numbers=numbers,
            without_backup=readings["ecrime_backup_age_seconds"] > BACKUP_LATE,
            without_verification=readings["ecrime_audit_verified_age_seconds"] > VERIFICATION_LATE,
            tampered=readings.get("ecrime_audit_verified_ok") == 0,
        )
