"""The health checks answer without an account, and fail exactly if a save would fail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

import config
from app import create_app
from app.kernel.audit.models import AuditHead
from app.web import health
from tests.registers import SETTINGS


@pytest.fixture(autouse=True)
def anchor_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "ANCHOR_DIR", tmp_path)


def ready(client):
    answer = client.get("/health/ready")
    return answer.status_code, answer.json["checks"]


def test_healthy_system_is_ready_for_everybody(client, each_database):
    assert client.get("/health/live").json == {"status": "ok"}
    assert ready(client) == (200, {"disk": "ok", "database": "ok", "clock": "ok", "anchor": "late"})


def test_clock_behind_the_audit_log_is_not_ready(client, owner, each_database):
    with owner.begin() as connection:
        connection.execute(
            update(AuditHead).values(at=datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1))
        )
    assert ready(client)[0] == 503 and ready(client)[1]["clock"] == "failed"


def test_full_disk_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "MIN_FREE", 1024**6)
    assert ready(client)[0] == 503 and ready(client)[1]["disk"] == "failed"


def test_missing_database_is_not_ready_but_alive(tmp_path):
    client = create_app(
        **SETTINGS,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'none' / 'register.db'}",
        FILES_DIR=tmp_path,
    ).test_client()
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/ready").json == {
        "status": "failed",
        "checks": {"database": "failed", "disk": "ok"},
    }
