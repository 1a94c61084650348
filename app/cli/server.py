"""The web server: gunicorn with threads, started from Python so that one command is enough."""

import gc
import multiprocessing

from gunicorn.app.base import BaseApplication

from app.extensions import db
from app.jobs import worker
from app.kernel import scheduler

# Number of new objects that starts a garbage collection. A page creates some thousand objects and leaves almost none.
GC_THRESHOLDS = 20_000, 20, 20


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
    # The objects that exist now are permanent. Unfrozen, they would all be traversed by a collection during a request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)

    def start_background_threads(_server, _worker):
        scheduler.start_scheduler(app)
        worker.start_supervisor()

    workers = min(4, multiprocessing.cpu_count())
    Server(
        app,
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": 8,
            "worker_class": "gthread",
            "preload_app": True,
            "loglevel": "warning",
            "limit_request_line": 4094,
            "control_socket_disable": True,
            "post_fork": start_background_threads,
        },
    ).run()
