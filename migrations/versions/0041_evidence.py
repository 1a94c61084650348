"""Evidence: hand-overs with a receiver, stores and shelves, seals, quantities, present custody, inventories.

Before, one officer typed that an exhibit was stored, and nobody confirmed to have received it.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

AREA = ("province_code", "district_code", "commune_code")
EXHIBIT = (
    ("make", sa.String(60)), ("model", sa.String(60)), ("colour", sa.String(40)), ("imei", sa.String(20)),
    ("calibre", sa.String(20)), ("found_by", sa.String(120)), ("found_at", sa.DateTime()),
    ("found_place", sa.String(200)), ("taken_from", sa.String(120)), ("owner", sa.String(120)),
    ("packaging", sa.String(40)),
)  # fmt: skip
MOVEMENT = (
    ("witness", sa.String(120)), ("seal_no", sa.String(40)), ("seal_broken", sa.Boolean()),
    ("weight", sa.Numeric(14, 3)),
)  # fmt: skip
MOVEMENT_LINKS = (
    ("to_user_id", "INTEGER REFERENCES ab_user (id)"),
    ("shelf_id", "INTEGER REFERENCES shelf (id)"),
    ("to_unit_code", "VARCHAR(20) REFERENCES unit (code)"),
)
OLD_FACTS = (
    *AREA, "case_id", "exhibit_id", "kind", "moved_on", "recipient", "document_no", "document_date", "note",
    "previous_state", "unit_code",
)  # fmt: skip
NEW_FACTS = (*(name for name, _type in (*MOVEMENT, *MOVEMENT_LINKS)),)
# The place of a row follows its case.
FIXED = tuple(name for name in (*OLD_FACTS, *NEW_FACTS) if name not in (*AREA, "case_id", "unit_code"))
SEAL = ("exhibit_id", "kind", "number", "witness", "reason")
QUANTITY = ("exhibit_id", "cause", "before", "after", "document_no", "document_date", "note")
OF_CASE = ("case_id", "unit_code", *AREA)
OPEN = "confirmation = 'awaiting' AND voided_at IS NULL"
BEFORE = (
    *rls.RECORDS, "death_report", "case_disposition", "exhibit_movement", "task", "prevention_programme", "letter",
    "letter_recipient", "letter_file", "case_assignment", "investigation_act", "charge", "case_review",
)  # fmt: skip
TABLES = (
    "inventory_line", "inventory", "quantity_change", "exhibit_seal", "exhibit_custody", "shelf", "evidence_store",
)  # fmt: skip
RECEIVED = "OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL AND coalesce(OLD.confirmation, 'confirmed') = 'confirmed'"


def _record_columns(needs_unit=False):
    """Return the columns that every record has."""
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code"), nullable=not needs_unit),
        sa.Column("recorded_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.PrimaryKeyConstraint("id"),
    )


def _decision_columns():
    """Return the columns that the second officer writes."""
    return (
        sa.Column("confirmation", sa.String(40)),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("decision_reason", sa.String(400)),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> recorded_by_id", name="two_officers"),
    )


def _case_columns():
    return (
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("exhibit_id", sa.Integer(), sa.ForeignKey("exhibit.id"), nullable=False),
        *(sa.Column(name, sa.String(length)) for name, length in zip(AREA, (2, 4, 6), strict=True)),
    )


def _key(name, table, **options):
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), **options)


def _index(table, *names):
    for name in names:
        op.create_index(f"ix_{table}_{name}", table, [name])


def upgrade():
    _create_stores()
    _extend_exhibits()
    _extend_movements()
    _create_rows_of_exhibits()
    _create_inventories()
    _protect_payloads(*BEFORE, "exhibit_seal", "quantity_change", "exhibit_custody", "inventory")


def _create_stores():
    op.create_table(
        "evidence_store",
        *_record_columns(needs_unit=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        _key("keeper_id", "ab_user", nullable=False),
        _key("second_keeper_id", "ab_user"),
    )
    _index("evidence_store", "unit_code", "keeper_id", "second_keeper_id")
    op.create_index("ix_evidence_store_name", "evidence_store", ["name", "id"])
    lock.lock_table(op, "evidence_store", ())
    op.create_table(
        "shelf",
        *_record_columns(),
        _key("store_id", "evidence_store", nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.UniqueConstraint("store_id", "name"),
    )
    _index("shelf", "store_id")
    lock.lock_table(op, "shelf", (), ("store_id",))


def _extend_exhibits():
    for name, type_ in EXHIBIT:
        op.add_column("exhibit", sa.Column(name, type_))
    lock.lock_columns(op, "exhibit", *(name for name, _type in EXHIBIT))
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE case_file ADD COLUMN exhibit_id INTEGER REFERENCES exhibit (id)")
    _index("case_file", "exhibit_id")
    lock.lock_columns(op, "case_file", "exhibit_id")


def _extend_movements():
    for name, type_ in MOVEMENT:
        default = {"nullable": False, "server_default": sa.false()} if name == "seal_broken" else {}
        op.add_column("exhibit_movement", sa.Column(name, type_, **default))
    for name, link in MOVEMENT_LINKS:
        op.execute(f"ALTER TABLE exhibit_movement ADD COLUMN {name} {link}")
    _index("exhibit_movement", "to_user_id", "shelf_id")
    op.create_index("ix_exhibit_movement_to_unit", "exhibit_movement", ["to_unit_code", "id"])
    _create_open_index("exhibit_movement")
    lock.forget_second_officer(op, "exhibit_movement")
    lock.lock_table(op, "exhibit_movement", (*OLD_FACTS, *NEW_FACTS), FIXED, withdrawable=True)
    lock.require_second_officer(op, "exhibit_movement", (*OLD_FACTS, *NEW_FACTS))
    if lock.is_sqlite(op):
        exempt = lock._exemption("exhibit_movement", "voided_at")
        action = f"WHEN {RECEIVED} AND NOT EXISTS ({exempt}) BEGIN SELECT RAISE(ABORT, 'lock: locked'); END"
    else:
        action = f"WHEN ({RECEIVED}) EXECUTE FUNCTION lock_unless_exempt('voided_at')"
    lock.execute(
        op,
        'CREATE TRIGGER "lock_exhibit_movement_received" BEFORE UPDATE ON exhibit_movement'
        f" FOR EACH ROW {action}",
    )
    # The receiving unit sees the movement too, and its officer writes the decision.
    visible, changeable, addable = rls.of_case("exhibit_movement")
    received = f"exhibit_movement.to_unit_code = {rls.UNITS}"
    rls.unprotect_table(op, "exhibit_movement")
    rls.protect_table(
        op,
        "exhibit_movement",
        f"{visible} OR {received}",
        f"{changeable} OR {received}",
        f"{addable} OR ({received} AND decided_by_id IS NOT NULL)",
    )


def _create_open_index(table):
    op.create_index(
        f"ix_{table}_open", table, ["exhibit_id"], unique=True,
        sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
    )  # fmt: skip


def _create_rows_of_exhibits():
    op.create_table(
        "exhibit_seal",
        *_record_columns(),
        *_case_columns(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("witness", sa.String(120)),
        sa.Column("reason", sa.String(400)),
    )
    op.create_table(
        "quantity_change",
        *_record_columns(),
        *_case_columns(),
        *_decision_columns(),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("before", sa.Numeric(14, 3)),
        sa.Column("after", sa.Numeric(14, 3), nullable=False),
        sa.Column("document_no", sa.String(60)),
        sa.Column("document_date", sa.Date()),
        sa.Column("note", sa.String(400)),
        sa.CheckConstraint("after >= 0", name="ck_quantity_change_after"),
        sa.CheckConstraint(
            "after <= before OR (cause = 'weighed' AND document_no IS NOT NULL)",
            name="ck_quantity_change_growth",
        ),
    )
    _create_open_index("quantity_change")
    for table, facts in (("exhibit_seal", SEAL), ("quantity_change", QUANTITY)):
        _index(table, "case_id", "exhibit_id", *AREA)
        lock.lock_table(op, table, (*OF_CASE, *facts), facts)
        rls.protect_table(op, table, *rls.of_case(table))
    lock.require_second_officer(op, "quantity_change", (*OF_CASE, *QUANTITY))
    op.create_table(
        "exhibit_custody",
        *_record_columns(),
        _key("exhibit_id", "exhibit", nullable=False, unique=True),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        _key("holder_id", "ab_user"),
        _key("shelf_id", "shelf"),
        sa.Column("place", sa.String(200)),
        sa.Column("since", sa.DateTime()),
        sa.Column("seal", sa.String(40)),
        sa.Column("quantity", sa.Numeric(14, 3)),
        sa.Column("measure", sa.String(40)),
        sa.Column("open_id", sa.Integer()),
        sa.Column("open_unit_code", sa.String(20), sa.ForeignKey("unit.code")),
    )
    _index("exhibit_custody", "unit_code", "holder_id", "shelf_id")
    op.create_index("ix_exhibit_custody_unit_state", "exhibit_custody", ["unit_code", "state", "id"])
    op.create_index("ix_exhibit_custody_open_unit", "exhibit_custody", ["open_unit_code", "id"])
    lock.lock_table(op, "exhibit_custody", (), ("exhibit_id", "code"))
    visible, _changeable, _addable = rls.of_unit("exhibit_custody")
    # Only the system writes it, as the result of other rows.
    rls.protect_table(
        op, "exhibit_custody", f"{visible} OR exhibit_custody.open_unit_code = {rls.UNITS}", "false", "false"
    )


def _create_inventories():
    op.create_table(
        "inventory",
        *_record_columns(),
        _key("store_id", "evidence_store", nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        _key("closed_by_id", "ab_user"),
        sa.CheckConstraint("closed_by_id <> recorded_by_id", name="ck_inventory_two_officers"),
    )
    _index("inventory", "unit_code", "store_id")
    counting = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_inventory_open", "inventory", ["store_id"], unique=True,
        sqlite_where=counting, postgresql_where=counting,
    )  # fmt: skip
    lock.lock_table(op, "inventory", ("store_id", "unit_code"), ("store_id", "unit_code"))
    rls.protect_table(op, "inventory", *rls.of_unit("inventory"))
    op.create_table(
        "inventory_line",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("inventory_id", "inventory", nullable=False),
        _key("exhibit_id", "exhibit"),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(40)),
        sa.Column("seal", sa.String(40)),
        _key("expected_shelf_id", "shelf"),
        _key("found_shelf_id", "shelf"),
        sa.Column("result", sa.String(40), nullable=False),
        sa.Column("explanation", sa.String(400)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("inventory_id", "code"),
    )
    _index("inventory_line", "exhibit_id")
    lock.protect_columns(
        op,
        "inventory_line",
        ("inventory_id", "exhibit_id", "code", "kind", "seal", "expected_shelf_id"),
    )
    of_inventory = "EXISTS (SELECT 1 FROM inventory i WHERE i.id = inventory_line.inventory_id)"
    rls.protect_table(op, "inventory_line", of_inventory, of_inventory, of_inventory)


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    _restore_movements()
    lock.unlock_columns(op, "case_file", "exhibit_id")
    op.drop_index("ix_case_file_exhibit_id", "case_file")
    op.drop_column("case_file", "exhibit_id")
    lock.unlock_columns(op, "exhibit", *(name for name, _type in EXHIBIT))
    for name, _type in EXHIBIT:
        op.drop_column("exhibit", name)
    for table in TABLES:
        rls.unprotect_table(op, table)
        op.drop_table(table)


def _restore_movements():
    where = "" if lock.is_sqlite(op) else " ON exhibit_movement"
    op.execute(f'DROP TRIGGER "lock_exhibit_movement_received"{where}')
    rls.unprotect_table(op, "exhibit_movement")
    lock.forget_second_officer(op, "exhibit_movement")
    lock.lock_table(op, "exhibit_movement", OLD_FACTS)
    lock.require_second_officer(op, "exhibit_movement", OLD_FACTS)
    for name in ("open", "to_unit", "to_user_id", "shelf_id"):
        op.drop_index(f"ix_exhibit_movement_{name}", "exhibit_movement")
    for name in NEW_FACTS:
        op.drop_column("exhibit_movement", name)
    rls.protect_table(op, "exhibit_movement", *rls.of_case("exhibit_movement"))
