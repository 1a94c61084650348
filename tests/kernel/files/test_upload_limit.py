"""One account sends a limited number of megabytes in a day, over all channels together."""

import io
import shutil

import pytest
from sqlalchemy import select

from app.extensions import db
from app.inbox.models import Message
from app.kernel.audit import rate_limit
from tests.court_orders.sample_orders import make_order
from tests.imports.sample_files import SAMPLES
from tests.sample_files import PDF

CHANNELS = {
    "page": ("/file/upload", "file", PDF, "investigator.bb"),
    "API": ("/api/v1/uploads/", "file", PDF, "investigator.bb"),
    "scan": ("/courtorder/scan/{order}", "scan", PDF, "warrant.bb"),
    "import": ("/import/add", "file", (SAMPLES / "ecrime-2016.csv").read_bytes(), "planning"),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_files_of_a_day_are_limited_and_auditors_alerted(
    app, db_session, each_database, client_as, monkeypatch, channel
):
    """A small file counts as a megabyte, all processes together. A refused file is not stored."""
    address, field, content, user = CHANNELS[channel]
    order = make_order()
    db_session.commit()
    shutil.rmtree(app.config["DATA_DIR"] / "upload_counts", ignore_errors=True)
    monkeypatch.setitem(app.config, "UPLOAD_MEGABYTES_PER_DAY", 2)
    client = client_as(user)

    def send(number):
        data = {"profile": "ecrime-2016", field: (io.BytesIO(content + b"\n" * number), "a.pdf")}
        address_of_order = address.format(order=order.id)
        return client.post(address_of_order, data=data, headers={"X-CSRFToken": client.token})

    assert all(send(number).status_code < 400 for number in range(2))
    rate_limit._asked.clear()  # another process has asked nothing
    refused = send(2)
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) <= 24 * 3600
    (alert,) = db.session.scalars(select(Message).where(Message.text_key == "file.limit_reached"))
    assert (alert.to_role, alert.facts["count"]) == ("Auditor", 2)
