"""A withdrawn letter is hidden from the units that received it, also from plain SQL, as the row filter hides it."""

from alembic import op

from migrations import row_level_security as rls

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade():
    _protect_letters(" AND r.state <> 'withdrawn'")


def downgrade():
    _protect_letters("")


def _protect_letters(receipts):
    """Show a letter to its unit, and where one of its recipients is visible."""
    received = f"EXISTS (SELECT 1 FROM letter_recipient r WHERE r.letter_id = letter.id{receipts})"
    of_letter = f"{rls.of_unit('letter')[0]} OR {received}"
    rls.unprotect_table(op, "letter")
    rls.protect_table(op, "letter", of_letter, of_letter, of_letter)
