"""The judgment from which the acquittal on an order follows.

An acquittal that was set aside restored the orders with its document number. After a correction of the number, or of the
case of an order, an order stayed suspended for ever.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

JUDGMENT = """
    UPDATE order_event SET judgment_id = (
        SELECT max(j.id) FROM judgment j JOIN court_order o ON o.person_id = j.person_id AND o.case_id = j.case_id
        WHERE o.id = order_event.order_id AND j.court_no = order_event.document_no
        AND j.decided_on = order_event.document_date
    ) WHERE kind IN ('acquitted', 'restored')"""


def upgrade():
    op.add_column("order_event", sa.Column("judgment_id", sa.Integer()))
    op.execute(JUDGMENT)
    lock.lock_columns(op, "order_event", "judgment_id")


def downgrade():
    lock.unlock_columns(op, "order_event", "judgment_id")
    op.drop_column("order_event", "judgment_id")
