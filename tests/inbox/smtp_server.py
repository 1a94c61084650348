"""A small mail server on a free port, which keeps what it receives."""

import socketserver
import threading
from contextlib import contextmanager


class _Session(socketserver.StreamRequestHandler):
    """One connection, with the commands of RFC 5321 that a client needs to send a mail."""

    def handle(self):
        self._answer("220 test")
        recipients = []
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            if command == "RCPT":
                recipients.append(line)
            if command == "DATA":
                self._answer("354 go on")
                self.server.mails.append((recipients, self._read_mail()))
            self._answer("221 bye" if command == "QUIT" else "250 ok")

    def _read_mail(self):
        lines = []
        while (line := self.rfile.readline().decode()).strip("\r\n") != ".":
            lines.append(line)
        return "".join(lines)

    def _answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server(port=0):
    """Yield a running server; its `mails` are (lines of recipients, text)."""
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", port), _Session) as server:
        server.daemon_threads, server.mails = True, []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()
