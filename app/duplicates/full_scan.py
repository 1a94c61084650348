"""Scan of all records for likely duplicates.

It finds what the detection in a save misses: rows of the demo or an import, and two saves at the same moment. It reads
the values of each match key in batches and commits after each batch, so that a stopped scan resumes there.
"""
# unrestricted: scans all people as the system
# commits: each batch of the scan, so that it can be resumed

from collections import defaultdict

from sqlalchemy import select

from app.duplicates import detection
from app.duplicates.match_keys import MATCH_KEYS
from app.duplicates.models import DuplicateScan
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.people.nationwide import nationwide_session

BATCH_SIZE = 500  # key values of one step


def run_full_scan(report=print):
    """Scan all records. Return the number of pairs that gained evidence."""
    act_as(db.session, SYSTEM)
    gained = sum(_scan_key(match_key, report) for match_key in MATCH_KEYS)
    report(f"Likely duplicates: {gained:,} pairs with new evidence.")
    return gained


def _scan_key(match_key, report):
    gained, count = 0, 0
    scan = _resume_scan(match_key)
    while (step := _scan_batch(match_key, scan)) is not None:
        found, values = step
        gained, count = gained + detection.save_pairs(db.session, found), count + values
        commit()
        report(f"  {match_key.kind}: {count:,} keys, {gained:,} pairs")
    scan.ended_at = dates.now()
    commit()
    return gained


def _resume_scan(match_key):
    """Return the scan that was stopped, or a new one from the first value."""
    scan = db.session.scalar(select(DuplicateScan).where(DuplicateScan.match_key == match_key.kind))
    if scan is None:
        scan = DuplicateScan(match_key=match_key.kind, last=match_key.scan_start)
        db.session.add(scan)
    elif scan.ended_at is not None:
        scan.last, scan.ended_at = match_key.scan_start, None
    return scan


def _scan_batch(match_key, scan):
    """Return (pairs found, number of values) of the next batch, or None at the end."""
    with nationwide_session(protected_too=True) as nationwide:
        batch = match_key.next_batch(nationwide, scan.last, BATCH_SIZE)
        if not batch:
            return None
        holders = set(match_key.find_batch_holders(nationwide, batch))
    scan.last = batch[-1]
    return detection.add_matching_pairs(match_key, holders, holders, defaultdict(set)), len(batch)
