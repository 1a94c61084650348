"""Splits of an exhibit: a part has a number of its own, begins where its exhibit was, and has the quantity that left it."""

from alembic import op

from migrations import lock

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

START = {
    "parent_id": "INTEGER REFERENCES exhibit (id)",
    "start_holder_id": "INTEGER REFERENCES ab_user (id)",
    "start_shelf_id": "INTEGER REFERENCES shelf (id)",
    "start_unit_code": "VARCHAR(20) REFERENCES unit (code)",
}
# The part of a split that a second officer confirmed, with the quantity that left the exhibit.
HAS_SPLIT = """EXISTS (SELECT 1 FROM quantity_change q WHERE q.exhibit_id = NEW.parent_id AND q.cause = 'split'
  AND q.confirmation = 'confirmed' AND q.voided_at IS NULL AND q.part_id IS NULL
  AND abs(q.before - q.after - NEW.quantity) < 0.0005)"""


def upgrade():
    for name, kind in START.items():  # SQLite adds a foreign key only together with its column
        op.execute(f"ALTER TABLE exhibit ADD COLUMN {name} {kind}")
    op.create_index("ix_exhibit_parent_id", "exhibit", ["parent_id"])
    facts, immutable = lock.locked_columns(op.get_bind(), "exhibit")
    _lock_exhibits(facts | START.keys(), immutable | START.keys())
    op.execute("ALTER TABLE quantity_change ADD COLUMN part_id INTEGER REFERENCES exhibit (id)")
    op.create_index("ix_quantity_change_part", "quantity_change", ["part_id"], unique=True)
    lock.lock_when(op, "quantity_change", "part", "OLD.part_id IS NOT NULL", ("part_id",))
    lock.refuse_rows(
        op, "exhibit", "part", {"insert": f"NEW.parent_id IS NOT NULL AND NOT {HAS_SPLIT}"}, "two officers"
    )


def downgrade():
    lock.accept_rows(op, "exhibit", "part")
    op.execute(
        "DROP TRIGGER lock_quantity_change_part" + ("" if lock.is_sqlite(op) else " ON quantity_change")
    )
    op.drop_index("ix_quantity_change_part", "quantity_change")
    op.drop_column("quantity_change", "part_id")
    facts, immutable = lock.locked_columns(op.get_bind(), "exhibit")
    _lock_exhibits(facts - START.keys(), immutable - START.keys())
    op.drop_index("ix_exhibit_parent_id", "exhibit")
    for name in START:
        op.drop_column("exhibit", name)


def _lock_exhibits(facts, immutable):
    lock.lock_table(op, "exhibit", facts, sorted(immutable - set(lock.IMMUTABLE)), withdrawable=True)
