"""Quick search compared with a stock «contains» search of the same names on the same rows, the answer that
follows it, and full-text search: whole requests, in elapsed milliseconds.
"""

import random
import re

from tests.bench.turns import share

QUICK = {"p50": 25, "p95": 60, "times": 30}  # `times` faster than stock
WIDER, SUGGESTED, KNOWN, TEXT = {"p95": 150}, {"p95": 60}, {"p95": 60}, {"p95": 60}
LENGTHS = (2, 3, 4, 6, 9, 14)  # letters of a search text


def measure(ours, stock, times):
    """Return what → p50, p95 and the targets; and how much faster than stock the quick search is."""
    token = ours.token("/find/")
    chance, times_ms = (
        random.Random(1),
        {name: [] for name in ("quick", "stock", "wider", "suggested", "known", "text")},
    )

    def request(what, worker, path, data=None):
        sent = data | {"csrf_token": token} if data else None
        answer = worker.answer(path, "POST" if data else "GET", sent)
        assert answer["status"] == 200, f"{path}: {answer['status']}"
        times_ms[what].append(answer["wall"])
        return answer["text"]

    for surname, given in _names(ours, times):
        page = request("quick", ours, "/find/", {"q": f"{surname} {given}"})
        # Each name once, because stock takes half a second or two for it.
        request("stock", stock, f"/person/list/?_flt_2_surname_latin={surname}&_flt_2_given_latin={given}")
        request("wider", ours, "/find/more", {"search": re.search('data-search="([^"]+)"', page)[1]})
        request("suggested", ours, "/find/suggest", {"q": f"{surname} {given}"[: chance.randint(2, 9)]})
        request("known", ours, "/lookup/card", {"q": f"{surname} {given}"[: chance.randint(1, 9)]})
    for words in _words(ours, times, chance):
        request("text", ours, "/text-search/", {"q": words})
    targets = {
        "quick": QUICK,
        "wider": WIDER,
        "suggested": SUGGESTED,
        "known": KNOWN,
        "text": TEXT,
        "stock": {},
    }
    found = {what: _summarize(sorted(one), targets[what]) for what, one in times_ms.items()}
    found["ratio"] = found["stock"]["p50"] / found["quick"]["p50"]
    return found


def _summarize(times_ms, target):
    return {
        "p50": share(times_ms, 0.5),
        "p95": share(times_ms, 0.95),
        "asked": len(times_ms),
        "target": target,
    }


def _names(worker, times):
    keys = _keys(worker, "person", 2 * times)
    asked = f"SELECT surname_latin, given_latin FROM person WHERE id IN ({keys}) AND surname_latin <> ''"  # noqa: S608
    return [row for row in worker.query(asked) if all(row)][:times]


def _words(worker, times, chance):
    """Return pieces of narratives, as people remember them."""
    keys = _keys(worker, "case", times)
    for (summary,) in worker.query(f'SELECT summary FROM "case" WHERE id IN ({keys})'):  # noqa: S608
        size, letters = chance.choice(LENGTHS), summary.replace(" ", "")
        start = chance.randrange(len(letters) - size)
        yield letters[start : start + size]


def _keys(worker, table, size):
    """Return keys from the whole table, as a list in SQL."""
    highest = worker.query(f'SELECT max(id) FROM "{table}"')[0][0]  # noqa: S608
    return ", ".join(str(highest * part // (size + 1)) for part in range(1, size + 1))
