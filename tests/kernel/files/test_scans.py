"""A scan is attached at the page of its record; tests/custody tries it for the papers about whoever is held."""

import io

from sqlalchemy import select

from app.court_orders.models import OrderFile
from tests.court_orders.sample_orders import an_order
from tests.kernel.files.test_store import PDF


def test_an_order_takes_a_scan_and_nothing_without_a_file(db_session, client_as):
    order, officer = an_order(), client_as("warrant.bb")
    db_session.commit()
    scan = f"/courtorder/scan/{order.id}"
    assert officer.send(scan, {}).status_code == 302
    assert db_session.scalars(select(OrderFile)).all() == []
    sent = {"scan": (io.BytesIO(PDF), "paper.pdf")}
    answer = officer.send(scan, sent, content_type="multipart/form-data")
    assert answer.location.endswith(f"/courtorder/show/{order.id}")
    assert db_session.scalars(select(OrderFile.order_id)).all() == [order.id]
