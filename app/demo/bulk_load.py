"""Bulk load of rows in one transaction, so that a run is stored completely or not at all."""

from sqlalchemy import column, delete, func, insert, select, table, text, update

from app.cases.flush_hooks import build_visibility_insert
from app.cases.models import Case, Involvement
from app.cases.numbering import CaseCounter
from app.court_orders import flush_hooks
from app.custody import visibility_rows
from app.demo.rows import MODELS, TABLES, column_names, decode_rows, parse_floats
from app.name_search import index_rebuild as names
from app.name_search.models import NameBearer, NameKey
from app.people.models import Person
from app.people.visibility import ProvincePerson, Visibility

DERIVED_TABLES = [
    model.__tablename__ for model in (Visibility, NameKey, NameBearer)
]  # computed from the others at the end
# The person lists of the provinces. Triggers update them row by row; here all rows are written in order.
FILL_PROVINCE_LISTS = (
    "INSERT INTO province_person (province_code, name_sort, person_id)"
    " SELECT province_code, name_sort, person_id FROM province_person_computed ORDER BY province_code, name_sort, person_id"
)
TABLES_BY_NAME = {model.__table__.name: model.__table__ for model in MODELS}


class BulkLoader:
    """One run on one connection: `begin`, `load_rows` for each table of each batch, `finish`. The caller commits.

    A large run drops the indexes of empty tables and creates them again after the load, which is several times faster. That
    is part of the transaction too.
    """

    def __init__(self, connection, large):
        self.connection = connection
        self.raw = connection.connection.driver_connection
        self.empty_tables = [
            name
            for name in TABLES
            if large and not connection.scalar(select(TABLES_BY_NAME[name].c.id).limit(1))
        ]
        self.is_empty_database = {Case.__tablename__, Person.__tablename__} <= set(self.empty_tables)
        self.dropped, self.written = [], set()
        connection.rollback()  # commits: one transaction for the demo data

    def begin(self):
        self.lock_tables()
        self.persons_before = self.connection.scalar(select(func.max(Person.id))) or 0
        self.dropped = self._drop_objects(self.list_indexes(self.empty_tables))

    def finish(self, report_step):
        """Create indexes and derived rows. `report_step(text, number, count)` is called for each step."""
        self._create_objects(self.dropped, report_step)
        dropped = (
            self._drop_objects([*self.list_triggers(), *self.list_dependents(DERIVED_TABLES)])
            if self.is_empty_database
            else []
        )
        report_step("Visibility of the persons", 1, 1)
        self._write_visibility(cases=Involvement.__tablename__ in self.written)
        for model in visibility_rows.UNIT_COLUMNS:
            self.connection.execute(visibility_rows.insert_visibility(model))
        names.fill_index(self.connection, self.persons_before, report_step)
        if self.is_empty_database:
            names.compact_index(self.connection)
            self.connection.exec_driver_sql(FILL_PROVINCE_LISTS)
        self._create_objects(dropped, report_step)
        if self.empty_tables:
            self.analyze_tables((*DERIVED_TABLES, ProvincePerson.__tablename__))

    def analyze_tables(self, tables):
        for name in tables:
            self.connection.exec_driver_sql(f"ANALYZE {self._quoted(name)}")

    def _drop_objects(self, objects):
        """Drop indexes, constraints or triggers, given as (drop statement, create statement)."""
        for drop, _create in objects:
            self.connection.exec_driver_sql(drop)
        return objects

    def _create_objects(self, objects, report_step):
        for number, (_drop, create) in enumerate(objects, start=1):
            report_step("Building the indexes", number, len(objects))
            self.connection.exec_driver_sql(create)

    def _write_visibility(self, cases):
        """Write the visibility rows again: those of orders, and with `cases` those of cases."""
        old = delete(Visibility) if cases else delete(Visibility).where(Visibility.order_id.is_not(None))
        self.connection.execute(old)
        if cases:
            self.connection.execute(build_visibility_insert())
        self.connection.execute(flush_hooks.insert_visibility())

    def save_counters(self, counters):
        """Store the last case number of each province and year, so that the next save continues there."""
        for (province, year), last in counters.items():
            values = {"province_code": province, "year": year}
            conditions = [getattr(CaseCounter, name) == value for name, value in values.items()]
            if not self.connection.execute(update(CaseCounter).where(*conditions).values(last=last)).rowcount:
                self.connection.execute(insert(CaseCounter).values(**values, last=last))

    def restore_settings(self):
        """Restore the settings of the connection, also after a failure."""

    def _quoted(self, name):
        return self.connection.dialect.identifier_preparer.quote(name)


class SqliteLoader(BulkLoader):
    """Loads rows by `executemany` on the sqlite3 connection.

    The write-ahead log is switched off only for an empty database: new pages are then written once, and a killed run leaves
    the database unchanged. A power cut may destroy the database, which had no records.
    """

    INDEX_STATEMENTS = (
        "SELECT printf('DROP INDEX \"%w\"', name), sql FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
    )
    LIST_TRIGGERS = (
        "SELECT printf('DROP TRIGGER \"%w\"', name), sql FROM sqlite_master"
        " WHERE type = 'trigger' AND name GLOB 'province_person_*'"
    )
    # They update the text index row by row; for many rows one rebuild at the end is three times faster.
    TEXT_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'text_of_%'"
    TEXT_INDEXES = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE text_of_%'"
    )
    SETTINGS = ("busy_timeout", "journal_mode", "synchronous", "cache_size")
    CACHE_SIZE = -131072  # in KiB, negative as SQLite requires

    def lock_tables(self):
        self.saved_settings = {name: self._pragma(name) for name in self.SETTINGS}
        if self.is_empty_database and self.raw.execute("PRAGMA database_list").fetchone()[2]:
            self._disable_durability()
        self.raw.execute("BEGIN IMMEDIATE")
        self.inserts = {
            name: str(insert(table).compile(dialect=self.connection.dialect, column_keys=column_names(name)))
            for name, table in TABLES_BY_NAME.items()
        }

    def begin(self):
        super().begin()
        self.triggers = self.raw.execute(self.TEXT_TRIGGERS).fetchall() if self.is_empty_database else []
        for name, _definition in self.triggers:
            self.raw.execute(f"DROP TRIGGER {self._quoted(name)}")

    def _disable_durability(self):
        self.raw.execute("PRAGMA busy_timeout = 0")
        try:
            self.raw.execute("PRAGMA journal_mode = TRUNCATE")
        except self.connection.dialect.dbapi.OperationalError:
            return  # another process uses the database, so the safe settings stay
        finally:
            self.raw.execute(f"PRAGMA busy_timeout = {self.saved_settings['busy_timeout']}")
        self.raw.execute("PRAGMA synchronous = OFF")
        self.raw.execute(f"PRAGMA cache_size = {self.CACHE_SIZE}")

    def _pragma(self, name):
        return self.raw.execute(f"PRAGMA {name}").fetchone()[0]

    def list_indexes(self, tables):
        return [row for name in tables for row in self.raw.execute(self.INDEX_STATEMENTS, (name,))]

    list_dependents = list_indexes

    def list_triggers(self):
        return self.raw.execute(self.LIST_TRIGGERS).fetchall()

    def load_rows(self, name, rows):
        self.written.add(name)
        self.raw.executemany(self.inserts[name], parse_floats(name, decode_rows(rows)))

    def finish(self, report_step):
        self.raw.execute("PRAGMA analysis_limit = 2000")
        super().finish(report_step)
        self.analyze_tables(self.empty_tables)
        if self.triggers:
            report_step("Building the text index", 1, 1)
            for (name,) in self.raw.execute(self.TEXT_INDEXES).fetchall():
                self.connection.execute(insert(table(name, column(name))).values({name: "rebuild"}))
            for _name, definition in self.triggers:
                self.raw.execute(definition)

    def restore_settings(self):
        for name, value in self.saved_settings.items():
            self.raw.execute(f"PRAGMA {name} = {value}")


class PostgresqlLoader(BulkLoader):
    """Loads rows by COPY. The tables are locked against other writers, so that ids and case numbers stay unique."""

    INDEX_STATEMENTS = text(
        "SELECT 'DROP INDEX ' || CAST(c.oid AS regclass), pg_get_indexdef(c.oid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = CAST(:name AS regclass)"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)"
    )
    # A foreign key is checked row by row during the load; added at the end, it is checked with one join. Only the derived
    # tables lose their keys: dropping a key of the others would lock the users and units for the whole run.
    FOREIGN_KEY_STATEMENTS = text(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', CAST(conrelid AS regclass), conname),"
        " format('ALTER TABLE %s ADD CONSTRAINT %I %s', CAST(conrelid AS regclass), conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE contype = 'f' AND conrelid = CAST(:name AS regclass)"
    )
    LIST_TRIGGERS = text(
        "SELECT format('DROP TRIGGER %I ON %s', tgname, CAST(tgrelid AS regclass)), pg_get_triggerdef(oid)"
        " FROM pg_trigger WHERE tgname LIKE 'province\\_person\\_%' AND tgrelid = 'visibility'::regclass"
    )
    SEQUENCE = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")

    def lock_tables(self):
        names = ", ".join(self._quoted(name) for name in (*TABLES, "case_counter"))
        self.connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        self.connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '128MB'")

    def list_indexes(self, tables):
        return self._query_statements(tables, self.INDEX_STATEMENTS)

    def list_triggers(self):
        return [tuple(row) for row in self.connection.execute(self.LIST_TRIGGERS)]

    def list_dependents(self, tables):
        return self._query_statements(tables, self.FOREIGN_KEY_STATEMENTS, self.INDEX_STATEMENTS)

    def _query_statements(self, tables, *queries):
        return [
            tuple(row)
            for name in tables
            for query in queries
            for row in self.connection.execute(query, {"name": self._quoted(name)})
        ]

    def load_rows(self, name, rows):
        self.written.add(name)
        cells = ", ".join(self._quoted(column) for column in column_names(name))
        with (
            self.raw.cursor() as cursor,
            cursor.copy(f"COPY {self._quoted(name)} ({cells}) FROM STDIN") as copy,
        ):
            copy.write(rows)

    def finish(self, report_step):
        for name in TABLES:
            last = self.connection.scalar(
                select(TABLES_BY_NAME[name].c.id).order_by(TABLES_BY_NAME[name].c.id.desc()).limit(1)
            )
            if last:
                self.connection.execute(self.SEQUENCE, {"name": self._quoted(name), "last": last})
        # Before the text index exists: ANALYZE would count its letters too, which takes as long and gives no statistics.
        self.analyze_tables(self.empty_tables)
        super().finish(report_step)


LOADERS = {"sqlite": SqliteLoader, "postgresql": PostgresqlLoader}
