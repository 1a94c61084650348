"""The web server: gunicorn with threads, started from Python so that one command is enough."""

import gc
import multiprocessing

from gunicorn.app.base import BaseApplication

from app.extensions import db
from app.jobs import worker
from app.kernel import scheduler
from app.kernel.audit import anchors
from app.kernel.database import wal_checkpoint
from app.special_access import review_reminders

# New objects after which the collector looks for what a page has left. A page makes some thousand, and leaves almost nothing.
LEFT = 20_000, 20, 20


class Server(BaseApplication):
    """gunicorn holding an application that is already made."""

    def __init__(self, app, options):
        self.app, self.options = app, options
        super().__init__()

    def load_config(self):
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self):
        return self.app


def run(app, host, port):
    """Answer until stopped. Each worker opens its own connections: those of the parent are closed first."""
    with app.app_context():
        db.engine.dispose()
    # What is there now stays for good: without it the collector walks all of it in the middle of somebody's search.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LEFT)

    def keep_looking(_server, _worker):
        with app.app_context():
            anchors.keep_anchoring(db.engine)
            wal_checkpoint.keep_bringing_home(db.engine)
        review_reminders.keep_watching(app)
        scheduler.keep_running(app)
        worker.keep_working()

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
            "post_fork": keep_looking,
        },
    ).run()
