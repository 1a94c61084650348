"""Duration of the deadline alerts with many deadlines due, and whether each alert is sent once after
repeated kills: `python -m tests.bench.deadlines URL [STEPS [KILLS]]`.

STEPS unanswered matches are due, and the custody deadlines with them. The time is the same in each copy of a
database, so a killed run and a complete run are comparable: both print a checksum of the notifications.
Writes to the database: use a copy.
"""

import hashlib
import multiprocessing
import sys
import time
from pathlib import Path

from sqlalchemy import create_engine, func, select, update

from app import create_app
from app.court_orders.models import OrderMatch
from app.court_orders.notifications import LATE
from app.custody.models import SentAlert
from app.inbox.models import Message
from app.kernel import scheduler
from app.kernel.text import dates
from tests.bench import stores, waiting

hit, message, told = OrderMatch.__table__.c, Message.__table__.c, SentAlert.__table__.c
TO_WHOM = (message.text_key, message.entity, message.entity_id, message.to_role, message.to_unit_code)


def _work(pipe, url, folder, moment):
    """Run the deadline alerts in a process of its own, at a fixed time."""
    dates.now = lambda: moment
    app = create_app(**stores.settings(url, folder))
    begun = time.monotonic(), time.process_time()
    steps = scheduler.run_jobs(app)
    pipe.send((steps, time.monotonic() - begun[0], time.process_time() - begun[1]))


def _begun(url, folder, moment):
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, url, folder, moment), daemon=True)
    process.start()
    return process, ours


def _make_due(connection, steps):
    """Return the time at which exactly `steps` matches are late."""
    moment = connection.scalar(select(func.max(hit.due_at)))
    late = connection.scalars(
        select(hit.id).where(hit.state == "waiting", hit.escalated == 0).order_by(hit.id).limit(steps)
    ).all()
    if len(late) < steps:
        sys.exit(f"Only {len(late):,} hits wait here")
    connection.execute(update(OrderMatch).values(due_at=moment))
    connection.execute(update(OrderMatch).where(hit.id <= late[-1]).values(due_at=moment - waiting.A_MINUTE))
    return moment


def main(url, steps=40_000, kills=0, folder=Path(".")):
    steps, kills = int(steps), int(kills)
    waiting.fill(url, folder)
    engine = create_engine(url)
    with engine.begin() as connection:
        moment = _make_due(connection, steps)
        before = connection.scalar(select(func.coalesce(func.max(message.id), 0)))
    fresh = message.id > before
    for number in range(1, kills + 1):
        process, _pipe = _begun(url, folder, moment)
        _wait_for(engine, fresh, number * steps // (kills + 1))
        process.kill()
        process.join()
        print(f"killed when {_count(engine, fresh):,} were told", flush=True)
    for _run in ("the rest", "again"):
        process, pipe = _begun(url, folder, moment)
        taken, wall, cpu = pipe.recv()
        process.join()
        print(f"{taken}: {wall:.1f} s, {cpu:.1f} s of its processor", flush=True)
    _judge(engine, fresh, steps, moment)


def _wait_for(engine, fresh, messages):
    while _count(engine, fresh) < messages:
        time.sleep(0.02)


def _count(engine, fresh):
    with engine.connect() as connection:
        return connection.scalar(select(func.count(message.id)).where(fresh))


def _judge(engine, fresh, steps, moment):
    """Print who was notified twice or not at all, and the checksum of the notifications."""
    with engine.connect() as connection:
        rows = sorted(map(repr, connection.execute(select(*TO_WHOM).where(fresh))))
        late = connection.scalar(select(func.count(message.id)).where(fresh, message.text_key == LATE))
        marks = connection.scalar(select(func.count()).where(told.sent_at == moment))
    number = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
    print(
        f"{len(rows):,} messages, {len(rows) - len(set(rows)):,} of them twice, {steps - late:,} of hits missing"
    )
    print(f"{marks:,} marks of clocks; all that was told: {number}")


if __name__ == "__main__":
    main(*sys.argv[1:])
