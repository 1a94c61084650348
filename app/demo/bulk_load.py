"""How rows reach a database by the million: everything in one transaction, so that a run happens whole or not at all."""

from sqlalchemy import column, delete, func, insert, select, table, text, update

from app.cases.flush_hooks import insert_visibility
from app.cases.models import Case, Involvement
from app.cases.numbering import CaseCounter
from app.court_orders import flush_hooks
from app.custody import visibility_rows
from app.demo.rows import MODELS, TABLES, cells_of, columns, numbers_read
from app.name_search import index_rebuild as names
from app.name_search.models import NameBearer, NameKey
from app.people.models import Person
from app.people.visibility import ProvinceList, Visibility

FOLLOWING = [
    model.__tablename__ for model in (Visibility, NameKey, NameBearer)
]  # made of the others at the end
# The lists of the provinces, which triggers keep row by row: of everybody at once they are written in their order.
LISTS = (
    "INSERT INTO province_list (province_code, name_sort, person_id)"
    " SELECT province_code, name_sort, person_id FROM province_list_computed ORDER BY province_code, name_sort, person_id"
)
TABLE = {model.__table__.name: model.__table__ for model in MODELS}


class Store:
    """One run on one connection. `begin`, `put` for each table of each batch, `end`; then the caller commits.

    On a large run the indexes of the tables that are still empty are taken away and made again when they are full, which is
    several times quicker; that too lies in the transaction.
    """

    def __init__(self, connection, large):
        self.connection = connection
        self.raw = connection.connection.driver_connection
        self.bare = [
            name for name in TABLES if large and not connection.scalar(select(TABLE[name].c.id).limit(1))
        ]
        self.empty = {Case.__tablename__, Person.__tablename__} <= set(self.bare)
        self.taken, self.written = [], set()
        connection.rollback()

    def begin(self):
        self.lock()
        self.persons_before = self.connection.scalar(select(func.max(Person.id))) or 0
        self.taken = self._take(self.indexes(self.bare))

    def end(self, doing):
        """`doing(words, number, count)` is told of each index."""
        self._give_back(self.taken, doing)
        around = self._take([*self.followers(), *self.around(FOLLOWING)]) if self.empty else []
        doing("Whose the people are", 1, 1)
        self._show(cases=Involvement.__tablename__ in self.written)
        for model in visibility_rows.IN_HANDS_OF:
            self.connection.execute(visibility_rows.insert_visibility(model))
        names.fill(self.connection, self.persons_before, doing)
        if self.empty:
            names.make_dense(self.connection)
            self.connection.exec_driver_sql(LISTS)
        self._give_back(around, doing)
        if self.bare:
            self.count_rows((*FOLLOWING, ProvinceList.__tablename__))

    def count_rows(self, tables):
        for name in tables:
            self.connection.exec_driver_sql(f"ANALYZE {self._quoted(name)}")

    def _take(self, things):
        """Things are (statement that takes one away, statement that makes it again)."""
        for away, _again in things:
            self.connection.exec_driver_sql(away)
        return things

    def _give_back(self, things, doing):
        for number, (_away, again) in enumerate(things, start=1):
            doing("Building the indexes", number, len(things))
            self.connection.exec_driver_sql(again)

    def _show(self, cases):
        """Write whose the people are anew: by their orders, and by their `cases` where there are new ones."""
        old = delete(Visibility) if cases else delete(Visibility).where(Visibility.order_id.is_not(None))
        self.connection.execute(old)
        if cases:
            self.connection.execute(insert_visibility())
        self.connection.execute(flush_hooks.insert_visibility())

    def count(self, counters):
        """Keep the last case number of each province and year, so that the next save takes the next."""
        for (province, year), last in counters.items():
            values = {"province_code": province, "year": year}
            there = [getattr(CaseCounter, name) == value for name, value in values.items()]
            if not self.connection.execute(update(CaseCounter).where(*there).values(last=last)).rowcount:
                self.connection.execute(insert(CaseCounter).values(**values, last=last))

    def restore(self):
        """Give the connection back as it was, also after a failure."""

    def _quoted(self, name):
        return self.connection.dialect.identifier_preparer.quote(name)


class OnSqlite(Store):
    """Rows by `executemany` on sqlite3's own connection.

    Only where the register was empty is the write-ahead log put off: new pages are then written once, and a run
    that is killed leaves the register as it was. A power cut may cost the register, which held no record.
    """

    INDEXES = (
        "SELECT printf('DROP INDEX \"%w\"', name), sql FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?"
    )
    FOLLOWERS = (
        "SELECT printf('DROP TRIGGER \"%w\"', name), sql FROM sqlite_master"
        " WHERE type = 'trigger' AND name GLOB 'province_list_*'"
    )
    # They keep the index of free text row by row; for many rows it is made three times quicker at the end.
    TEXT_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'text_of_%'"
    TEXT_INDEXES = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE text_of_%'"
    )
    KEPT = ("busy_timeout", "journal_mode", "synchronous", "cache_size")
    CACHE = -131072  # KiB; a negative number, as SQLite wants it

    def lock(self):
        self.usual = {name: self._pragma(name) for name in self.KEPT}
        if self.empty and self.raw.execute("PRAGMA database_list").fetchone()[2]:
            self._relax()
        self.raw.execute("BEGIN IMMEDIATE")
        self.inserts = {
            name: str(insert(table).compile(dialect=self.connection.dialect, column_keys=columns(name)))
            for name, table in TABLE.items()
        }

    def begin(self):
        super().begin()
        self.triggers = self.raw.execute(self.TEXT_TRIGGERS).fetchall() if self.empty else []
        for name, _definition in self.triggers:
            self.raw.execute(f"DROP TRIGGER {self._quoted(name)}")

    def _relax(self):
        self.raw.execute("PRAGMA busy_timeout = 0")
        try:
            self.raw.execute("PRAGMA journal_mode = TRUNCATE")
        except self.connection.dialect.dbapi.OperationalError:
            return  # somebody else has the register open: it stays as safe as it is
        finally:
            self.raw.execute(f"PRAGMA busy_timeout = {self.usual['busy_timeout']}")
        self.raw.execute("PRAGMA synchronous = OFF")
        self.raw.execute(f"PRAGMA cache_size = {self.CACHE}")

    def _pragma(self, name):
        return self.raw.execute(f"PRAGMA {name}").fetchone()[0]

    def indexes(self, tables):
        return [row for name in tables for row in self.raw.execute(self.INDEXES, (name,))]

    around = indexes

    def followers(self):
        return self.raw.execute(self.FOLLOWERS).fetchall()

    def put(self, name, rows):
        self.written.add(name)
        self.raw.executemany(self.inserts[name], numbers_read(name, cells_of(rows)))

    def end(self, doing):
        self.raw.execute("PRAGMA analysis_limit = 2000")
        super().end(doing)
        self.count_rows(self.bare)
        if self.triggers:
            doing("The index of free text", 1, 1)
            for (name,) in self.raw.execute(self.TEXT_INDEXES).fetchall():
                self.connection.execute(insert(table(name, column(name))).values({name: "rebuild"}))
            for _name, definition in self.triggers:
                self.raw.execute(definition)

    def restore(self):
        for name, value in self.usual.items():
            self.raw.execute(f"PRAGMA {name} = {value}")


class OnPostgresql(Store):
    """Rows by COPY. The tables are locked against other writers, so that no id and no case number is taken twice."""

    INDEXES = text(
        "SELECT 'DROP INDEX ' || CAST(c.oid AS regclass), pg_get_indexdef(c.oid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = CAST(:name AS regclass)"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)"
    )
    # Each row is looked up for each of them; of all at once it is one join. Not of the tables that are filled from outside:
    # taking one away would lock the officers and the units, to which those point, for as long as a run lasts.
    KEYS = text(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', CAST(conrelid AS regclass), conname),"
        " format('ALTER TABLE %s ADD CONSTRAINT %I %s', CAST(conrelid AS regclass), conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE contype = 'f' AND conrelid = CAST(:name AS regclass)"
    )
    FOLLOWERS = text(
        "SELECT format('DROP TRIGGER %I ON %s', tgname, CAST(tgrelid AS regclass)), pg_get_triggerdef(oid)"
        " FROM pg_trigger WHERE tgname LIKE 'province\\_list\\_%' AND tgrelid = 'visibility'::regclass"
    )
    SEQUENCE = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")

    def lock(self):
        names = ", ".join(self._quoted(name) for name in (*TABLES, "case_counter"))
        self.connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        self.connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '128MB'")

    def indexes(self, tables):
        return self._told(tables, self.INDEXES)

    def followers(self):
        return [tuple(row) for row in self.connection.execute(self.FOLLOWERS)]

    def around(self, tables):
        return self._told(tables, self.KEYS, self.INDEXES)

    def _told(self, tables, *questions):
        return [
            tuple(row)
            for name in tables
            for question in questions
            for row in self.connection.execute(question, {"name": self._quoted(name)})
        ]

    def put(self, name, rows):
        self.written.add(name)
        cells = ", ".join(self._quoted(column) for column in columns(name))
        with (
            self.raw.cursor() as cursor,
            cursor.copy(f"COPY {self._quoted(name)} ({cells}) FROM STDIN") as copy,
        ):
            copy.write(rows)

    def end(self, doing):
        for name in TABLES:
            last = self.connection.scalar(select(TABLE[name].c.id).order_by(TABLE[name].c.id.desc()).limit(1))
            if last:
                self.connection.execute(self.SEQUENCE, {"name": self._quoted(name), "last": last})
        self.count_rows(
            self.bare
        )  # before the index of free text: its letters are told from no count, and take as long
        super().end(doing)


STORES = {"sqlite": OnSqlite, "postgresql": OnPostgresql}
