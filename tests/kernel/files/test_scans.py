"""Scans are added on the page of their record; tests/custody covers the documents of people in custody."""

import io

from sqlalchemy import select

from app.court_orders.models import OrderFile
from tests.court_orders.sample_orders import make_order
from tests.kernel.files.test_store import PDF


def test_scan_of_order_is_stored_only_with_a_file(db_session, client_as):
    order, officer = make_order(), client_as("warrant.bb")
    db_session.commit()
    scan = f"/courtorder/scan/{order.id}"
    assert officer.send(scan, {}).status_code == 302
    assert db_session.scalars(select(OrderFile)).all() == []
    sent = {"scan": (io.BytesIO(PDF), "paper.pdf")}
    answer = officer.send(scan, sent, content_type="multipart/form-data")
    assert answer.location.endswith(f"/courtorder/show/{order.id}")
    assert db_session.scalars(select(OrderFile.order_id)).all() == [order.id]
