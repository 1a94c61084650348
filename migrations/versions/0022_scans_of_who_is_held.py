"""Scans of the papers about whoever is held

An order could carry its scan, the papers of an arrest, a detention, a judgment or a release could not: each may now, and
the file follows the person as the record does.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "held_file"
PAPERS = ("arrest", "custody", "detention", "judgment", "release")
LEVELS = ("province_code", "district_code", "commune_code")
FACTS = (
    *(f"{one}_id" for one in PAPERS), "sha256", "mime", "size", "width_px", "height_px", "note", "person_id", "case_id",
    *LEVELS, "unit_code",
)  # fmt: skip
# Row-level security of PostgreSQL, as for the other rows about whoever is held (0015).
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
POLICY = f"""CREATE POLICY part ON {TABLE} USING (CASE current_setting('ecrime.eye', true)
WHEN 'everything' THEN true WHEN 'part' THEN ecrime_listed('ecrime.opened', {TABLE}.person_id)
OR {TABLE}.unit_code = current_setting('ecrime.unit', true)
OR EXISTS (SELECT 1 FROM visibility v WHERE v.person_id = {TABLE}.person_id AND NOT v.hidden
AND (v.unit_code = current_setting('ecrime.unit', true) OR ecrime_listed('ecrime.shared', v.case_id)
OR (({AREA} = '' OR {AREA} IN (v.province_code, v.district_code, v.commune_code))
AND ({FAMILIES} = '' OR v.family = ANY (string_to_array({FAMILIES}, ','))))))
ELSE false END) WITH CHECK (true)"""


def upgrade():
    op.create_table(
        TABLE,
        *(sa.Column(f"{one}_id", sa.Integer, sa.ForeignKey(f"{one}.id")) for one in PAPERS),
        sa.Column("note", sa.String(200)),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mime", sa.String(60), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width_px", sa.Integer),
        sa.Column("height_px", sa.Integer),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("case.id")),
        *(sa.Column(name, sa.String(digits)) for name, digits in zip(LEVELS, (2, 4, 6), strict=True)),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.Column("changed_by_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("voided_at", sa.DateTime),
        sa.Column("void_reason", sa.String(400)),
        sa.Column("insert_order", sa.Integer),
    )
    for name in (*(f"{one}_id" for one in PAPERS), "sha256", "person_id", "case_id", *LEVELS):
        op.create_index(f"ix_{TABLE}_{name}", TABLE, [name])
    lock.shut(op, TABLE, FACTS)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
        op.execute(sa.text(POLICY.replace(":", r"\:")))


def downgrade():
    lock.drop(op, TABLE)
    op.drop_table(TABLE)
