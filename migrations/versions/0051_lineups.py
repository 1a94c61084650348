"""Photo line-ups. The officer who shows one sees no row of its case meanwhile."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

AREA = ("province_code", "district_code", "commune_code")
PREPARED = (
    "case_id", "suspect_id", "witness_id", "presenter_id", "mode", "described_at", "first_description",
)  # fmt: skip
SESSION = (
    "seed", "started_at", "instruction_read", "place_text", "present", "ended_at", "result", "position", "words",
    "certainty", "reason", "sha256",
)  # fmt: skip
FACE = ("lineup_id", "person_id", "photo_id", "sha256", "is_suspect")
EVENT = ("lineup_id", "kind", "position", "at", "made_by_id")
BLIND = {
    "case": "id",
    "involvement": "case_id",
    "investigation_act": "case_id",
    "charge": "case_id",
    "lineup": "case_id",
}


def _key(name, table, nullable=False):
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def upgrade():
    op.create_table(
        "lineup",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        _key("recorded_by_id", "ab_user", nullable=True),
        _key("changed_by_id", "ab_user", nullable=True),
        *(sa.Column(name, sa.String(length)) for name, length in zip(AREA, (2, 4, 6), strict=True)),
        _key("case_id", "case"),
        _key("suspect_id", "involvement"),
        _key("witness_id", "involvement"),
        _key("presenter_id", "ab_user"),
        sa.Column("mode", sa.String(40), nullable=False),
        sa.Column("described_at", sa.DateTime(), nullable=False),
        sa.Column("first_description", sa.Text(), nullable=False),
        sa.Column("seed", sa.Integer()),
        sa.Column("started_at", sa.DateTime()),
        sa.Column("instruction_read", sa.Boolean(), nullable=False),
        sa.Column("place_text", sa.String(200)),
        sa.Column("present", sa.String(400)),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("result", sa.String(40)),
        sa.Column("position", sa.Integer()),
        sa.Column("words", sa.Text()),
        sa.Column("certainty", sa.String(400)),
        sa.Column("reason", sa.String(400)),
        sa.Column("sha256", sa.String(64)),
        _key("act_id", "investigation_act", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("presenter_id <> recorded_by_id", name="ck_lineup_two_officers"),
        sa.CheckConstraint("suspect_id <> witness_id", name="ck_lineup_two_people"),
    )
    for name in (*AREA, "case_id", "suspect_id", "witness_id", "presenter_id", "act_id"):
        op.create_index(f"ix_lineup_{name}", "lineup", [name])
    lock.lock_table(op, "lineup", (*PREPARED, *AREA, "unit_code"), withdrawable=True)
    lock.lock_when(op, "lineup", "prepared", "OLD.id IS NOT NULL", PREPARED)
    lock.lock_when(op, "lineup", "shown", "OLD.started_at IS NOT NULL OR OLD.result IS NOT NULL", lock.VOID)
    lock.lock_when(op, "lineup", "ended", "OLD.result IS NOT NULL", SESSION)
    op.create_table(
        "lineup_face",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("lineup_id", "lineup"),
        _key("person_id", "person"),
        _key("photo_id", "person_photo"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("is_suspect", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lineup_id", "person_id"),
    )
    for name in ("person_id", "photo_id"):
        op.create_index(f"ix_lineup_face_{name}", "lineup_face", [name])
    lock.protect_columns(op, "lineup_face", FACE)
    op.create_table(
        "lineup_event",
        sa.Column("id", sa.Integer(), nullable=False),
        _key("lineup_id", "lineup"),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("at", sa.DateTime(), nullable=False),
        _key("made_by_id", "ab_user"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lineup_event_lineup_id", "lineup_event", ["lineup_id"])
    lock.protect_columns(op, "lineup_event", EVENT)
    rls.protect_table(op, "lineup", *rls.of_case("lineup"))
    for table in ("lineup_face", "lineup_event"):
        rls.protect_table(op, table, f"EXISTS (SELECT 1 FROM lineup l WHERE l.id = {table}.lineup_id)")
    if not lock.is_sqlite(op):
        for table, key in BLIND.items():
            is_blind = rls.in_setting("blind", f'"{table}".{key}')
            op.execute(
                f'CREATE POLICY scope_blind ON "{table}" AS RESTRICTIVE'
                f" USING ({rls.MODE} IS DISTINCT FROM 'scoped' OR NOT {is_blind})"
            )
    rls.show_payloads(op, "lineup")


def downgrade():
    rls.hide_payloads(op, "lineup")
    if not lock.is_sqlite(op):
        for table in BLIND:
            op.execute(f'DROP POLICY scope_blind ON "{table}"')
    for table in ("lineup_event", "lineup_face", "lineup"):
        rls.unprotect_table(op, table)
        op.drop_table(table)
