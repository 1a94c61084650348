"""Add protection orders and crashes."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "crash",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("second_cause", sa.String(length=40), nullable=True),
        sa.Column("fled", sa.Boolean(), nullable=False),
        sa.Column("road", sa.String(length=40), nullable=False),
        sa.Column("road_place", sa.String(length=40), nullable=True),
        sa.Column("surface", sa.String(length=40), nullable=True),
        sa.Column("weather", sa.String(length=40), nullable=True),
        sa.Column("light", sa.String(length=40), nullable=True),
        sa.Column("speed_limit", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("province_code", sa.String(length=2), nullable=True),
        sa.Column("district_code", sa.String(length=4), nullable=True),
        sa.Column("commune_code", sa.String(length=6), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("crash", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_crash_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_crash_commune_code"), ["commune_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_crash_district_code"), ["district_code"], unique=False)
        batch_op.create_index(
            "ix_crash_one",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_crash_province_code"), ["province_code"], unique=False)

    op.create_table(
        "protection_order",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("restrained_id", sa.Integer(), nullable=False),
        sa.Column("protected_id", sa.Integer(), nullable=False),
        sa.Column("court_code", sa.String(length=20), nullable=False),
        sa.Column("order_no", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("no_violence", sa.Boolean(), nullable=False),
        sa.Column("no_contact", sa.Boolean(), nullable=False),
        sa.Column("leaves_home", sa.Boolean(), nullable=False),
        sa.Column("no_weapons", sa.Boolean(), nullable=False),
        sa.Column("keeps_away", sa.Boolean(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["court_code"],
            ["court.code"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["protected_id"],
            ["involvement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["restrained_id"],
            ["involvement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("protection_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_protection_order_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_protection_order_ends", ["ends_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_protection_order_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_protection_order_protected_id"), ["protected_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_protection_order_restrained_id"), ["restrained_id"], unique=False
        )
        batch_op.create_index("ix_protection_order_starts", ["starts_on", "id"], unique=False)

    op.create_table(
        "road_user",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("involvement_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("plate", sa.String(length=20), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("movement", sa.String(length=40), nullable=True),
        sa.Column("protection", sa.String(length=40), nullable=True),
        sa.Column("licence", sa.String(length=40), nullable=True),
        sa.Column("breath_alcohol", sa.Numeric(precision=4, scale=2), nullable=True),
        sa.Column("damage", sa.String(length=400), nullable=True),
        sa.Column("province_code", sa.String(length=2), nullable=True),
        sa.Column("district_code", sa.String(length=4), nullable=True),
        sa.Column("commune_code", sa.String(length=6), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["involvement_id"],
            ["involvement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("road_user", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_road_user_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_road_user_commune_code"), ["commune_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_road_user_district_code"), ["district_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_road_user_involvement_id"), ["involvement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_road_user_province_code"), ["province_code"], unique=False)

    op.create_table(
        "protection_order_step",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(length=60), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=400), nullable=True),
        sa.Column("insert_order", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=20), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["protection_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("protection_order_step", schema=None) as batch_op:
        batch_op.create_index("ix_protection_order_step_done", ["done_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_protection_order_step_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_protection_order_step_person_id"), ["person_id"], unique=False)
    lock.lock_table(
        op,
        "crash",
        (
            "case_id",
            "cause",
            "commune_code",
            "description",
            "district_code",
            "fled",
            "kind",
            "light",
            "province_code",
            "road",
            "road_place",
            "second_cause",
            "speed_limit",
            "surface",
            "unit_code",
            "weather",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "crash", *rls.of_case("crash"))
    rls.show_payloads(op, "crash")
    lock.lock_table(
        op,
        "protection_order",
        (
            "case_id",
            "court_code",
            "decided_on",
            "distance",
            "keeps_away",
            "leaves_home",
            "no_contact",
            "no_violence",
            "no_weapons",
            "order_no",
            "person_id",
            "protected_id",
            "restrained_id",
            "starts_on",
            "terms",
            "unit_code",
            "until_on",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "protection_order", *rls.of_named_person("protection_order"))
    rls.show_payloads(op, "protection_order")
    lock.lock_table(
        op,
        "road_user",
        (
            "breath_alcohol",
            "case_id",
            "commune_code",
            "damage",
            "district_code",
            "involvement_id",
            "kind",
            "licence",
            "movement",
            "people",
            "plate",
            "protection",
            "province_code",
            "unit_code",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "road_user", *rls.of_case("road_user"))
    rls.show_payloads(op, "road_user")
    lock.lock_table(
        op,
        "protection_order_step",
        (
            "document_date",
            "document_no",
            "done_on",
            "kind",
            "note",
            "order_id",
            "person_id",
            "unit_code",
            "until_on",
        ),
        withdrawable=True,
    )
    rls.protect_table(op, "protection_order_step", *rls.of_named_person("protection_order_step"))
    rls.show_payloads(op, "protection_order_step")


def downgrade():
    rls.hide_payloads(op, "crash")
    rls.unprotect_table(op, "crash")
    rls.hide_payloads(op, "protection_order")
    rls.unprotect_table(op, "protection_order")
    rls.hide_payloads(op, "road_user")
    rls.unprotect_table(op, "road_user")
    rls.hide_payloads(op, "protection_order_step")
    rls.unprotect_table(op, "protection_order_step")
    with op.batch_alter_table("protection_order_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_protection_order_step_person_id"))
        batch_op.drop_index(batch_op.f("ix_protection_order_step_order_id"))
        batch_op.drop_index("ix_protection_order_step_done")

    op.drop_table("protection_order_step")
    with op.batch_alter_table("road_user", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_road_user_province_code"))
        batch_op.drop_index(batch_op.f("ix_road_user_involvement_id"))
        batch_op.drop_index(batch_op.f("ix_road_user_district_code"))
        batch_op.drop_index(batch_op.f("ix_road_user_commune_code"))
        batch_op.drop_index(batch_op.f("ix_road_user_case_id"))

    op.drop_table("road_user")
    with op.batch_alter_table("protection_order", schema=None) as batch_op:
        batch_op.drop_index("ix_protection_order_starts")
        batch_op.drop_index(batch_op.f("ix_protection_order_restrained_id"))
        batch_op.drop_index(batch_op.f("ix_protection_order_protected_id"))
        batch_op.drop_index(batch_op.f("ix_protection_order_person_id"))
        batch_op.drop_index("ix_protection_order_ends")
        batch_op.drop_index(batch_op.f("ix_protection_order_case_id"))

    op.drop_table("protection_order")
    with op.batch_alter_table("crash", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_crash_province_code"))
        batch_op.drop_index(
            "ix_crash_one",
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_crash_district_code"))
        batch_op.drop_index(batch_op.f("ix_crash_commune_code"))
        batch_op.drop_index(batch_op.f("ix_crash_case_id"))

    op.drop_table("crash")
