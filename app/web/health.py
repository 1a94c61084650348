"""Health checks for load balancers and monitoring: `/health/live`, `/health/ready`. They name no record and no user."""

import logging
import shutil
from datetime import UTC, datetime

from flask import jsonify
from flask_appbuilder import BaseView, expose
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import config
from app.extensions import db
from app.kernel.audit import anchors
from app.kernel.audit.hash_chain import CLOCK_TOLERANCE
from app.kernel.audit.models import AuditHead

log = logging.getLogger(__name__)

MIN_FREE = 500 * 1024**2  # bytes on the disk of the data folder
LATE_ANCHOR = 4 * anchors.MAX_AGE
OK, FAILED, LATE = "ok", "failed", "late"


class HealthView(BaseView):
    """Public: a load balancer has no account. The shipped nginx configuration allows this computer only."""

    route_base = "/health"
    default_view = "live"

    @expose("/live")
    def live(self):
        """Answer as long as the process runs."""
        return jsonify(status=OK)

    @expose("/ready")
    def ready(self):
        """Answer 503 if a save would fail. A late anchor is reported, and stops nothing."""
        checks = check_health()
        is_ready = FAILED not in checks.values()
        return jsonify(status=OK if is_ready else FAILED, checks=checks), 200 if is_ready else 503


def check_health():
    """Return check → OK, FAILED or LATE."""
    free = shutil.disk_usage(config.DATA_DIR).free
    checks = {"disk": OK if free >= MIN_FREE else FAILED}
    try:
        head = db.session.execute(select(AuditHead.seq, AuditHead.at)).one()
    except SQLAlchemyError:
        log.warning("The health check cannot read the database", exc_info=True)
        return checks | {"database": FAILED}
    now = datetime.now(UTC).replace(tzinfo=None)
    return checks | {
        "database": OK,
        # Behind the last entry of the audit log every save is refused.
        "clock": OK if now >= head.at - CLOCK_TOLERANCE else FAILED,
        "anchor": _check_anchor(head.seq, now),
    }


def _check_anchor(last, now):
    try:
        seq, _digest, at = anchors.read_last()
    except (OSError, ValueError):
        return LATE
    return LATE if last > seq and (at is None or now - at > LATE_ANCHOR) else OK
