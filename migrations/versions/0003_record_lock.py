"""Record lock: triggers that refuse a change of the facts of a record after 48 hours.

Only a correction by three people, or a merge by two, exempts columns of a record, for as long as it is carried out.
The database checks both itself: an exemption needs a correction that its third person applies, and what has ended
stays ended. Nothing is deleted.
"""

from alembic import op

from migrations import lock

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AREA = ("province_code", "district_code", "commune_code")
FILE = ("sha256", "mime", "size", "width_px", "height_px", "note")
# The columns that lock after 48 hours, in addition to `unit_code`.
FACTS = {
    "arrest": (
        *AREA,
        "at",
        "by_unit_code",
        "case_id",
        "document_no",
        "force_text",
        "force_used",
        "ground",
        "involvement_id",
        "match_reason",
        "officers",
        "order_id",
        "person_id",
        "place_code",
        "place_text",
    ),
    "case": (
        *AREA,
        "abroad_country",
        "draft_token",
        "late",
        "late_reason",
        "latitude",
        "longitude",
        "modus_operandi_text",
        "number",
        "occurred_from",
        "occurred_to",
        "origin",
        "photo_missing",
        "place_code",
        "place_kind",
        "place_text",
        "report_kind",
        "reported_at",
        "sensitivity",
        "summary",
        "time_unknown",
    ),
    "case_file": (
        *AREA,
        *FILE,
        "case_id",
        "kind",
    ),
    "case_offence": (
        *AREA,
        "attempt",
        "case_id",
        "class_reason",
        "family",
        "means",
        "motive",
        "offence_class",
        "offence_code",
        "second_weapon",
        "method",
        "weapon",
    ),
    "court_order": (
        "age_stated",
        "basis_order_id",
        "born_on",
        "case_id",
        "court_code",
        "dossier_no",
        "family",
        "father_name",
        "given_km",
        "given_latin",
        "home_code",
        "issued_on",
        "issuer",
        "issuer_name",
        "kind",
        "law_code",
        "law_text",
        "nationality",
        "note",
        "number",
        "number_key",
        "occurred_on",
        "offence_class",
        "offence_code",
        "offence_text",
        "origin",
        "received_on",
        "sealed",
        "sex",
        "signed",
        "surname_km",
        "surname_latin",
        "urgent",
    ),
    "custody": (
        *AREA,
        "arrest_id",
        "arrived_at",
        "case_id",
        "held_by_code",
        "offence_class",
        "person_id",
    ),
    "custody_document": (
        *AREA,
        *FILE,
        "arrest_id",
        "case_id",
        "custody_id",
        "detention_id",
        "judgment_id",
        "person_id",
        "release_id",
    ),
    "custody_step": (
        *AREA,
        "at",
        "case_id",
        "custody_id",
        "document_no",
        "hours",
        "kind",
        "note",
        "outcome",
        "person_id",
        "who",
    ),
    "detention": (
        *AREA,
        "case_id",
        "court_code",
        "document_date",
        "document_no",
        "first_prison_code",
        "involvement_id",
        "kind",
        "offence_class",
        "person_id",
        "sentence_id",
        "since",
    ),
    "detention_step": (
        *AREA,
        "case_id",
        "detention_id",
        "document_no",
        "done_on",
        "kind",
        "months",
        "note",
        "person_id",
        "prison_code",
        "reason",
    ),
    "exhibit": (
        *AREA,
        "case_id",
        "currency",
        "description",
        "document_no",
        "engine_no",
        "frame_no",
        "kind",
        "measure",
        "phone",
        "phone_key",
        "plate",
        "plate_key",
        "property_role",
        "quantity",
        "serial",
        "substance",
        "value_khr",
        "weapon",
    ),
    "involvement": (
        *AREA,
        "age",
        "card_only",
        "case_id",
        "family",
        "injury",
        "intoxication",
        "minor",
        "note",
        "participation",
        "person_id",
        "photo_missing",
        "protection",
        "relation",
        "role",
        "schooling",
        "state",
        "work",
    ),
    "judgment": (
        *AREA,
        "case_id",
        "case_offence_id",
        "court_code",
        "court_no",
        "decided_on",
        "in_absence",
        "involvement_id",
        "person_id",
        "verdict",
    ),
    "judgment_step": (
        *AREA,
        "case_id",
        "document_no",
        "done_on",
        "judgment_id",
        "kind",
        "note",
        "person_id",
    ),
    "order_event": (
        "arrest_id",
        "at",
        "by_order_id",
        "document_date",
        "document_no",
        "kind",
        "note",
        "notice_kind",
        "officer",
        "order_id",
        "person_id",
        "place_code",
        "reason",
        "result",
        "to_unit_code",
    ),
    "order_file": (
        *FILE,
        "order_id",
    ),
    "person": (
        "age_from",
        "age_stated",
        "age_to",
        "birth_precision",
        "birth_year",
        "birthplace_code",
        "born_on",
        "father_name",
        "given_km",
        "given_latin",
        "merged_into_id",
        "mother_name",
        "name",
        "name_sort",
        "origin",
        "sex",
        "sex_reason",
        "surname_km",
        "surname_latin",
        "unidentified",
    ),
    "person_address": (
        "house",
        "kind",
        "person_id",
        "phone",
        "phone_key",
        "place_code",
        "since",
        "street",
        "village_group",
    ),
    "person_document": (
        "country",
        "kind",
        "number",
        "number_key",
        "person_id",
        "valid_to",
    ),
    "person_mark": (
        "body_part",
        "kind",
        "person_id",
        "text",
    ),
    "person_name": (
        "kind",
        "person_id",
        "text_km",
        "text_latin",
    ),
    "person_photo": (
        *FILE,
        "person_id",
        "taken_on",
    ),
    "release": (
        *AREA,
        "case_id",
        "conditions",
        "detention_id",
        "document_no",
        "kind",
        "person_id",
        "place_code",
        "place_text",
        "released_on",
        "reports_to_code",
        "supervised_until",
    ),
    "sentence": (
        *AREA,
        "case_id",
        "credit_days",
        "days",
        "fine_khr",
        "judgment_id",
        "kind",
        "months",
        "person_id",
        "prison_stated_on",
        "starts_on",
        "text",
        "years",
    ),
    "sentence_change": (
        *AREA,
        "case_id",
        "days",
        "document_no",
        "done_on",
        "kind",
        "note",
        "person_id",
        "sentence_id",
    ),
    "supplement": (
        *AREA,
        "case_id",
        "learned_on",
        "text",
    ),
    "supervision_step": (
        *AREA,
        "case_id",
        "document_no",
        "done_on",
        "kind",
        "note",
        "person_id",
        "release_id",
    ),
}
CORRECTION = (
    "kind",
    "entity",
    "entity_id",
    "case_id",
    "province_code",
    "reason",
    "letter_no",
    "overrides",
    "requested_at",
    "due_at",
    "requested_by_id",
)
CORRECTION_FIELD = ("correction_id", "entity", "entity_id", "column_name", "derived", "before", "after")
MERGE = (
    "kind",
    "duplicate_id",
    "surviving_id",
    "merged_id",
    "undo_of_id",
    "province_code",
    "reason",
    "snapshots",
    "requested_at",
    "requested_by_id",
)
# The levels of `involvement.protection`, weakest first; no level is weaker than each.
PROTECTION_LEVELS = ("minor", "victim", "witness")
MERGE_ROW = ("merge_id", "entity", "entity_id", "column_name", "before", "after")

# The columns that may change now.
EXEMPTIONS = """CREATE VIEW lock_exemption_active AS
SELECT d.entity, d.entity_id, d.column_name FROM lock_exemption d JOIN correction c ON c.id = d.correction_id
WHERE c.exempt_until > {now}
UNION ALL
SELECT r.entity, r.entity_id, r.column_name FROM person_merge_row r JOIN person_merge j ON j.id = r.merge_id
WHERE j.state = 'done' AND j.exempt_until > {now}"""
# Only a correction that its third person applies exempts anything, and only the columns that it names.
IS_APPLIED = """EXISTS (
  SELECT 1 FROM correction c JOIN correction_field f ON f.correction_id = c.id
  WHERE c.id = NEW.correction_id AND c.state = 'applied' AND c.exempt_until > {now}
  AND f.entity = NEW.entity AND f.entity_id = NEW.entity_id AND f.column_name = NEW.column_name
)"""
# An ended correction stays ended, and none is open for more than four hours.
CORRECTION_ENDED = """
  (OLD.state IN ('refused', 'applied') AND (OLD.state {differs} NEW.state OR OLD.decided_by_id {differs} NEW.decided_by_id
   OR OLD.applied_by_id {differs} NEW.applied_by_id OR OLD.decision {differs} NEW.decision
   OR NEW.exempt_until > OLD.exempt_until))
  OR (OLD.exempt_until {differs} NEW.exempt_until AND NEW.exempt_until > {limit})
"""
# A merge is open once, for the length of its transaction; only then are its rows written.
MERGE_ENDED = """
  (OLD.state <> 'requested' AND (OLD.state {differs} NEW.state OR OLD.decided_by_id {differs} NEW.decided_by_id
   OR OLD.decision {differs} NEW.decision OR OLD.decided_at {differs} NEW.decided_at
   OR (NEW.exempt_until IS NOT NULL AND (OLD.exempt_until IS NULL OR NEW.exempt_until > OLD.exempt_until))))
  OR (OLD.exempt_until {differs} NEW.exempt_until AND NEW.exempt_until > {limit})
"""
NOT_MERGING = "NOT EXISTS (SELECT 1 FROM person_merge j WHERE j.id = NEW.merge_id AND j.state = 'done' AND j.exempt_until > {now})"
MERGE_TRIGGERS = (
    (
        "lock_person_merge_requested",
        "person_merge",
        "INSERT",
        "NEW.state <> 'requested' OR NEW.exempt_until IS NOT NULL",
    ),
    ("lock_person_merge_ended", "person_merge", "UPDATE", MERGE_ENDED),
    ("lock_person_merge_row_open", "person_merge_row", "INSERT", NOT_MERGING),
)
NO_CORRECTION = "'lock: no correction exempts this'"
NO_MERGE = "'lock: no merge exempts this'"
ENDED = "'lock: this correction has ended'"

FUNCTIONS = """
CREATE FUNCTION lock_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'lock: ' || TG_ARGV[0], ERRCODE = '23L48';
END $$;
CREATE FUNCTION lock_unless_exempt() RETURNS trigger LANGUAGE plpgsql {path} AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  one text;
BEGIN
  FOREACH one IN ARRAY TG_ARGV LOOP
    IF before -> one IS DISTINCT FROM after -> one AND NOT EXISTS (
      SELECT 1 FROM lock_exemption_active d WHERE d.entity = TG_TABLE_NAME AND d.entity_id = OLD.id AND d.column_name = one
    ) THEN
      RAISE EXCEPTION USING MESSAGE = 'lock: locked', ERRCODE = '23L48';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
CREATE FUNCTION lock_exemption_applied() RETURNS trigger LANGUAGE plpgsql {path} AS $$
BEGIN
  IF TG_OP = 'INSERT' AND {is_applied} THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING MESSAGE = {no_correction}, ERRCODE = '23L48';
END $$;
CREATE FUNCTION lock_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = {ended}, ERRCODE = '23L48';
END $$
"""
FUNCTION_NAMES = (
    "lock_refuse",
    "lock_unless_exempt",
    "lock_exemption_applied",
    "lock_ended",
    *(name for name, *_ in MERGE_TRIGGERS),
)


def upgrade():
    lock.execute(op, EXEMPTIONS.format(now=lock.now(op)))
    if lock.is_sqlite(op):
        _correction_triggers_on_sqlite()
    else:
        _correction_triggers_on_postgresql()
    for trigger in MERGE_TRIGGERS:
        _create_merge_trigger(*trigger)
    for table, facts in FACTS.items():
        lock.lock_table(op, table, (*facts, "unit_code"))
    lock.lock_table(op, "correction", (), immutable=CORRECTION)
    lock.lock_table(op, "person_merge", (), immutable=MERGE)
    lock.protect_columns(op, "correction_field", CORRECTION_FIELD)
    lock.protect_columns(op, "person_merge_row", MERGE_ROW)
    lock.lock_until_corrected(op, "person", "merged_into_id")
    lock.lock_until_corrected(op, "involvement", "protection", levels=PROTECTION_LEVELS)


def _correction_triggers_on_sqlite():
    for statement in (
        f"""CREATE TRIGGER lock_exemption_applied BEFORE INSERT ON lock_exemption FOR EACH ROW
        WHEN NOT {IS_APPLIED.format(now=lock.now(op))} BEGIN SELECT RAISE(ABORT, {NO_CORRECTION}); END""",
        f"""CREATE TRIGGER lock_exemption_immutable BEFORE UPDATE ON lock_exemption FOR EACH ROW
        BEGIN SELECT RAISE(ABORT, {NO_CORRECTION}); END""",
        f"""CREATE TRIGGER lock_correction_ended BEFORE UPDATE ON correction FOR EACH ROW
        WHEN {CORRECTION_ENDED.format(differs="IS NOT", limit=lock.now(op, sqlite=", '+4 hours', '+1 minute'"))}
        BEGIN SELECT RAISE(ABORT, {ENDED}); END""",
    ):
        lock.execute(op, statement)


def _correction_triggers_on_postgresql():
    limit = lock.now(op, postgresql=" + interval '4 hours 1 minute'")
    functions = FUNCTIONS.format(
        path=lock.search_path(op),
        is_applied=IS_APPLIED.format(now=lock.now(op)),
        no_correction=NO_CORRECTION,
        ended=ENDED,
    )
    for statement in (
        functions,
        """CREATE TRIGGER lock_exemption_applied BEFORE INSERT OR UPDATE ON lock_exemption FOR EACH ROW
        EXECUTE FUNCTION lock_exemption_applied()""",
        f"""CREATE TRIGGER lock_correction_ended BEFORE UPDATE ON correction FOR EACH ROW
        WHEN ({CORRECTION_ENDED.format(differs="IS DISTINCT FROM", limit=limit)}) EXECUTE FUNCTION lock_ended()""",
    ):
        lock.execute(op, statement)


def _create_merge_trigger(name, table, event, condition):
    differs = "IS NOT" if lock.is_sqlite(op) else "IS DISTINCT FROM"
    limit = lock.now(op, sqlite=", '+5 minutes'", postgresql=" + interval '5 minutes'")
    condition = condition.format(now=lock.now(op), differs=differs, limit=limit)
    if lock.is_sqlite(op):
        lock.execute(
            op,
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, {NO_MERGE}); END",
        )
        return
    # A condition that queries another table must be inside the function.
    lock.execute(
        op,
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {lock.search_path(op)} AS $$ BEGIN"
        f" IF {condition} THEN RAISE EXCEPTION USING MESSAGE = {NO_MERGE}, ERRCODE = '23L48'; END IF;"
        " RETURN NEW; END $$",
    )
    lock.execute(
        op, f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def downgrade():
    for table in (*FACTS, "correction", "correction_field", "person_merge", "person_merge_row"):
        lock.unlock_table(op, table)
    if lock.is_sqlite(op):
        names = (
            "lock_exemption_applied",
            "lock_exemption_immutable",
            "lock_correction_ended",
            "lock_person_correction_only",
            "lock_involvement_correction_only",
        )
        for name in (*names, *(name for name, *_ in MERGE_TRIGGERS)):
            op.execute(f"DROP TRIGGER {name}")
    else:
        for name in FUNCTION_NAMES:
            op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.execute("DROP VIEW lock_exemption_active")
