"""The outcome of each row of an imported file: each row has one.

A batch stores the outcomes of its rows: rows in sequence with one outcome are one line, [first row, last row, outcome,
reference]. What became of a rejected row is read from its entry, because an officer may fix it later. Rows that no line
names were skipped (`outcome_rows`).
"""
# unrestricted: adds the outcomes in the batch that creates the records

import json

from sqlalchemy import insert

from app.extensions import db
from app.imports.models import ImportOutcomes

IMPORTED, MERGED, REJECTED, KNOWN, REPEATED = "imported", "merged", "rejected", "known", "repeated"


def save(run_id, entries, known):
    """Add the outcomes of a batch of a file; a fixed entry keeps its line."""
    lines = _build_lines(run_id, [entry for entry in entries if entry.id is None], known)
    if lines:
        text = json.dumps(lines, separators=(",", ":"))
        db.session.execute(insert(ImportOutcomes.__table__), [{"run_id": run_id, "lines": text}])


def _build_lines(run_id, entries, known):
    lines = []
    for entry in entries:
        is_wrong = entry.is_wrong
        for place, (row, _cells) in enumerate(entry.rows):
            outcome, about = _find_outcome(run_id, entry, place, is_wrong, known)
            last = lines[-1] if lines else None
            if last and last[1:] == [row - 1, outcome, about]:
                last[1] = row
            else:
                lines.append([row, row, outcome, about])
    return lines


def _find_outcome(run_id, entry, place, is_wrong, known):
    """Return (outcome, what it refers to) of a row: an import and row, the row repeated, or the id of a person."""
    if id(entry) in known:
        imported, row = known[id(entry)]
        return KNOWN, [imported or run_id, row]
    if is_wrong:
        return REJECTED, None
    if place in entry.repeated:
        return REPEATED, entry.repeated[place]
    return (MERGED, entry.merged[place].id) if place in entry.merged else (IMPORTED, None)
