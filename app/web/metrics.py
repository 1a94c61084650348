"""Metrics for Prometheus at `/metrics`: counts and times of all server processes, and the state of the system.

Each server process counts in files of the folder `metrics` in the data folder (multiprocess mode of prometheus_client), and
the process that answers adds them up. `start` begins the counting before the processes are made. Commands and background
jobs count nothing.
"""

import hmac
import importlib
import ipaddress
import os
import shutil
import time

from flask import Response, abort, current_app, request
from flask_appbuilder import BaseView, expose

from app.kernel import scheduler
from app.kernel.database import slow_queries
from app.web import request_log
from app.web.system_state import read_state

EXTENSION = "ecrime.metrics"
# Seconds; a page takes tens of milliseconds, a save up to a second.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of this process, and the sum of all processes in the same folder."""

    def __init__(self, folder):
        # The library chooses its mode when it is imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = self.folder = str(folder)
        self.library = importlib.import_module("prometheus_client")
        self.core = importlib.import_module("prometheus_client.core")
        self.multiprocess = importlib.import_module("prometheus_client.multiprocess")
        make = {"registry": None}
        self.requests = self.library.Histogram(
            "ecrime_request_seconds", "time of requests", ["kind"], buckets=BUCKETS, **make
        )
        self.answers = self.library.Counter(
            "ecrime_responses", "answers by kind of request and status", ["kind", "status"], **make
        )
        self.slow = self.library.Counter("ecrime_slow_queries", "queries that took too long", **make)
        self.jobs = self.library.Counter(
            "ecrime_scheduled_job_runs", "runs of scheduled jobs", ["name", "result"], **make
        )
        # The label is not `job`: Prometheus sets that one itself, to the name of the scrape.
        self.successes, self.periods = (
            self.library.Gauge(name, what, ["name"], multiprocess_mode="max", **make)
            for name, what in (
                (
                    "ecrime_scheduled_job_success_timestamp_seconds",
                    "when a scheduled job last succeeded",
                ),
                ("ecrime_scheduled_job_period_seconds", "how often a scheduled job runs"),
            )
        )

    def count_request(self, kind, status, seconds):
        if kind != "monitoring":
            self.requests.labels(kind).observe(seconds)
            self.answers.labels(kind, status).inc()

    def count_slow_query(self, _seconds):
        self.slow.inc()

    def begin_jobs(self, jobs):
        """Set the time of success of each job to now: an alert must see a job that never succeeds."""
        for job in jobs:
            self.successes.labels(job.name).set(time.time())
            self.periods.labels(job.name).set(job.every)

    def count_job(self, job, succeeded):
        self.jobs.labels(job, "ok" if succeeded else "failed").inc()
        if succeeded:
            self.successes.labels(job).set(time.time())

    def render(self):
        """Return all metrics in the text format of Prometheus."""
        registry = self.library.CollectorRegistry()
        self.multiprocess.MultiProcessCollector(registry, path=self.folder)
        registry.register(_StateCollector(self.core))
        return self.library.generate_latest(registry)


class _StateCollector:
    """Collects the state of the system, once for all processes."""

    def __init__(self, core):
        self.core = core

    def collect(self):
        families = {}
        for reading in read_state():
            if reading.name not in families:
                families[reading.name] = self.core.GaugeMetricFamily(
                    reading.name, reading.help, labels=list(reading.labels)
                )
            families[reading.name].add_metric(list(reading.labels.values()), reading.value)
        return families.values()


def start(app, folder):
    """Let this process and those that it forks count, in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    metrics = app.extensions[EXTENSION] = Metrics(folder)
    metrics.begin_jobs(scheduler.list_jobs())
    request_log.listeners.append(metrics.count_request)
    slow_queries.listeners.append(metrics.count_slow_query)
    scheduler.listeners.append(metrics.count_job)
    return metrics


class MetricsView(BaseView):
    """Answers programs of the same computer, or with `ECRIME_METRICS_TOKEN` those that send it. Others find no page."""

    route_base = "/metrics"
    default_view = "metrics"

    @expose("")
    def metrics(self):
        """Return the metrics in the text format of Prometheus."""
        metrics = current_app.extensions.get(EXTENSION)
        if metrics is None or not _may_read():
            abort(404)
        return Response(metrics.render(), mimetype="text/plain; version=0.0.4")


def _may_read():
    token = current_app.config["METRICS_TOKEN"]
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
