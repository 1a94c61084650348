"""Each page asks for less

An entry and what it says of people went into the log in two statements, and every look at a person waited for both.
They go in as one row of a view now; the tables, their triggers and their rights stay as they were.

Whether a person is seen was found by an index and then read in the table, for some hundred people to show a page of
them. The index holds all that is asked now. And numbers of cases are searched within a province: those of another were
read one by one to find that none is seen.
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

COLUMNS = (
    'seq', 'at', 'actor_id', 'unit_code', 'session_mark', 'address', 'action', 'entity', 'entity_id', 'purpose',
    'case_number', 'outcome', 'payload_hash', 'seal', 'previous', 'hash',
)
EVENT = f"INSERT INTO audit_event ({', '.join(COLUMNS)}) VALUES ({', '.join(f'NEW.{name}' for name in COLUMNS)});"
PAYLOAD = 'INSERT INTO audit_payload (seq, body)'

VIEW = (
    f"CREATE VIEW audit_entry AS SELECT {', '.join(f'e.{name}' for name in COLUMNS)}, p.body"
    ' FROM audit_event e LEFT JOIN audit_payload p ON p.seq = e.seq'
)
SQLITE = (
    f'CREATE TRIGGER audit_entry_added INSTEAD OF INSERT ON audit_entry BEGIN {EVENT}'
    f' {PAYLOAD} SELECT NEW.seq, NEW.body WHERE NEW.body IS NOT NULL; END',
)
# With the rights of whoever adds: the application may add to both tables, and to nothing else of the log.
POSTGRESQL = (
    'CREATE FUNCTION audit_entry_added() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN'
    f' {EVENT} IF NEW.body IS NOT NULL THEN {PAYLOAD} VALUES (NEW.seq, NEW.body); END IF; RETURN NEW; END $$',
    'CREATE TRIGGER audit_entry_added INSTEAD OF INSERT ON audit_entry'
    ' FOR EACH ROW EXECUTE FUNCTION audit_entry_added()',
)

ASKED = (
    'person_id', 'hidden', 'province_code', 'district_code', 'commune_code', 'family', 'unit_code', 'case_id',
)


def upgrade():
    op.drop_index('ix_visibility_person', 'visibility')
    op.create_index('ix_visibility_asked', 'visibility', ASKED)
    op.create_index('ix_case_province_number', 'case', ['province_code', 'number'])
    for table in ('case', 'visibility'):  # of an index without its numbers SQLite takes too much or too little
        op.execute(sa.text(f'ANALYZE "{table}"'))
    on_sqlite = op.get_bind().dialect.name == 'sqlite'
    for statement in (VIEW, *(SQLITE if on_sqlite else POSTGRESQL)):
        op.execute(sa.text(statement))


def downgrade():
    op.drop_index('ix_case_province_number', 'case')
    op.drop_index('ix_visibility_asked', 'visibility')
    op.create_index('ix_visibility_person', 'visibility', ['person_id', 'province_code'])
    op.execute(sa.text('DROP VIEW audit_entry'))
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(sa.text('DROP FUNCTION audit_entry_added()'))
