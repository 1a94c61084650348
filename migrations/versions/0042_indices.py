"""Master indices: items with their numbers, exhibits and matches, organisations, and relations between records."""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BEFORE = (
    *rls.RECORDS, "death_report", "case_disposition", "exhibit_movement", "task", "prevention_programme", "letter",
    "letter_recipient", "letter_file", "case_assignment", "investigation_act", "charge", "case_review", "exhibit_seal",
    "quantity_change", "exhibit_custody", "inventory",
)  # fmt: skip
ENDS = ("from_person", "from_item", "from_organisation", "to_person", "to_item", "to_organisation")
RELATION_FACTS = (
    "case_id", *(f"{name}_id" for name in ENDS), "to_place_code", "kind", "since", "source_grade", "information_grade",
    "province_code", "district_code", "commune_code", "unit_code",
)  # fmt: skip
AREA = (("province_code", 2), ("district_code", 4), ("commune_code", 6))


def _record_columns():
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime()),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer()),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("recorded_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
    )


def _link(name, target, nullable=False):
    type_ = sa.String(20) if target == "unit.code" else sa.Integer()
    return sa.Column(name, type_, sa.ForeignKey(target), nullable=nullable)


def upgrade():
    _create_items()
    _create_relations()
    _protect_rows()


def _create_items():
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_item_state", "item", ["state", "id"])
    op.create_index("ix_item_kind", "item", ["kind", "id"])
    op.create_table(
        "item_number",
        sa.Column("id", sa.Integer(), nullable=False),
        _link("item_id", "item.id"),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "name", "kind"),
    )
    op.create_index("ix_item_number_item_id", "item_number", ["item_id"])
    op.create_table(
        "item_exhibit",
        _link("id", "exhibit.id"),
        _link("item_id", "item.id"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_item_exhibit_item_id", "item_exhibit", ["item_id"])
    op.create_table(
        "item_match",
        sa.Column("id", sa.Integer(), nullable=False),
        _link("item_id", "item.id"),
        _link("stolen_id", "exhibit.id"),
        _link("found_id", "exhibit.id"),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        _link("owner_unit_code", "unit.code", nullable=True),
        _link("unit_code", "unit.code", nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("stolen_on", sa.Date(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime()),
        _link("answered_by_id", "ab_user.id", nullable=True),
        sa.Column("reason", sa.String(400)),
        *(sa.Column(name, sa.String(length)) for name, length in AREA),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stolen_id", "found_id"),
    )
    for name in ("item_id", "found_id", *(name for name, _length in AREA)):
        op.create_index(f"ix_item_match_{name}", "item_match", [name])
    op.create_index("ix_item_match_due", "item_match", ["due_at", "id"])
    op.create_index("ix_item_match_state", "item_match", ["state", "due_at", "id"])
    op.create_index("ix_item_match_unit", "item_match", ["unit_code", "state"])
    op.create_index("ix_item_match_owner", "item_match", ["owner_unit_code", "state"])
    lock.protect_columns(op, "item", ("kind",))
    lock.protect_columns(
        op, "item_match", ("item_id", "stolen_id", "found_id", "owner_unit_code", "raised_at")
    )


def _create_relations():
    op.create_table(
        "organisation",
        *_record_columns(),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("place_code", sa.String(8), sa.ForeignKey("place.code")),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("name_sort", sa.String(900), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_organisation_name_key", "organisation", ["name_key"], unique=True)
    op.create_index("ix_organisation_sort", "organisation", ["name_sort", "id"])
    op.create_index("ix_organisation_place_code", "organisation", ["place_code"])
    op.create_table(
        "relation",
        *_record_columns(),
        _link("case_id", "case.id"),
        *(_link(f"{name}_id", f"{name.partition('_')[2]}.id", nullable=True) for name in ENDS),
        sa.Column("to_place_code", sa.String(8), sa.ForeignKey("place.code")),
        sa.Column("ends_key", sa.String(120)),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.Column("source_grade", sa.String(40), nullable=False),
        sa.Column("information_grade", sa.String(40), nullable=False),
        *(sa.Column(name, sa.String(length)) for name, length in AREA),
        sa.PrimaryKeyConstraint("id"),
    )
    indexed = (
        "case_id",
        *(f"{name}_id" for name in ENDS),
        "to_place_code",
        *(name for name, _length in AREA),
    )
    for name in indexed:
        op.create_index(f"ix_relation_{name}", "relation", [name])
    op.create_index("ix_relation_ends_key", "relation", ["ends_key"], unique=True)
    lock.lock_table(op, "organisation", ("name", "kind", "place_code", "name_key", "name_sort", "unit_code"))
    lock.lock_table(op, "relation", RELATION_FACTS, withdrawable=True)


def _protect_rows():
    """Show an item with its exhibits, a match to both units, and a relation if both its ends are visible."""
    of_exhibit = "EXISTS (SELECT 1 FROM exhibit e WHERE e.id = item_exhibit.id)"
    rls.protect_table(op, "item_exhibit", of_exhibit, of_exhibit, of_exhibit)
    of_item = "EXISTS (SELECT 1 FROM item_exhibit x WHERE x.item_id = item.id)"
    rls.protect_table(op, "item", of_item, of_item, of_item)
    rls.protect_table(op, "item_number", "false", "false", "false")
    inside = f"({rls.FAMILIES} = '' AND {rls.in_area('item_match')})"
    waits = f"(item_match.unit_code = {rls.UNITS} AND NOT item_match.protected)"
    of_match = f"{inside} OR item_match.owner_unit_code = {rls.UNITS} OR {waits}"
    rls.protect_table(op, "item_match", of_match, of_match, of_match)
    # The policies of the ends decide: a subquery sees what the reader sees.
    ends = " AND ".join(
        f"(relation.{name}_id IS NULL OR EXISTS"
        f" (SELECT 1 FROM {name.partition('_')[2]} x WHERE x.id = relation.{name}_id))"
        for name in ENDS
    )
    conditions = (f"({one}) AND {ends}" for one in rls.of_case("relation"))
    rls.protect_table(op, "relation", *conditions)
    _protect_payloads(*BEFORE, "relation")


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    for table in ("relation", "item", "item_match", "item_number", "item_exhibit"):
        rls.unprotect_table(op, table)
    for table in ("relation", "organisation", "item_match", "item_exhibit", "item_number", "item"):
        op.drop_table(table)
