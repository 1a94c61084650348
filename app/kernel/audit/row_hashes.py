"""Row hashes: a keyed hash of each record in the audit log, which reveals a row changed outside E-Crime.

A hash covers every column that has a value, except those that change with each save, and those that a trigger writes. The
hash of one event is full; the hashes of a batch are cut to 8 bytes, which cannot be forged without the key either.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial

from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, func, insert, inspect, select

from app.kernel.audit.models import AuditRowHashes
from app.kernel.audit.signing_key import get_signer, sign

UNHASHED_COLUMNS = {"version", "insert_order", "changed_at", "changed_by_id"}
# Marks a column that a trigger writes after the row is hashed. `status check` computes it again.
WRITTEN_BY_TRIGGER = {"written_by_trigger": True}
SHORT_SIZE = 8  # bytes of a hash in a batch
NO_HASH = bytes(SHORT_SIZE)
BLOCK_ROWS = 1000  # rows
REHASH_BATCH = "rehash"  # a batch that replaces all earlier hashes of its tables
SEPARATOR = "\x1f"  # between cells; form input cannot contain it


def cell_formatter(column):
    """Return the function value → text for `column`. The text is the same before and after storing."""
    kind = column.type
    if isinstance(kind, Boolean):
        return lambda value: "1" if value else "0"
    if isinstance(kind, Float):
        return lambda value: repr(float(value))
    if isinstance(kind, Numeric):
        step = Decimal(1).scaleb(-(kind.scale or 0))
        return lambda value: trim_decimals(format(Decimal(str(value)).quantize(step, ROUND_HALF_UP), "f"))
    if isinstance(kind, DateTime):
        return lambda value: value.isoformat(" ", "microseconds")
    if isinstance(kind, Date):
        return lambda value: value.isoformat()
    return (lambda value: str(int(value))) if isinstance(kind, Integer) else str


def trim_decimals(text):
    """Remove trailing zeros: 1.250 → 1.25, 3.000 → 3."""
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def hashed_columns(table):
    """Return (name, cell formatter) of the columns that a hash covers, sorted by name."""
    names = sorted(
        column.name
        for column in table.columns
        if column.name not in UNHASHED_COLUMNS and not WRITTEN_BY_TRIGGER.items() <= column.info.items()
    )
    return [(name, cell_formatter(table.c[name])) for name in names]


def format_row(table, value_of):
    """Return the text of a row that is hashed. `value_of(column name)` returns a value or None."""
    cells = [
        f"{name}={cell(value)}"
        for name, cell in hashed_columns(table)
        if (value := value_of(name)) is not None
    ]
    return join_cells(table.name, cells)


def join_cells(table_name, cells):
    """Join the cells "column=text" of a row, sorted by column, to the text that is hashed."""
    text = SEPARATOR.join([table_name, *cells])
    if text.count(SEPARATOR) != len(cells):  # a cell contains the separator: prefix each cell with its length
        text = SEPARATOR + SEPARATOR.join([table_name, *(f"{len(cell)}:{cell}" for cell in cells)])
    return text


def hash_text(text):
    """Return the full hash of a text, 64 hexadecimal digits."""
    return sign(text.encode("utf-8", "surrogatepass")).hex()


def short_hash(text):
    """Return the first SHORT_SIZE bytes of the hash of a text."""
    return sign(text.encode("utf-8", "surrogatepass"))[:SHORT_SIZE]


def short_hashes(table_name, rows):
    """Return the short hashes of many rows as one byte string, equal to those of `join_cells`.

    Each row is its cells sorted by column: SEPARATOR and "column=text", or "" without a value. No text may contain
    SEPARATOR.
    """
    sign_one = get_signer()
    texts = (table_name + "".join(cells) for cells in rows)
    return b"".join([sign_one(text.encode())[:SHORT_SIZE] for text in texts])


def hash_record(record, is_new=False):
    """Return the full hash of a flushed record. `is_new` says that this flush has added it."""
    value_of, keys = value_reader(record, is_new), _attribute_names(record.__mapper__)
    return hash_text(format_row(record.__mapper__.local_table, lambda name: value_of(keys[name])))


@cache
def _attribute_names(mapper):
    """Return hashed column → name of its attribute."""
    table = mapper.local_table
    return {name: mapper.get_property_by_column(table.c[name]).key for name, _cell in hashed_columns(table)}


def value_reader(record, is_new):
    """Return the function attribute → value of a record.

    An attribute that was never set on a new record is None. Reading it through the class instead would take longer
    than the rest of the hash.
    """
    if is_new and not inspect(record).expired_attributes:
        return record.__dict__.get
    return partial(getattr, record)


def short_hash_of_record(record):
    """Return the short hash of a flushed record of which columns and attributes have the same names."""
    return short_hash(format_row(record.__table__, record.__dict__.get))


class HashBlocks:
    """The short hashes of one batch in blocks of consecutive ids, added by table in the order of the ids."""

    def __init__(self, batch, number):
        self.batch, self.number = batch, number
        self.rows = []

    def add(self, entity, first_id, hashes):
        """Add the concatenated hashes of the rows first_id, first_id + 1, …"""
        for start in range(0, len(hashes), BLOCK_ROWS * SHORT_SIZE):
            part = hashes[start : start + BLOCK_ROWS * SHORT_SIZE]
            self.rows.append(self._block(entity, first_id + start // SHORT_SIZE, part))

    def add_sparse(self, entity, found):
        """Add id → hash of rows of which the ids may have gaps."""
        first, part = None, bytearray()
        for key in sorted(found):
            if first is not None and key >= first + BLOCK_ROWS:
                self.add(entity, first, bytes(part))
                first = None
            if first is None:
                first, part = key, bytearray()
            part += NO_HASH * (key - first - len(part) // SHORT_SIZE) + found[key]
        if first is not None:
            self.add(entity, first, bytes(part))

    def reset_table(self, entity):
        """Declare all earlier hashes of this table void. Only for a batch of the kind REHASH_BATCH."""
        self.rows.append(self._block(entity, 0, b""))

    def _block(self, entity, first_id, found):
        return {
            "batch": self.batch, "number": self.number, "entity": entity, "first_id": first_id, "hashes": found,
        }  # fmt: skip

    def write(self, connection):
        """Insert the blocks. Return the hash of them all, for the event of the batch."""
        if self.rows:
            connection.execute(insert(AuditRowHashes.__table__), self.rows)
        return hash_blocks((row["entity"], row["first_id"], row["hashes"]) for row in self.rows)


def hash_blocks(blocks):
    """Return the hash over the blocks of a batch; each is (entity, first id, hashes)."""
    parts = (f"{entity} {first_id} {hashes.hex()}\n" for entity, first_id, hashes in sorted(blocks))
    return sign("".join(parts).encode()).hex()


def hash_table(connection, table, blocks):
    """Hash every row of `table` and return their number. Ids without a row get no hash."""
    count, first, hashes = 0, None, bytearray()
    columns = [table.c[name] for name, _cell in hashed_columns(table)]
    statement = select(*columns).order_by(table.c.id).execution_options(yield_per=BLOCK_ROWS)
    for row in connection.execute(statement).mappings():
        if first is not None and row["id"] >= first + BLOCK_ROWS:
            blocks.add(table.name, first, bytes(hashes))
            first = None
        if first is None:
            first, hashes = row["id"], bytearray()
        hashes += NO_HASH * (row["id"] - first - len(hashes) // SHORT_SIZE)
        hashes += short_hash(format_row(table, row.__getitem__))
        count += 1
    if first is not None:
        blocks.add(table.name, first, bytes(hashes))
    return count


def next_batch_number(connection, batch):
    """Return the number of the next batch of this kind."""
    last = select(func.max(AuditRowHashes.number)).where(AuditRowHashes.batch == batch)
    return (connection.scalar(last) or 0) + 1


def matches_hash(text, stored):
    """Return True if the text of a row has this hash, full (str) or short (bytes)."""
    return hash_text(text) == stored if isinstance(stored, str) else short_hash(text) == stored
