"""Every filter of the large lists: alone, in pairs, with each documented order, and some of three with an order.

Each is asked for a province and for the nation.

    python -m tests.bench.filters URL [--reader manager] [--times 3] [--triples 40] [--lists Case Person] [--limit 20] [--json FILE]

A filter without an index reads the whole table when few rows match, and an order without one when many match; this
shows only with many rows. So each filter has a value that many rows have, and one that few or no rows have.
"""

import argparse
import json
import tempfile
from collections import Counter
from itertools import combinations, product
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode

from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric

from app.kernel.schema.display import foreign_key_column
from app.kernel.schema.fields import fields_of
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.record_view import RecordView
from tests.bench.turns import share
from tests.bench.worker import Worker

P95 = 150  # limit: milliseconds of any accepted combination
TRIPLES = 40  # of three filters, drawn for each list; the same in every run
SOME = 50_000  # rows of a table from which a frequent and a rare value are chosen
LARGE = (
    "Case",
    "Person",
    "CourtOrder",
    "Exhibit",
    "Involvement",
    "CaseOffence",
    "Arrest",
    "Custody",
    "Detention",
    "Judgment",
    "Sentence",
    "Release",
    "CaseDisposition",
    "PersonName",
    "PersonDocument",
    "PersonMark",
)
READERS = ("clerk.bb", "warrant.bb", "manager")
# The table and column in which the keys of a filter are counted, if it is not a column of the list.
COUNTED = {"offence": "offence_code", "family": "family"}
PLACES = {"clerk.bb": ("02", "0203"), "warrant.bb": ("02", "0203"), "manager": ("12", "0203")}
CASES = "SELECT min(id), max(id) FROM \"case\" WHERE province_code = '{}'"
UNITS = {"clerk.bb": ("PC-02", "PC-17"), "warrant.bb": ("PC-02", "PC-17"), "manager": ("GCNP", "PC-17")}


def measure(worker, reader, times, lists=LARGE, report=lambda _text: None, triples=TRIPLES):
    """Return a row for each combination: list, filters, order, milliseconds, and whether it asked to be narrowed."""
    rows = []
    for name in lists:
        list_ = _List(worker, reader, name)
        if not list_.is_readable():
            continue
        values = [list_.values(column) for column in list_.view["columns"]]
        singles = [(one,) for some in values for one in some]
        pairs = [pair for first, second in combinations(values, 2) for pair in product(first, second)]
        orders = [
            ((f"_oc_{list_.view['name']}", column), (f"_od_{list_.view['name']}", way))
            for column in list_.view["orders"]
            for way in ("asc", "desc")
        ]
        ordered = [(*single, *order) for single in ((), *singles) for order in orders]
        drawn = _draw_triples(name, values, orders, triples)
        found = [list_.ask(arguments, times) for arguments in (*singles, *pairs, *ordered, *drawn)]
        report(summarize(f"{reader}, {name}", found))
        rows += found
    return rows


def _draw_triples(name, values, orders, number):
    """Return some combinations of three filters of the list, each with one of its orders or without."""
    chance, filled = Random(name), [some for some in values if some]
    if len(filled) < 3:
        return []
    found = [[chance.choice(some) for some in chance.sample(filled, 3)] for _number in range(number)]
    return [(*three, *chance.choice([(), *orders])) for three in found]


def summarize(title, rows):
    """Return a line with the number of combinations, their p95 and those above the limit."""
    accepted = [one for one in rows if not one["narrowed"]]
    walls, cpus = (
        sorted(time for one in accepted for time in one[unit]) or [0] for unit in ("walls", "cpus")
    )
    slow = sum(median(one["cpus"]) > P95 for one in accepted)
    return (
        f"{title}: {len(rows)} combinations, {len(rows) - len(accepted)} asked to be narrowed; p50 / p95 / worst:"
        f" {share(walls, 0.5):.0f} / {share(walls, 0.95):.0f} / {walls[-1]:.0f} ms elapsed,"
        f" {share(cpus, 0.5):.0f} / {share(cpus, 0.95):.0f} / {cpus[-1]:.0f} ms of the processor;"
        f" {slow} with a median above {P95} ms of the processor"
    )


class _List:
    def __init__(self, worker, reader, name):
        self.worker, self.reader, self.view = worker, reader, worker.describe_list(name)
        self.start = f"{self.view['path']}/list/"
        self.token = worker.token(self.start)

    def is_readable(self):
        return self.worker.cost(self.start)["status"] == 200

    def ask(self, arguments, times):
        sent = dict(arguments)
        private = {key: value for key, value in sent.items() if key in self.view["private"]}
        public = urlencode({key: value for key, value in sent.items() if key not in private})
        address = f"{self.start}?{public}"
        if private:
            form = {"csrf_token": self.token, **private}
            answer = self.worker.cost(f"{self.view['path']}/search?{public}", "POST", form)
            assert answer["status"] == 302, f"{sent}: {answer['status']}"
            address = answer["location"]
        answers = [self.worker.cost(address) for _ in range(times + 1)][1:]
        assert answers[-1]["status"] == 200, f"{address}: {answers[-1]['status']}"
        return {
            "list": self.view["name"],
            "arguments": sent,
            "walls": [one["wall"] for one in answers],
            "cpus": [one["cpu"] for one in answers],
            "narrowed": all(one["narrowed"] for one in answers),
        }

    def values(self, column):
        """Return (argument, value) pairs: one that many rows have, and one that few or none have."""
        about = self.view["columns"][column]
        kind, argument = about["kind"], f"_flt_0_{column}"
        if kind == "place":
            found = PLACES[self.reader]
        elif kind == "unit":
            found = UNITS[self.reader]
        elif kind == "choices":
            found = about["choices"][:2]
        elif kind == "case":  # that the reader sees; another is refused
            found = [str(key) for key in self.worker.query(CASES.format(PLACES[self.reader][0]))[0] if key]
        elif kind == "flag":
            found = ("1", "0")
        elif kind == "day":
            found = ("01-01-2018", "01-01-2099")
        elif kind == "number":
            found = ("1990", "2099")
        elif kind == "text":
            some = self._count(about)
            one = next(iter(some), "")
            found = (one[:3], one)
        else:
            some = self._count(about)
            found = dict.fromkeys((*list(some)[:1], *list(some)[-1:]))
            if len(found) == 1 and about["codes"]:
                found |= dict.fromkeys(key for key in self.worker.code_keys(about["codes"])[:2])
            found = list(found)[:2]
        return [(argument, value) for value in found if value]

    def _count(self, about):
        """Return value → number of its rows among some rows of the table, the most frequent first."""
        table, column = about["counted"]
        of_some = f'SELECT {column} FROM "{table}" WHERE {column} IS NOT NULL LIMIT {SOME}'  # noqa: S608
        counted = Counter(str(value) for (value,) in self.worker.query(of_some))
        return dict(counted.most_common())


def describe(app, name):
    """Return what is needed to ask the list of records `name`: its path, columns, orders and private filters."""
    views = (one for one in app.extensions["appbuilder"].baseviews if isinstance(one, RecordView))
    view = next(one for one in views if one.class_permission_name == name)
    return {
        "name": type(view).__name__,
        "path": view.route_base,
        "orders": list(view.order_columns),
        "columns": {column: _describe_filter(view, column) for column in view.search_columns},
        "private": [f"_flt_0_{column}" for column in view.search_columns if view.is_private(column)],
    }


def _describe_filter(view, column):
    model = view.datamodel.obj
    meaning = (fields_of(model) | view.list_filters)[column]
    about = {"kind": "codes", "codes": meaning.codes, "counted": (model.__tablename__, column)}
    if isinstance(meaning, ListFilter):
        if meaning.lookup in ("place", "unit", "units"):
            return about | {"kind": meaning.lookup.removesuffix("s")}
        if meaning.choices:
            return about | {"kind": "choices", "choices": list(meaning.choices)}
        if meaning.lookup == "officer":
            return about | {"counted": (model.__tablename__, "recorded_by_id")}
        if column == "standing":
            return about | {"counted": ("person_status", "status")}
        return about | ({"counted": ("case_offence", COUNTED[column])} if column in COUNTED else {})
    if meaning.lookup:
        if meaning.lookup in ("place", "case"):
            return about | {"kind": meaning.lookup}
        return about | {"counted": (model.__tablename__, foreign_key_column(model, column))}
    type_ = model.__mapper__.attrs[column].columns[0].type
    if meaning.codes:
        return about
    if isinstance(type_, Boolean):
        return about | {"kind": "flag"}
    if isinstance(type_, (Date, DateTime)):
        return about | {"kind": "day"}
    return about | {"kind": "number" if isinstance(type_, (Integer, Numeric)) else "text"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--reader", nargs="+", choices=READERS, default=READERS)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument(
        "--triples", type=int, default=TRIPLES, help="combinations of three filters for each list"
    )
    parser.add_argument("--lists", nargs="+", choices=LARGE, default=LARGE)
    parser.add_argument("--limit", type=float, help="seconds after which a list asks to be narrowed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for reader in options.reader:
            worker = Worker("ours", options.url, folder, reader)
            if options.limit:
                worker.set_time_limit(options.limit)
            rows[reader] = measure(
                worker,
                reader,
                options.times,
                options.lists,
                lambda text: print(text, flush=True),
                options.triples,
            )
            worker.close()
            print(summarize(reader, rows[reader]))
            slow = sorted(rows[reader], key=lambda row: -median(row["cpus"]))[:15]
            for one in slow:
                print(
                    f"  {median(one['walls']):.0f} / {median(one['cpus']):.0f} ms"
                    f"{' narrowed' if one['narrowed'] else ''} {one['list']} {one['arguments']}"
                )
    if options.json:
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), "utf8")


if __name__ == "__main__":
    main()
