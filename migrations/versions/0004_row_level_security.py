"""Row-level security: the same scope as the session's row filter, in PostgreSQL itself."""

from alembic import op

from migrations import row_level_security as rls

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CASES = ("case", "case_offence", "involvement", "exhibit", "case_file", "supplement")
PERSONS = ("person", "person_name", "person_document", "person_address", "person_mark", "person_photo")
DETAINED = (
    "arrest",
    "custody",
    "custody_step",
    "judgment",
    "judgment_step",
    "sentence",
    "sentence_change",
    "detention",
    "detention_step",
    "release",
    "supervision_step",
    "custody_document",
)
ORDERS = ("order_event", "order_file")
# table → the columns with its two persons
PAIRS = {"duplicate": ("first_id", "second_id"), "person_merge": ("surviving_id", "merged_id")}
NATIONAL = ("import_run", "import_entry")


def policies():
    """Yield (table, conditions of `protect_table`) of every table with a policy."""
    for table in CASES:
        yield table, *rls.of_case(table)
    for table in PERSONS:
        yield table, *rls.of_person(table)
    for table in DETAINED:
        yield table, *rls.of_detained_person(table)
    for table in ORDERS:
        yield table, *rls.of_order(table)
    yield "order_match", *rls.of_owner_unit("order_match")
    yield "court_order", *rls.of_court_order()
    province = f"({rls.AREA} = '' OR correction.province_code = left({rls.AREA}, 2))"
    families = "ecrime_case_in_families(correction.case_id)"
    yield "correction", f"({province} AND {families}) OR {rls.of_own_unit('correction')}"
    of_correction = "EXISTS (SELECT 1 FROM correction c WHERE c.id = correction_field.correction_id)"
    yield "correction_field", of_correction, of_correction, of_correction
    for table, (first, second) in PAIRS.items():
        either = f"EXISTS (SELECT 1 FROM person p WHERE p.id IN ({table}.{first}, {table}.{second}))"
        yield table, f"{either} OR ecrime_just_entered({table}.{first}, {table}.{second})"
    for table in NATIONAL:
        yield (
            table,
            "current_setting('ecrime.area', true) = '' AND current_setting('ecrime.families', true) = ''",
        )


def upgrade():
    if op.get_bind().dialect.name == "sqlite":
        return
    for function in rls.FUNCTIONS.values():
        op.execute(function)
    for table, *conditions in policies():
        rls.protect_table(op, table, *conditions)


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, *_conditions in policies():
        rls.unprotect_table(op, table)
    for name in rls.FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
