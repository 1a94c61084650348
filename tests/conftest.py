"""What tests stand on: a register on either database, set back after each test, and users who are signed in.

A test that asks for `each_database` runs on SQLite and on PostgreSQL; all others run on SQLite.
"""

import os
import shutil
import tempfile
from pathlib import Path

# In memory where there is room: registers are copied thousands of times, and nobody needs them after a crash.
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = str(MEMORY)

# Before `config` is read. Nothing of the developer's own register is touched.
HOME = Path(tempfile.mkdtemp(prefix="ecrime-tests-"))
for name in [name for name in os.environ if name.startswith("ECRIME_")]:
    del os.environ[name]
os.environ["ECRIME_DATA_DIR"] = str(HOME)
os.environ.setdefault("TESTS_HOME", str(HOME))  # that of the first process, which xdist's workers inherit

import pytest  # noqa: E402

import config as settings  # noqa: E402
from app.accounts import passwords  # noqa: E402
from app.extensions import db  # noqa: E402
from app.kernel.actor import THE_REGISTER, act_as  # noqa: E402
from app.web import assets, language  # noqa: E402
from tests.registers import HASHED, KINDS  # noqa: E402
from tests.sample_rows import PHNOM_PENH, a_registered_case, a_registered_person, written_by  # noqa: E402
from tests.started_servers import Started  # noqa: E402


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # xdist's workers find it done
        language.compile_catalogues()
        assets.build()


MACHINES = (
    "tests/court_orders/test_status_machine.py",
    "tests/custody/test_custody_machine.py",
    "tests/custody/test_deadline_index.py",
)
GATES = "tests/gates/"
# What takes longest begins first, so that of two processes neither waits for the other's last test.
LONGEST = (*MACHINES, GATES, "tests/matrix/", "tests/web/test_headers.py", "tests/browser/test_pages.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    slow = (GATES, *MACHINES) if "MACHINE_RUNS" in os.environ else (GATES,)
    for item in items:
        if item.nodeid.startswith(slow):
            item.add_marker("slow")
    items.sort(key=lambda item: [not item.nodeid.startswith(one) for one in LONGEST])


def pytest_unconfigure(config):
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_generate_tests(metafunc):
    if "each_database" in metafunc.fixturenames:
        metafunc.parametrize("database", list(KINDS), indirect=True, scope="module")


@pytest.fixture(scope="module")
def database(request):
    """The kind of database of this test."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def each_database(database):
    """Asks for both databases, one after the other."""
    return database


@pytest.fixture(scope="session")
def registers():
    """kind of database → register, made when it is first asked for."""
    made = {}

    def get(kind):
        if kind not in made:
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
    """The engine of whoever owns the database and is bound by nothing in it: as an administrator's hand would write."""
    return register.owner


@pytest.fixture
def client(app):
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def client_as(app):
    """`client_as("clerk.bb")`: a browser in which that demo user is signed in."""
    return lambda username, language=None: app.test_client().sign_in(username, language)


@pytest.fixture
def clerk(client_as):
    """The browser of the clerk of Battambang."""
    return client_as("clerk.bb")


@pytest.fixture
def db_session(app):
    """The session of the register, for what a test prepares or looks up. Commit before a client asks."""
    with app.app_context():
        act_as(db.session, THE_REGISTER)
        yield db.session
        db.session.remove()


@pytest.fixture
def hashed_as_in_the_register(monkeypatch):
    """Passwords that are given now are hashed as slowly as the register does it."""
    for name, value in HASHED.items():
        monkeypatch.setattr(passwords, name, value)


@pytest.fixture
def noise(db_session):
    """A case of another province, with its people, that nothing in the test may touch or show."""
    with written_by("clerk.pp"):
        case = a_registered_case(
            place=PHNOM_PENH, people=[(a_registered_person(surname_km="ទេព", number=7), "victim")]
        )
        db_session.commit()
        return case.id


@pytest.fixture(scope="session")
def started():
    """Runs commands in processes of their own."""
    one = Started()
    yield one
    one.close()


@pytest.fixture
def door(registers, started, tmp_path, tmp_path_factory):
    """Run a command on a prepared register of its own; gives the finished process."""
    shutil.copyfile(registers("sqlite").template, tmp_path / "register.db")
    outside = {
        "ECRIME_AUDIT_KEY_FILE": str(settings.AUDIT_KEY_FILE),
        "ECRIME_ANCHOR_DIR": str(tmp_path_factory.mktemp("anchors")),
    }

    def run(*words, given="", data_dir=tmp_path, **over):
        return started.run(words, given, {"ECRIME_DATA_DIR": str(data_dir)} | outside | over)

    return run
