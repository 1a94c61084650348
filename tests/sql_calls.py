"""A program that uses the REST API with a signed-in session."""

import json


class Program:
    """Sends JSON with the session token; `body` may also be raw bytes, valid or not."""

    def __init__(self, client):
        self.client = client

    def get(self, path, expect=200, **query):
        return self._answer(self.client.get(f"/api/v1/{path}", query_string=query), expect)

    def post(self, path, body, expect=201):
        return self._send("POST", path, body, expect)

    def put(self, path, body, expect=200):
        return self._send("PUT", path, body, expect)

    def search(self, path, expect=200, **body):
        return self._send("POST", f"{path}/search", body, expect)

    def _send(self, method, path, body, expect):
        data = body if isinstance(body, bytes) else json.dumps(body)
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.client.token}
        return self._answer(
            self.client.open(f"/api/v1/{path}", method=method, data=data, headers=headers), expect
        )

    @staticmethod
    def _answer(answer, expect):
        assert answer.status_code == expect, f"{answer.status_code}: {answer.text[:1000]}"
        kind = "application/json" if answer.status_code < 400 else "application/problem+json"
        assert answer.mimetype == kind, answer.content_type
        return answer.json
