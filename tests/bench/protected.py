"""Time of a nationwide comparison that meets a protected person, and of one about an unknown person, asked in turn:
`python -m tests.bench.protected DATABASE-URL [TIMES]`.

A longer answer would tell a clerk that a protected person is registered. Each question is asked about many people, so
that no single record is measured. Sign-in writes to the database: use a copy.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench.report import ResultTables
from tests.bench.turns import in_turn
from tests.cases.form_data import make_theft
from tests.people.test_comparison import UNKNOWN

READER = "clerk.bb"
LARGEST = 1.1  # ratio of the medians, in either direction
PEOPLE = 40
# Protected people with a document and without an open involvement.
PROTECTED = """
    SELECT d.number, p.surname_km, p.given_km, p.surname_latin, p.given_latin, p.sex, p.born_on
    FROM person p JOIN person_document d ON d.person_id = p.id
    WHERE p.born_on IS NOT NULL AND p.voided_at IS NULL AND d.voided_at IS NULL AND d.number <> ''
    AND EXISTS (SELECT 1 FROM involvement i WHERE i.person_id = p.id AND i.protection IN ('victim', 'witness'))
    AND NOT EXISTS (SELECT 1 FROM involvement i WHERE i.person_id = p.id AND i.protection IS NULL)
    AND NOT EXISTS (SELECT 1 FROM court_order o WHERE o.person_id = p.id)
    ORDER BY p.id
"""


def measure(worker, times):
    """Return the rows of a table: question → times about protected and about unknown people, with their ratio."""
    people = worker.query(PROTECTED)[:PEOPLE]
    assert people, "The database has no protected person with a document."
    token, rows = worker.token("/entry/token-of-bench"), []
    for question, (path, make) in QUESTIONS.items():
        found = in_turn(
            times,
            protected=_ask_in_turn(worker, path, make, people, token),
            unknown=_ask_in_turn(worker, path, make, list(map(_alter, people)), token),
        )
        ours, other = found["protected"], found["unknown"]
        ratios = {
            f"ratio_{name}": max(ours[name] / other[name], other[name] / ours[name])
            for name in ("cpu", "wall")
        }
        times_of = {
            "cpu": ours["cpu"],
            "cpu_other": other["cpu"],
            "wall": ours["wall"],
            "wall_other": other["wall"],
        }
        rows.append({"page": question, **times_of, **ratios, "target": LARGEST})
    return rows


def _ask_in_turn(worker, path, make, people, token):
    turn = iter(range(10**9))

    def ask():
        return worker.answer(path, "POST", make(people[next(turn) % len(people)]) | {"csrf_token": token})

    return ask


def _alter(person):
    """Return a person of the same shape that is not in the database."""
    number, *names, sex, born_on = person
    return f"99{number[2:]}", *(f"{name}{name[-1]}" if name else name for name in names), sex, born_on


def _fill_entry(person):
    number, *_names, born_on = person
    names = dict(zip(UNKNOWN.name, person[1:5], strict=False))
    year, month, day = str(born_on)[:10].split("-")
    fields = {f"people-0-person-{name}": value or "" for name, value in names.items()}
    return make_theft(
        fields | {"people-0-document-number": number, "people-0-person-born_on": f"{day}-{month}-{year}"}
    )


QUESTIONS = {
    "card by document number": ("/lookup/card", lambda person: {"q": person[0]}),
    "card by name": ("/lookup/card", lambda person: {"q": f"{person[1]} {person[2]}"}),
    "search by document number": ("/find/", lambda person: {"q": person[0]}),
    "check of an entry": ("/entry/token-of-bench/check", _fill_entry),
}


def main(url, times="100"):
    from tests.bench.worker import Worker

    with tempfile.TemporaryDirectory() as folder:
        worker = Worker("ours", url, Path(folder), READER)
        tables = ResultTables(url.partition(":")[0], 0)
        tables.compared("protected against unknown people", measure(worker, int(times)))
        worker.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
