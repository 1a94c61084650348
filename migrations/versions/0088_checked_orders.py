"""The database also keeps what a second officer has checked of an order: only a correction changes it, from the check on."""

from alembic import op

from migrations import lock

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

TABLE, NAME = "court_order", "checked"
CHECKED = (
    "age_stated", "basis_order_id", "born_on", "court_code", "father_name", "given_km", "given_latin", "home_code",
    "issued_on", "issuer", "issuer_name", "kind", "law_code", "law_text", "nationality", "number", "occurred_on",
    "offence_class", "offence_code", "offence_text", "sealed", "sex", "signed", "surname_km", "surname_latin",
)  # fmt: skip


def upgrade():
    lock.lock_when(op, TABLE, NAME, "OLD.status <> 'received'", CHECKED)


def downgrade():
    lock.unlock_when(op, TABLE, NAME)
