"""A second officer confirms an earlier last day of a protection order, and that an order was entered by mistake.

The author of an order could end the protection alone within 48 hours: with an earlier last day, a later first day, or the
withdrawal of the order or of an extension. SQL of the application could type its end.
"""

from alembic import op

from migrations import lock

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

ORDER, STEP = "protection_order", "protection_order_step"
IS_EARLIER = "NEW.until_on IS NOT NULL AND (OLD.until_on IS NULL OR NEW.until_on < OLD.until_on)"
IS_WITHDRAWN = "OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL"
PROTECTS = (
    "(OLD.ended_on IS NULL OR OLD.ended_on > {today}) AND (OLD.ends_on IS NULL OR OLD.ends_on >= {today})"
)
IN_EFFECT = """FROM protection_order_step s WHERE s.order_id = NEW.id AND s.voided_at IS NULL
  AND (s.confirmation IS NULL OR s.confirmation = 'confirmed') AND s.kind IN"""
LAST_DAY = f"""coalesce((SELECT s.until_on {IN_EFFECT} ('extended', 'shortened') AND s.until_on IS NOT NULL
  ORDER BY s.done_on DESC, s.id DESC LIMIT 1), NEW.until_on)"""
END = f"(SELECT min(s.done_on) {IN_EFFECT} ('ended', 'mistaken'))"
TRIGGERS = {"last_day": ORDER, "first_day": ORDER, "withdrawal": ORDER, "extension": STEP}


def upgrade():
    today = f"date({lock.now(op)})"
    lock.lock_when(op, ORDER, "last_day", IS_EARLIER, ("until_on",))
    is_later = f"NEW.starts_on > OLD.starts_on AND NEW.starts_on > {today}"
    lock.lock_when(op, ORDER, "first_day", is_later, ("starts_on",))
    protects = PROTECTS.format(today=today)
    lock.lock_when(op, ORDER, "withdrawal", f"{IS_WITHDRAWN} AND {protects}", ("voided_at",))
    lock.compute_column(op, ORDER, "ends_on", LAST_DAY, initial="NEW.until_on")
    lock.compute_column(op, ORDER, "ended_on", END, initial="NULL")
    lock.lock_when(op, STEP, "extension", f"OLD.kind = 'extended' AND {IS_WITHDRAWN}", ("voided_at",))


def downgrade():
    for name in ("ends_on", "ended_on"):
        lock.uncompute_column(op, ORDER, name)
    for name, table in TRIGGERS.items():
        op.execute(f"DROP TRIGGER lock_{table}_{name}" + ("" if lock.is_sqlite(op) else f" ON {table}"))
