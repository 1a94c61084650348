"""A small mail server on a free port, which keeps what it receives. With a certificate it speaks TLS."""

import ipaddress
import socketserver
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADDRESS = "127.0.0.1"


class _Session(socketserver.StreamRequestHandler):
    """One connection, with the commands of RFC 5321 that a client needs to send a mail."""

    def handle(self):
        self.is_encrypted = False
        try:
            if self.server.starts_encrypted:
                self._encrypt()
            self._talk()
        except ssl.SSLError:
            return  # the client does not trust the certificate

    def _talk(self):
        self._answer("220 test")
        recipients = []
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            if command == "RCPT":
                if self.server.refused and self.server.refused in line:
                    self._answer("550 no such receiver")
                    continue
                recipients.append(line)
            if command == "MAIL":
                recipients = []
            if command == "AUTH":
                self.server.sign_ins.append(self.is_encrypted)
                self._answer("235 ok")
                continue
            if command == "STAR":
                self._answer("220 go on")
                self._encrypt()
                continue
            if command == "DATA":
                self._answer("354 go on")
                self.server.mails.append((recipients, self._read_mail()))
            if command == "EHLO":
                self._answer(f"250-test\r\n250 {self._offer()}")
                continue
            self._answer("221 bye" if command == "QUIT" else "250 ok")

    def _offer(self):
        offers_tls = self.server.tls is not None and not self.is_encrypted
        return "STARTTLS" if offers_tls else "AUTH PLAIN"

    def _encrypt(self):
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.is_encrypted = True

    def _read_mail(self):
        lines = []
        while (line := self.rfile.readline().decode()).strip("\r\n") != ".":
            lines.append(line)
        return "".join(lines)

    def _answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server(port=0, certificate=None, starts_encrypted=False, refused=""):
    """Yield a running server; its `mails` are (lines of recipients, text), `sign_ins` say whether each was encrypted."""
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer((ADDRESS, port), _Session) as server:
        server.daemon_threads, server.mails, server.sign_ins = True, [], []
        server.tls, server.starts_encrypted, server.refused = None, starts_encrypted, refused
        if certificate is not None:
            server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.tls.load_cert_chain(certificate)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


def write_certificate(path):
    """Write a key and a certificate that it signs itself, for this address and one day. Return the path."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]),
    )
    now, names = datetime.now(UTC), [x509.IPAddress(ipaddress.ip_address(ADDRESS))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + built.public_bytes(pem))
    return path
