"""The commands of docs/api.md: each runs with curl against a server and returns the documented status."""

import os
import re
import subprocess
import threading
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

import config
from app.accounts import api_tokens
from app.kernel.text import dates
from tests.accounts.sample_staff import find_user
from tests.court_orders.sample_orders import make_active_order
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

GUIDE = (config.ROOT / "docs" / "api.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
# The status goes to stderr, so that stdout contains only the response body.
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


@prepared
def token(db_session):
    with acting_as("clerk.bb"):
        person = make_registered_person()
        add_registered_case(people=[(person, "suspect")])
    make_active_order(person)
    _row, token = api_tokens.create_token(find_user("investigator.bb"), "the guide", 1, writes=True)
    db_session.commit()
    return token


def test_api_guide_commands_work_as_documented(address, token, tmp_path):
    assert len(COMMANDS) >= 7
    yesterday = (dates.now() - timedelta(days=1)).date()  # after the date of the order
    environment = os.environ | {"REGISTER": address, "TOKEN": token}
    for command in COMMANDS:
        command = command.replace("02-2026-", f"02-{dates.now().year}-").replace("2026-11-01", str(yesterday))
        done = subprocess.run(
            ["bash", "-euc", CURL + command], env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        assert re.findall(r"^# (\d{3}):", command, re.M) == done.stderr.split(), command + done.stdout
        assert done.stdout.startswith("{"), command
