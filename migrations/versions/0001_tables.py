"""Tables and indexes as the models declare them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "ab_group",
    "ab_permission",
    "ab_register_user",
    "ab_role",
    "ab_view_menu",
    "audit_event",
    "audit_head",
    "audit_row_hashes",
    "case_counter",
    "code",
    "court",
    "duplicate_scan",
    "law",
    "name_key",
    "name_rebuild",
    "legacy_number",
    "place",
    "province_person",
    "loaded_row",
    "time_limit",
    "sent_alert",
    "cache_version",
    "failed_login",
    "ab_group_role",
    "ab_permission_view",
    "audit_payload",
    "offence",
    "prison",
    "unit",
    "ab_permission_view_role",
    "ab_user",
    "ab_api_key",
    "ab_user_group",
    "ab_user_role",
    "api_token",
    "case",
    "draft",
    "export",
    "import_profile",
    "import_run",
    "job",
    "message",
    "access_grant",
    "warning_override",
    "person",
    "recovery_code",
    "idempotency_key",
    "saved_search",
    "search_token",
    "second_factor",
    "login_session",
    "staff_request",
    "staff_review",
    "open_search",
    "canary",
    "case_file",
    "case_offence",
    "correction",
    "court_order",
    "duplicate",
    "exhibit",
    "import_entry",
    "involvement",
    "message_receipt",
    "name_bearer",
    "active_deadline",
    "person_address",
    "person_document",
    "person_mark",
    "person_name",
    "person_photo",
    "person_status",
    "staff_review_line",
    "supplement",
    "watch_key",
    "watch_match",
    "arrest",
    "correction_field",
    "duplicate_area",
    "duplicate_evidence",
    "order_match",
    "person_merge",
    "judgment",
    "lock_exemption",
    "order_event",
    "order_file",
    "visibility",
    "custody",
    "person_merge_row",
    "judgment_step",
    "sentence",
    "custody_step",
    "detention",
    "sentence_change",
    "detention_step",
    "release",
    "custody_document",
    "supervision_step",
)


def record_columns():
    """Return the columns and constraints that every record has."""
    return (
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(length=400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(length=20), sa.ForeignKey("unit.code")),
        sa.Column("recorded_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
    )


def upgrade():
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150)),
        sa.Column("description", sa.String(length=512)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )

    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )

    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256)),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime()),
        sa.Column("registration_hash", sa.String(length=256)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )

    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )

    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )

    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("session_ref", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer()),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_audit_event_action", "audit_event", ["action", "seq"])
    op.create_index("ix_audit_event_actor", "audit_event", ["actor_id", "at"])
    op.create_index("ix_audit_event_record", "audit_event", ["entity", "entity_id"])

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lock_marker", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    op.create_table(
        "audit_row_hashes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_row_hashes_batch", "audit_row_hashes", ["batch", "number"])
    op.create_index("ix_audit_row_hashes_rows", "audit_row_hashes", ["entity", "first_id"])

    op.create_table(
        "case_counter",
        sa.Column("province_code", sa.String(length=2), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("province_code", "year"),
    )

    op.create_table(
        "code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name_km", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("list", "key"),
    )

    op.create_table(
        "court",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_km", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("appeal_code", sa.String(length=20)),
        sa.Column("area", sa.String(length=100), nullable=False),
        sa.Column("name_sort", sa.String(length=600), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_code"],
            ["court.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_court_name_sort"), "court", ["name_sort"])

    op.create_table(
        "duplicate_scan",
        sa.Column("match_key", sa.String(length=20), nullable=False),
        sa.Column("last", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("match_key"),
    )

    op.create_table(
        "law",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_km", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("royal_kram", sa.String(length=60)),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("date_uncertain", sa.Boolean(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("name_sort", sa.String(length=900), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_law_name_sort"), "law", ["name_sort"])

    op.create_table(
        "name_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("surname_km", sa.String(length=80), nullable=False),
        sa.Column("given_km", sa.String(length=160), nullable=False),
        sa.Column("surname_latin", sa.String(length=80), nullable=False),
        sa.Column("given_latin", sa.String(length=160), nullable=False),
        sa.Column("surname_sound", sa.Integer()),
        sa.Column("given_sound", sa.Integer()),
        sa.PrimaryKeyConstraint("key", "name_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_name_key_given", "name_key", ["given_sound"])
    op.create_index("ix_name_key_name", "name_key", ["name_id"])
    op.create_index("ix_name_key_surname", "name_key", ["surname_sound"])

    op.create_table(
        "name_rebuild",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last_person", sa.Integer(), nullable=False),
        sa.Column("last_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    op.create_table(
        "legacy_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("number_key", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "entity", "number_key", name="uq_legacy_number"),
    )
    op.create_index("ix_legacy_number_key", "legacy_number", ["number_key", "entity"])
    op.create_index("ix_legacy_number_record", "legacy_number", ["entity", "entity_id"])

    op.create_table(
        "place",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name_km", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parent_code", sa.String(length=8)),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("name_sort", sa.String(length=400), nullable=False),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["place.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_place_name_sort"), "place", ["name_sort"])
    op.create_index(op.f("ix_place_parent_code"), "place", ["parent_code"])

    op.create_table(
        "province_person",
        sa.Column("province_code", sa.String(length=2), nullable=False),
        sa.Column("name_sort", sa.String(length=900), nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("province_code", "name_sort", "person_id"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "loaded_row",
        sa.Column("table_name", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=90), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "key"),
    )

    op.create_table(
        "time_limit",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_km", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("name_sort", sa.String(length=600), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_time_limit_name_sort"), "time_limit", ["name_sort"])

    op.create_table(
        "sent_alert",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "entity_id", "name"),
    )

    op.create_table(
        "cache_version",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )

    op.create_table(
        "failed_login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_failed_login_address", "failed_login", ["address", "at"])
    op.create_index("ix_failed_login_name", "failed_login", ["name_hash", "at"])

    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer()),
        sa.Column("role_id", sa.Integer()),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("group_id", "role_id"),
    )
    op.create_index("idx_group_id", "ab_group_role", ["group_id"])
    op.create_index("idx_group_role_id", "ab_group_role", ["role_id"])

    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["ab_permission.id"],
        ),
        sa.ForeignKeyConstraint(
            ["view_menu_id"],
            ["ab_view_menu.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_id", "view_menu_id"),
    )
    op.create_index("idx_permission_id", "ab_permission_view", ["permission_id"])
    op.create_index("idx_view_menu_id", "ab_permission_view", ["view_menu_id"])

    op.create_table(
        "audit_payload",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seq"],
            ["audit_event.seq"],
        ),
        sa.PrimaryKeyConstraint("seq"),
    )

    op.create_table(
        "offence",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("law_code", sa.String(length=20), nullable=False),
        sa.Column("article", sa.String(length=40)),
        sa.Column("name_km", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("offence_class", sa.String(length=40)),
        sa.Column("class_uncertain", sa.Boolean(), nullable=False),
        sa.Column("family", sa.String(length=40), nullable=False),
        sa.Column("causes_death", sa.Boolean(), nullable=False),
        sa.Column("involuntary", sa.Boolean(), nullable=False),
        sa.Column("protects_victim", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("date_uncertain", sa.Boolean(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("name_sort", sa.String(length=900), nullable=False),
        sa.Column("search_text", sa.String(length=900), nullable=False),
        sa.ForeignKeyConstraint(
            ["law_code"],
            ["law.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_offence_law_code"), "offence", ["law_code"])
    op.create_index(op.f("ix_offence_name_sort"), "offence", ["name_sort"])

    op.create_table(
        "prison",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_km", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("province_code", sa.String(length=8), nullable=False),
        sa.Column("name_sort", sa.String(length=600), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["province_code"],
            ["place.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_prison_name_sort"), "prison", ["name_sort"])

    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_km", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("parent_code", sa.String(length=20)),
        sa.Column("area_code", sa.String(length=8)),
        sa.Column("families", sa.String(length=300)),
        sa.Column("name_sort", sa.String(length=600), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_unit_name_sort"), "unit", ["name_sort"])
    op.create_index(op.f("ix_unit_parent_code"), "unit", ["parent_code"])

    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_view_id", sa.Integer()),
        sa.Column("role_id", sa.Integer()),
        sa.ForeignKeyConstraint(["permission_view_id"], ["ab_permission_view.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("permission_view_id", "role_id"),
    )
    op.create_index("idx_permission_view_id", "ab_permission_view_role", ["permission_view_id"])
    op.create_index("idx_role_id", "ab_permission_view_role", ["role_id"])

    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256)),
        sa.Column("active", sa.Boolean()),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime()),
        sa.Column("login_count", sa.Integer()),
        sa.Column("fail_login_count", sa.Integer()),
        sa.Column("created_on", sa.DateTime()),
        sa.Column("changed_on", sa.DateTime()),
        sa.Column("created_by_fk", sa.Integer()),
        sa.Column("changed_by_fk", sa.Integer()),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("language", sa.String(length=2), server_default="km", nullable=False),
        sa.Column("name_km", sa.String(length=120)),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("rank", sa.String(length=30)),
        sa.Column("phone", sa.String(length=30)),
        sa.Column("active_since", sa.DateTime()),
        sa.Column("closed_at", sa.DateTime()),
        sa.Column("close_reason", sa.String(length=20)),
        sa.ForeignKeyConstraint(
            ["changed_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_fk"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("username"),
    )
    op.create_index("ix_ab_user_unit_code", "ab_user", ["unit_code", "id"])

    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256)),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime()),
        sa.Column("expires_on", sa.DateTime()),
        sa.Column("revoked_on", sa.DateTime()),
        sa.Column("last_used_on", sa.DateTime()),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lookup_hash"),
        sa.UniqueConstraint("uuid"),
    )
    op.create_index("idx_api_key_lookup_hash", "ab_api_key", ["lookup_hash"], unique=True)
    op.create_index("idx_api_key_prefix", "ab_api_key", ["key_prefix"])
    op.create_index("idx_api_key_user_id", "ab_api_key", ["user_id"])

    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("group_id", sa.Integer()),
        sa.ForeignKeyConstraint(["group_id"], ["ab_group.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "group_id"),
    )
    op.create_index("idx_user_group_id", "ab_user_group", ["group_id"])
    op.create_index("idx_user_id", "ab_user_group", ["user_id"])

    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("role_id", sa.Integer()),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "role_id"),
    )

    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("public_id", sa.String(length=8), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"])

    op.create_table(
        "case",
        *record_columns(),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("occurred_from", sa.DateTime(), nullable=False),
        sa.Column("occurred_to", sa.DateTime()),
        sa.Column("time_unknown", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("report_kind", sa.String(length=40), nullable=False),
        sa.Column("place_code", sa.String(length=8)),
        sa.Column("place_kind", sa.String(length=40)),
        sa.Column("place_text", sa.String(length=200)),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("abroad_country", sa.String(length=40)),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("modus_operandi_text", sa.Text()),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("clearance", sa.String(length=40)),
        sa.Column("solved_on", sa.Date()),
        sa.Column("sensitivity", sa.String(length=40), nullable=False),
        sa.Column("sent_on", sa.Date()),
        sa.Column("court_code", sa.String(length=20)),
        sa.Column("dossier_no", sa.String(length=60)),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("late_reason", sa.String(length=40)),
        sa.Column("photo_missing", sa.String(length=40)),
        sa.Column("draft_token", sa.String(length=40)),
        sa.Column("origin", sa.String(length=40)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["court_code"],
            ["court.code"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.UniqueConstraint("draft_token"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_case_commune_code"), "case", ["commune_code"])
    op.create_index(op.f("ix_case_district_code"), "case", ["district_code"])
    op.create_index(op.f("ix_case_dossier_no"), "case", ["dossier_no"])
    op.create_index(
        "ix_case_dossier_by_province",
        "case",
        ["province_code", "dossier_no"],
        sqlite_where=sa.text("dossier_no IS NOT NULL"),
        postgresql_where=sa.text("dossier_no IS NOT NULL"),
    )
    op.create_index(
        "ix_case_late",
        "case",
        ["occurred_from", "id"],
        sqlite_where=sa.text("late IS 1"),
        postgresql_where=sa.text("late IS true"),
    )
    op.create_index(
        "ix_case_late_by_province",
        "case",
        ["province_code", "occurred_from", "id"],
        sqlite_where=sa.text("late IS 1 AND province_code IS NOT NULL"),
        postgresql_where=sa.text("late IS true AND province_code IS NOT NULL"),
    )
    op.create_index("ix_case_place", "case", ["place_code", "occurred_from", "id"])
    op.create_index("ix_case_place_kind", "case", ["place_kind", "occurred_from", "id"])
    op.create_index(
        "ix_case_place_kind_by_province", "case", ["province_code", "place_kind", "occurred_from", "id"]
    )
    op.create_index("ix_case_province", "case", ["province_code", "occurred_from", "id"])
    op.create_index("ix_case_province_number", "case", ["province_code", "number"])
    op.create_index("ix_case_recorded", "case", ["unit_code", "recorded_at"])
    op.create_index("ix_case_report", "case", ["report_kind", "occurred_from", "id"])
    op.create_index(
        "ix_case_report_by_province", "case", ["province_code", "report_kind", "occurred_from", "id"]
    )
    op.create_index("ix_case_sensitivity", "case", ["sensitivity", "occurred_from", "id"])
    op.create_index(
        "ix_case_sensitivity_by_province", "case", ["province_code", "sensitivity", "occurred_from", "id"]
    )
    op.create_index("ix_case_status", "case", ["status", "occurred_from", "id"])
    op.create_index("ix_case_status_by_province", "case", ["province_code", "status", "occurred_from", "id"])
    op.create_index("ix_case_when", "case", ["occurred_from", "id"])

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index(op.f("ix_draft_user_id"), "draft", ["user_id"])

    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("max_rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=400)),
        sa.Column("decided_by_id", sa.Integer()),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decision", sa.String(length=400)),
        sa.Column("approved_until", sa.DateTime()),
        sa.Column("job_id", sa.Integer()),
        sa.Column("rows", sa.Integer()),
        sa.Column("sha256", sa.String(length=64)),
        sa.CheckConstraint("decided_by_id <> requested_by_id", name="ck_export_decided"),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_export_state", "export", ["state", "id"])
    op.create_index("ix_export_user", "export", ["requested_by_id", "id"])

    op.create_table(
        "import_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )

    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("read_by_id", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True)),
        sa.Column("approved_at", sa.DateTime()),
        sa.Column("approved_by_id", sa.Integer()),
        sa.Column("last_row", sa.Integer(), nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR (approved_by_id <> read_by_id AND approved_by_id <> uploaded_by_id)",
            name="ck_import_run_two_people",
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["read_by_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_run_kind", "import_run", ["kind", "id"])
    op.create_index(op.f("ix_import_run_sha256"), "import_run", ["sha256"])
    op.create_index("ix_import_run_state", "import_run", ["state", "id"])

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=40)),
        sa.Column("case_number", sa.String(length=40)),
        sa.Column("purpose_note", sa.String(length=200)),
        sa.Column("session_ref", sa.String(length=8)),
        sa.Column("address", sa.String(length=45)),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("runner", sa.String(length=80)),
        sa.Column("started_at", sa.DateTime()),
        sa.Column("heartbeat_at", sa.DateTime()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("stop_requested_at", sa.DateTime()),
        sa.Column("total", sa.Integer()),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("progress_text", sa.String(length=200)),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("problem", sa.String(length=400)),
        sa.Column("result_file", sa.String(length=32)),
        sa.Column("result_name", sa.String(length=120)),
        sa.Column("result_type", sa.String(length=100)),
        sa.Column("result_size", sa.BigInteger()),
        sa.Column("available_until", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_kept", "job", ["available_until"])
    op.create_index("ix_job_owner", "job", ["owner_id", "id"])
    op.create_index("ix_job_state", "job", ["state", "id"])

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text_key", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("to_user_id", sa.Integer()),
        sa.Column("to_role", sa.String(length=64)),
        sa.Column("to_unit_code", sa.String(length=20)),
        sa.Column("entity", sa.String(length=40)),
        sa.Column("entity_id", sa.Integer()),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("sent_by_id", sa.Integer()),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("done_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["sent_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["to_user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_message_done", "message", ["done_at", "id"])
    op.create_index("ix_message_record", "message", ["entity", "entity_id"])
    op.create_index("ix_message_role", "message", ["to_role", "id"])
    op.create_index("ix_message_unit", "message", ["to_unit_code", "id"])
    op.create_index("ix_message_user", "message", ["to_user_id", "id"])

    op.create_table(
        "access_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("user_id", sa.Integer()),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400)),
        sa.Column("case_number", sa.String(length=20)),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column("granted_by_id", sa.Integer()),
        sa.Column("expires_at", sa.DateTime()),
        sa.Column("owner_unit", sa.String(length=20)),
        sa.Column("reviewed_at", sa.DateTime()),
        sa.Column("reviewed_by_id", sa.Integer()),
        sa.Column("review_note", sa.String(length=400)),
        sa.Column("justified", sa.Boolean()),
        sa.Column("alerted_at", sa.DateTime()),
        sa.CheckConstraint("reviewed_by_id <> user_id", name="ck_access_grant_reviewed"),
        sa.ForeignKeyConstraint(
            ["granted_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_unit"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_access_grant_record", "access_grant", ["entity", "entity_id"])
    op.create_index("ix_access_grant_unit", "access_grant", ["unit_code", "expires_at"])
    op.create_index("ix_access_grant_user", "access_grant", ["user_id", "expires_at"])

    op.create_table(
        "warning_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("field_name", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("reason_list", sa.String(length=40), nullable=False),
        sa.Column("overridden_at", sa.DateTime(), nullable=False),
        sa.Column("overridden_by_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["overridden_by_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_warning_override_record", "warning_override", ["entity", "entity_id"])

    op.create_table(
        "person",
        *record_columns(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("surname_km", sa.String(length=80)),
        sa.Column("given_km", sa.String(length=80)),
        sa.Column("surname_latin", sa.String(length=80)),
        sa.Column("given_latin", sa.String(length=80)),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("sex_reason", sa.String(length=200)),
        sa.Column("born_on", sa.Date()),
        sa.Column("birth_precision", sa.String(length=40)),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("age_stated", sa.Integer()),
        sa.Column("age_from", sa.Integer()),
        sa.Column("age_to", sa.Integer()),
        sa.Column("nationality", sa.String(length=40)),
        sa.Column("ethnicity", sa.String(length=40)),
        sa.Column("occupation", sa.String(length=40)),
        sa.Column("education", sa.String(length=40)),
        sa.Column("marital", sa.String(length=40)),
        sa.Column("children", sa.Integer()),
        sa.Column("father_name", sa.String(length=160)),
        sa.Column("mother_name", sa.String(length=160)),
        sa.Column("spouse_name", sa.String(length=160)),
        sa.Column("phone", sa.String(length=40)),
        sa.Column("phone_key", sa.String(length=40)),
        sa.Column("height_cm", sa.Integer()),
        sa.Column("birthplace_code", sa.String(length=8)),
        sa.Column("home_code", sa.String(length=8)),
        sa.Column("deceased_on", sa.Date()),
        sa.Column("unidentified", sa.Boolean(), nullable=False),
        sa.Column("photo_missing", sa.String(length=40)),
        sa.Column("name_sort", sa.String(length=900), nullable=False),
        sa.Column("origin", sa.String(length=40)),
        sa.Column("merged_into_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["birthplace_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["home_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_person_birth_year"), "person", ["birth_year"])
    op.create_index("ix_person_given", "person", ["given_km"])
    op.create_index("ix_person_given_latin", "person", ["given_latin"])
    op.create_index(op.f("ix_person_home_code"), "person", ["home_code"])
    op.create_index(op.f("ix_person_merged_into_id"), "person", ["merged_into_id"])
    op.create_index("ix_person_latin", "person", ["surname_latin", "given_latin", "father_name"])
    op.create_index("ix_person_of_nationality", "person", ["nationality", "name_sort", "id"])
    op.create_index("ix_person_of_sex", "person", ["sex", "name_sort", "id"])
    op.create_index(op.f("ix_person_phone_key"), "person", ["phone_key"])
    op.create_index("ix_person_same", "person", ["surname_km", "given_km", "sex", "born_on"])
    op.create_index("ix_person_sort", "person", ["name_sort", "id", "birth_year"])
    op.create_index("ix_person_unidentified", "person", ["unidentified", "name_sort", "id"])

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])

    op.create_table(
        "idempotency_key",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_key", sa.String(length=40), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("user_id", "key"),
    )

    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("purpose", sa.String(length=40)),
        sa.Column("case_number", sa.String(length=20)),
        sa.Column("watched_until", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_saved_search_user_id"), "saved_search", ["user_id"])

    op.create_table(
        "search_token",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_search_token_user_id"), "search_token", ["user_id"])
    op.create_index(op.f("ix_search_token_written_at"), "search_token", ["written_at"])

    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("user_id"),
    )

    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("awaits_second_factor", sa.Boolean(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("end_reason", sa.String(length=20)),
        sa.Column("ended_by_id", sa.Integer()),
        sa.Column("purpose", sa.String(length=40)),
        sa.Column("case_number", sa.String(length=40)),
        sa.Column("purpose_note", sa.String(length=200)),
        sa.Column("purpose_until", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"])

    op.create_table(
        "staff_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64)),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", sa.Integer()),
        sa.Column("decided_at", sa.DateTime()),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_by_id IS NULL)", name="ck_staff_request_decided"
        ),
        sa.CheckConstraint("requested_by_id <> user_id", name="ck_staff_request_not_for_requester"),
        sa.CheckConstraint("decided_by_id <> requested_by_id", name="ck_staff_request_two_people"),
        sa.CheckConstraint("decided_by_id <> user_id", name="ck_staff_request_not_by_requester"),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_staff_request_state"), "staff_request", ["state"])
    op.create_index(op.f("ix_staff_request_user_id"), "staff_request", ["user_id"])

    op.create_table(
        "staff_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("is_national", sa.Boolean(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_staff_review_unit_code"), "staff_review", ["unit_code"])

    op.create_table(
        "open_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("session_ref", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("draft", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=100), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_open_search_user_id"), "open_search", ["user_id"])

    op.create_table(
        "canary",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("added_by_id", sa.Integer()),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
    )

    op.create_table(
        "case_file",
        *record_columns(),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200)),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
    )
    op.create_index(op.f("ix_case_file_case_id"), "case_file", ["case_id"])
    op.create_index(op.f("ix_case_file_commune_code"), "case_file", ["commune_code"])
    op.create_index(op.f("ix_case_file_district_code"), "case_file", ["district_code"])
    op.create_index(op.f("ix_case_file_province_code"), "case_file", ["province_code"])
    op.create_index(op.f("ix_case_file_sha256"), "case_file", ["sha256"])

    op.create_table(
        "case_offence",
        *record_columns(),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("offence_code", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Boolean(), nullable=False),
        sa.Column("offence_class", sa.String(length=40)),
        sa.Column("class_reason", sa.String(length=200)),
        sa.Column("method", sa.String(length=40)),
        sa.Column("means", sa.String(length=40)),
        sa.Column("motive", sa.String(length=40)),
        sa.Column("weapon", sa.String(length=40)),
        sa.Column("second_weapon", sa.String(length=40)),
        sa.Column("family", sa.String(length=40)),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["offence_code"],
            ["offence.code"],
        ),
    )
    op.create_index("ix_case_offence_attempt", "case_offence", ["attempt", "id"])
    op.create_index(op.f("ix_case_offence_case_id"), "case_offence", ["case_id"])
    op.create_index(op.f("ix_case_offence_commune_code"), "case_offence", ["commune_code"])
    op.create_index(op.f("ix_case_offence_district_code"), "case_offence", ["district_code"])
    op.create_index("ix_case_offence_means", "case_offence", ["means", "id"])
    op.create_index("ix_case_offence_motive", "case_offence", ["motive", "id"])
    op.create_index("ix_case_offence_offence_class", "case_offence", ["offence_class", "id"])
    op.create_index(op.f("ix_case_offence_offence_code"), "case_offence", ["offence_code"])
    op.create_index(op.f("ix_case_offence_province_code"), "case_offence", ["province_code"])
    op.create_index("ix_case_offence_method", "case_offence", ["method", "id"])
    op.create_index("ix_case_offence_weapon", "case_offence", ["weapon", "id"])

    op.create_table(
        "correction",
        *record_columns(),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("letter_no", sa.String(length=60), nullable=False),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by_id", sa.Integer()),
        sa.Column("decision", sa.Text()),
        sa.Column("exempt_until", sa.DateTime()),
        sa.Column("applied_at", sa.DateTime()),
        sa.Column("applied_by_id", sa.Integer()),
        sa.CheckConstraint("(state = 'requested') = (decided_by_id IS NULL)", name="ck_correction_state"),
        sa.CheckConstraint("(state = 'applied') = (applied_by_id IS NOT NULL)", name="ck_correction_end"),
        sa.CheckConstraint(
            "applied_by_id IS NULL OR (decided_by_id IS NOT NULL AND applied_by_id <> requested_by_id AND applied_by_id <> decided_by_id)",
            name="ck_correction_applied",
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="ck_correction_decided"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["applied_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["ab_user.id"],
        ),
    )
    op.create_index(op.f("ix_correction_case_id"), "correction", ["case_id"])
    op.create_index("ix_correction_kind", "correction", ["kind", "id"])
    op.create_index(
        "ix_correction_one_at_a_time",
        "correction",
        ["entity", "entity_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('requested', 'approved')"),
        postgresql_where=sa.text("state IN ('requested', 'approved')"),
    )
    op.create_index("ix_correction_state", "correction", ["state", "id"])

    op.create_table(
        "court_order",
        *record_columns(),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("number_key", sa.String(length=60), nullable=False),
        sa.Column("court_code", sa.String(length=20), nullable=False),
        sa.Column("issuer", sa.String(length=40), nullable=False),
        sa.Column("issuer_name", sa.String(length=120)),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("offence_code", sa.String(length=40)),
        sa.Column("offence_text", sa.String(length=300)),
        sa.Column("law_code", sa.String(length=20)),
        sa.Column("law_text", sa.String(length=200)),
        sa.Column("offence_class", sa.String(length=40)),
        sa.Column("family", sa.String(length=40)),
        sa.Column("occurred_on", sa.Date()),
        sa.Column("case_id", sa.Integer()),
        sa.Column("dossier_no", sa.String(length=60)),
        sa.Column("basis_order_id", sa.Integer()),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("surname_km", sa.String(length=80)),
        sa.Column("given_km", sa.String(length=80)),
        sa.Column("surname_latin", sa.String(length=80)),
        sa.Column("given_latin", sa.String(length=80)),
        sa.Column("sex", sa.String(length=40)),
        sa.Column("born_on", sa.Date()),
        sa.Column("age_stated", sa.Integer()),
        sa.Column("nationality", sa.String(length=40)),
        sa.Column("father_name", sa.String(length=160)),
        sa.Column("home_code", sa.String(length=8)),
        sa.Column("note", sa.Text()),
        sa.Column("origin", sa.String(length=40)),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("checked_by_id", sa.Integer()),
        sa.Column("search_unit_code", sa.String(length=20)),
        sa.Column("search_officer", sa.String(length=120)),
        sa.Column("owner_unit_code", sa.String(length=20)),
        sa.Column("next_step", sa.String(length=40)),
        sa.Column("due_on", sa.Date()),
        sa.Column("validate_by", sa.Date()),
        sa.Column("last_seen_place_code", sa.String(length=8)),
        sa.Column("last_seen_on", sa.Date()),
        sa.Column("notice_kind", sa.String(length=40)),
        sa.Column("notice_no", sa.String(length=60)),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.CheckConstraint("checked_by_id <> recorded_by_id", name="ck_court_order_second_officer"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["court_code"],
            ["court.code"],
        ),
        sa.ForeignKeyConstraint(
            ["home_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["law_code"],
            ["law.code"],
        ),
        sa.ForeignKeyConstraint(
            ["offence_code"],
            ["offence.code"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["basis_order_id"],
            ["court_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["search_unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["last_seen_place_code"],
            ["place.code"],
        ),
        sa.UniqueConstraint("court_code", "number_key", "issued_on", name="uq_court_order_paper"),
    )
    op.create_index(op.f("ix_court_order_case_id"), "court_order", ["case_id"])
    op.create_index("ix_court_order_class", "court_order", ["offence_class", "issued_on", "id"])
    op.create_index(op.f("ix_court_order_commune_code"), "court_order", ["commune_code"])
    op.create_index(op.f("ix_court_order_district_code"), "court_order", ["district_code"])
    op.create_index("ix_court_order_due", "court_order", ["status", "due_on", "id", "voided_at", "family"])
    op.create_index(
        "ix_court_order_due_by_province",
        "court_order",
        ["province_code", "status", "due_on", "id", "voided_at", "family"],
    )
    op.create_index(
        "ix_court_order_family", "court_order", ["family", "status", "issued_on", "id", "voided_at"]
    )
    op.create_index("ix_court_order_issued", "court_order", ["issued_on", "id"])
    op.create_index("ix_court_order_kind", "court_order", ["kind", "issued_on", "id"])
    op.create_index("ix_court_order_number", "court_order", ["number_key"])
    op.create_index("ix_court_order_of_person", "court_order", ["person_id", "status"])
    op.create_index(
        "ix_court_order_open", "court_order", ["status", "issued_on", "id", "voided_at", "family"]
    )
    op.create_index(
        "ix_court_order_open_by_district",
        "court_order",
        ["district_code", "status", "issued_on", "id", "voided_at", "family"],
    )
    op.create_index(
        "ix_court_order_open_by_province",
        "court_order",
        ["province_code", "status", "issued_on", "id", "voided_at", "family"],
    )
    op.create_index(
        "ix_court_order_own",
        "court_order",
        ["owner_unit_code", "status", "issued_on", "id", "voided_at", "family"],
    )
    op.create_index(op.f("ix_court_order_province_code"), "court_order", ["province_code"])
    op.create_index(
        "ix_court_order_step", "court_order", ["next_step", "issued_on", "id", "voided_at", "family"]
    )
    op.create_index(
        "ix_court_order_step_by_province",
        "court_order",
        ["province_code", "next_step", "issued_on", "id", "voided_at", "family"],
    )
    op.create_index(
        "ix_court_order_validate", "court_order", ["status", "validate_by", "id", "voided_at", "family"]
    )
    op.create_index(
        "ix_court_order_validate_by_province",
        "court_order",
        ["province_code", "status", "validate_by", "id", "voided_at", "family"],
    )

    op.create_table(
        "duplicate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime()),
        sa.Column("dismissed_by_id", sa.Integer()),
        sa.Column("dismissal", sa.Text()),
        sa.CheckConstraint(
            "state <> 'dismissed' OR dismissed_by_id IS NOT NULL", name="ck_duplicate_dismissed"
        ),
        sa.CheckConstraint("first_id < second_id", name="ck_duplicate_order"),
        sa.ForeignKeyConstraint(
            ["dismissed_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["first_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["second_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("first_id", "second_id"),
    )
    op.create_index(op.f("ix_duplicate_second_id"), "duplicate", ["second_id"])
    op.create_index("ix_duplicate_state", "duplicate", ["state", "weight", "id"])
    op.create_index("ix_duplicate_weight", "duplicate", ["weight", "id"])

    op.create_table(
        "exhibit",
        *record_columns(),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("property_role", sa.String(length=40)),
        sa.Column("description", sa.String(length=200)),
        sa.Column("substance", sa.String(length=40)),
        sa.Column("weapon", sa.String(length=40)),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3)),
        sa.Column("measure", sa.String(length=40)),
        sa.Column("plate", sa.String(length=20)),
        sa.Column("frame_no", sa.String(length=40)),
        sa.Column("engine_no", sa.String(length=40)),
        sa.Column("serial", sa.String(length=60)),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("phone", sa.String(length=40)),
        sa.Column("plate_key", sa.String(length=20)),
        sa.Column("phone_key", sa.String(length=40)),
        sa.Column("value_khr", sa.Numeric(precision=16, scale=0)),
        sa.Column("currency", sa.String(length=40)),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
    )
    op.create_index(op.f("ix_exhibit_case_id"), "exhibit", ["case_id"])
    op.create_index(op.f("ix_exhibit_commune_code"), "exhibit", ["commune_code"])
    op.create_index(op.f("ix_exhibit_district_code"), "exhibit", ["district_code"])
    op.create_index(op.f("ix_exhibit_document_no"), "exhibit", ["document_no"])
    op.create_index(
        "ix_exhibit_document_no_by_province",
        "exhibit",
        ["province_code", "document_no"],
        sqlite_where=sa.text("document_no IS NOT NULL"),
        postgresql_where=sa.text("document_no IS NOT NULL"),
    )
    op.create_index(op.f("ix_exhibit_engine_no"), "exhibit", ["engine_no"])
    op.create_index(
        "ix_exhibit_engine_no_by_province",
        "exhibit",
        ["province_code", "engine_no"],
        sqlite_where=sa.text("engine_no IS NOT NULL"),
        postgresql_where=sa.text("engine_no IS NOT NULL"),
    )
    op.create_index(op.f("ix_exhibit_frame_no"), "exhibit", ["frame_no"])
    op.create_index(
        "ix_exhibit_frame_no_by_province",
        "exhibit",
        ["province_code", "frame_no"],
        sqlite_where=sa.text("frame_no IS NOT NULL"),
        postgresql_where=sa.text("frame_no IS NOT NULL"),
    )
    op.create_index("ix_exhibit_kind", "exhibit", ["kind", "id"])
    op.create_index(op.f("ix_exhibit_phone"), "exhibit", ["phone"])
    op.create_index(op.f("ix_exhibit_phone_key"), "exhibit", ["phone_key"])
    op.create_index(
        "ix_exhibit_phone_by_province",
        "exhibit",
        ["province_code", "phone"],
        sqlite_where=sa.text("phone IS NOT NULL"),
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_index(op.f("ix_exhibit_plate"), "exhibit", ["plate"])
    op.create_index(op.f("ix_exhibit_plate_key"), "exhibit", ["plate_key"])
    op.create_index(
        "ix_exhibit_plate_by_province",
        "exhibit",
        ["province_code", "plate"],
        sqlite_where=sa.text("plate IS NOT NULL"),
        postgresql_where=sa.text("plate IS NOT NULL"),
    )
    op.create_index(op.f("ix_exhibit_province_code"), "exhibit", ["province_code"])
    op.create_index(op.f("ix_exhibit_serial"), "exhibit", ["serial"])
    op.create_index(
        "ix_exhibit_serial_by_province",
        "exhibit",
        ["province_code", "serial"],
        sqlite_where=sa.text("serial IS NOT NULL"),
        postgresql_where=sa.text("serial IS NOT NULL"),
    )
    op.create_index(
        "ix_exhibit_state_by_province", "exhibit", ["province_code", "state", "id", "kind", "property_role"]
    )
    op.create_index("ix_exhibit_substance", "exhibit", ["substance", "id"])

    op.create_table(
        "import_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("entity", sa.String(length=40)),
        sa.Column("entity_id", sa.Integer()),
        sa.Column("problems", sa.JSON(none_as_null=True)),
        sa.Column("values", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["import_run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint", name="uq_import_entry"),
    )
    op.create_index("ix_import_entry_record", "import_entry", ["entity", "entity_id"])
    op.create_index("ix_import_entry_waits", "import_entry", ["run_id", "state", "row"])

    op.create_table(
        "involvement",
        *record_columns(),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("participation", sa.String(length=40)),
        sa.Column("relation", sa.String(length=40)),
        sa.Column("injury", sa.String(length=40)),
        sa.Column("intoxication", sa.String(length=40)),
        sa.Column("schooling", sa.String(length=40)),
        sa.Column("work", sa.String(length=40)),
        sa.Column("family", sa.String(length=40)),
        sa.Column("state", sa.String(length=40)),
        sa.Column("age", sa.Integer()),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("protection", sa.String(length=40)),
        sa.Column("card_only", sa.Boolean(), nullable=False),
        sa.Column("photo_missing", sa.String(length=40)),
        sa.Column("note", sa.String(length=400)),
        sa.Column("ended_on", sa.Date()),
        sa.Column("end_reason", sa.String(length=40)),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_involvement_case_id"), "involvement", ["case_id"])
    op.create_index(op.f("ix_involvement_commune_code"), "involvement", ["commune_code"])
    op.create_index(op.f("ix_involvement_district_code"), "involvement", ["district_code"])
    op.create_index("ix_involvement_injury", "involvement", ["injury", "id"])
    op.create_index("ix_involvement_intoxication", "involvement", ["intoxication", "id"])
    op.create_index("ix_involvement_participation", "involvement", ["participation", "id"])
    op.create_index(op.f("ix_involvement_person_id"), "involvement", ["person_id"])
    op.create_index("ix_involvement_province", "involvement", ["province_code", "id"])
    op.create_index(op.f("ix_involvement_province_code"), "involvement", ["province_code"])
    op.create_index("ix_involvement_relation", "involvement", ["relation", "id"])
    op.create_index("ix_involvement_role", "involvement", ["role", "id"])

    op.create_table(
        "message_receipt",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "user_id"),
    )

    op.create_table(
        "name_bearer",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("birth_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("name_id", "birth_year", "person_id"),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "active_deadline",
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("visible_to", sa.String(length=40), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("entity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("entity", "visible_to", "ends_at", "entity_id"),
    )
    op.create_index(op.f("ix_active_deadline_person_id"), "active_deadline", ["person_id"])

    op.create_table(
        "person_address",
        *record_columns(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("place_code", sa.String(length=8)),
        sa.Column("house", sa.String(length=40)),
        sa.Column("street", sa.String(length=80)),
        sa.Column("village_group", sa.String(length=40)),
        sa.Column("phone", sa.String(length=40)),
        sa.Column("phone_key", sa.String(length=40)),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
    )
    op.create_index("ix_person_address_kind", "person_address", ["kind"])
    op.create_index(op.f("ix_person_address_person_id"), "person_address", ["person_id"])
    op.create_index(op.f("ix_person_address_phone_key"), "person_address", ["phone_key"])

    op.create_table(
        "person_document",
        *record_columns(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=40)),
        sa.Column("valid_to", sa.Date()),
        sa.Column("number_key", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index("ix_person_document_kind", "person_document", ["kind", "id"])
    op.create_index(op.f("ix_person_document_number"), "person_document", ["number"])
    op.create_index(op.f("ix_person_document_number_key"), "person_document", ["number_key"])
    op.create_index(op.f("ix_person_document_person_id"), "person_document", ["person_id"])

    op.create_table(
        "person_mark",
        *record_columns(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body_part", sa.String(length=40)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index("ix_person_mark_body_part", "person_mark", ["body_part", "id"])
    op.create_index("ix_person_mark_kind", "person_mark", ["kind", "id"])
    op.create_index(op.f("ix_person_mark_person_id"), "person_mark", ["person_id"])

    op.create_table(
        "person_name",
        *record_columns(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text_km", sa.String(length=160)),
        sa.Column("text_latin", sa.String(length=160)),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_person_name_person_id"), "person_name", ["person_id"])
    op.create_index(op.f("ix_person_name_text_km"), "person_name", ["text_km"])
    op.create_index(op.f("ix_person_name_text_latin"), "person_name", ["text_latin"])

    op.create_table(
        "person_photo",
        *record_columns(),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date()),
        sa.Column("note", sa.String(length=200)),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_person_photo_person_id"), "person_photo", ["person_id"])
    op.create_index(op.f("ix_person_photo_sha256"), "person_photo", ["sha256"])

    op.create_table(
        "person_status",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=40)),
        sa.Column("number", sa.String(length=60)),
        sa.Column("court_code", sa.String(length=20)),
        sa.Column("unit_code", sa.String(length=20)),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index("ix_person_status", "person_status", ["status", "person_id"])

    op.create_table(
        "staff_review_line",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("roles", sa.String(length=500), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["staff_review.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("review_id", "user_id"),
    )

    op.create_table(
        "supplement",
        *record_columns(),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("learned_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
    )
    op.create_index(op.f("ix_supplement_case_id"), "supplement", ["case_id"])
    op.create_index(op.f("ix_supplement_commune_code"), "supplement", ["commune_code"])
    op.create_index(op.f("ix_supplement_district_code"), "supplement", ["district_code"])
    op.create_index(op.f("ix_supplement_province_code"), "supplement", ["province_code"])

    op.create_table(
        "watch_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["saved_search.id"],
        ),
        sa.PrimaryKeyConstraint("key", "search_id"),
    )
    op.create_index("ix_watch_key_search", "watch_key", ["search_id"])

    op.create_table(
        "watch_match",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("known_since", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["saved_search.id"],
        ),
        sa.PrimaryKeyConstraint("search_id", "person_id"),
    )

    op.create_table(
        "arrest",
        *record_columns(),
        sa.Column("involvement_id", sa.Integer()),
        sa.Column("order_id", sa.Integer()),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("by_unit_code", sa.String(length=20), nullable=False),
        sa.Column("place_code", sa.String(length=8)),
        sa.Column("place_text", sa.String(length=200)),
        sa.Column("officers", sa.String(length=200)),
        sa.Column("force_used", sa.Boolean(), nullable=False),
        sa.Column("force_text", sa.String(length=400)),
        sa.Column("match_reason", sa.String(length=200)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["by_unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["involvement_id"],
            ["involvement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["court_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
    )
    op.create_index(op.f("ix_arrest_case_id"), "arrest", ["case_id"])
    op.create_index(op.f("ix_arrest_commune_code"), "arrest", ["commune_code"])
    op.create_index(op.f("ix_arrest_district_code"), "arrest", ["district_code"])
    op.create_index("ix_arrest_ground", "arrest", ["ground", "id"])
    op.create_index(op.f("ix_arrest_involvement_id"), "arrest", ["involvement_id"])
    op.create_index(op.f("ix_arrest_order_id"), "arrest", ["order_id"])
    op.create_index(op.f("ix_arrest_person_id"), "arrest", ["person_id"])
    op.create_index(op.f("ix_arrest_place_code"), "arrest", ["place_code"])
    op.create_index(op.f("ix_arrest_province_code"), "arrest", ["province_code"])
    op.create_index("ix_arrest_when", "arrest", ["at", "id"])

    op.create_table(
        "correction_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=40), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["correction.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("correction_id", "entity", "entity_id", "column_name"),
    )

    op.create_table(
        "duplicate_area",
        sa.Column("province_code", sa.String(length=2), nullable=False),
        sa.Column("duplicate_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["duplicate_id"],
            ["duplicate.id"],
        ),
        sa.PrimaryKeyConstraint("province_code", "duplicate_id"),
    )

    op.create_table(
        "duplicate_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("duplicate_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("evidence_key", sa.String(length=40), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["duplicate_id"],
            ["duplicate.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("duplicate_id", "kind", "evidence_key"),
    )

    op.create_table(
        "order_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("matched_as", sa.String(length=40), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("owner_unit_code", sa.String(length=20)),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("family", sa.String(length=40)),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("raised_by_id", sa.Integer()),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answered_at", sa.DateTime()),
        sa.Column("answered_by_id", sa.Integer()),
        sa.Column("reason", sa.String(length=400)),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["court_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_unit_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["raised_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_order_match_case_id"), "order_match", ["case_id"])
    op.create_index(op.f("ix_order_match_commune_code"), "order_match", ["commune_code"])
    op.create_index(op.f("ix_order_match_district_code"), "order_match", ["district_code"])
    op.create_index(
        "ix_order_match_done",
        "order_match",
        ["due_at", "id"],
        sqlite_where=sa.text("coalesce(state, '') IN ('confirmed', 'denied', 'ended')"),
        postgresql_where=sa.text("coalesce(state, '') IN ('confirmed', 'denied', 'ended')"),
    )
    op.create_index(
        "ix_order_match_done_by_province",
        "order_match",
        ["province_code", "due_at", "id"],
        sqlite_where=sa.text(
            "coalesce(state, '') IN ('confirmed', 'denied', 'ended') AND province_code IS NOT NULL"
        ),
        postgresql_where=sa.text(
            "coalesce(state, '') IN ('confirmed', 'denied', 'ended') AND province_code IS NOT NULL"
        ),
    )
    op.create_index(
        "ix_order_match_open",
        "order_match",
        ["due_at", "id", "unit_code", "owner_unit_code", "family"],
        sqlite_where=sa.text("coalesce(state, '') IN ('waiting', 'extended')"),
        postgresql_where=sa.text("coalesce(state, '') IN ('waiting', 'extended')"),
    )
    op.create_index(
        "ix_order_match_open_by_unit",
        "order_match",
        ["unit_code", "due_at", "id", "owner_unit_code"],
        sqlite_where=sa.text("coalesce(state, '') IN ('waiting', 'extended') AND unit_code IS NOT NULL"),
        postgresql_where=sa.text("coalesce(state, '') IN ('waiting', 'extended') AND unit_code IS NOT NULL"),
    )
    op.create_index(
        "ix_order_match_open_by_province",
        "order_match",
        ["province_code", "due_at", "id", "unit_code", "owner_unit_code", "family"],
        sqlite_where=sa.text("coalesce(state, '') IN ('waiting', 'extended') AND province_code IS NOT NULL"),
        postgresql_where=sa.text(
            "coalesce(state, '') IN ('waiting', 'extended') AND province_code IS NOT NULL"
        ),
    )
    op.create_index(op.f("ix_order_match_order_id"), "order_match", ["order_id"])
    op.create_index(op.f("ix_order_match_person_id"), "order_match", ["person_id"])
    op.create_index(op.f("ix_order_match_province_code"), "order_match", ["province_code"])
    op.create_index("ix_order_match_state", "order_match", ["state", "id"])

    op.create_table(
        "person_merge",
        *record_columns(),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("duplicate_id", sa.Integer(), nullable=False),
        sa.Column("surviving_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("undo_of_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("snapshots", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("decided_by_id", sa.Integer()),
        sa.Column("decision", sa.Text()),
        sa.Column("exempt_until", sa.DateTime()),
        sa.CheckConstraint("(kind = 'undo') = (undo_of_id IS NOT NULL)", name="ck_person_merge_undo"),
        sa.CheckConstraint("(state = 'requested') = (decided_by_id IS NULL)", name="ck_person_merge_state"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="ck_person_merge_two_people"
        ),
        sa.CheckConstraint("surviving_id <> merged_id", name="ck_person_merge_two_records"),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["ab_user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_id"],
            ["duplicate.id"],
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["undo_of_id"],
            ["person_merge.id"],
        ),
        sa.ForeignKeyConstraint(
            ["surviving_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_person_merge_duplicate_id"), "person_merge", ["duplicate_id"])
    op.create_index(op.f("ix_person_merge_merged_id"), "person_merge", ["merged_id"])
    op.create_index("ix_person_merge_kind", "person_merge", ["kind", "id"])
    op.create_index(
        "ix_person_merge_one_at_a_time",
        "person_merge",
        ["duplicate_id"],
        unique=True,
        sqlite_where=sa.text("state = 'requested'"),
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_index(op.f("ix_person_merge_undo_of_id"), "person_merge", ["undo_of_id"])
    op.create_index("ix_person_merge_state", "person_merge", ["state", "id"])
    op.create_index(op.f("ix_person_merge_surviving_id"), "person_merge", ["surviving_id"])

    op.create_table(
        "judgment",
        *record_columns(),
        sa.Column("involvement_id", sa.Integer(), nullable=False),
        sa.Column("case_offence_id", sa.Integer()),
        sa.Column("court_code", sa.String(length=20), nullable=False),
        sa.Column("court_no", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("in_absence", sa.Boolean(), nullable=False),
        sa.Column("notified_on", sa.Date()),
        sa.Column("contested_on", sa.Date()),
        sa.Column("final_on", sa.Date()),
        sa.Column("set_aside_on", sa.Date()),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_offence_id"],
            ["case_offence.id"],
        ),
        sa.ForeignKeyConstraint(
            ["court_code"],
            ["court.code"],
        ),
        sa.ForeignKeyConstraint(
            ["involvement_id"],
            ["involvement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_judgment_case_id"), "judgment", ["case_id"])
    op.create_index(op.f("ix_judgment_case_offence_id"), "judgment", ["case_offence_id"])
    op.create_index(op.f("ix_judgment_commune_code"), "judgment", ["commune_code"])
    op.create_index("ix_judgment_decided", "judgment", ["decided_on", "id"])
    op.create_index(op.f("ix_judgment_district_code"), "judgment", ["district_code"])
    op.create_index(op.f("ix_judgment_involvement_id"), "judgment", ["involvement_id"])
    op.create_index(op.f("ix_judgment_person_id"), "judgment", ["person_id"])
    op.create_index(op.f("ix_judgment_province_code"), "judgment", ["province_code"])
    op.create_index("ix_judgment_verdict", "judgment", ["verdict", "id"])

    op.create_table(
        "lock_exemption",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("column_name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["correction.id"],
        ),
        sa.PrimaryKeyConstraint("correction_id", "entity", "entity_id", "column_name"),
    )

    op.create_table(
        "order_event",
        *record_columns(),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("to_unit_code", sa.String(length=20)),
        sa.Column("officer", sa.String(length=120)),
        sa.Column("place_code", sa.String(length=8)),
        sa.Column("result", sa.String(length=40)),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("document_date", sa.Date()),
        sa.Column("notice_kind", sa.String(length=40)),
        sa.Column("reason", sa.String(length=400)),
        sa.Column("note", sa.Text()),
        sa.Column("by_order_id", sa.Integer()),
        sa.Column("arrest_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["by_order_id"],
            ["court_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["court_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_code"],
            ["unit.code"],
        ),
    )
    op.create_index(op.f("ix_order_event_arrest_id"), "order_event", ["arrest_id"])
    op.create_index("ix_order_event_at", "order_event", ["at", "id"])
    op.create_index("ix_order_event_kind", "order_event", ["kind", "id"])
    op.create_index(op.f("ix_order_event_order_id"), "order_event", ["order_id"])
    op.create_index(op.f("ix_order_event_person_id"), "order_event", ["person_id"])

    op.create_table(
        "order_file",
        *record_columns(),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200)),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["court_order.id"],
        ),
    )
    op.create_index(op.f("ix_order_file_order_id"), "order_file", ["order_id"])
    op.create_index(op.f("ix_order_file_sha256"), "order_file", ["sha256"])

    op.create_table(
        "visibility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("order_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.Column("family", sa.String(length=40)),
        sa.Column("unit_code", sa.String(length=20)),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["court_order.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_visibility_asked",
        "visibility",
        [
            "person_id",
            "hidden",
            "province_code",
            "district_code",
            "commune_code",
            "family",
            "unit_code",
            "case_id",
        ],
    )
    op.create_index(op.f("ix_visibility_case_id"), "visibility", ["case_id"])
    op.create_index(op.f("ix_visibility_order_id"), "visibility", ["order_id"])

    op.create_table(
        "custody",
        *record_columns(),
        sa.Column("arrest_id", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(), nullable=False),
        sa.Column("held_by_code", sa.String(length=20), nullable=False),
        sa.Column("offence_class", sa.String(length=40), nullable=False),
        sa.Column("limit_at", sa.DateTime(), nullable=False),
        sa.Column("limit_code", sa.String(length=40), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("outcome", sa.String(length=40)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["arrest_id"],
            ["arrest.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["held_by_code"],
            ["unit.code"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_custody_arrest_id"), "custody", ["arrest_id"])
    op.create_index(op.f("ix_custody_case_id"), "custody", ["case_id"])
    op.create_index("ix_custody_class", "custody", ["offence_class", "id"])
    op.create_index(op.f("ix_custody_commune_code"), "custody", ["commune_code"])
    op.create_index(op.f("ix_custody_district_code"), "custody", ["district_code"])
    op.create_index(op.f("ix_custody_held_by_code"), "custody", ["held_by_code"])
    op.create_index("ix_custody_of_person", "custody", ["person_id", "arrived_at"])
    op.create_index(
        "ix_custody_open",
        "custody",
        ["limit_at", "id", "person_id", "ended_at", "voided_at"],
        sqlite_where=sa.text("ended_at IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL AND voided_at IS NULL"),
    )
    op.create_index("ix_custody_outcome", "custody", ["outcome", "id"])
    op.create_index(op.f("ix_custody_person_id"), "custody", ["person_id"])
    op.create_index(op.f("ix_custody_province_code"), "custody", ["province_code"])
    op.create_index("ix_custody_when", "custody", ["arrived_at", "id"])

    op.create_table(
        "person_merge_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(
            ["merge_id"],
            ["person_merge.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("merge_id", "entity", "entity_id", "column_name"),
    )
    op.create_index("ix_person_merge_row_record", "person_merge_row", ["entity", "entity_id", "column_name"])

    op.create_table(
        "judgment_step",
        *record_columns(),
        sa.Column("judgment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("note", sa.String(length=400)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["judgment_id"],
            ["judgment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_judgment_step_case_id"), "judgment_step", ["case_id"])
    op.create_index(op.f("ix_judgment_step_commune_code"), "judgment_step", ["commune_code"])
    op.create_index(op.f("ix_judgment_step_district_code"), "judgment_step", ["district_code"])
    op.create_index(op.f("ix_judgment_step_judgment_id"), "judgment_step", ["judgment_id"])
    op.create_index("ix_judgment_step_kind", "judgment_step", ["kind", "id"])
    op.create_index(op.f("ix_judgment_step_person_id"), "judgment_step", ["person_id"])
    op.create_index(op.f("ix_judgment_step_province_code"), "judgment_step", ["province_code"])

    op.create_table(
        "sentence",
        *record_columns(),
        sa.Column("judgment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("years", sa.Integer()),
        sa.Column("months", sa.Integer()),
        sa.Column("days", sa.Integer()),
        sa.Column("starts_on", sa.Date()),
        sa.Column("credit_days", sa.Integer()),
        sa.Column("prison_stated_on", sa.Date()),
        sa.Column("fine_khr", sa.Numeric(precision=16, scale=0)),
        sa.Column("text", sa.String(length=400)),
        sa.Column("expected_on", sa.Date()),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["judgment_id"],
            ["judgment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_sentence_case_id"), "sentence", ["case_id"])
    op.create_index(op.f("ix_sentence_commune_code"), "sentence", ["commune_code"])
    op.create_index(op.f("ix_sentence_district_code"), "sentence", ["district_code"])
    op.create_index(op.f("ix_sentence_judgment_id"), "sentence", ["judgment_id"])
    op.create_index("ix_sentence_kind", "sentence", ["kind", "id"])
    op.create_index(op.f("ix_sentence_person_id"), "sentence", ["person_id"])
    op.create_index(op.f("ix_sentence_province_code"), "sentence", ["province_code"])

    op.create_table(
        "custody_step",
        *record_columns(),
        sa.Column("custody_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=40)),
        sa.Column("who", sa.String(length=160)),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("hours", sa.Integer()),
        sa.Column("note", sa.String(length=400)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["custody_id"],
            ["custody.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
    )
    op.create_index(op.f("ix_custody_step_case_id"), "custody_step", ["case_id"])
    op.create_index(op.f("ix_custody_step_commune_code"), "custody_step", ["commune_code"])
    op.create_index(op.f("ix_custody_step_custody_id"), "custody_step", ["custody_id"])
    op.create_index(op.f("ix_custody_step_district_code"), "custody_step", ["district_code"])
    op.create_index("ix_custody_step_kind", "custody_step", ["kind", "id"])
    op.create_index(op.f("ix_custody_step_person_id"), "custody_step", ["person_id"])
    op.create_index(op.f("ix_custody_step_province_code"), "custody_step", ["province_code"])

    op.create_table(
        "detention",
        *record_columns(),
        sa.Column("involvement_id", sa.Integer()),
        sa.Column("sentence_id", sa.Integer()),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("first_prison_code", sa.String(length=20), nullable=False),
        sa.Column("prison_code", sa.String(length=20), nullable=False),
        sa.Column("offence_class", sa.String(length=40)),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("court_code", sa.String(length=20)),
        sa.Column("due_on", sa.Date()),
        sa.Column("limit_code", sa.String(length=40)),
        sa.Column("escaped", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("end_reason", sa.String(length=40)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["court_code"],
            ["court.code"],
        ),
        sa.ForeignKeyConstraint(
            ["first_prison_code"],
            ["prison.code"],
        ),
        sa.ForeignKeyConstraint(
            ["involvement_id"],
            ["involvement.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["prison_code"],
            ["prison.code"],
        ),
        sa.ForeignKeyConstraint(
            ["sentence_id"],
            ["sentence.id"],
        ),
    )
    op.create_index(op.f("ix_detention_case_id"), "detention", ["case_id"])
    op.create_index(op.f("ix_detention_commune_code"), "detention", ["commune_code"])
    op.create_index(op.f("ix_detention_district_code"), "detention", ["district_code"])
    op.create_index(op.f("ix_detention_involvement_id"), "detention", ["involvement_id"])
    op.create_index("ix_detention_kind", "detention", ["kind", "id"])
    op.create_index("ix_detention_of_person", "detention", ["person_id", "ended_on"])
    op.create_index(
        "ix_detention_open",
        "detention",
        ["due_on", "id", "person_id", "ended_on", "voided_at"],
        sqlite_where=sa.text("ended_on IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL AND voided_at IS NULL"),
    )
    op.create_index(op.f("ix_detention_person_id"), "detention", ["person_id"])
    op.create_index(op.f("ix_detention_province_code"), "detention", ["province_code"])
    op.create_index(op.f("ix_detention_sentence_id"), "detention", ["sentence_id"])
    op.create_index("ix_detention_since", "detention", ["since", "id"])

    op.create_table(
        "sentence_change",
        *record_columns(),
        sa.Column("sentence_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("days", sa.Integer()),
        sa.Column("note", sa.String(length=400)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sentence_id"],
            ["sentence.id"],
        ),
    )
    op.create_index(op.f("ix_sentence_change_case_id"), "sentence_change", ["case_id"])
    op.create_index(op.f("ix_sentence_change_commune_code"), "sentence_change", ["commune_code"])
    op.create_index(op.f("ix_sentence_change_district_code"), "sentence_change", ["district_code"])
    op.create_index("ix_sentence_change_kind", "sentence_change", ["kind", "id"])
    op.create_index(op.f("ix_sentence_change_person_id"), "sentence_change", ["person_id"])
    op.create_index(op.f("ix_sentence_change_province_code"), "sentence_change", ["province_code"])
    op.create_index(op.f("ix_sentence_change_sentence_id"), "sentence_change", ["sentence_id"])

    op.create_table(
        "detention_step",
        *record_columns(),
        sa.Column("detention_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("months", sa.Integer()),
        sa.Column("prison_code", sa.String(length=20)),
        sa.Column("reason", sa.String(length=40)),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("note", sa.String(length=400)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["detention_id"],
            ["detention.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["prison_code"],
            ["prison.code"],
        ),
    )
    op.create_index(op.f("ix_detention_step_case_id"), "detention_step", ["case_id"])
    op.create_index(op.f("ix_detention_step_commune_code"), "detention_step", ["commune_code"])
    op.create_index(op.f("ix_detention_step_detention_id"), "detention_step", ["detention_id"])
    op.create_index(op.f("ix_detention_step_district_code"), "detention_step", ["district_code"])
    op.create_index("ix_detention_step_kind", "detention_step", ["kind", "id"])
    op.create_index(op.f("ix_detention_step_person_id"), "detention_step", ["person_id"])
    op.create_index(op.f("ix_detention_step_province_code"), "detention_step", ["province_code"])

    op.create_table(
        "release",
        *record_columns(),
        sa.Column("detention_id", sa.Integer(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("conditions", sa.Text()),
        sa.Column("place_code", sa.String(length=8)),
        sa.Column("place_text", sa.String(length=200)),
        sa.Column("reports_to_code", sa.String(length=20)),
        sa.Column("supervised_until", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["detention_id"],
            ["detention.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place_code"],
            ["place.code"],
        ),
        sa.ForeignKeyConstraint(
            ["reports_to_code"],
            ["unit.code"],
        ),
    )
    op.create_index(op.f("ix_release_case_id"), "release", ["case_id"])
    op.create_index(op.f("ix_release_commune_code"), "release", ["commune_code"])
    op.create_index(op.f("ix_release_detention_id"), "release", ["detention_id"])
    op.create_index(op.f("ix_release_district_code"), "release", ["district_code"])
    op.create_index("ix_release_kind", "release", ["kind", "id"])
    op.create_index("ix_release_of_person", "release", ["person_id", "ended_on"])
    op.create_index("ix_release_on", "release", ["released_on", "id"])
    op.create_index(
        "ix_release_open",
        "release",
        ["supervised_until", "id", "person_id", "ended_on", "voided_at"],
        sqlite_where=sa.text("ended_on IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL AND voided_at IS NULL"),
    )
    op.create_index(op.f("ix_release_person_id"), "release", ["person_id"])
    op.create_index(op.f("ix_release_place_code"), "release", ["place_code"])
    op.create_index(op.f("ix_release_province_code"), "release", ["province_code"])
    op.create_index(op.f("ix_release_reports_to_code"), "release", ["reports_to_code"])

    op.create_table(
        "custody_document",
        *record_columns(),
        sa.Column("arrest_id", sa.Integer()),
        sa.Column("custody_id", sa.Integer()),
        sa.Column("detention_id", sa.Integer()),
        sa.Column("judgment_id", sa.Integer()),
        sa.Column("release_id", sa.Integer()),
        sa.Column("note", sa.String(length=200)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["arrest_id"],
            ["arrest.id"],
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["custody_id"],
            ["custody.id"],
        ),
        sa.ForeignKeyConstraint(
            ["detention_id"],
            ["detention.id"],
        ),
        sa.ForeignKeyConstraint(
            ["judgment_id"],
            ["judgment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
        ),
    )
    op.create_index(op.f("ix_custody_document_arrest_id"), "custody_document", ["arrest_id"])
    op.create_index(op.f("ix_custody_document_case_id"), "custody_document", ["case_id"])
    op.create_index(op.f("ix_custody_document_commune_code"), "custody_document", ["commune_code"])
    op.create_index(op.f("ix_custody_document_custody_id"), "custody_document", ["custody_id"])
    op.create_index(op.f("ix_custody_document_detention_id"), "custody_document", ["detention_id"])
    op.create_index(op.f("ix_custody_document_district_code"), "custody_document", ["district_code"])
    op.create_index(op.f("ix_custody_document_judgment_id"), "custody_document", ["judgment_id"])
    op.create_index(op.f("ix_custody_document_person_id"), "custody_document", ["person_id"])
    op.create_index(op.f("ix_custody_document_province_code"), "custody_document", ["province_code"])
    op.create_index(op.f("ix_custody_document_release_id"), "custody_document", ["release_id"])
    op.create_index(op.f("ix_custody_document_sha256"), "custody_document", ["sha256"])

    op.create_table(
        "supervision_step",
        *record_columns(),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60)),
        sa.Column("note", sa.String(length=400)),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer()),
        sa.Column("province_code", sa.String(length=2)),
        sa.Column("district_code", sa.String(length=4)),
        sa.Column("commune_code", sa.String(length=6)),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
        ),
    )
    op.create_index(op.f("ix_supervision_step_case_id"), "supervision_step", ["case_id"])
    op.create_index(op.f("ix_supervision_step_commune_code"), "supervision_step", ["commune_code"])
    op.create_index(op.f("ix_supervision_step_district_code"), "supervision_step", ["district_code"])
    op.create_index("ix_supervision_step_kind", "supervision_step", ["kind", "id"])
    op.create_index(op.f("ix_supervision_step_person_id"), "supervision_step", ["person_id"])
    op.create_index(op.f("ix_supervision_step_province_code"), "supervision_step", ["province_code"])
    op.create_index(op.f("ix_supervision_step_release_id"), "supervision_step", ["release_id"])


def downgrade():
    for table in reversed(TABLES):
        op.drop_table(table)
