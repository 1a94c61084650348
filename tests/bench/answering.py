"""One application that is asked for pages and measures itself, in a process of its own (see `worker`).

The application is called as a server would call it (WSGI), so neither a socket nor a client's work is measured;
the time of the processor is that of this process alone, which on SQLite holds the database's work as well.
"""

import gc
import gzip
import io
import logging
import re
import threading
import time
from importlib import import_module
from pathlib import Path

from flask import Flask, render_template
from flask_appbuilder import BaseView, expose
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.serving import make_server
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from app.accounts import user_scope
from app.extensions import db
from app.kernel.actor import EVERYTHING
from app.kernel.audit import access_log, recorder
from app.kernel.schema import code_lists
from app.people.models import Person
from tests.bench import stock, stores

EMPTY = "{% extends appbuilder.base_template %}{% block content %}<h1>Empty</h1>{% endblock %}"

# Module → how many rows a leaf of its lists has. Imported when they are asked for: stock FAB knows nothing of them.
LEAVES = {
    "app.court_orders.worklist_views": "PAGE",
    "app.court_orders.match_views": "MOST",
    "app.custody.views.lists": "MOST",
}
PURPOSE, CASE = "investigation", "02-2026-000001"


class EmptyView(BaseView):
    """A page with nothing on it but what stands around every page."""

    route_base = "/empty"
    template = None

    @expose("/")
    def page(self):
        return render_template(self.template, appbuilder=self.appbuilder, title="Empty")


def _ours(**settings):
    from app import create_app

    return create_app(**settings)


def _bare(**settings):
    """Ours without scope, trace and lock: see `promises`."""
    user_scope.scope_of = lambda *_user: EVERYTHING
    access_log._tell = access_log.opened_file = lambda *_look, **_facts: None
    recorder.tell = recorder.note = lambda *_event, **_facts: None
    return _ours(**settings)


MAKERS = {
    "bare": (_bare, stores.USER, stores.demo_users.PASSWORD),
    "ours": (_ours, stores.USER, stores.demo_users.PASSWORD),
    "stock": (stock.create_app, stock.ADMIN, stock.PASSWORD),
}


class Answering:
    """One application with one signed-in user, the `reader` or the usual one."""

    def __init__(self, kind, url, folder, reader=""):
        make, user, password = MAKERS[kind]
        self.statements, self.servers = [], set()
        event.listen(Engine, "connect", self._note_server)
        event.listen(Engine, "before_cursor_execute", self._note)
        self.app = make(**stores.settings(url, folder))
        with self.app.app_context():
            self.app.extensions["appbuilder"].add_view_no_menu(EmptyView)
            EmptyView.template = self.app.jinja_env.from_string(EMPTY)
        self.bare = Flask("bare")
        self.bare.add_url_rule("/", "bare", lambda: "bare")
        self.client = Client(self.app)
        self._sign_in(reader or user, password)
        jar = self.client._cookies.values()
        self.cookie = "; ".join(f"{one.key}={one.value}" for one in jar)
        gc.collect()
        gc.freeze()
        if kind != "stock":
            gc.set_threshold(*import_module("app.cli.server").LEFT)

    def _note(self, _connection, _cursor, statement, *_rest):
        self.statements.append(statement)

    def _note_server(self, connection, _record):
        if hasattr(connection, "info"):
            self.servers.add(connection.info.backend_pid)

    def _sign_in(self, user, password):
        boxes = {"username": user, "password": password, "csrf_token": self.token("/login/")}
        answer = self.client.post("/login/", data=boxes)
        assert answer.status_code == 302, f"{user} could not sign in: {answer.status}"
        if "/purpose/" in {rule.rule for rule in self.app.url_map.iter_rules()}:  # why people are looked up
            boxes = {"_purpose": PURPOSE, "_purpose_about": CASE, "csrf_token": self.token("/purpose/")}
            answer = self.client.post("/purpose/", data=boxes)
            assert answer.status_code == 302, f"{user} could not say why: {answer.status}"

    def token(self, path):
        """The token of the form on that page; empty where the page has none."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(path).text)
        return found[1] if found else ""

    def answer(self, path, method="GET", data=None, app=None):
        """What one request cost: status, milliseconds of processor and of the clock, statements, bytes."""
        environ = EnvironBuilder(
            path, method=method, data=data, headers={"Cookie": self.cookie, "Accept-Encoding": "gzip"}
        ).get_environ()
        app, self.statements = app or self.app, []
        wall, cpu = time.perf_counter(), time.process_time()
        parts, status, headers = run_wsgi_app(app, environ, buffered=True)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        body = b"".join(parts)
        return {
            "status": int(status.split()[0]),
            "cpu": cpu * 1000,
            "wall": wall * 1000,
            "statements": len(self.statements),
            "asked": self.statements,
            "bytes": len(body),
            "location": headers.get("Location"),
            "text": gzip.decompress(body).decode()
            if headers.get("Content-Encoding") == "gzip"
            else body.decode("utf8", "replace"),
        }

    def make_leaves(self, rows):
        """Let every list behind a number show that many rows."""
        for module, name in LEAVES.items():
            setattr(import_module(module), name, rows)

    def servers_cpu(self):
        """Milliseconds of processor that its servers of PostgreSQL took; SQLite's are the process's own."""
        told = [Path(f"/proc/{server}/schedstat").read_text().split()[0] for server in self.servers]
        return sum(map(int, told)) / 1e6

    def upload(self, path, name, content, token):
        """The answer to a file sent by a form."""
        data = {"file": (io.BytesIO(content), name), "csrf_token": token}
        return self.client.post(path, data=data, content_type="multipart/form-data").json

    def bare_page(self):
        return self.answer("/", app=self.bare)

    def key_lookup(self, key):
        """One record by its primary key, as every page does at least once."""
        with self.app.app_context():
            wall, cpu = time.perf_counter(), time.process_time()
            db.session.get(Person, key)
            return {"cpu": (time.process_time() - cpu) * 1000, "wall": (time.perf_counter() - wall) * 1000}

    def query(self, statement):
        """The first rows of a statement, for the keys of records to ask for."""
        with self.app.app_context():
            return [tuple(row) for row in db.session.execute(db.text(statement))]

    def code_keys(self, name):
        with self.app.app_context():
            return list(code_lists.keys(name))

    def serve(self):
        """Answer browsers as well; gives (address, cookie)."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.port}", self.cookie
