"""Orders, and who is wanted because of them

Court orders with all that happens to them, the hits on somebody wanted, and what each person is to the register now,
computed from what is open. Somebody is seen where his order is.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = '0014'
down_revision = '0008'
branch_labels = None
depends_on = None

FILE = ('sha256', 'mime', 'size', 'width_px', 'height_px', 'note', 'unit_code')
# What shuts of each table, as its models said when this step was written.
FACTS = {
    'court_order': (
        'kind', 'number', 'number_key', 'court_code', 'issuer', 'issuer_name', 'issued_on', 'received_on', 'urgent',
        'offence_code', 'offence_text', 'law_code', 'law_text', 'offence_class', 'family', 'occurred_on', 'case_id',
        'dossier_no', 'rests_on_id', 'signed', 'sealed', 'surname_km', 'given_km', 'surname_latin', 'given_latin',
        'sex', 'born_on', 'age_stated', 'nationality', 'father_name', 'home_code', 'note', 'origin', 'unit_code',
    ),
    'order_event': (
        'order_id', 'kind', 'at', 'person_id', 'to_unit_code', 'officer', 'place_code', 'result', 'paper_no',
        'paper_on', 'notice_kind', 'reason', 'note', 'by_order_id', 'arrest_id', 'unit_code',
    ),
    'order_file': ('order_id', *FILE),
}
# Row-level security of PostgreSQL, as step 0006 has built it for cases and people.
EYE = "current_setting('ecrime.eye', true)"
AREA = "coalesce(current_setting('ecrime.area', true), '')"
FAMILIES = "coalesce(current_setting('ecrime.families', true), '')"
UNIT = "current_setting('ecrime.unit', true)"
PART = (
    f"(({AREA} = '' OR {AREA} IN ({{0}}.province_code, {{0}}.district_code, {{0}}.commune_code))"
    f" AND ({FAMILIES} = '' OR {{0}}.family = ANY (string_to_array({FAMILIES}, ','))))"
)
OF_ORDER = "EXISTS (SELECT 1 FROM court_order o WHERE o.id = {0}.order_id)"
WALLS = {
    'court_order': PART + " OR {0}.unit_code = " + UNIT + " OR {0}.owner_unit_code = " + UNIT
    + " OR ecrime_listed('ecrime.shared', {0}.case_id) OR ecrime_listed('ecrime.opened', {0}.person_id)",
    'order_event': OF_ORDER + " OR {0}.unit_code = " + UNIT,
    'order_file': OF_ORDER + " OR {0}.unit_code = " + UNIT,
    'hit': PART + " OR {0}.unit_code = " + UNIT + " OR {0}.owner_unit_code = " + UNIT,
}


def upgrade():
    op.create_table('court_order',
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('number_key', sa.String(length=60), nullable=False),
    sa.Column('court_code', sa.String(length=20), nullable=False),
    sa.Column('issuer', sa.String(length=40), nullable=False),
    sa.Column('issuer_name', sa.String(length=120), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('offence_code', sa.String(length=40), nullable=True),
    sa.Column('offence_text', sa.String(length=300), nullable=True),
    sa.Column('law_code', sa.String(length=20), nullable=True),
    sa.Column('law_text', sa.String(length=200), nullable=True),
    sa.Column('offence_class', sa.String(length=40), nullable=True),
    sa.Column('family', sa.String(length=40), nullable=True),
    sa.Column('occurred_on', sa.Date(), nullable=True),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('dossier_no', sa.String(length=60), nullable=True),
    sa.Column('rests_on_id', sa.Integer(), nullable=True),
    sa.Column('signed', sa.Boolean(), nullable=False),
    sa.Column('sealed', sa.Boolean(), nullable=False),
    sa.Column('surname_km', sa.String(length=80), nullable=True),
    sa.Column('given_km', sa.String(length=80), nullable=True),
    sa.Column('surname_latin', sa.String(length=80), nullable=True),
    sa.Column('given_latin', sa.String(length=80), nullable=True),
    sa.Column('sex', sa.String(length=40), nullable=True),
    sa.Column('born_on', sa.Date(), nullable=True),
    sa.Column('age_stated', sa.Integer(), nullable=True),
    sa.Column('nationality', sa.String(length=40), nullable=True),
    sa.Column('father_name', sa.String(length=160), nullable=True),
    sa.Column('home_code', sa.String(length=8), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('origin', sa.String(length=40), nullable=True),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('search_unit_code', sa.String(length=20), nullable=True),
    sa.Column('search_officer', sa.String(length=120), nullable=True),
    sa.Column('owner_unit_code', sa.String(length=20), nullable=True),
    sa.Column('next_step', sa.String(length=40), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('validate_by', sa.Date(), nullable=True),
    sa.Column('seen_place_code', sa.String(length=8), nullable=True),
    sa.Column('seen_on', sa.Date(), nullable=True),
    sa.Column('notice_kind', sa.String(length=40), nullable=True),
    sa.Column('notice_no', sa.String(length=60), nullable=True),
    sa.Column('province_code', sa.String(length=2), nullable=True),
    sa.Column('district_code', sa.String(length=4), nullable=True),
    sa.Column('commune_code', sa.String(length=6), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('voided_at', sa.DateTime(), nullable=True),
    sa.Column('void_reason', sa.String(length=400), nullable=True),
    sa.Column('insert_order', sa.Integer(), nullable=True),
    sa.Column('unit_code', sa.String(length=20), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('checked_by_id <> recorded_by_id', name='ck_court_order_second_officer'),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], ),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['checked_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['court_code'], ['court.code'], ),
    sa.ForeignKeyConstraint(['home_code'], ['place.code'], ),
    sa.ForeignKeyConstraint(['law_code'], ['law.code'], ),
    sa.ForeignKeyConstraint(['offence_code'], ['offence.code'], ),
    sa.ForeignKeyConstraint(['owner_unit_code'], ['unit.code'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['rests_on_id'], ['court_order.id'], ),
    sa.ForeignKeyConstraint(['search_unit_code'], ['unit.code'], ),
    sa.ForeignKeyConstraint(['seen_place_code'], ['place.code'], ),
    sa.ForeignKeyConstraint(['unit_code'], ['unit.code'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('court_code', 'number_key', 'issued_on', name='uq_court_order_paper')
    )
    op.create_index('ix_court_order_case_id', 'court_order', ['case_id'])
    op.create_index('ix_court_order_class', 'court_order', ['offence_class', 'issued_on', 'id'])
    op.create_index('ix_court_order_commune_code', 'court_order', ['commune_code'])
    op.create_index('ix_court_order_district_code', 'court_order', ['district_code'])
    op.create_index('ix_court_order_due', 'court_order', ['status', 'due_on', 'id'])
    op.create_index('ix_court_order_due_there', 'court_order', ['province_code', 'status', 'due_on', 'id'])
    op.create_index('ix_court_order_family', 'court_order', ['family', 'status', 'issued_on', 'id'])
    op.create_index('ix_court_order_issued', 'court_order', ['issued_on', 'id'])
    op.create_index('ix_court_order_kind', 'court_order', ['kind', 'issued_on', 'id'])
    op.create_index('ix_court_order_number', 'court_order', ['number_key'])
    op.create_index('ix_court_order_open', 'court_order', ['status', 'issued_on', 'id'])
    op.create_index('ix_court_order_open_here', 'court_order', ['district_code', 'status', 'issued_on', 'id'])
    op.create_index('ix_court_order_open_there', 'court_order', ['province_code', 'status', 'issued_on', 'id'])
    op.create_index('ix_court_order_person_id', 'court_order', ['person_id'])
    op.create_index('ix_court_order_province_code', 'court_order', ['province_code'])

    op.create_table('person_status',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('entity', sa.String(length=40), nullable=False),
    sa.Column('entity_id', sa.Integer(), nullable=False),
    sa.Column('basis', sa.String(length=40), nullable=True),
    sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('court_code', sa.String(length=20), nullable=True),
    sa.Column('unit_code', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('person_id')
    )
    op.create_index('ix_person_status', 'person_status', ['status', 'person_id'])

    op.create_table('hit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('met_as', sa.String(length=40), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('owner_unit_code', sa.String(length=20), nullable=True),
    sa.Column('unit_code', sa.String(length=20), nullable=True),
    sa.Column('family', sa.String(length=40), nullable=True),
    sa.Column('raised_at', sa.DateTime(), nullable=False),
    sa.Column('raised_by_id', sa.Integer(), nullable=True),
    sa.Column('due_at', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=True),
    sa.Column('passed_up', sa.Integer(), nullable=False),
    sa.Column('province_code', sa.String(length=2), nullable=True),
    sa.Column('district_code', sa.String(length=4), nullable=True),
    sa.Column('commune_code', sa.String(length=6), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['case.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['court_order.id'], ),
    sa.ForeignKeyConstraint(['owner_unit_code'], ['unit.code'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['raised_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['unit_code'], ['unit.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_hit_case_id', 'hit', ['case_id'])
    op.create_index('ix_hit_commune_code', 'hit', ['commune_code'])
    op.create_index('ix_hit_district_code', 'hit', ['district_code'])
    op.create_index('ix_hit_due', 'hit', ['state', 'due_at', 'id'])
    op.create_index('ix_hit_due_there', 'hit', ['province_code', 'state', 'due_at', 'id'])
    op.create_index('ix_hit_order_id', 'hit', ['order_id'])
    op.create_index('ix_hit_person_id', 'hit', ['person_id'])
    op.create_index('ix_hit_province_code', 'hit', ['province_code'])

    op.create_table('order_event',
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('to_unit_code', sa.String(length=20), nullable=True),
    sa.Column('officer', sa.String(length=120), nullable=True),
    sa.Column('place_code', sa.String(length=8), nullable=True),
    sa.Column('result', sa.String(length=40), nullable=True),
    sa.Column('paper_no', sa.String(length=60), nullable=True),
    sa.Column('paper_on', sa.Date(), nullable=True),
    sa.Column('notice_kind', sa.String(length=40), nullable=True),
    sa.Column('reason', sa.String(length=400), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('by_order_id', sa.Integer(), nullable=True),
    sa.Column('arrest_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('voided_at', sa.DateTime(), nullable=True),
    sa.Column('void_reason', sa.String(length=400), nullable=True),
    sa.Column('insert_order', sa.Integer(), nullable=True),
    sa.Column('unit_code', sa.String(length=20), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_order_id'], ['court_order.id'], ),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['court_order.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['place_code'], ['place.code'], ),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['to_unit_code'], ['unit.code'], ),
    sa.ForeignKeyConstraint(['unit_code'], ['unit.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_order_event_arrest_id', 'order_event', ['arrest_id'])
    op.create_index('ix_order_event_at', 'order_event', ['at', 'id'])
    op.create_index('ix_order_event_kind', 'order_event', ['kind', 'id'])
    op.create_index('ix_order_event_order_id', 'order_event', ['order_id'])
    op.create_index('ix_order_event_person_id', 'order_event', ['person_id'])

    op.create_table('order_file',
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('mime', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width_px', sa.Integer(), nullable=True),
    sa.Column('height_px', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('voided_at', sa.DateTime(), nullable=True),
    sa.Column('void_reason', sa.String(length=400), nullable=True),
    sa.Column('insert_order', sa.Integer(), nullable=True),
    sa.Column('unit_code', sa.String(length=20), nullable=True),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['order_id'], ['court_order.id'], ),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['unit_code'], ['unit.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_order_file_order_id', 'order_file', ['order_id'])
    op.create_index('ix_order_file_sha256', 'order_file', ['sha256'])
    with op.batch_alter_table('visibility') as batch_op:
        batch_op.add_column(sa.Column('order_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_visibility_order_id', ['order_id'])
        batch_op.create_foreign_key('fk_visibility_order', 'court_order', ['order_id'], ['id'])
    _the_dead()
    for table, facts in FACTS.items():
        lock.shut(op, table, facts)
    if op.get_bind().dialect.name == 'postgresql':
        for table, sees in WALLS.items():
            op.execute(f'ALTER TABLE {table} ENABLE ROW LEVEL SECURITY')
            op.execute(
                f"CREATE POLICY part ON {table} USING (CASE {EYE} WHEN 'everything' THEN true WHEN 'part' THEN"
                f" ({sees.format(table)}) ELSE false END) WITH CHECK (true)"
            )


def _the_dead():
    """The one status that people of an older register already have."""
    op.execute(
        "INSERT INTO person_status (person_id, status, since, entity, entity_id)"
        " SELECT id, 'deceased', deceased_on, 'person', id FROM person WHERE deceased_on IS NOT NULL"
    )


def downgrade():
    with op.batch_alter_table('visibility') as batch_op:
        batch_op.drop_index('ix_visibility_order_id')
        batch_op.drop_column('order_id')
    for table in FACTS:
        lock.drop(op, table)
    for table in ('order_file', 'order_event', 'hit', 'person_status', 'court_order'):
        op.drop_table(table)
