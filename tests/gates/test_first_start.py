"""The first start makes demo data, and then serves."""

import re

import pytest

from tests.gates.servers import Clerk, Home, Serving

pytestmark = pytest.mark.slow


def test_first_start_serves_printouts(tmp_path):
    """Figures and printouts of the demo begin threads, which no fork of the server survives."""
    server = Serving(Home(tmp_path, "sqlite"), "--demo-cases", "5")
    try:
        clerk = Clerk(server.address)
        cases = clerk.browser.get(f"{server.address}/case/list/", timeout=60).text
        key, number = re.search(r'/case/show/(\d+)"[^>]*>\s*([\d-]+)', cases).groups()
        purpose = {"_purpose": "investigation", "_purpose_about": number, "csrf_token": clerk.token}
        clerk.browser.post(f"{server.address}/purpose/", purpose, timeout=60).raise_for_status()
        for _time in range(3):
            printed = clerk.browser.get(f"{server.address}/printout/case-sheet/{key}", timeout=60)
            assert printed.headers["Content-Type"] == "application/pdf", printed.text
    finally:
        server.kill()
