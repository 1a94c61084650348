"""Sealed people: the visibility of a sealed person is hidden, and no new row names the person.

The database compares the seal with the acts of two officers.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock
from migrations import row_level_security as rls

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

# The rows that make a person wanted, detained or a part of a case.
NAMING = ("involvement", "court_order", "arrest", "custody", "detention")
# The unit that wrote one of these rows sees it also without the person.
OF_UNIT = (
    "arrest", "custody", "custody_step", "judgment", "judgment_step", "sentence", "sentence_change", "detention",
    "detention_step", "release", "supervision_step", "custody_document",
)  # fmt: skip
# An order in one of these states prevents the seal, so the states are compared first.
OPEN_ORDER = "status IN ('received', 'active', 'in_force', 'suspended', 'died', 'executed')"
IN_EFFECT = (
    "EXISTS (SELECT 1 FROM retention_act a WHERE a.id = {row}.act_id AND a.person_id = {row}.person_id AND a.kind = 'seal'"
    " AND a.confirmation = 'confirmed' AND a.voided_at IS NULL AND NOT EXISTS (SELECT 1 FROM retention_act e"
    " WHERE e.ends_id = a.id AND e.kind = 'unseal' AND e.confirmation = 'confirmed' AND e.voided_at IS NULL))"
)
SEALED = "EXISTS (SELECT 1 FROM sealed_person s WHERE s.person_id = {})"
HIDE = "UPDATE visibility SET hidden = {true} WHERE person_id = NEW.person_id AND NOT hidden"


def upgrade():
    op.create_table(
        "sealed_person",
        sa.Column(
            "person_id", sa.Integer(), sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("act_id", sa.Integer(), sa.ForeignKey("retention_act.id"), nullable=False),
    )
    for statement in _sqlite() if lock.is_sqlite(op) else _postgresql():
        lock.execute(op, statement)


def _sqlite():
    abort = "BEGIN SELECT RAISE(ABORT, 'lock: {}'); END"
    for event, condition in (
        ("INSERT", f"NOT {IN_EFFECT.format(row='NEW')}"),
        ("DELETE", IN_EFFECT.format(row="OLD")),
        ("UPDATE", "1"),
    ):
        yield (
            f"CREATE TRIGGER seal_{event.lower()} BEFORE {event} ON sealed_person FOR EACH ROW WHEN {condition} "
            + abort.format("two officers")
        )
    yield f"CREATE TRIGGER seal_hides AFTER INSERT ON sealed_person BEGIN {HIDE.format(true=1)}; END"
    for event in ("INSERT", "UPDATE OF hidden, person_id"):
        yield (
            f"CREATE TRIGGER seal_visibility_{event.split()[0].lower()} AFTER {event} ON visibility FOR EACH ROW"
            f" WHEN NOT NEW.hidden AND {SEALED.format('NEW.person_id')}"
            " BEGIN UPDATE visibility SET hidden = 1 WHERE id = NEW.id; END"
        )
    for table in NAMING:
        for event, changed in (
            ("INSERT", ""),
            ("UPDATE OF person_id", "OLD.person_id IS NOT NEW.person_id AND "),
        ):
            yield (
                f"CREATE TRIGGER seal_{table}_{event.split()[0].lower()} BEFORE {event} ON {table} FOR EACH ROW"
                f" WHEN {changed}{SEALED.format('NEW.person_id')} {abort.format('sealed')}"
            )


def _function(name, body):
    # Runs as its owner: a policy may hide the rows that it reads.
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {lock.search_path(op)} AS $$"
        f" BEGIN {body} END $$"
    )


def _postgresql():
    refuse = "RAISE EXCEPTION USING MESSAGE = 'lock: {}', ERRCODE = '23L48';"
    wrong = refuse.format("two officers")
    yield _function(
        "seal_follows_acts",
        f"IF TG_OP = 'INSERT' THEN IF NOT {IN_EFFECT.format(row='NEW')} THEN {wrong} END IF; RETURN NEW; END IF;"
        f" IF TG_OP = 'UPDATE' OR {IN_EFFECT.format(row='OLD')} THEN {wrong} END IF; RETURN OLD;",
    )
    yield (
        "CREATE TRIGGER seal_follows_acts BEFORE INSERT OR UPDATE OR DELETE ON sealed_person"
        " FOR EACH ROW EXECUTE FUNCTION seal_follows_acts()"
    )
    yield _function("seal_hides", f"{HIDE.format(true='true')}; RETURN NULL;")
    yield "CREATE TRIGGER seal_hides AFTER INSERT ON sealed_person FOR EACH ROW EXECUTE FUNCTION seal_hides()"
    yield _function(
        "seal_visibility",
        f"IF NOT NEW.hidden AND {SEALED.format('NEW.person_id')} THEN NEW.hidden := true; END IF; RETURN NEW;",
    )
    yield (
        "CREATE TRIGGER seal_visibility BEFORE INSERT OR UPDATE OF hidden, person_id ON visibility"
        " FOR EACH ROW EXECUTE FUNCTION seal_visibility()"
    )
    # Waits for an officer who seals the person in the same moment.
    yield _function(
        "seal_refuses",
        "IF TG_OP = 'UPDATE' AND OLD.person_id IS NOT DISTINCT FROM NEW.person_id THEN RETURN NEW; END IF;"
        " PERFORM 1 FROM person WHERE id = NEW.person_id FOR KEY SHARE;"
        f" IF {SEALED.format('NEW.person_id')} THEN {refuse.format('sealed')} END IF; RETURN NEW;",
    )
    for table in NAMING:
        yield (
            f"CREATE TRIGGER seal_refuses BEFORE INSERT OR UPDATE OF person_id ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION seal_refuses()"
        )
    yield (
        "CREATE FUNCTION ecrime_is_sealed(person integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = public AS $$ SELECT {SEALED.format('person')} $$"
    )
    for table in (*OF_UNIT, "court_order"):
        sealed = f"ecrime_is_sealed({table}.person_id)"
        shown = f"{table}.{OPEN_ORDER} OR NOT {sealed}" if table == "court_order" else f"NOT {sealed}"
        yield (
            f"CREATE POLICY scope_sealed ON {table} AS RESTRICTIVE"
            f" USING ({rls.MODE} IS DISTINCT FROM 'scoped' OR {table}.person_id IS NULL OR {shown})"
        )


def downgrade():
    if lock.is_sqlite(op):
        for name in ("insert", "update"):
            for table in NAMING:
                op.execute(f"DROP TRIGGER seal_{table}_{name}")
            op.execute(f"DROP TRIGGER seal_visibility_{name}")
    else:
        for table in (*OF_UNIT, "court_order"):
            op.execute(f"DROP POLICY scope_sealed ON {table}")
        op.execute("DROP FUNCTION ecrime_is_sealed(integer)")
    op.drop_table("sealed_person")
    if not lock.is_sqlite(op):
        for name in ("seal_follows_acts", "seal_hides", "seal_visibility", "seal_refuses"):
            op.execute(f"DROP FUNCTION {name}() CASCADE")
