"""The migrations are numbered, have one head, and make exactly the tables that the models declare."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, delete, func, insert, inspect, select, text, update

from app.accounts.staff_models import StaffRequest
from app.cases import case_status
from app.cases.models import Case, CaseDisposition, Involvement
from app.cases.models.case import COMPUTED_COLUMNS
from app.cli import setup
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, CustodyStep, Judgment, JudgmentStep
from app.demo import custody, generate
from app.duplicates.models import Duplicate
from app.extensions import db
from app.kernel.access.access_grants import MOVED, AccessGrant
from app.kernel.actor import SYSTEM, act_as
from app.kernel.audit import rehash_rows, verify_chain, verify_rows
from app.kernel.database import engine, privileges
from app.kernel.database.versioned_cache import CacheVersion
from app.kernel.schema.record_lock import EDIT_WINDOW
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference import load
from app.reference.models import Court, Unit
from migrations.undeclared import is_declared
from tests.court_orders.sample_orders import make_order
from tests.custody.form_data import make_suspect
from tests.house.source_files import PROJECT
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

FILLED = "0002"  # the first version that can hold the rows of the demo
VERSIONS = sorted((PROJECT / "migrations/versions").glob("*.py"))


def test_migrations_are_numbered_and_described():
    assert [path.name[:4] for path in VERSIONS] == [f"{number:04d}" for number in range(1, len(VERSIONS) + 1)]
    for path in VERSIONS:
        assert re.fullmatch(r"\d{4}(_[a-z]+)+\.py", path.name), (
            f"{path.name}: number, then words, as 0561_add_warrant_court.py"
        )
        assert path.read_text("utf-8").startswith('"""'), (
            f"{path.name}: begin with the story: what was wrong, what this does"
        )


def test_there_is_one_head_and_each_step_follows_the_one_before():
    script = ScriptDirectory.from_config(engine.alembic_config())
    assert len(script.get_heads()) == 1
    steps = [(step.revision, step.down_revision) for step in script.walk_revisions()]
    assert steps == [
        (f"{number:04d}", f"{number - 1:04d}" if number > 1 else None)
        for number in range(len(VERSIONS), 0, -1)
    ]


def test_no_migration_imports_the_models():
    for path in VERSIONS:
        assert not re.search(r"^(from|import) app\b", path.read_text("utf-8"), re.MULTILINE), path.name


def test_the_tables_of_the_migrations_are_those_of_the_models(register, each_database):
    with register.app.app_context(), db.engine.connect() as connection:
        compared = {"compare_type": True, "compare_server_default": False, "include_object": is_declared}
        context = MigrationContext.configure(connection, opts=compared)
        assert compare_metadata(context, db.metadata) == [], "Write the step: migrations/versions/NNNN_…"
        assert produce_migrations(context, db.metadata).upgrade_ops.is_empty()


@pytest.fixture(scope="module")
def migrated(registers, database):
    """Return what a filled database holds before it goes down to the first tables and up again, and after it.

    Old rows enter on the way up: a request of the version before the second person, and shares of the one before their end.
    """
    with registers(database).other(filled=True) as app, app.app_context():
        generate.generate_country(db.engine, cases=20, persons=40, seed=1, report=lambda *_words: None)
        custody.generate_custody(db.engine, people=10, seed=1, report=lambda *_words: None)
        before, tables = _count_rows(), [_name_tables()]
        command.downgrade(engine.alembic_config(), FILLED)  # the audit log stays: its head follows the events
        tables.append(_name_tables())
        command.upgrade(engine.alembic_config(), "0005")
        user = _add_old_request()
        command.upgrade(engine.alembic_config(), "0045")
        _add_old_shares()
        command.upgrade(engine.alembic_config(), "head")
        assert engine.current_revision(db.engine) == engine.head_revision()
        tables.append(_name_tables())
        _load_reference_tables()
        request = db.session.scalars(select(StaffRequest)).one()
        return SimpleNamespace(
            before=before,
            after=_count_rows(),
            tables=tables,
            user=user,
            unit=request.user.unit_code,
            request=request,
            grants={one.unit_code: one for one in db.session.scalars(select(AccessGrant))},
        )


@pytest.mark.slow
def test_the_tables_go_down_and_up_again(registers, migrated, each_database):
    at_first, filled, again = migrated.tables
    assert again == at_first
    with registers(each_database).other() as app, app.app_context():
        command.upgrade(engine.alembic_config(), FILLED)
        assert _name_tables() == filled
        command.downgrade(engine.alembic_config(), "base")
        assert _name_tables() <= {"alembic_version"}
        command.upgrade(engine.alembic_config(), FILLED)
        assert _name_tables() == filled


@pytest.mark.slow
def test_a_filled_database_keeps_its_rows_through_the_migrations(migrated, each_database):
    assert (
        migrated.before["person"]
        and migrated.before["active_deadline"]
        and migrated.before["province_person"]
    )
    assert migrated.after == migrated.before | {
        "staff_request": 1,
        "access_grant": migrated.before["access_grant"] + len(OLD_SHARES),
    }


@pytest.mark.slow
def test_a_request_made_before_the_second_person_migration_stays_open(migrated, each_database):
    assert migrated.request.changes == {"unit_code": [migrated.unit] * 2}
    assert migrated.request.open_key == f"assign/{migrated.user}/Manager"


@pytest.mark.slow
def test_permanent_share_of_a_unit_that_moved_a_case_ends(migrated, each_database):
    (narrowed,) = [unit for unit, one in migrated.grants.items() if one.expires_at]
    moved = migrated.grants[narrowed]
    assert (narrowed, moved.kind, moved.may_write) == ("D-DRUG", MOVED, False)
    assert moved.expires_at - moved.granted_at == EDIT_WINDOW


def _name_tables():
    return set(inspect(db.engine).get_table_names())


def _add_old_request():
    """Add a request of one user about another; return the id of the other one."""
    with db.engine.begin() as connection:
        first, last = connection.execute(text("SELECT min(id), max(id) FROM ab_user")).one()
        connection.execute(
            text(
                "INSERT INTO staff_request (act, user_id, role, reason, requested_by_id, requested_at, state)"
                " VALUES ('assign', :user, 'Manager', 'needed', :requester, '2026-01-01', 'requested')"
            ),
            {"user": first, "requester": last},
        )
    return first


# Unit → reason of a share of a case: its own unit, the unit above it, and two departments.
OLD_SHARES = {"own": None, "above": None, "D-CRIM": "needed", "D-DRUG": None}


def _add_old_shares():
    share = "INSERT INTO access_grant (kind, entity, entity_id, unit_code, owner_unit, may_write, reason, granted_at)"
    values = "VALUES ('share', 'case', :case, :unit, :owner, :yes, :reason, '2026-01-01 08:00:00.000000')"
    with db.engine.begin() as connection:
        case, own = connection.execute(text('SELECT id, unit_code FROM "case" ORDER BY id LIMIT 1')).one()
        above = connection.scalar(text("SELECT parent_code FROM unit WHERE code = :code"), {"code": own})
        for unit, reason in OLD_SHARES.items():
            connection.execute(
                text(f"{share} {values}"),
                {
                    "case": case,
                    "unit": {"own": own, "above": above}.get(unit, unit),
                    "owner": own,
                    "reason": reason,
                    "yes": True,
                },
            )


def _load_reference_tables():
    """Load them again, as an update with other data files does: a reference table may be newer than the rest."""
    with db.engine.begin() as connection:
        connection.execute(delete(CacheVersion).where(CacheVersion.name.startswith(load.STAMP)))
        load.load_reference_data(connection)


def _count_rows():
    """Return {table: number of rows} of every declared table."""
    with db.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in db.metadata.sorted_tables
        }


@pytest.mark.slow
def test_paper_that_was_entered_twice_refuses_the_older_version(registers, each_database):
    """The order of a void entry has the same paper. The older version allows one, and nothing is deleted."""
    register = registers(each_database)
    with register.other(filled=True) as app, app.app_context():
        make_order()
        db.session.commit()
        db.session.remove()
        others = [one.name for one in CourtOrder.__table__.c if one.name not in ("id", "voided_at")]
        table = CourtOrder.__table__
        rows = select(table.c.recorded_at, *(table.c[name] for name in others))
        with privileges.owner_engine(db.engine).begin() as connection:
            connection.execute(insert(table).from_select(["voided_at", *others], rows))
        with pytest.raises(RuntimeError, match="Orders with the same court, number and date"):
            command.downgrade(engine.alembic_config(), "0061")
        # PostgreSQL undoes the whole downgrade, SQLite the refused step.
        assert engine.current_revision(db.engine) >= "0062"
        command.upgrade(engine.alembic_config(), "head")
        assert engine.current_revision(db.engine) == engine.head_revision()


@pytest.mark.slow
def test_pair_with_a_void_record_ends(registers, each_database):
    with registers(each_database).other(filled=True) as app, app.app_context():
        with acting_as("clerk.bb"):
            people = [(make_registered_person(number), "suspect") for number in (1, 2, 3)]  # all alike
            row = add_registered_case(people=people).involvements[-1]
            db.session.commit()
            row.voided_at, row.void_reason = dates.now(), "-"
            db.session.commit()
        states = select(Duplicate.state).order_by(Duplicate.second_id, Duplicate.id)
        found = []
        db.session.remove()
        for revision in ("0089", "head"):
            (command.upgrade if revision == "head" else command.downgrade)(engine.alembic_config(), revision)
            with db.engine.connect() as connection:
                found.append(connection.scalars(states).all())
        assert found == [["waiting"] * 3, ["waiting", "void", "void"]]


def _table_of_version(connection, model):
    """Return the table of a model with the columns that the present migration has."""
    table = model.__table__
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    columns = (
        Column(one.name, one.type, primary_key=one.primary_key, info=one.info)
        for one in table.c
        if one.name in present
    )
    return Table(table.name, MetaData(), *columns)


def _copy_rows(connection, model, **values):
    """Copy the first row of a table with other values; return its id."""
    table = _table_of_version(connection, model)
    row = dict(connection.execute(select(table).order_by(table.c.id).limit(1)).mappings().one())
    del row["id"]
    statement = insert(table).values(**row | values)
    return connection.execute(statement).inserted_primary_key[0]


@pytest.mark.slow
def test_status_of_earlier_cases_follows_from_their_arrests_and_judgments(registers, each_database):
    """A status that no step gave, as an earlier import wrote it, keeps its value and has steps."""
    register = registers(each_database)
    with register.other(filled=True) as app, app.app_context():
        _save_arrest_and_judgment()
        command.downgrade(engine.alembic_config(), "0092")
        day = dates.now().date() - timedelta(days=9)
        sent = {"clearance": "identified", "solved_on": day, "sent_on": day, "court_code": "CFI-02"}
        cases = {
            "arrested": ({"status": "open"}, [Arrest]),
            "judged": ({"status": "open"}, [Judgment]),
            "closed": ({"status": "closed", **sent}, [Arrest, Judgment]),
            "unsolved": ({"status": "unsolved"}, []),
            "open": ({"status": "open"}, []),
        }
        with privileges.owner_engine(db.engine).begin() as connection:
            none = dict.fromkeys(("draft_token", *COMPUTED_COLUMNS))
            for number, (values, acts) in cases.items():
                pk = _copy_rows(
                    connection, Case, **none | {"number": number, "origin": "import:old"} | values
                )
                for model in acts:
                    _copy_rows(connection, model, case_id=pk)
        command.upgrade(engine.alembic_config(), "head")
        with privileges.owner_engine(db.engine).connect() as connection:
            assert case_status.find_drift(connection) == []
            row = Case.__table__.c
            stored = connection.execute(select(row.number, row.status, row.clearance, row.sent_on)).all()
            found = {number: values for number, *values in stored if number in cases}
            step = CaseDisposition.__table__.c
            added = (
                select(step.kind).join(Case.__table__, row.id == step.case_id).where(row.number.in_(cases))
            )
            kinds = connection.scalars(added.order_by(step.id)).all()
            assert kinds == ["solved", "at_prosecutor", "closed", "unsolved"]
        judged_on = dates.now().date() - timedelta(days=2)
        assert found == {
            "arrested": ["solved", "arrest", None], "judged": ["judged", None, judged_on],
            "closed": ["closed", "identified", day], "unsolved": ["unsolved", None, None], "open": ["open", None, None],
        }  # fmt: skip


def _save_arrest_and_judgment():
    suspect, now = make_suspect(hours=24 * 20), dates.now().replace(microsecond=0)
    court, unit = db.session.get(Court, "CFI-02"), db.session.get(Unit, "PC-02")
    with acting_as("clerk.bb"):
        at, decided_on = now - timedelta(days=6), (now - timedelta(days=2)).date()
        db.session.add(Arrest(involvement=suspect, at=at, ground="flagrant", by_unit=unit))
        db.session.add(
            Judgment(
                involvement=suspect, court=court, court_no="3/26", decided_on=decided_on, verdict="convicted"
            )
        )
        db.session.commit()
    db.session.remove()


@pytest.mark.slow
@pytest.mark.parametrize(("version", "status"), [("0096", "judged"), ("0097", "final")])
def test_rewritten_statuses_of_cases_are_hashed_again(registers, each_database, version, status):
    """The version before showed a case as decided although a suspect, added after the end, has no judgment."""
    with registers(each_database).other(filled=True) as app, app.app_context():
        act_as(db.session, SYSTEM)
        _save_end_and_judgment()
        command.downgrade(engine.alembic_config(), version)
        with privileges.owner_engine(db.engine).begin() as connection:
            cases = _table_of_version(connection, Case)
            connection.execute(update(cases).values(status=status))  # its trigger computes the same
            rehash_rows.rehash_tables(connection, [cases], "the version before")
        setup.migrate_tables()
        with privileges.owner_engine(db.engine).connect() as connection:
            assert connection.scalars(select(Case.__table__.c.status)).all() == ["open"]
            assert case_status.find_drift(connection) == []
            tables = rehash_rows.record_tables()
            assert [one for table in tables for one in verify_rows.tampered_rows(connection, table)] == []
            head = verify_chain.read_head(connection)
            anchors = {head.seq: {head.hash}}
            assert verify_chain.verify_chain(connection, anchors).status == verify_chain.VALID


def _save_end_and_judgment():
    """Save a closed case with a final judgment after the end, and a suspect without one."""
    suspect, day = make_suspect(hours=24 * 20), dates.now().date() - timedelta(days=9)
    court = db.session.get(Court, "CFI-02")
    with acting_as("clerk.bb"):
        paper = {"document_no": "1/26", "document_date": day}
        db.session.add(CaseDisposition(case=suspect.case, kind="closed", decided_on=day, **paper))
        db.session.commit()
        person = make_registered_person(9)
        db.session.add(Involvement(case=suspect.case, person=person, role="suspect", injury="none"))
        decided = {"court_no": "3/26", "decided_on": day + timedelta(days=2), "verdict": "convicted"}
        judgment = Judgment(involvement=suspect, court=court, **decided)
        db.session.add(judgment)
        db.session.commit()
        done_on = day + timedelta(days=3)
        db.session.add(JudgmentStep(judgment=judgment, kind="final", done_on=done_on, document_no="5/26"))
        db.session.commit()
    db.session.remove()


@pytest.mark.slow
def test_status_of_a_person_in_transfer_names_both_units(registers, each_database):
    with registers(each_database).other(filled=True) as app, app.app_context():
        suspect, now = make_suspect(), dates.now().replace(microsecond=0)
        units = [db.session.get(Unit, code) for code in ("PC-02", "PC-12", "PC-17")]
        with acting_as("clerk.bb"):
            arrest = Arrest(
                involvement=suspect, at=now - timedelta(hours=9), ground="flagrant", by_unit=units[0]
            )
            held = Custody(
                arrest=arrest, held_by=units[1], arrived_at=now - timedelta(hours=8), offence_class="felony"
            )
            moved = CustodyStep(
                custody=held, kind="end", outcome="transferred", at=now - timedelta(hours=2), to_unit=units[2]
            )
            db.session.add_all([arrest, held, moved])
            db.session.commit()
        db.session.remove()
        shown, found = select(PersonStatus.unit_code, PersonStatus.number), []
        for go, revision in ((command.downgrade, "0093"), (command.upgrade, "head")):
            go(engine.alembic_config(), revision)
            with privileges.owner_engine(db.engine).connect() as connection:
                found.append(tuple(connection.execute(shown).one()))
        assert found == [("PC-02", None), ("PC-12", "PC-17")]
