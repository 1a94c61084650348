"""Parts of names by their sound

Whoever heard a given name alone, or a surname, found strangers: the index knew names as a whole. It now knows what each of the two
parts sounds like.

What the names that are there sound like is told by `run.py search rebuild`; until then one word finds as before, and
`search check` says that entries are missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

PARTS = ("surname", "given")


def upgrade():
    for part in PARTS:
        op.add_column("name_key", sa.Column(f"{part}_sound", sa.Integer))
        op.create_index(f"ix_name_key_{part}", "name_key", [f"{part}_sound"])


def downgrade():
    for part in PARTS:
        op.drop_index(f"ix_name_key_{part}", "name_key")
        op.drop_column("name_key", f"{part}_sound")
