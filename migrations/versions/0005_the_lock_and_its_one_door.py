"""The lock and its one door

After 48 hours the facts of a record are shut; a correction by three people opens exactly its own columns. Records can
be struck out, and nothing is deleted. Beside it the tasks and notices in which a correction travels.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

LEVELS = ('province_code', 'district_code', 'commune_code')
FILE = ('sha256', 'mime', 'size', 'width_px', 'height_px', 'note', 'unit_code')
# What shuts of each table, as its models said when this step was written.
FACTS = {
    'case': (
        'number', 'occurred_from', 'occurred_to', 'time_unknown', 'reported_at', 'report_kind', 'place_code',
        'place_kind', 'place_text', 'latitude', 'longitude', 'abroad_country', 'summary', 'way_text', 'sensitivity',
        'late', 'late_reason', 'photo_missing', 'draft_token', 'origin', 'unit_code', *LEVELS,
    ),
    'case_offence': (
        'case_id', 'offence_code', 'attempt', 'offence_class', 'class_reason', 'way', 'means', 'motive', 'weapon',
        'second_weapon', 'unit_code', *LEVELS,
    ),
    'involvement': (
        'case_id', 'person_id', 'role', 'participation', 'relation', 'injury', 'intoxication', 'schooling', 'work',
        'family', 'state', 'age', 'minor', 'restricted', 'photo_missing', 'note', 'unit_code', *LEVELS,
    ),
    'exhibit': (
        'case_id', 'kind', 'property_role', 'description', 'substance', 'weapon', 'quantity', 'measure', 'plate',
        'frame_no', 'engine_no', 'serial', 'document_no', 'phone', 'value_khr', 'currency', 'unit_code', *LEVELS,
    ),
    'case_file': ('case_id', 'kind', *FILE),
    'supplement': ('case_id', 'learned_on', 'text', 'unit_code'),
    'person': (
        'name', 'surname_km', 'given_km', 'surname_latin', 'given_latin', 'sex', 'sex_reason', 'born_on',
        'birth_precision', 'birth_year', 'age_stated', 'age_from', 'age_to', 'father_name', 'mother_name',
        'birthplace_code', 'unidentified', 'name_sort', 'origin', 'unit_code',
    ),
    'person_name': ('person_id', 'kind', 'text_km', 'text_latin', 'unit_code'),
    'person_document': ('person_id', 'kind', 'number', 'country', 'valid_to', 'number_key', 'unit_code'),
    'person_address': (
        'person_id', 'kind', 'place_code', 'house', 'street', 'village_group', 'phone', 'since', 'unit_code',
    ),
    'person_mark': ('person_id', 'kind', 'body_part', 'text', 'unit_code'),
    'person_photo': ('person_id', 'taken_on', *FILE),
}
ASKED = (
    'kind', 'entity', 'entity_id', 'case_id', 'province_code', 'reason', 'letter_no', 'passed', 'asked_at', 'due_at',
    'asked_by_id',
)
FIELD = ('correction_id', 'entity', 'entity_id', 'column_name', 'derived', 'before', 'after')
IN_PROGRESS = sa.text("state IN ('asked', 'approved')")


def upgrade():
    for table in FACTS:
        op.add_column(table, sa.Column('voided_at', sa.DateTime()))
        op.add_column(table, sa.Column('void_reason', sa.String(length=400)))
    op.create_index('ix_case_recorded', 'case', ['unit_code', 'recorded_at'])
    _corrections()
    _messages()
    lock.functions(op)
    for table, facts in FACTS.items():
        lock.shut(op, table, facts)
    lock.shut(op, 'correction', (), kept=ASKED)
    lock.keep(op, 'correction_field', FIELD)
    for statement in DOOR[op.get_bind().dialect.name]:
        op.execute(sa.text(statement.replace('{path}', lock.search_path(op)).replace(':', r'\:')))


def downgrade():
    postgresql = op.get_bind().dialect.name == 'postgresql'
    for table in (*FACTS, 'correction', 'correction_field'):
        lock.drop(op, table)
    for table in ('message_receipt', 'message', 'lock_door', 'correction_field', 'correction'):
        op.drop_table(table)
    op.drop_index('ix_case_recorded', 'case')
    for table in FACTS:
        op.drop_column(table, 'void_reason')
        op.drop_column(table, 'voided_at')
    if postgresql:
        for name in ('lock_refuse', 'lock_unless_in_door', 'lock_door_stands', 'lock_ended'):
            op.execute(f'DROP FUNCTION {name}()')


def _of_a_record():
    return (
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(), nullable=False),
        sa.Column('changed_at', sa.DateTime(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('insert_order', sa.Integer()),
        sa.Column('unit_code', sa.String(length=20)),
        sa.Column('recorded_by_id', sa.Integer()),
        sa.Column('changed_by_id', sa.Integer()),
        sa.Column('voided_at', sa.DateTime()),
        sa.Column('void_reason', sa.String(length=400)),
        sa.ForeignKeyConstraint(['unit_code'], ['unit.code']),
        sa.ForeignKeyConstraint(['recorded_by_id'], ['ab_user.id']),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('id'),
    )


def _corrections():
    op.create_table(
        'correction',
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer()),
        sa.Column('province_code', sa.String(length=2), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('letter_no', sa.String(length=60), nullable=False),
        sa.Column('passed', sa.JSON(), nullable=False),
        sa.Column('asked_at', sa.DateTime(), nullable=False),
        sa.Column('due_at', sa.DateTime(), nullable=False),
        sa.Column('asked_by_id', sa.Integer(), nullable=False),
        sa.Column('decided_at', sa.DateTime()),
        sa.Column('decided_by_id', sa.Integer()),
        sa.Column('decision', sa.Text()),
        sa.Column('open_until', sa.DateTime()),
        sa.Column('carried_at', sa.DateTime()),
        sa.Column('carried_by_id', sa.Integer()),
        *_of_a_record(),
        sa.ForeignKeyConstraint(['case_id'], ['case.id']),
        sa.ForeignKeyConstraint(['asked_by_id'], ['ab_user.id']),
        sa.ForeignKeyConstraint(['decided_by_id'], ['ab_user.id']),
        sa.ForeignKeyConstraint(['carried_by_id'], ['ab_user.id']),
        sa.CheckConstraint('decided_by_id IS NULL OR decided_by_id <> asked_by_id', name='ck_correction_decided'),
        sa.CheckConstraint(
            'carried_by_id IS NULL OR (decided_by_id IS NOT NULL AND carried_by_id <> asked_by_id'
            ' AND carried_by_id <> decided_by_id)',
            name='ck_correction_carried',
        ),
        sa.CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name='ck_correction_state'),
        sa.CheckConstraint("(state = 'carried') = (carried_by_id IS NOT NULL)", name='ck_correction_end'),
    )
    op.create_index('ix_correction_case_id', 'correction', ['case_id'])
    op.create_index('ix_correction_state', 'correction', ['state', 'id'])
    op.create_index('ix_correction_kind', 'correction', ['kind', 'id'])
    op.create_index(
        'ix_correction_one_at_a_time',
        'correction',
        ['entity', 'entity_id'],
        unique=True,
        sqlite_where=IN_PROGRESS,
        postgresql_where=IN_PROGRESS,
    )
    op.create_table(
        'correction_field',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('correction_id', sa.Integer(), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=False),
        sa.Column('column_name', sa.String(length=40), nullable=False),
        sa.Column('derived', sa.Boolean(), nullable=False),
        sa.Column('before', sa.JSON()),
        sa.Column('after', sa.JSON()),
        sa.ForeignKeyConstraint(['correction_id'], ['correction.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('correction_id', 'entity', 'entity_id', 'column_name'),
    )
    op.create_table(
        'lock_door',
        sa.Column('correction_id', sa.Integer(), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('column_name', sa.String(length=40), nullable=False),
        sa.Column('value', sa.JSON()),
        sa.ForeignKeyConstraint(['correction_id'], ['correction.id']),
        sa.PrimaryKeyConstraint('correction_id', 'entity', 'entity_id', 'column_name'),
    )


def _messages():
    op.create_table(
        'message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=10), nullable=False),
        sa.Column('text_key', sa.String(length=60), nullable=False),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.Column('to_user_id', sa.Integer()),
        sa.Column('to_role', sa.String(length=64)),
        sa.Column('to_unit_code', sa.String(length=20)),
        sa.Column('entity', sa.String(length=40)),
        sa.Column('entity_id', sa.Integer()),
        sa.Column('sent_at', sa.DateTime(), nullable=False),
        sa.Column('sent_by_id', sa.Integer()),
        sa.Column('due_at', sa.DateTime()),
        sa.Column('done_at', sa.DateTime()),
        sa.ForeignKeyConstraint(['to_user_id'], ['ab_user.id']),
        sa.ForeignKeyConstraint(['to_unit_code'], ['unit.code']),
        sa.ForeignKeyConstraint(['sent_by_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('id'),
    )
    for name, columns in (
        ('user', ['to_user_id', 'id']),
        ('role', ['to_role', 'id']),
        ('unit', ['to_unit_code', 'id']),
        ('record', ['entity', 'entity_id']),
        ('done', ['done_at', 'id']),
    ):
        op.create_index(f'ix_message_{name}', 'message', columns)
    op.create_table(
        'message_receipt',
        sa.Column('message_id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('opened_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['message_id'], ['message.id']),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('message_id', 'user_id'),
    )


SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now', '+7 hours'{})"
POSTGRESQL_NOW = "(clock_timestamp() AT TIME ZONE 'Asia/Phnom_Penh'{})"

# A door stands only for a correction that its third person is carrying out, and for the columns that it names.
STANDS = """EXISTS (
  SELECT 1 FROM correction c JOIN correction_field f ON f.correction_id = c.id
  WHERE c.id = NEW.correction_id AND c.state = 'carried' AND c.open_until > {now}
  AND f.entity = NEW.entity AND f.entity_id = NEW.entity_id AND f.column_name = NEW.column_name
)"""
# What has ended has ended, and no window is longer than four hours.
ENDED = """
  (OLD.state IN ('refused', 'carried') AND (OLD.state {differs} NEW.state OR OLD.decided_by_id {differs} NEW.decided_by_id
   OR OLD.carried_by_id {differs} NEW.carried_by_id OR OLD.decision {differs} NEW.decision
   OR NEW.open_until > OLD.open_until))
  OR (OLD.open_until {differs} NEW.open_until AND NEW.open_until > {limit})
"""
DOOR = {
    'sqlite': (
        f"""CREATE TRIGGER lock_door_stands BEFORE INSERT ON lock_door FOR EACH ROW
        WHEN NOT {STANDS.format(now=SQLITE_NOW.format(''))}
        BEGIN SELECT RAISE(ABORT, 'lock: no correction opens this'); END""",
        """CREATE TRIGGER lock_door_stays BEFORE UPDATE ON lock_door FOR EACH ROW
        BEGIN SELECT RAISE(ABORT, 'lock: no correction opens this'); END""",
        f"""CREATE TRIGGER lock_correction_ended BEFORE UPDATE ON correction FOR EACH ROW
        WHEN {ENDED.format(differs='IS NOT', limit=SQLITE_NOW.format(", '+4 hours', '+1 minute'"))}
        BEGIN SELECT RAISE(ABORT, 'lock: this correction has ended'); END""",
    ),
    'postgresql': (
        f"""CREATE FUNCTION lock_door_stands() RETURNS trigger LANGUAGE plpgsql {{path}} AS $$
        BEGIN
          IF TG_OP = 'INSERT' AND {STANDS.format(now=POSTGRESQL_NOW.format(''))} THEN
            RETURN NEW;
          END IF;
          RAISE EXCEPTION USING MESSAGE = 'lock: no correction opens this', ERRCODE = '23L48';
        END $$""",
        """CREATE TRIGGER lock_door_stands BEFORE INSERT OR UPDATE ON lock_door FOR EACH ROW
        EXECUTE FUNCTION lock_door_stands()""",
        """CREATE FUNCTION lock_ended() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION USING MESSAGE = 'lock: this correction has ended', ERRCODE = '23L48';
        END $$""",
        f"""CREATE TRIGGER lock_correction_ended BEFORE UPDATE ON correction FOR EACH ROW
        WHEN ({ENDED.format(differs='IS DISTINCT FROM', limit=POSTGRESQL_NOW.format(" + interval '4 hours 1 minute'"))})
        EXECUTE FUNCTION lock_ended()""",
    ),
}
