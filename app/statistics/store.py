"""The files of the figures: the job's own file, and numbered copies that readers open read-only.

DuckDB lets one process write a file, and no other process reads it meanwhile. So the job writes `work.duckdb`, and publishes a copy
under the next number. A process keeps the data of a file that it has open, therefore each copy has a new name.
"""

import fcntl
import os
import re
import secrets
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

TABLES = {
    "cases": """id INTEGER, day DATE, month INTEGER, hour TINYINT, weekday TINYINT, province VARCHAR, district VARCHAR,
        commune VARCHAR, place_kind VARCHAR, report_kind VARCHAR, status VARCHAR, clearance VARCHAR, reported_day DATE,
        recorded TIMESTAMP, recorded_month INTEGER, unit VARCHAR, officer INTEGER, delay DOUBLE, on_time BOOLEAN,
        late_reason VARCHAR, imported BOOLEAN, protected VARCHAR, has_file BOOLEAN, has_village BOOLEAN,
        has_photos BOOLEAN, has_documents BOOLEAN""",
    "offences": """id INTEGER, case_id INTEGER, family VARCHAR, offence VARCHAR, class VARCHAR, attempt BOOLEAN,
        method VARCHAR, means VARCHAR, motive VARCHAR, weapon VARCHAR, second_weapon VARCHAR""",
    "people": """id INTEGER, case_id INTEGER, who BIGINT, role VARCHAR, sex VARCHAR, band VARCHAR, minor BOOLEAN,
        hidden BOOLEAN, foreigner BOOLEAN, education VARCHAR, occupation VARCHAR, relation VARCHAR, injury VARCHAR,
        intoxication VARCHAR, participation VARCHAR, family_status VARCHAR, state_of_mind VARCHAR,
        decision VARCHAR""",
    "items": """id INTEGER, case_id INTEGER, kind VARCHAR, role VARCHAR, substance VARCHAR, weapon VARCHAR,
        quantity DECIMAL(20, 6), measure VARCHAR""",
    "custodies": """id INTEGER, unit VARCHAR, province VARCHAR, district VARCHAR, commune VARCHAR, month INTEGER,
        limit_at TIMESTAMP, ended_at TIMESTAMP""",
    "orders": """id INTEGER, unit VARCHAR, province VARCHAR, district VARCHAR, commune VARCHAR, family VARCHAR, month INTEGER,
        entered TIMESTAMP, checked_at TIMESTAMP, imported BOOLEAN""",
    "matches": """id INTEGER, unit VARCHAR, province VARCHAR, district VARCHAR, commune VARCHAR, family VARCHAR, month INTEGER,
        due_at TIMESTAMP, answered_at TIMESTAMP, state VARCHAR""",
    "corrections": """id INTEGER, province VARCHAR, district VARCHAR, commune VARCHAR, unit VARCHAR, officer INTEGER,
        recorded_month INTEGER, case_id INTEGER, kind VARCHAR, entity VARCHAR, cause VARCHAR,
        month INTEGER, hidden BOOLEAN""",
    "rejected": """id INTEGER, unit VARCHAR, month INTEGER, entries INTEGER""",
}
VERSION = 6  # raise it with every change of TABLES, or of what they hold: the file is then written again
_PUBLISHED = re.compile(r"statistics-(\d+)\.duckdb")
_open = {}
_opening = threading.Lock()


def get_folder():
    """Return the folder of the files."""
    folder = Path(current_app.config["STATISTICS_DIR"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextmanager
def hold_lock(wait=False):
    """Yield whether this process may write; no other process writes meanwhile."""
    with (get_folder() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def open_work_file():
    """Yield a connection to the job's own file, with its tables."""
    import duckdb  # here: most processes never write figures

    connection = duckdb.connect(get_folder() / "work.duckdb", config={"threads": 1, "memory_limit": "256MB"})
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS state (name VARCHAR PRIMARY KEY, value VARCHAR)")
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
        yield connection
    finally:
        connection.close()


def load_key():
    """Return the key of the hashes of people. It stays out of the files, which a statistician may receive."""
    path = get_folder() / "key"
    if not path.exists():
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def publish():
    """Copy the job's file under the next number and delete the copies before the last one."""
    folder, numbers = get_folder(), _list_numbers()
    number = max(numbers, default=0) + 1
    waiting = folder / "publishing.duckdb"
    shutil.copyfile(folder / "work.duckdb", waiting)
    waiting.rename(folder / f"statistics-{number}.duckdb")
    for old in numbers:
        if old < number - 1:
            (folder / f"statistics-{old}.duckdb").unlink(missing_ok=True)


def _list_numbers():
    found = (_PUBLISHED.fullmatch(name) for name in os.listdir(get_folder()))
    return [int(one[1]) for one in found if one]


def open_figures():
    """Return a cursor on the newest published file, or None before the first one."""
    number = max(_list_numbers(), default=0)
    if not number:
        return None
    path = get_folder() / f"statistics-{number}.duckdb"
    with _opening:
        held = _open.get(path.parent)
        if held is None or held[0] != number:
            import duckdb

            config = {"threads": 2, "memory_limit": "256MB", "enable_external_access": False}
            held = number, duckdb.connect(path, read_only=True, config=config)
            _open[path.parent] = held
        return held[1].cursor()
