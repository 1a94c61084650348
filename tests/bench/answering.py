"""One application that answers requests and measures itself, in a process of its own (see `worker`).

The application is called through WSGI, so neither sockets nor client work are measured. The processor time is
that of this process alone; on SQLite it includes the work of the database.
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

from app import wiring
from app.accounts import user_scope
from app.cases.models import CaseFile, Exhibit
from app.extensions import db
from app.kernel.actor import UNRESTRICTED
from app.kernel.audit import access_log, recorder
from app.kernel.schema import code_lists
from app.people.models import Person
from tests.bench import stock, stores

EMPTY = "{% extends appbuilder.base_template %}{% block content %}<h1>Empty</h1>{% endblock %}"

# Module → rows on a page of its lists. Imported on use: stock FAB does not know these modules.
PAGE_SIZES = {
    "app.court_orders.worklist_views": "PAGE_SIZE",
    "app.court_orders.match_views": "MAX_ROWS",
    "app.custody.views.lists": "MAX_ROWS",
}
PURPOSE, CASE = "investigation", "02-2026-000001"

NARROWED = re.compile('<svg class="i l"[^>]*><use href="[^"]*#list-filter"')  # in place of the rows of a list


class EmptyView(BaseView):
    """A page with only the frame that every page has."""

    route_base = "/empty"
    template = None

    @expose("/")
    def page(self):
        return render_template(self.template, appbuilder=self.appbuilder, title="Empty")


def _ours(**settings):
    from app import create_app

    return create_app(**settings)


# Hooks of scope, audit log and record lock. The system itself has no such switch.
PROMISES = {
    "app.kernel.access.row_filter",
    "app.kernel.access.row_level_security",
    "app.kernel.access.write_scope",
    "app.kernel.audit.recorder",
    "app.kernel.schema.record_lock",
    "app.cases.flush_hooks",
}


def _bare(**settings):
    """Return our application without scope, audit log and record lock: see `promises`."""
    for hooks in (wiring.SESSION_HOOKS, wiring.RECORD_HOOKS):
        for name, functions in hooks.items():
            hooks[name] = tuple(one for one in functions if one.__module__ not in PROMISES)
    user_scope.build_user_scope = lambda *_user: UNRESTRICTED
    access_log._log_access = access_log.log_file = lambda *_look, **_facts: None
    recorder.record_now = recorder.record = lambda *_event, **_facts: None
    return _ours(**settings)


MAKERS = {
    "bare": (_bare, stores.USER, stores.demo_users.PASSWORD),
    "ours": (_ours, stores.USER, stores.demo_users.PASSWORD),
    "stock": (stock.create_app, stock.ADMIN, stock.PASSWORD),
}


class Answering:
    """One application with one signed-in user, the `reader` or the default one."""

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
            gc.set_threshold(*import_module("app.cli.server").GC_THRESHOLDS)

    def _note(self, _connection, _cursor, statement, *_rest):
        self.statements.append(statement)

    def _note_server(self, connection, _record):
        if hasattr(connection, "info"):
            self.servers.add(connection.info.backend_pid)

    def _sign_in(self, user, password):
        boxes = {"username": user, "password": password, "csrf_token": self.token("/login/")}
        answer = self.client.post("/login/", data=boxes)
        assert answer.status_code == 302, f"{user} could not sign in: {answer.status}"
        if "/purpose/" in {rule.rule for rule in self.app.url_map.iter_rules()}:  # purpose of access
            boxes = {"_purpose": PURPOSE, "_purpose_about": CASE, "csrf_token": self.token("/purpose/")}
            answer = self.client.post("/purpose/", data=boxes)
            assert answer.status_code == 302, f"{user} could not say why: {answer.status}"

    def token(self, path):
        """Return the token of the form on that page; empty if the page has none."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(path).text)
        return found[1] if found else ""

    def answer(self, path, method="GET", data=None, app=None):
        """Return the cost of one request: status, processor and elapsed milliseconds, statements, bytes."""
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

    def cost(self, path, method="GET", data=None):
        """Return the cost of a request of a list: with the processor time of the database servers, without its text."""
        servers = self.servers_cpu()
        answer = self.answer(path, method, data)
        del answer["asked"]
        narrowed = bool(NARROWED.search(answer.pop("text")))
        return answer | {"cpu": answer["cpu"] + self.servers_cpu() - servers, "narrowed": narrowed}

    def describe_list(self, name):
        from tests.bench import filters

        with self.app.test_request_context():
            return filters.describe(self.app, name)

    def make_large_case(self):
        """Register a case with 40 people, 60 exhibits and 100 documents, and return its id."""
        from tests import sample_rows

        with self.app.app_context(), sample_rows.acting_as(stores.USER):
            first = db.session.scalar(db.text("SELECT count(*) FROM person"))
            people = [(sample_rows.make_registered_person(first + n), "suspect") for n in range(40)]
            case = sample_rows.add_registered_case(people=people)
            for model, values, count in (
                (Exhibit, {"kind": "phone", "property_role": "stolen", "state": "missing"}, 59),
                (CaseFile, {"kind": "report", **sample_rows.FILE_COLUMNS}, 99),
            ):
                db.session.add_all(model(case=case, **values) for _number in range(count))
            db.session.commit()
            return case.id

    def set_time_limit(self, seconds):
        """Set the time limit of filtered lists. It is elapsed time: on a busy machine it stops cheap queries too."""
        lists = import_module("app.kernel.screens.list_query")
        lists.COUNT_TIME_LIMIT = lists.TIME_LIMIT = seconds

    def set_page_size(self, rows):
        """Set the page size of every list of pages."""
        for module, name in PAGE_SIZES.items():
            setattr(import_module(module), name, rows)

    def servers_cpu(self):
        """Return the processor milliseconds of its PostgreSQL servers; on SQLite the process includes them."""
        told = [Path(f"/proc/{server}/schedstat").read_text().split()[0] for server in self.servers]
        return sum(map(int, told)) / 1e6

    def upload(self, path, name, content, token):
        """Return the answer to a file uploaded by a form."""
        data = {"file": (io.BytesIO(content), name), "csrf_token": token}
        return self.client.post(path, data=data, content_type="multipart/form-data").json

    def bare_page(self):
        return self.answer("/", app=self.bare)

    def key_lookup(self, key):
        """Read one record by its primary key, as every page does at least once."""
        with self.app.app_context():
            wall, cpu = time.perf_counter(), time.process_time()
            db.session.get(Person, key)
            return {"cpu": (time.process_time() - cpu) * 1000, "wall": (time.perf_counter() - wall) * 1000}

    def query(self, statement):
        """Return the first rows of a statement, for the keys of records to request."""
        with self.app.app_context():
            return [tuple(row) for row in db.session.execute(db.text(statement))]

    def code_keys(self, name):
        with self.app.app_context():
            return list(code_lists.keys(name))

    def serve(self):
        """Answer browsers too; return (address, cookie)."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.port}", self.cookie
