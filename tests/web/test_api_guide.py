"""Every command of docs/api.md is run by curl against a register that listens on a port, and answered as it says."""

import os
import re
import subprocess
import threading

import pytest
from werkzeug.serving import make_server

import config
from app.accounts import api_tokens
from app.kernel.text import dates
from tests.accounts.sample_staff import user
from tests.court_orders.sample_orders import an_active_order
from tests.sample_rows import a_registered_case, a_registered_person, written_by

GUIDE = (config.ROOT / "docs" / "api.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
# The status goes to the other stream, so that what is read from an answer stays as it is.
CURL = "curl() { command curl -s -w '%{stderr}%{http_code}\n' \"$@\"; }\n"


@pytest.fixture
def address(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def token(db_session):
    with written_by("clerk.bb"):
        person = a_registered_person()
        a_registered_case(people=[(person, "suspect")])
    an_active_order(person)
    _row, token = api_tokens.make(user("investigator.bb"), "the guide", 1, writes=True)
    db_session.commit()
    return token


def test_the_walk_with_curl_goes_as_it_is_told(address, token, tmp_path):
    assert len(COMMANDS) >= 7
    around = os.environ | {"REGISTER": address, "TOKEN": token}
    for command in COMMANDS:
        command = command.replace("02-2026-", f"02-{dates.now().year}-")
        done = subprocess.run(
            ["bash", "-euc", CURL + command], env=around, cwd=tmp_path, capture_output=True, text=True
        )
        assert re.findall(r"^# (\d{3}):", command, re.M) == done.stderr.split(), command + done.stdout
        assert done.stdout.startswith("{"), command
