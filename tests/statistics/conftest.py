"""Figures in a folder of their own, and a small country of facts without a register behind it."""

import pytest

from app.statistics import store


@pytest.fixture
def figures_folder(app, tmp_path, monkeypatch):
    """Keep the figures of this test in its own folder."""
    monkeypatch.setitem(app.config, "STATISTICS_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def session(figures_folder, db_session):
    return db_session


@pytest.fixture
def publish_facts(app, figures_folder):
    """Return a function that publishes these rows: `publish_facts(cases=[{…}], offences=[{…}])`."""

    def publish(**tables):
        with app.app_context():
            with store.open_work_file() as work:
                work.execute("BEGIN")  # a transaction for each row takes long
                for table, rows in tables.items():
                    for row in rows:
                        marks = ", ".join("?" * len(row))
                        work.execute(
                            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
                        )
                work.execute("INSERT OR REPLACE INTO state VALUES ('as_of', '\"2026-11-29T10:00:00\"')")
                work.execute("COMMIT")
            store.publish()

    return publish
