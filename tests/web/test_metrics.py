"""The metrics count requests, jobs and slow queries, and answer only who may read them."""

import io
import json
import logging
import re

import pytest
import yaml

import config
from app import wiring
from app.cli import backup
from app.extensions import db
from app.kernel import scheduler
from app.kernel.actor import SYSTEM
from app.kernel.audit import anchors, export, hash_chain
from app.kernel.audit.models import BACKUP_COMPLETED, LOG_VERIFIED, ExactJson
from app.kernel.database import slow_queries
from app.web import metrics, request_log, system_state
from tests.house.source_files import PROJECT

DEPLOY = PROJECT / "deploy"
METRIC = re.compile(r"\becrime_[a-z_]+")
# A series that Prometheus derives from a histogram or writes itself.
SUFFIXES = ("_bucket", "_count", "_sum", "_total")


@pytest.fixture(scope="session")
def counters(tmp_path_factory):
    """Return the counters of this process, in a folder that stays."""
    return metrics.Metrics(tmp_path_factory.mktemp("metrics"))


@pytest.fixture
def counted(app, counters, monkeypatch):
    """Return a function that reads one series as a number, with all counters connected."""
    monkeypatch.setitem(app.extensions, metrics.EXTENSION, counters)
    monkeypatch.setattr(request_log, "listeners", [counters.count_request])
    monkeypatch.setattr(slow_queries, "listeners", [counters.count_slow_query])
    monkeypatch.setattr(scheduler, "listeners", [counters.count_job])

    def read(series):
        with app.app_context():
            lines = counters.render().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(series))

    return read


def test_requests_are_counted_by_kind_and_status(client, counted):
    series = 'ecrime_responses_total{kind="page",status="404"}'
    before = counted(series)
    client.get("/no-such-page")
    assert counted(series) == before + 1


def test_failed_and_successful_scheduled_jobs_are_counted(app, counted):
    def fail(_session):
        raise ValueError

    for run in (fail, lambda _session: 0):
        scheduler._run_or_log(app, scheduler.ScheduledJob("tried", run))
    assert counted('ecrime_scheduled_job_runs_total{name="tried",result="failed"}') == 1
    assert counted('ecrime_scheduled_job_runs_total{name="tried",result="ok"}') == 1
    assert counted('ecrime_scheduled_job_success_timestamp_seconds{name="tried"}') > 0


def test_slow_query_is_counted_and_logged_without_values(app, counted, monkeypatch, caplog):
    monkeypatch.setattr(config, "SLOW_QUERY_SECONDS", 0)
    before = counted("ecrime_slow_queries_total")
    with app.app_context(), caplog.at_level(logging.WARNING):
        db.session.execute(db.text("select :name"), {"name": "សុខ ដារ៉ា"})
    assert counted("ecrime_slow_queries_total") > before
    assert "Slow query" in caplog.text and "សុខ" not in caplog.text


def test_metrics_answer_the_same_computer_only(client, counted):
    assert b"ecrime_database_up 1.0" in client.get("/metrics").data
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 404


def test_metrics_with_a_token_answer_those_who_send_it(app, client, counted, monkeypatch):
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "a-token-of-the-monitoring")
    far = {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}}
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer ក"}).status_code == 404
    right = client.get("/metrics", headers={"Authorization": "Bearer a-token-of-the-monitoring"}, **far)
    assert right.status_code == 200


def test_state_is_read_on_each_database(app, each_database):
    with app.app_context():
        readings = {one.name: one.value for one in system_state.read_state()}
    assert readings["ecrime_database_up"] == 1 and readings["ecrime_clock_behind_seconds"] == 0
    assert ("ecrime_database_sessions" in readings) == (each_database == "postgresql")


def test_age_of_the_last_backup_is_in_the_database_for_all_servers(app, owner, each_database):
    with owner.begin() as connection:
        hash_chain.append_entries(connection, [hash_chain.build_entry(SYSTEM, BACKUP_COMPLETED)])
    with app.app_context():
        assert system_state.get_reading("ecrime_backup_age_seconds") < float("inf")


@pytest.mark.parametrize(("outcome", "is_unchanged"), [("ok", True), ("alarm", False)])
def test_last_verification_of_the_log_is_in_the_database_for_all_servers(
    app, owner, outcome, is_unchanged, each_database
):
    names = "ecrime_audit_verified_age_seconds", "ecrime_audit_verified_ok"
    with app.app_context():
        assert [system_state.get_reading(name) for name in names] == [float("inf"), None]
    with owner.begin() as connection:
        entry = hash_chain.build_entry(SYSTEM, LOG_VERIFIED, outcome=outcome)
        hash_chain.append_entries(connection, [entry])
    with app.app_context():
        age, found = (system_state.get_reading(name) for name in names)
    assert age < float("inf") and found == is_unchanged


def read_rules():
    groups = yaml.safe_load((DEPLOY / "prometheus/ecrime.rules.yml").read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def does_alert(rule, seconds, period):
    """Return what Prometheus computes for a job of this period that last succeeded so many seconds ago."""
    terms = re.sub(r"max by \(name\) \((\w+)\)", r"\1", rule["expr"])
    return eval(
        terms,
        {
            "time": lambda: seconds,
            "clamp_max": min,
            "ecrime_scheduled_job_success_timestamp_seconds": 0,
            "ecrime_scheduled_job_period_seconds": period,
        },
    )


@pytest.mark.parametrize("job", wiring.SCHEDULED_JOBS, ids=lambda job: job.name)
def test_job_that_fails_alerts_soon_and_one_that_works_never(job):
    rule = read_rules()["EcrimeScheduledJobFails"]
    assert not does_alert(rule, job.every + 240, job.every), "a long job before it in the same thread"
    assert does_alert(rule, min(10 * job.every, job.every + 3600) + 301, job.every)


def test_failing_job_of_custody_deadlines_alerts_within_twenty_minutes():
    (job,) = (one for one in wiring.SCHEDULED_JOBS if one.name == "custody")
    rule = read_rules()["EcrimeScheduledJobFails"]
    assert does_alert(rule, 18 * 60, job.every) and rule["for"] == "1m"
    assert rule["labels"]["severity"] == "critical"


def test_no_metric_has_a_label_that_prometheus_sets(app, counters):
    counters.count_job("custody", True)
    with app.app_context():
        text = counters.render().decode()
    assert not re.search(r"[{,](job|instance)=", text)


def test_job_that_never_succeeds_has_a_time_from_the_start(counted, counters):
    counters.begin_jobs([scheduler.ScheduledJob("never", None, every=600)])
    assert counted('ecrime_scheduled_job_period_seconds{name="never"}') == 600
    assert counted('ecrime_scheduled_job_success_timestamp_seconds{name="never"}') > 0


def test_failed_anchor_is_counted_as_failed(app, counted, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "ANCHOR_DIR", tmp_path / "a file" / "folder")
    (tmp_path / "a file").touch()
    scheduler._run_or_log(app, scheduler.ScheduledJob("anchor", anchors.write_due_anchor))
    assert counted('ecrime_scheduled_job_runs_total{name="anchor",result="failed"}') == 1


def test_every_metric_of_the_dashboard_and_the_alerts_exists(app, counters):
    counters.count_request("page", 200, 0.1)
    counters.begin_jobs(wiring.SCHEDULED_JOBS)
    counters.count_job("custody", True)
    counters.count_slow_query(2)
    with app.app_context():
        known = set(METRIC.findall(counters.render().decode()))
    known |= {f"ecrime_database_{one}" for one in ("lock_waits", "sessions", "transaction_seconds")}
    known |= {"ecrime_audit_verified_ok", backup.DRILL_OK, backup.DRILL_ARCHIVE}
    board = json.loads((DEPLOY / "grafana/ecrime.json").read_text("utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    alerts = read_rules().values()
    assert all(rule["labels"]["severity"] and rule["annotations"]["summary"] for rule in alerts)
    used = {name for text in (*queries, *(rule["expr"] for rule in alerts)) for name in METRIC.findall(text)}
    assert used and used <= known, used - known


def test_request_number_is_taken_from_the_proxy_or_made(client):
    given = client.get("/login/", headers={"X-Request-ID": "0123456789abcdef"})
    assert given.headers["X-Request-ID"] == "0123456789abcdef"
    made = client.get("/login/", headers={"X-Request-ID": "two\twords"}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{16}", made)


def make_record(message="A save failed", error=None):
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("app", logging.ERROR, "", 1, message, (), exc_info)


def test_line_of_the_log_is_json_with_the_request_number(app):
    with app.test_request_context("/"):
        app.preprocess_request()
        line = json.loads(request_log.JsonFormatter().format(make_record("ពីរ\nបន្ទាត់")))
    assert line["message"] == "ពីរ\nបន្ទាត់" and len(line["request_id"]) == 16 and line["level"] == "error"


def test_same_trace_is_written_once_a_minute():
    handler = logging.NullHandler()
    request_log.prepare_handler(handler)
    traces = []
    # The same line of a library refuses both, for two functions of the program.
    faults = [
        lambda: ExactJson().process_result_value("x", None),
        lambda: list(export._read_backwards(io.BytesIO(b"x"))),
    ]
    for cause in faults * 2:
        with pytest.raises(ValueError) as found:
            cause()
        record = make_record(error=found.value)
        assert handler.filter(record)
        traces.append("trace" in json.loads(handler.formatter.format(record)))
    assert traces == [True, True, False, False]
