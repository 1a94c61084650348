"""Figures in a folder of their own, and a small country of facts without a register behind it."""

import itertools

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

    def publish(as_of="2026-11-29T10:00:00", **tables):
        with app.app_context():
            with store.open_work_file() as work:
                for table, rows in tables.items():
                    for names, alike in itertools.groupby(rows, key=tuple):
                        # A statement for each row takes long.
                        columns = [
                            list(column) for column in zip(*(row.values() for row in alike), strict=True)
                        ]
                        marks = ", ".join(["unnest(?)"] * len(names))
                        work.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {marks}", columns)
                work.execute("INSERT OR REPLACE INTO state VALUES ('as_of', ?)", [f'"{as_of}"'])
            store.publish()

    return publish
