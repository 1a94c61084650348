"""The shipped configuration of nginx, in front of a started server: slow and large requests stop no sign-in."""

import datetime
import http.client
import re
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack
from statistics import quantiles

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import config
from tests.gates.servers import Home, Serving

SHIPPED = config.ROOT / "deploy" / "nginx" / "ecrime.conf"
HOST = "register.example.gov.kh"
MAIN = """
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/ecrime.conf;
}}
"""
SLOW_HEADER = f"GET /login/ HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode()
SLOW_BODY = f"POST /file/upload HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 30000000\r\n\r\nx".encode()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def write_certificate(folder):
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


class Proxy:
    """nginx with the shipped configuration; only ports and paths are replaced."""

    def __init__(self, folder, server):
        self.port = free_port()
        write_certificate(folder)
        shipped = SHIPPED.read_text("utf-8")
        for pattern, replacement in (
            (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
            (r"listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            (r"127\.0\.0\.1:8080", server.address.removeprefix("http://")),
            (r"/etc/ecrime/tls", str(folder)),
        ):
            shipped, count = re.subn(pattern, replacement, shipped)
            assert count, pattern
        (folder / "ecrime.conf").write_text(shipped, "utf-8")
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder), "utf-8")
        self.process = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")])
        while not self._answers():
            assert self.process.poll() is None, (folder / "error.log").read_text()

    def _answers(self):
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def connect(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=30))

    def request(self, method, path, body=None, headers=()):
        """Return (status, body, seconds) of one request over a connection of its own."""
        began = time.monotonic()
        connection = http.client.HTTPConnection(HOST)
        connection.sock = self.connect()
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, time.monotonic() - began

    def time_sign_in_page(self):
        """Return the 95th percentile of twenty answers of the sign-in page, in seconds."""
        answers = [self.request("GET", "/login/") for _ in range(20)]
        assert {status for status, _content, _seconds in answers} == {200}
        return quantiles([seconds for _status, _content, seconds in answers], n=20)[-1]

    def close(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="module")
def server(registers, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("data"), "sqlite", registers("sqlite"))
    home.environment["ECRIME_TRUSTED_PROXIES"] = "1"
    started = Serving(home)
    yield started
    started.kill()


@pytest.fixture
def proxy(server, tmp_path):
    """nginx without a memory of another test."""
    made = Proxy(tmp_path, server)
    yield made
    made.close()


def test_slow_and_large_requests_stop_no_sign_in(proxy):
    proxy.request("GET", "/login/")  # compiles the page
    idle = proxy.time_sign_in_page()
    with ExitStack() as stack:
        slow = [stack.enter_context(proxy.connect()) for _ in range(200)]
        for number, one in enumerate(slow):
            one.sendall(SLOW_BODY if number % 2 else SLOW_HEADER)
        for _ in range(20):
            status, _content, seconds = proxy.request(
                "POST", "/file/upload", headers={"Content-Length": str(60 * 1024**2)}
            )
            assert status == 413 and seconds < 5
        busy = proxy.time_sign_in_page()
        # A slow header is disconnected, within the timeout of the connection, 30 seconds.
        assert slow[0].recv(1000) in (b"", b"HTTP/1.1 408")
    # Without the limits, the page waits for 40 seconds. The machine may be busy with other tests.
    assert busy <= 2 * idle + 1, f"95th percentile: idle {idle:.3f} s, busy {busy:.3f} s"


def test_many_connections_of_one_address_are_refused(proxy):
    with ExitStack() as stack:
        for _ in range(120):
            stack.enter_context(proxy.connect()).sendall(SLOW_BODY)
        # Fewer requests than the limit of requests.
        assert 429 in (proxy.request("GET", "/")[0] for _ in range(100))
