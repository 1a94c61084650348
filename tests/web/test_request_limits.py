"""A form with very many fields is refused before it is parsed, also without a session."""

import io
import resource

import pytest

ADDRESSES = ("/login/", "/case/add", "/api/v1/cases/")
MANY, LARGE = "a=1&" * 200_000, "a=" + "x" * 3_000_000


@pytest.mark.parametrize("body", [MANY, LARGE], ids=["200,000 fields", "3 MB"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_large_form_is_refused_fast_with_a_short_page(client, address, body):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    answer = client.post(address, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413 and len(answer.data) < 100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 1


def test_form_of_unknown_length_is_limited(client):
    answer = client.post(
        "/login/",
        input_stream=io.BytesIO(LARGE.encode()),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


def test_form_of_usual_size_is_read(client):
    body = "&".join(f"field{number}=1" for number in range(3000))
    answer = client.post("/login/", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400  # only its token is missing
