"""Compare the lists of letters with 1,000 and with 100,000 letters: `python -m tests.bench.letters SMALL LARGE`.

Both are URLs of copies of one demo database, which gets the letters first. The pages of both are requested in turn.
The result is the 95th percentile of the answers, in elapsed time and in processor time.
"""

import sys
from pathlib import Path

from sqlalchemy import create_engine, func, select

from app.letters.models import Letter, LetterRecipient
from tests.bench.dashboards import TIMES, compared, measure_page
from tests.bench.worker import Worker
from tests.letters.test_many_letters import PAGES, copy_rows

NUMBERS = 1_000, 100_000
MOST = 1.15  # times the milliseconds of the small database
READER, UNIT = "clerk.pp", "PC-12"
SENT = {"state": "'sent'", "sent_at": "CURRENT_TIMESTAMP"}


def fill(url, number):
    """Add letters to the unit of the reader."""
    engine = create_engine(url)
    with engine.begin() as connection:
        first = max(
            connection.scalar(select(func.max(model.__table__.c.id))) for model in (Letter, LetterRecipient)
        )
        first, last = first + 1, first + number
        copy_rows(connection, Letter, first, last, id="n", number="'L' || n", **SENT)
        copy_rows(connection, LetterRecipient, first, last, id="n", letter_id="n", to_unit_code=f"'{UNIT}'")
    engine.dispose()


def main(small_url, large_url, times=TIMES, folder=Path(".")):
    for url, number in zip((small_url, large_url), NUMBERS, strict=True):
        fill(url, number)
    workers = [Worker("ours", url, folder, READER) for url in (small_url, large_url)]
    print(f"At most {MOST} times the milliseconds.")
    print("| page | ms here | ms there | ratio | by processor | of the medians |")
    print("|---|---|---|---|---|---|")
    for path in PAGES:
        found = measure_page(workers, path, times)
        few, many, ratio, _medians = compared(found, "wall")
        _few, _many, by_processor, medians = compared(found, "cpu")
        print(f"| {path} | {few:.1f} | {many:.1f} | {ratio:.2f} | {by_processor:.2f} | {medians:.2f} |")
    for worker in workers:
        worker.close()


if __name__ == "__main__":
    small, large, *rest = sys.argv[1:]
    main(small, large, *map(int, rest))
