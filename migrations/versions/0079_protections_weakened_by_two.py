"""A second officer confirms weaker terms of a protection order, and no author withdraws a report of a person or of property.

The author could weaken the terms alone within 48 hours, and end a search by withdrawing its report. An expired order with an
extension could not be withdrawn.
"""

from alembic import op

from migrations import lock

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

ORDER, STEP = "protection_order", "protection_order_step"
REPORTS = ("person_report", "property_report")
IS_WITHDRAWN = "OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL"
PROTECTS = "({row}.ended_on IS NULL OR {row}.ended_on > {today}) AND ({row}.ends_on IS NULL OR {row}.ends_on >= {today})"
APPLIES = ("no_violence", "no_contact", "leaves_home", "no_weapons", "keeps_away")
IS_WEAKER = " OR ".join(
    (
        *(f"(OLD.{one} IS TRUE AND NEW.{one} IS NOT TRUE)" for one in APPLIES),
        "(OLD.keeps_away IS TRUE AND (NEW.distance IS NULL OR OLD.distance IS NULL OR NEW.distance < OLD.distance)"
        " AND (NEW.distance IS NOT NULL OR OLD.distance IS NOT NULL))",
        "(coalesce(OLD.terms, '') <> '' AND OLD.terms <> coalesce(NEW.terms, ''))",
        "OLD.restrained_id <> NEW.restrained_id",
        "OLD.protected_id <> NEW.protected_id",
    )
)
TERMS = (*APPLIES, "distance", "terms", "restrained_id", "protected_id")
IN_EFFECT = "(OLD.confirmation IS NULL OR OLD.confirmation = 'confirmed')"


def upgrade():
    today = f"date({lock.now(op)})"
    lock.lock_when(op, ORDER, "terms", f"{PROTECTS.format(row='OLD', today=today)} AND ({IS_WEAKER})", TERMS)
    _drop_trigger("extension")
    weakens = f"""{IS_WITHDRAWN} AND OLD.kind IN ('extended', 'changed') AND {IN_EFFECT}
      AND EXISTS (SELECT 1 FROM {ORDER} o WHERE o.id = OLD.order_id AND {PROTECTS.format(row="o", today=today)})
      AND NOT EXISTS ({lock._exemption(STEP, "voided_at")})"""
    lock.refuse_rows(op, STEP, "strengthening", {"update": weakens})
    for table in REPORTS:
        lock.allow_withdrawal(op, table, withdrawable=False)


def downgrade():
    for table in REPORTS:
        lock.allow_withdrawal(op, table)
    lock.accept_rows(op, STEP, "strengthening")
    lock.lock_when(op, STEP, "extension", f"OLD.kind = 'extended' AND {IS_WITHDRAWN}", ("voided_at",))
    op.execute(f"DROP TRIGGER lock_{ORDER}_terms" + ("" if lock.is_sqlite(op) else f" ON {ORDER}"))


def _drop_trigger(name):
    op.execute(f"DROP TRIGGER lock_{STEP}_{name}" + ("" if lock.is_sqlite(op) else f" ON {STEP}"))
