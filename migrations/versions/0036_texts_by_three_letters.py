"""Texts by three letters

PostgreSQL kept two kinds of entries for each text, which is half the work of an import there and of filling a register: every
pair of letters, compared as texts, and the words of pg_trgm, which end at each Khmer vowel. It keeps every three letters now, as
SQLite does.
"""

from alembic import op

from migrations import threes

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TEXTS = {"case": ("summary", "way_text"), "supplement": ("text",), "person_mark": ("text",)}


def upgrade():
    threes.prepare(op)
    for table, columns in TEXTS.items():
        threes.index(op, table, *columns)


def downgrade():
    for table, columns in TEXTS.items():
        threes.forget(op, table, *columns)
    threes.clear(op)
