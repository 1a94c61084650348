"""The web server: gunicorn with threads, started from Python so that one command is enough."""

import gc
import multiprocessing

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

import config
from app.extensions import db
from app.jobs import worker
from app.kernel import scheduler
from app.web import metrics, request_log

# Number of new objects that starts a garbage collection. A page creates some thousand objects and leaves almost none.
GC_THRESHOLDS = 20_000, 20, 20


class JsonLogger(Logger):
    """The log of gunicorn as JSON."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in self.error_log.handlers:
            request_log.prepare_handler(handler)


class Server(BaseApplication):
    """gunicorn with an application that is already created."""

    def __init__(self, app, options):
        self.app, self.options = app, options
        super().__init__()

    def load_config(self):
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self):
        return self.app


def run(app, host, port):
    """Serve until stopped. Each worker opens its own connections, so those of the parent are closed first."""
    with app.app_context():
        db.engine.dispose()
    # The objects that exist now are permanent, but for a little of the set-up. Unfrozen, they would all be traversed by a
    # collection during a request.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)

    def start_metrics(_server):
        metrics.start(app, config.DATA_DIR / "metrics")

    def start_background_threads(_server, _worker):
        scheduler.start_scheduler(app)
        worker.start_supervisor()

    Server(
        app,
        {
            "bind": f"{host}:{port}",
            "workers": config.WORKERS or min(4, multiprocessing.cpu_count()),
            "threads": config.THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "loglevel": "warning",
            "limit_request_line": 4094,
            "control_socket_disable": True,
            "when_ready": start_metrics,  # the address is bound: no other server counts in the folder
            "post_fork": start_background_threads,
            **({"logger_class": JsonLogger} if config.LOG_FORMAT == "json" else {}),
        },
    ).run()
