"""Two records of one person

The same human being stood in the register twice, and nobody could join the two. A pair of likely duplicates waits with
what speaks for it; two people join its records, and every row that moves is kept, so that they can be parted again.
What is shut opens for exactly those rows, within that transaction: the locks ask `lock_open` from now on.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

ASKED = (
    'kind', 'duplicate_id', 'staying_id', 'going_id', 'parts_id', 'province_code', 'reason', 'seen', 'asked_at',
    'asked_by_id',
)
ROW = ('joining_id', 'entity', 'entity_id', 'column_name', 'before', 'after')

OPEN = """CREATE VIEW lock_open AS
SELECT d.entity, d.entity_id, d.column_name FROM lock_door d JOIN correction c ON c.id = d.correction_id
WHERE c.open_until > {now}
UNION ALL
SELECT r.entity, r.entity_id, r.column_name FROM joining_row r JOIN joining j ON j.id = r.joining_id
WHERE j.state = 'done' AND j.open_until > {now}"""
# A row is written only while its joining is carried out; that is open for the length of a transaction, once.
IS_CARRIED_OUT = (
    "EXISTS (SELECT 1 FROM joining j WHERE j.id = NEW.joining_id AND j.state = 'done' AND j.open_until > {now})"
)
ENDED = """
  (OLD.state <> 'asked' AND (OLD.state {differs} NEW.state OR OLD.decided_by_id {differs} NEW.decided_by_id
   OR OLD.decision {differs} NEW.decision OR OLD.decided_at {differs} NEW.decided_at
   OR (NEW.open_until IS NOT NULL AND (OLD.open_until IS NULL OR NEW.open_until > OLD.open_until))))
  OR (OLD.open_until {differs} NEW.open_until AND NEW.open_until > {limit})
"""
SAID = (
    ('lock_joining_asked', 'joining', 'INSERT', "NEW.state <> 'asked' OR NEW.open_until IS NOT NULL"),
    ('lock_joining_ended', 'joining', 'UPDATE', ENDED),
    ('lock_joining_row_stands', 'joining_row', 'INSERT', f'NOT {IS_CARRIED_OUT}'),
)

# Row-level security of PostgreSQL: a pair and a joining are seen by whoever sees one of their two persons (0010).
WALLS = {'duplicate': ('first_id', 'second_id'), 'joining': ('staying_id', 'going_id')}
# Whose save has found a pair gives it its signs, also where the law hides from him whom he has just entered. As its
# owner, whom no policy binds.
JUST_ENTERED = """CREATE FUNCTION ecrime_just_entered(one integer, other integer) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public AS $$ SELECT EXISTS (SELECT 1 FROM person p WHERE p.id IN (one, other)
AND p.unit_code = current_setting('ecrime.unit', true)
AND p.recorded_at > (now() AT TIME ZONE 'Asia/Phnom_Penh') - interval '5 minutes') $$"""
POLICY = """CREATE POLICY part ON {0} USING (CASE current_setting('ecrime.eye', true) WHEN 'everything' THEN true
WHEN 'part' THEN EXISTS (SELECT 1 FROM person p WHERE p.id IN ({0}.{1}, {0}.{2}))
OR ecrime_just_entered({0}.{1}, {0}.{2}) ELSE false END) WITH CHECK (true)"""


def upgrade():
    # In SQL: alembic adds a foreign key to a table of SQLite only by making the table anew.
    op.execute('ALTER TABLE person ADD COLUMN joined_into_id INTEGER REFERENCES person (id)')
    op.create_index('ix_person_joined_into_id', 'person', ['joined_into_id'])
    _pairs()
    _joinings()
    op.execute(sa.text(OPEN.format(now=lock.now(op)).replace(':', r'\:')))
    lock.lay_anew(op)
    lock.shut_too(op, 'person', 'joined_into_id')
    lock.by_door(op, 'person', 'joined_into_id')
    lock.shut(op, 'joining', (), kept=ASKED)
    lock.keep(op, 'joining_row', ROW)
    _say()
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(JUST_ENTERED)
        for table, two in WALLS.items():
            op.execute(f'ALTER TABLE {table} ENABLE ROW LEVEL SECURITY')
            op.execute(POLICY.format(table, *two))


def downgrade():
    on_sqlite = op.get_bind().dialect.name == 'sqlite'
    for table in ('joining', 'joining_row'):
        lock.drop(op, table)
    if not on_sqlite:
        op.execute('DROP TRIGGER lock_person_by_door ON person')
    else:
        op.execute('DROP TRIGGER lock_person_by_door')
    for name, table, _act, _condition in SAID:
        op.execute(f'DROP TRIGGER {name}' + ('' if on_sqlite else f' ON {table}'))
    op.execute('DROP VIEW lock_open')
    lock.lay_anew(op)
    lock.no_longer(op, 'person', 'joined_into_id')
    if not on_sqlite:
        for name, _table, _act, _condition in SAID:
            op.execute(f'DROP FUNCTION {name}()')
    for table in ('joining_row', 'joining', 'duplicate_area', 'duplicate_evidence', 'duplicate', 'duplicate_round'):
        op.drop_table(table)
    if not on_sqlite:
        op.execute('DROP FUNCTION ecrime_just_entered(integer, integer)')
    op.drop_index('ix_person_joined_into_id', 'person')
    op.drop_column('person', 'joined_into_id')


def _say():
    """What the database itself refuses; each says so as its locks do."""
    on_sqlite = op.get_bind().dialect.name == 'sqlite'
    minutes = (
        "strftime('%Y-%m-%d %H:%M:%f', 'now', '+7 hours', '+5 minutes')"
        if on_sqlite
        else "(clock_timestamp() AT TIME ZONE 'Asia/Phnom_Penh' + interval '5 minutes')"
    )
    differs = 'IS NOT' if on_sqlite else 'IS DISTINCT FROM'
    for name, table, act, condition in SAID:
        condition = condition.format(now=lock.now(op), differs=differs, limit=minutes)
        refuse = "'lock: no joining opens this'"
        if on_sqlite:
            statement = (
                f'CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW WHEN {condition}'
                f' BEGIN SELECT RAISE(ABORT, {refuse}); END'
            )
            op.execute(sa.text(statement.replace(':', r'\:')))
            continue
        # A condition that asks another table belongs into the function.
        function = (
            f'CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {lock.search_path(op)} AS $$ BEGIN'
            f" IF {condition} THEN RAISE EXCEPTION USING MESSAGE = {refuse}, ERRCODE = '23L48'; END IF;"
            ' RETURN NEW; END $$'
        )
        op.execute(sa.text(function.replace(':', r'\:')))
        op.execute(f'CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()')


def _pairs():
    op.create_table(
        'duplicate',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('first_id', sa.Integer(), nullable=False),
        sa.Column('second_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('weight', sa.Integer(), nullable=False),
        sa.Column('found_at', sa.DateTime(), nullable=False),
        sa.Column('dismissed_at', sa.DateTime()),
        sa.Column('dismissed_by_id', sa.Integer()),
        sa.Column('dismissal', sa.Text()),
        sa.ForeignKeyConstraint(['first_id'], ['person.id']),
        sa.ForeignKeyConstraint(['second_id'], ['person.id']),
        sa.ForeignKeyConstraint(['dismissed_by_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('first_id', 'second_id'),
        sa.CheckConstraint('first_id < second_id', name='ck_duplicate_order'),
        sa.CheckConstraint(
            "state <> 'dismissed' OR dismissed_by_id IS NOT NULL", name='ck_duplicate_dismissed'
        ),
    )
    op.create_index('ix_duplicate_second_id', 'duplicate', ['second_id'])
    op.create_index('ix_duplicate_weight', 'duplicate', ['weight', 'id'])
    op.create_index('ix_duplicate_state', 'duplicate', ['state', 'weight', 'id'])
    op.create_table(
        'duplicate_evidence',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('duplicate_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('mark', sa.String(length=40), nullable=False),
        sa.Column('found_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['duplicate_id'], ['duplicate.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('duplicate_id', 'kind', 'mark'),
    )
    op.create_table(
        'duplicate_area',
        sa.Column('province_code', sa.String(length=2), nullable=False),
        sa.Column('duplicate_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(['duplicate_id'], ['duplicate.id']),
        sa.PrimaryKeyConstraint('province_code', 'duplicate_id'),
    )
    op.create_table(
        'duplicate_round',
        sa.Column('sign', sa.String(length=20), nullable=False),
        sa.Column('last', sa.JSON(), nullable=False),
        sa.Column('ended_at', sa.DateTime()),
        sa.PrimaryKeyConstraint('sign'),
    )


def _joinings():
    op.create_table(
        'joining',
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
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('duplicate_id', sa.Integer(), nullable=False),
        sa.Column('staying_id', sa.Integer(), nullable=False),
        sa.Column('going_id', sa.Integer(), nullable=False),
        sa.Column('parts_id', sa.Integer()),
        sa.Column('province_code', sa.String(length=2)),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('seen', sa.JSON(), nullable=False),
        sa.Column('asked_at', sa.DateTime(), nullable=False),
        sa.Column('asked_by_id', sa.Integer(), nullable=False),
        sa.Column('decided_at', sa.DateTime()),
        sa.Column('decided_by_id', sa.Integer()),
        sa.Column('decision', sa.Text()),
        sa.Column('open_until', sa.DateTime()),
        *(
            sa.ForeignKeyConstraint([column], [target])
            for column, target in (
                ('unit_code', 'unit.code'), ('recorded_by_id', 'ab_user.id'), ('changed_by_id', 'ab_user.id'),
                ('duplicate_id', 'duplicate.id'), ('staying_id', 'person.id'), ('going_id', 'person.id'),
                ('parts_id', 'joining.id'), ('asked_by_id', 'ab_user.id'), ('decided_by_id', 'ab_user.id'),
            )
        ),
        sa.PrimaryKeyConstraint('id'),
        sa.CheckConstraint('staying_id <> going_id', name='ck_joining_two_records'),
        sa.CheckConstraint('decided_by_id IS NULL OR decided_by_id <> asked_by_id', name='ck_joining_two_people'),
        sa.CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name='ck_joining_state'),
        sa.CheckConstraint("(kind = 'part') = (parts_id IS NOT NULL)", name='ck_joining_parts'),
    )
    for name in ('duplicate_id', 'staying_id', 'going_id', 'parts_id'):
        op.create_index(f'ix_joining_{name}', 'joining', [name])
    op.create_index('ix_joining_state', 'joining', ['state', 'id'])
    op.create_index('ix_joining_kind', 'joining', ['kind', 'id'])
    op.create_index(
        'ix_joining_one_at_a_time',
        'joining',
        ['duplicate_id'],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        'joining_row',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('joining_id', sa.Integer(), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=False),
        sa.Column('column_name', sa.String(length=40), nullable=False),
        sa.Column('before', sa.JSON()),
        sa.Column('after', sa.JSON()),
        sa.ForeignKeyConstraint(['joining_id'], ['joining.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('joining_id', 'entity', 'entity_id', 'column_name'),
    )
    op.create_index('ix_joining_row_record', 'joining_row', ['entity', 'entity_id', 'column_name'])
