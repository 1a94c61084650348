"""Who is held, on which basis and until when: arrest, custody, detention, judgment, sentence, release

Each fact is a row that shuts after 48 hours; until when somebody is held follows from those rows and stays open. A part
in a case gets its end, which a final acquittal sets.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LEVELS = ("province_code", "district_code", "commune_code")
WHOSE = ("person_id", "case_id", *LEVELS)
# What shuts of each table, beside whose it is.
FACTS = {
    "arrest": (
        "at", "by_unit_code", "force_text", "force_used", "ground", "hit_reason", "involvement_id", "officers",
        "order_id", "paper_no", "place_code", "place_text",
    ),
    "custody": ("arrest_id", "arrived_at", "held_by_code", "offence_class",),
    "custody_step": ("at", "custody_id", "hours", "kind", "note", "outcome", "paper_no", "who",),
    "judgment": (
        "case_offence_id", "court_code", "court_no", "decided_on", "in_absence", "involvement_id", "verdict",
    ),
    "judgment_step": ("done_on", "judgment_id", "kind", "note", "paper_no",),
    "sentence": (
        "credit_days", "days", "fine_khr", "judgment_id", "kind", "months", "prison_says", "starts_on", "text",
        "years",
    ),
    "sentence_change": ("days", "done_on", "kind", "note", "paper_no", "sentence_id",),
    "detention": (
        "court_code", "first_prison_code", "involvement_id", "kind", "offence_class", "paper_no", "paper_on",
        "sentence_id", "since",
    ),
    "detention_step": (
        "detention_id", "done_on", "kind", "months", "note", "paper_no", "prison_code", "reason",
    ),
    "release": (
        "conditions", "detention_id", "kind", "paper_no", "place_code", "place_text", "released_on",
        "reports_to_code", "track_until",
    ),
    "tracking_step": ("done_on", "kind", "note", "paper_no", "release_id",),
}
INDEXES = (
    ("ix_arrest_ground", "arrest", ["ground", "id"]),
    ("ix_arrest_involvement_id", "arrest", ["involvement_id"]),
    ("ix_arrest_order_id", "arrest", ["order_id"]),
    ("ix_arrest_place_code", "arrest", ["place_code"]),
    ("ix_arrest_when", "arrest", ["at", "id"]),
    ("ix_custody_arrest_id", "custody", ["arrest_id"]),
    ("ix_custody_class", "custody", ["offence_class", "id"]),
    ("ix_custody_held", "custody", ["ended_at", "limit_at"]),
    ("ix_custody_held_by_code", "custody", ["held_by_code"]),
    ("ix_custody_of_person", "custody", ["person_id", "arrived_at"]),
    ("ix_custody_outcome", "custody", ["outcome", "id"]),
    ("ix_custody_when", "custody", ["arrived_at", "id"]),
    ("ix_custody_step_custody_id", "custody_step", ["custody_id"]),
    ("ix_custody_step_kind", "custody_step", ["kind", "id"]),
    ("ix_judgment_case_offence_id", "judgment", ["case_offence_id"]),
    ("ix_judgment_decided", "judgment", ["decided_on", "id"]),
    ("ix_judgment_involvement_id", "judgment", ["involvement_id"]),
    ("ix_judgment_verdict", "judgment", ["verdict", "id"]),
    ("ix_judgment_step_judgment_id", "judgment_step", ["judgment_id"]),
    ("ix_judgment_step_kind", "judgment_step", ["kind", "id"]),
    ("ix_sentence_judgment_id", "sentence", ["judgment_id"]),
    ("ix_sentence_kind", "sentence", ["kind", "id"]),
    ("ix_sentence_change_kind", "sentence_change", ["kind", "id"]),
    ("ix_sentence_change_sentence_id", "sentence_change", ["sentence_id"]),
    ("ix_detention_due", "detention", ["ended_on", "due_on"]),
    ("ix_detention_involvement_id", "detention", ["involvement_id"]),
    ("ix_detention_kind", "detention", ["kind", "id"]),
    ("ix_detention_sentence_id", "detention", ["sentence_id"]),
    ("ix_detention_since", "detention", ["since", "id"]),
    ("ix_detention_step_detention_id", "detention_step", ["detention_id"]),
    ("ix_detention_step_kind", "detention_step", ["kind", "id"]),
    ("ix_release_detention_id", "release", ["detention_id"]),
    ("ix_release_kind", "release", ["kind", "id"]),
    ("ix_release_on", "release", ["released_on", "id"]),
    ("ix_release_place_code", "release", ["place_code"]),
    ("ix_release_reports_to_code", "release", ["reports_to_code"]),
    ("ix_release_tracked", "release", ["ended_on", "track_until"]),
    ("ix_tracking_step_kind", "tracking_step", ["kind", "id"]),
    ("ix_tracking_step_release_id", "tracking_step", ["release_id"]),
)
ENDED = {"ended_on": sa.Date(), "end_reason": sa.String(40)}

# Row-level security of PostgreSQL, behind the session's scope: whoever sees the person sees the row (0006).
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
POLICY = """CREATE POLICY part ON "{table}" USING (CASE current_setting('ecrime.eye', true)
WHEN 'everything' THEN true WHEN 'part' THEN ecrime_listed('ecrime.opened', "{table}".person_id)
OR "{table}".unit_code = current_setting('ecrime.unit', true)
OR EXISTS (SELECT 1 FROM visibility v WHERE v.person_id = "{table}".person_id AND NOT v.hidden
AND (v.unit_code = current_setting('ecrime.unit', true) OR ecrime_listed('ecrime.shared', v.case_id)
OR (({area} = '' OR {area} IN (v.province_code, v.district_code, v.commune_code))
AND ({families} = '' OR v.family = ANY (string_to_array({families}, ','))))))
ELSE false END) WITH CHECK (true)"""


def upgrade():
    _limits()
    for name, kind in ENDED.items():
        op.add_column("involvement", sa.Column(name, kind))
    _tables()
    for table in FACTS:
        for name in WHOSE:
            op.create_index(f"ix_{table}_{name}", table, [name])
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    for table, facts in FACTS.items():
        lock.shut(op, table, (*facts, *WHOSE, "unit_code"))
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
            op.execute(sa.text(POLICY.format(table=table, area=AREA, families=FAMILIES).replace(":", r"\:")))


def downgrade():
    for table in reversed(FACTS):
        lock.drop(op, table)
        op.drop_table(table)
    for name in ENDED:
        op.drop_column("involvement", name)
    op.drop_table("told_clock")
    op.drop_table("time_limit")


def _limits():
    op.create_table(
        "time_limit",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("name_km", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("to_confirm", sa.Boolean, nullable=False),
        sa.Column("name_sort", sa.String(600), nullable=False, index=True),
    )
    op.create_table(
        "told_clock",
        sa.Column("entity", sa.String(40), primary_key=True),
        sa.Column("entity_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.String(40), primary_key=True),
        sa.Column("told_at", sa.DateTime, nullable=False),
    )


def _of_whoever_is_held():
    return (
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("case.id")),
        sa.Column("province_code", sa.String(2)),
        sa.Column("district_code", sa.String(4)),
        sa.Column("commune_code", sa.String(6)),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("insert_order", sa.Integer),
        sa.Column("unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("changed_by_id", sa.Integer, sa.ForeignKey("ab_user.id")),
        sa.Column("voided_at", sa.DateTime),
        sa.Column("void_reason", sa.String(400)),
    )


def _tables():
    op.create_table(
        "arrest",
        sa.Column("involvement_id", sa.Integer, sa.ForeignKey("involvement.id")),
        sa.Column("order_id", sa.Integer, sa.ForeignKey("court_order.id")),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("paper_no", sa.String(60)),
        sa.Column("by_unit_code", sa.String(20), sa.ForeignKey("unit.code"), nullable=False),
        sa.Column("place_code", sa.String(8), sa.ForeignKey("place.code")),
        sa.Column("place_text", sa.String(200)),
        sa.Column("officers", sa.String(200)),
        sa.Column("force_used", sa.Boolean, nullable=False),
        sa.Column("force_text", sa.String(400)),
        sa.Column("hit_reason", sa.String(200)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "custody",
        sa.Column("arrest_id", sa.Integer, sa.ForeignKey("arrest.id"), nullable=False),
        sa.Column("arrived_at", sa.DateTime, nullable=False),
        sa.Column("held_by_code", sa.String(20), sa.ForeignKey("unit.code"), nullable=False),
        sa.Column("offence_class", sa.String(40), nullable=False),
        sa.Column("limit_at", sa.DateTime, nullable=False),
        sa.Column("limit_code", sa.String(40), nullable=False),
        sa.Column("extended", sa.Boolean, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("outcome", sa.String(40)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "custody_step",
        sa.Column("custody_id", sa.Integer, sa.ForeignKey("custody.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("outcome", sa.String(40)),
        sa.Column("who", sa.String(160)),
        sa.Column("paper_no", sa.String(60)),
        sa.Column("hours", sa.Integer),
        sa.Column("note", sa.String(400)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "judgment",
        sa.Column("involvement_id", sa.Integer, sa.ForeignKey("involvement.id"), nullable=False),
        sa.Column("case_offence_id", sa.Integer, sa.ForeignKey("case_offence.id")),
        sa.Column("court_code", sa.String(20), sa.ForeignKey("court.code"), nullable=False),
        sa.Column("court_no", sa.String(60), nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("in_absence", sa.Boolean, nullable=False),
        sa.Column("notified_on", sa.Date),
        sa.Column("contested_on", sa.Date),
        sa.Column("final_on", sa.Date),
        sa.Column("set_aside_on", sa.Date),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "judgment_step",
        sa.Column("judgment_id", sa.Integer, sa.ForeignKey("judgment.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("paper_no", sa.String(60)),
        sa.Column("note", sa.String(400)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "sentence",
        sa.Column("judgment_id", sa.Integer, sa.ForeignKey("judgment.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("years", sa.Integer),
        sa.Column("months", sa.Integer),
        sa.Column("days", sa.Integer),
        sa.Column("starts_on", sa.Date),
        sa.Column("credit_days", sa.Integer),
        sa.Column("prison_says", sa.Date),
        sa.Column("fine_khr", sa.Numeric(16, 0)),
        sa.Column("text", sa.String(400)),
        sa.Column("expected_on", sa.Date),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "sentence_change",
        sa.Column("sentence_id", sa.Integer, sa.ForeignKey("sentence.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("paper_no", sa.String(60), nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("note", sa.String(400)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "detention",
        sa.Column("involvement_id", sa.Integer, sa.ForeignKey("involvement.id")),
        sa.Column("sentence_id", sa.Integer, sa.ForeignKey("sentence.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("first_prison_code", sa.String(20), sa.ForeignKey("prison.code"), nullable=False),
        sa.Column("prison_code", sa.String(20), sa.ForeignKey("prison.code"), nullable=False),
        sa.Column("offence_class", sa.String(40)),
        sa.Column("paper_no", sa.String(60), nullable=False),
        sa.Column("paper_on", sa.Date, nullable=False),
        sa.Column("court_code", sa.String(20), sa.ForeignKey("court.code")),
        sa.Column("due_on", sa.Date),
        sa.Column("limit_code", sa.String(40)),
        sa.Column("escaped", sa.Boolean, nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.Column("end_reason", sa.String(40)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "detention_step",
        sa.Column("detention_id", sa.Integer, sa.ForeignKey("detention.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("months", sa.Integer),
        sa.Column("prison_code", sa.String(20), sa.ForeignKey("prison.code")),
        sa.Column("reason", sa.String(40)),
        sa.Column("paper_no", sa.String(60)),
        sa.Column("note", sa.String(400)),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "release",
        sa.Column("detention_id", sa.Integer, sa.ForeignKey("detention.id"), nullable=False),
        sa.Column("released_on", sa.Date, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("paper_no", sa.String(60), nullable=False),
        sa.Column("conditions", sa.Text),
        sa.Column("place_code", sa.String(8), sa.ForeignKey("place.code")),
        sa.Column("place_text", sa.String(200)),
        sa.Column("reports_to_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("track_until", sa.Date),
        sa.Column("ended_on", sa.Date),
        *_of_whoever_is_held(),
    )
    op.create_table(
        "tracking_step",
        sa.Column("release_id", sa.Integer, sa.ForeignKey("release.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("done_on", sa.Date, nullable=False),
        sa.Column("paper_no", sa.String(60)),
        sa.Column("note", sa.String(400)),
        *_of_whoever_is_held(),
    )
