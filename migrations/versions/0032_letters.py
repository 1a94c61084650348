"""Letters between units: their templates, the letters, their recipients with receipts, their attachments and their tasks.

A letter does not change after it was sent, a recipient not after it has ended. Its chief signs a letter as a second officer.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BEFORE = (
    *rls.RECORDS, "death_report", "case_disposition", "exhibit_movement", "task", "prevention_programme",
)  # fmt: skip
# What the chief signs, and what no one changes afterwards. A merge of two people may change the person of a letter.
CONTENT = (
    "template_code", "kind", "subject", "text", "to_unit_code", "to_below", "case_id", "order_id", "exhibit_id", "about",
    "urgent", "handling", "share_until", "thread_id", "previous_id", "relation", "unit_code",
)  # fmt: skip
SENDING = ("number", "due_at", "sent_at", "needs_signature", "signed_by_id")
LETTER_LOCK, RECIPIENT_LOCK = "lock_letter_sent", "lock_letter_recipient_ended"


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


def upgrade():
    op.create_table(
        "letter_template",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_km", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("days", sa.Integer()),
        sa.Column("text_km", sa.Text(), nullable=False),
        sa.Column("to_confirm", sa.Boolean(), nullable=False),
        sa.Column("name_sort", sa.String(600), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_letter_template_name_sort", "letter_template", ["name_sort"])
    op.create_table(
        "letter",
        *_record_columns(),
        sa.Column("number", sa.String(20), unique=True),
        sa.Column("template_code", sa.String(40), sa.ForeignKey("letter_template.code")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200)),
        sa.Column("text", sa.Text()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("to_unit_code", sa.String(20), sa.ForeignKey("unit.code")),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("case.id")),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id")),
        sa.Column("order_id", sa.Integer(), sa.ForeignKey("court_order.id")),
        sa.Column("exhibit_id", sa.Integer(), sa.ForeignKey("exhibit.id")),
        sa.Column("to_below", sa.Boolean(), nullable=False),
        sa.Column("about", sa.String(200)),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("handling", sa.String(40), nullable=False),
        sa.Column("share_until", sa.Date()),
        sa.Column("sent_at", sa.DateTime()),
        sa.Column("needs_signature", sa.Boolean(), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("return_reason", sa.String(400)),
        sa.Column("thread_id", sa.Integer(), sa.ForeignKey("letter.id")),
        sa.Column("previous_id", sa.Integer(), sa.ForeignKey("letter.id")),
        sa.Column("relation", sa.String(40)),
        sa.CheckConstraint("signed_by_id <> recorded_by_id", name="ck_letter_second_officer"),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting') OR (number IS NOT NULL AND sent_at IS NOT NULL)",
            name="ck_letter_sent",
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting') OR NOT needs_signature OR signed_by_id IS NOT NULL",
            name="ck_letter_signed",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("unit_code", "case_id", "person_id", "order_id", "exhibit_id", "thread_id", "previous_id"):
        op.create_index(f"ix_letter_{name}", "letter", [name])
    op.create_index("ix_letter_unit_id", "letter", ["unit_code", "id"])
    op.create_index("ix_letter_state", "letter", ["state", "id"])
    op.create_table(
        "letter_recipient",
        *_record_columns(),
        sa.Column("letter_id", sa.Integer(), sa.ForeignKey("letter.id"), nullable=False),
        sa.Column("to_unit_code", sa.String(20), sa.ForeignKey("unit.code"), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("opened_at", sa.DateTime()),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("reason", sa.String(400)),
        sa.Column("next_step_at", sa.DateTime()),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), sa.ForeignKey("letter.id")),
        sa.Column("opened_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("done_by_id", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("letter_id", "to_unit_code"),
    )
    for name in ("unit_code", "next_step_at"):
        op.create_index(f"ix_letter_recipient_{name}", "letter_recipient", [name])
    op.create_index("ix_letter_recipient_to_unit", "letter_recipient", ["to_unit_code", "id"])
    op.create_table(
        "letter_file",
        *_record_columns(),
        sa.Column("letter_id", sa.Integer(), sa.ForeignKey("letter.id"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mime", sa.String(60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("letter_id", "sha256"):
        op.create_index(f"ix_letter_file_{name}", "letter_file", [name])
    # SQLite adds a foreign key only together with its column.
    op.execute("ALTER TABLE task ADD COLUMN letter_id INTEGER REFERENCES letter (id)")
    op.create_index("ix_task_letter_id", "task", ["letter_id"])
    lock.lock_columns(op, "task", "letter_id")
    lock.lock_table(op, "letter", ())
    lock.lock_table(op, "letter_recipient", (), ("letter_id", "to_unit_code", "unit_code", "due_at"))
    lock.lock_table(op, "letter_file", (), ("letter_id", "sha256", "mime", "size", "width_px", "height_px"))
    _lock_steps()
    _protect_rows()
    _protect_payloads(*BEFORE, "letter", "letter_recipient", "letter_file")


def _lock_steps():
    content, sending = (_any_differs(names) for names in (CONTENT, SENDING))
    goes_back = "NEW.state <> OLD.state AND NOT (OLD.state = 'sent' AND NEW.state IN ('closed', 'withdrawn'))"
    _refuse(
        "letter",
        LETTER_LOCK,
        f"(OLD.state <> 'draft' AND ({content}))"
        f" OR (OLD.state NOT IN ('draft', 'waiting') AND ({sending} OR ({goes_back})))",
        "a letter does not change after it was sent",
    )
    _refuse("letter_recipient", RECIPIENT_LOCK, "OLD.done_at IS NOT NULL", "a recipient has ended")


def _any_differs(names):
    differs = "IS NOT" if lock.is_sqlite(op) else "IS DISTINCT FROM"
    return " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in names)


def _refuse(table, name, condition, text):
    if lock.is_sqlite(op):
        action = f"BEGIN SELECT RAISE(ABORT, 'lock: {text}'); END"
    else:
        action = f"EXECUTE FUNCTION lock_refuse('{text}')"
    lock.execute(
        op, f'CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({condition}) {action}'
    )


def _protect_rows():
    """Show a letter to its unit, to the units that receive it, and to the units with the whole area of one of them."""
    inside = f"({rls.AREA} = '' OR left(u.area_code, length({rls.AREA})) = {rls.AREA})"
    is_received = (
        f"letter_recipient.to_unit_code = {rls.UNITS} OR ({rls.FAMILIES} = '' AND EXISTS"
        f" (SELECT 1 FROM unit u WHERE u.code = letter_recipient.to_unit_code AND {inside}))"
    )
    of_recipient = f"{rls.of_unit('letter_recipient')[0]} OR {is_received}"
    rls.protect_table(op, "letter_recipient", of_recipient, of_recipient, of_recipient)
    # The policy of the recipients decides: a subquery sees what the reader sees.
    of_letter = f"{rls.of_unit('letter')[0]} OR EXISTS (SELECT 1 FROM letter_recipient r WHERE r.letter_id = letter.id)"
    rls.protect_table(op, "letter", of_letter, of_letter, of_letter)
    of_file = "EXISTS (SELECT 1 FROM letter l WHERE l.id = letter_file.letter_id)"
    rls.protect_table(op, "letter_file", of_file, of_file, of_file)


def _protect_payloads(*records):
    """Let the payload of an event follow its record."""
    rls.unprotect_table(op, "audit_payload")
    rls.protect_table(op, "audit_payload", rls.of_payload(records), command="SELECT")
    if not lock.is_sqlite(op):
        op.execute("CREATE POLICY scope_insert ON audit_payload FOR INSERT WITH CHECK (true)")


def downgrade():
    _protect_payloads(*BEFORE)
    for table in ("letter_file", "letter", "letter_recipient"):
        rls.unprotect_table(op, table)
    for name, table in ((RECIPIENT_LOCK, "letter_recipient"), (LETTER_LOCK, "letter")):
        op.execute(f"DROP TRIGGER {name}" + ("" if lock.is_sqlite(op) else f" ON {table}"))
    lock.unlock_columns(op, "task", "letter_id")
    op.drop_index("ix_task_letter_id", "task")
    op.drop_column("task", "letter_id")
    for table in ("letter_file", "letter_recipient", "letter", "letter_template"):
        op.drop_table(table)
