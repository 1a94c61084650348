"""The seal of a record: a keyed hash of its row, kept in the log, so that a row that was changed past the register
is named.

It covers every column that has a value, but the ones that move with each save. A seal of one event is whole; those
of a batch are cut to eight bytes, which nobody without the key can hit either.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial

from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, func, insert, inspect, select

from app.kernel.audit.models import AuditSeals
from app.kernel.audit.signing_key import sign, signer

MOVING = {"version", "insert_order", "changed_at", "changed_by_id"}
SHORT = 8  # bytes of a seal in a batch
NONE = bytes(SHORT)
OF_A_BLOCK = 1000  # rows
ANEW = "sealing"  # the batch before which nothing counts of the tables in it
APART = "\x1f"  # between cells; no text of the register holds it


def cell_of(column):
    """The function that gives the one text of a value of `column`, the same before it is stored and after."""
    kind = column.type
    if isinstance(kind, Boolean):
        return lambda value: "1" if value else "0"
    if isinstance(kind, Float):
        return lambda value: repr(float(value))
    if isinstance(kind, Numeric):
        step = Decimal(1).scaleb(-(kind.scale or 0))
        return lambda value: short_number(format(Decimal(str(value)).quantize(step, ROUND_HALF_UP), "f"))
    if isinstance(kind, DateTime):
        return lambda value: value.isoformat(" ", "microseconds")
    if isinstance(kind, Date):
        return lambda value: value.isoformat()
    return (lambda value: str(int(value))) if isinstance(kind, Integer) else str


def short_number(text):
    """1.250 → 1.25, 3.000 → 3."""
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def sealed_columns(table):
    """(name, cell function) of the columns that a seal covers, in the order of their names."""
    names = sorted(column.name for column in table.columns if column.name not in MOVING)
    return [(name, cell_of(table.c[name])) for name in names]


def row_text(table, value_of):
    """The text that is sealed; `value_of(column name)` gives a value, None for none."""
    cells = [
        f"{name}={cell(value)}"
        for name, cell in sealed_columns(table)
        if (value := value_of(name)) is not None
    ]
    return joined(table.name, cells)


def joined(table_name, cells):
    """Cells "column=text" of a row, sorted by column, as the text that is sealed."""
    text = APART.join([table_name, *cells])
    if text.count(APART) != len(cells):  # somebody wrote the mark itself: say how long each cell is
        text = APART + APART.join([table_name, *(f"{len(cell)}:{cell}" for cell in cells)])
    return text


def seal(text):
    """The whole seal, 64 hexadecimal digits."""
    return sign(text.encode("utf-8", "surrogatepass")).hex()


def short_seal(text):
    return sign(text.encode("utf-8", "surrogatepass"))[:SHORT]


def short_seals(table_name, rows):
    """The short seals of many rows, one after the other, of the texts that `joined` would give: each row is its cells,
    sorted by column, as APART and "column=text", "" where there is no value. No text may hold APART."""
    sign_one = signer()
    texts = (table_name + "".join(cells) for cells in rows)
    return b"".join([sign_one(text.encode())[:SHORT] for text in texts])


def of_record(record, is_new=False):
    """The seal of a flushed ORM record, that `is_new` where this flush has added it."""
    value_of, keys = reader(record, is_new), _attributes(record.__mapper__)
    return seal(row_text(record.__mapper__.local_table, lambda name: value_of(keys[name])))


@cache
def _attributes(mapper):
    """Column that a seal covers → the attribute that bears it."""
    table = mapper.local_table
    return {name: mapper.get_property_by_column(table.c[name]).key for name, _cell in sealed_columns(table)}


def reader(record, is_new):
    """The function attribute → its value. What a new record was never given is None, and is not asked of its class,
    which would take longer to say so than all the rest of a seal."""
    if is_new and not inspect(record).expired_attributes:
        return record.__dict__.get
    return partial(getattr, record)


def short_of_record(record):
    """The short seal of a flushed ORM record, whose columns bear the names of its attributes."""
    return short_seal(row_text(record.__table__, record.__dict__.get))


class Blocks:
    """The short seals of rows of one batch, handed in by table in the order of their ids, in blocks."""

    def __init__(self, batch, number):
        self.batch, self.number = batch, number
        self.rows = []

    def add(self, entity, first_id, seals):
        """`seals`: the bytes of the seals of the rows first_id, first_id + 1, …"""
        for start in range(0, len(seals), OF_A_BLOCK * SHORT):
            part = seals[start : start + OF_A_BLOCK * SHORT]
            self.rows.append(self._block(entity, first_id + start // SHORT, part))

    def add_sparse(self, entity, found):
        """`found`: id → the seal of its row, of rows whose ids need not follow each other."""
        first, part = None, bytearray()
        for key in sorted(found):
            if first is not None and key >= first + OF_A_BLOCK:
                self.add(entity, first, bytes(part))
                first = None
            if first is None:
                first, part = key, bytearray()
            part += NONE * (key - first - len(part) // SHORT) + found[key]
        if first is not None:
            self.add(entity, first, bytes(part))

    def begin_anew(self, entity):
        """Say that nothing that was expected of these rows before holds any more; for a batch of the kind ANEW."""
        self.rows.append(self._block(entity, 0, b""))

    def _block(self, entity, first_id, found):
        return {
            "batch": self.batch, "number": self.number, "entity": entity, "first_id": first_id, "seals": found,
        }  # fmt: skip

    def write(self, connection):
        """Keep the blocks; gives the seal of them all, for the event of the batch."""
        if self.rows:
            connection.execute(insert(AuditSeals.__table__), self.rows)
        return seal_of_blocks((row["entity"], row["first_id"], row["seals"]) for row in self.rows)


def seal_of_blocks(blocks):
    """The seal over the blocks of a batch; each is (entity, first id, seals)."""
    parts = (f"{entity} {first_id} {seals.hex()}\n" for entity, first_id, seals in sorted(blocks))
    return sign("".join(parts).encode()).hex()


def seal_table(connection, table, blocks):
    """Seal every row of `table` that is there now; gives how many. Ids without a row get no seal."""
    count, first, seals = 0, None, bytearray()
    columns = [table.c[name] for name, _cell in sealed_columns(table)]
    statement = select(*columns).order_by(table.c.id).execution_options(yield_per=OF_A_BLOCK)
    for row in connection.execute(statement).mappings():
        if first is not None and row["id"] >= first + OF_A_BLOCK:
            blocks.add(table.name, first, bytes(seals))
            first = None
        if first is None:
            first, seals = row["id"], bytearray()
        seals += NONE * (row["id"] - first - len(seals) // SHORT)
        seals += short_seal(row_text(table, row.__getitem__))
        count += 1
    if first is not None:
        blocks.add(table.name, first, bytes(seals))
    return count


def next_number(connection, batch):
    """The number of the next batch of this kind."""
    last = select(func.max(AuditSeals.number)).where(AuditSeals.batch == batch)
    return (connection.scalar(last) or 0) + 1


def fits(text, kept):
    """Whether the text of a row has this seal, whole (text) or short (bytes)."""
    return seal(text) == kept if isinstance(kept, str) else short_seal(text) == kept
