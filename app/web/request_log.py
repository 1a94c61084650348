"""The number of each request, its line in the server log, and the log as JSON.

A proxy sends the number in `X-Request-ID`; otherwise the request gets a new one. Every line of the log that belongs to the
request has it, and so has the answer. No line contains a query string, a form or a name.
"""

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from traceback import walk_tb

from flask import g, has_request_context, request

import config

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_VALID = re.compile(r"[A-Za-z0-9-]{8,64}")
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
MONITORING = ("/health/", "/metrics")
REPEAT_SECONDS = 60
APP_FOLDER = str(config.ROOT / "app")

listeners = []  # functions of (kind of request, status, seconds)


def init_app(app):
    """Number every request, and log and measure its answer. Call it before all other functions of a request."""

    @app.before_request
    def _begin():
        given = request.headers.get(HEADER, "")
        g.request_id = given if _VALID.fullmatch(given) else secrets.token_hex(8)
        g.request_began = time.perf_counter()

    @app.after_request
    def _end(response):
        if "request_began" not in g:  # a request that Flask refuses before it begins
            return response
        seconds = time.perf_counter() - g.request_began
        response.headers[HEADER] = g.request_id
        kind = find_kind()
        for listener in listeners:
            listener(kind, response.status_code, seconds)
        if kind not in ("static", "monitoring"):
            log.info(
                "%s %s %d",
                request.method,
                request.endpoint,
                response.status_code,
                extra={
                    "method": request.method,
                    "endpoint": request.endpoint,
                    "status": response.status_code,
                    "seconds": round(seconds, 4),
                },
            )
        return response


def find_kind():
    """Return the kind of the current request: static, monitoring, api, save or page."""
    path = request.path
    if path.startswith("/static/"):
        return "static"
    if path.startswith(MONITORING):
        return "monitoring"
    if path.startswith("/api/"):
        return "api"
    return "page" if request.method in ("GET", "HEAD") else "save"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the number of the request, and the trace of an error."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            line["request_id"] = g.request_id
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class OneTraceAMinute(logging.Filter):
    """Keeps every line of the log, but the same trace only once a minute: an outage raises one error in each request."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def filter(self, record):
        if record.exc_info and record.exc_info[2]:
            frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(record.exc_info[2])]
            of_app = [frame for frame in frames if frame[0].startswith(APP_FOLDER)]
            place = record.exc_info[0], frames[-1], *of_app[-1:]
            now = time.monotonic()
            if now - self.seen.get(place, -REPEAT_SECONDS) < REPEAT_SECONDS:
                record.repeated = record.exc_info[0].__name__
                record.exc_info = record.exc_text = None
            else:
                self.seen[place] = now
        return True


def write_json():
    """Write the log of this process as JSON to standard error."""
    handler = logging.StreamHandler()
    prepare_handler(handler)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)


def prepare_handler(handler):
    """Let a handler write JSON, and each trace once a minute."""
    handler.setFormatter(JsonFormatter())
    handler.addFilter(OneTraceAMinute())
