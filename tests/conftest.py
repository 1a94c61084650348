"""Fixtures of all tests: a system on either database, reset after each test, and signed-in users.

A test that uses `each_database` runs on SQLite and on PostgreSQL; all others run on SQLite. The repetition on PostgreSQL
is slow, except where the database does the work (marker `database`). With `REPETITION_DAYS`, only a part of the slow
repetitions runs each day.
"""

import os
import shutil
import tempfile
from pathlib import Path

# In memory if there is room: databases are copied thousands of times, and no crash recovery is needed.
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)  # pytest may have asked for the folder before

# Before `config` is read. The developer's own data is not touched.
HOME = Path(tempfile.mkdtemp(prefix="ecrime-tests-"))
for name in [name for name in os.environ if name.startswith("ECRIME_")]:
    del os.environ[name]
os.environ["ECRIME_DATA_DIR"] = str(HOME)
os.environ.setdefault("TESTS_HOME", str(HOME))  # that of the first process, which xdist's workers inherit
os.environ["ECRIME_AUDIT_KEY_FILE"] = str(
    Path(os.environ["TESTS_HOME"], "audit_key")
)  # signs the shared template

import pytest  # noqa: E402

import config as settings  # noqa: E402
from app.accounts import passwords  # noqa: E402
from app.extensions import db  # noqa: E402
from app.kernel.actor import SYSTEM, act_as  # noqa: E402
from app.kernel.screens import list_query  # noqa: E402
from app.web import assets, language  # noqa: E402
from tests import nightly  # noqa: E402
from tests.prepared import prepared  # noqa: E402
from tests.registers import HASHED, KINDS, is_being_made  # noqa: E402
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person  # noqa: E402
from tests.started_servers import Started  # noqa: E402


def pytest_configure(config):
    # The limits count elapsed time: on a busy computer they would stop cheap queries of a test too.
    list_query.COUNT_TIME_LIMIT = list_query.TIME_LIMIT = 20
    if not hasattr(config, "workerinput"):  # xdist's workers inherit it
        nightly.choose_day()
        language.compile_catalogues()
        assets.build_assets()


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"MATRIX_DAY={nightly.choose_day()} repeats the choice of this run.")


GATES = "tests/gates/"
# The longest tests start first, so that neither of two processes waits for the last test of the other.
LONGEST = (
    GATES,
    "tests/cli/test_new_model.py",
    "tests/matrix/",
    "tests/house/test_roles.py",
    "tests/web/test_headers.py",
    "tests/browser/test_pages.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if _is_machine(item) and item.get_closest_marker("nightly") is None:
            item.add_marker(pytest.mark.nightly(name="machines"))
        if (
            item.nodeid.startswith(GATES)
            or (_is_machine(item) and "MACHINE_RUNS" in os.environ)
            or _is_repetition(item)
        ):
            item.add_marker("slow")
    of_another_day = {item for item in items if _is_repetition(item) and not nightly.is_due(item.nodeid)}
    config.hook.pytest_deselected(items=list(of_another_day))
    items[:] = [item for item in items if item not in of_another_day]
    items.sort(
        key=lambda item: [not _is_machine(item), *(not item.nodeid.startswith(one) for one in LONGEST)]
    )


def _is_repetition(item):
    """Return whether the test runs on SQLite too, and is not about the database."""
    return (
        "each_database" in item.fixturenames
        and _is_on_postgresql(item)
        and item.get_closest_marker("database") is None
    )


def _is_on_postgresql(item):
    return hasattr(item, "callspec") and item.callspec.params.get("database") == "postgresql"


def _is_machine(item):
    return item.get_closest_marker("machine") is not None


def pytest_unconfigure(config):
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_generate_tests(metafunc):
    if "each_database" in metafunc.fixturenames:
        metafunc.parametrize("database", list(KINDS), indirect=True, scope="module")


@pytest.fixture(scope="module")
def database(request):
    """Return the kind of database of this test."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def each_database(database):
    """Run the test on both databases, one after the other."""
    return database


@pytest.fixture(scope="session")
def registers(request):
    """Return a function: kind of database → system, made on first use."""
    made = {}

    def get(kind):
        if kind not in made:
            if (
                kind == "sqlite"
                and is_being_made(kind)
                and any(map(_is_on_postgresql, request.session.items))
            ):
                get("postgresql")  # while another process makes the SQLite file
            home = HOME / kind
            home.mkdir(exist_ok=True)
            made[kind] = KINDS[kind](home)
        return made[kind]

    yield get
    for one in made.values():
        one.close()


@pytest.fixture
def register(registers, database):
    one = registers(database)
    one.set_back()
    return one


@pytest.fixture
def app(register):
    return register.app


@pytest.fixture
def owner(register):
    """Return the engine of the database owner: no database rule limits this user."""
    return register.owner


@pytest.fixture
def client(app):
    """Return a browser without a signed-in user."""
    return app.test_client()


@pytest.fixture
def client_as(app):
    """Return `client_as("clerk.bb")`: a browser in which that demo user is signed in."""
    return lambda username, language=None: app.test_client().sign_in(username, language)


@pytest.fixture
def clerk(client_as):
    """Return the browser of the clerk of Battambang."""
    return client_as("clerk.bb")


@pytest.fixture
def db_session(app):
    """Return the session of the application, for preparation and lookups. Commit before a client sends a
    request.
    """
    with app.app_context():
        act_as(db.session, SYSTEM)
        yield db.session
        db.session.remove()


@pytest.fixture
def hashed_as_in_the_register(monkeypatch):
    """Hash new passwords as slowly as production does."""
    for name, value in HASHED.items():
        monkeypatch.setattr(passwords, name, value)


@prepared
def noise(db_session):
    """Add a case of another province, with its persons, that the test must not touch or show."""
    with acting_as("clerk.pp"):
        case = add_registered_case(
            place=PHNOM_PENH, people=[(make_registered_person(surname_km="ទេព", number=7), "victim")]
        )
        db_session.commit()
        return case.id


@pytest.fixture(scope="session")
def started():
    """Return a runner of commands in processes of their own."""
    one = Started()
    yield one
    one.close()


@pytest.fixture
def run_command(registers, started, tmp_path, tmp_path_factory):
    """Return a function that runs a command on a prepared database of its own and returns the finished
    process.
    """
    shutil.copyfile(registers("sqlite").template, tmp_path / "register.db")
    (tmp_path / "register.db").chmod(0o600)
    outside = {
        "ECRIME_AUDIT_KEY_FILE": str(settings.AUDIT_KEY_FILE),
        "ECRIME_ANCHOR_DIR": str(tmp_path_factory.mktemp("anchors")),
    }

    def run(*words, given="", data_dir=tmp_path, **over):
        return started.run(words, given, {"ECRIME_DATA_DIR": str(data_dir)} | outside | over)

    return run
