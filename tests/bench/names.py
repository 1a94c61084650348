"""Quality and speed of name search: `python -m tests.bench.names URL` on a database that `demo` filled.

The names are registered in a transaction that is rolled back at the end. A search succeeds if the right name
is among the first ten names; names with the same Khmer spelling count once.

The model has learned the parts of `names.tsv` with the names of the demo, and nothing of `names_apart.tsv`;
but constants of the score were chosen with the help of that file. With `folds` after the URL, each fifth of
`names.tsv` is searched with a model that has not learned its parts.
"""

import csv
import gc
import json
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from app import create_app
from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, Scope, act_as
from app.kernel.text import collation, khmer
from app.name_search import aligner, training
from app.name_search.person_search import search_persons
from app.people.models import Person
from tests.bench.stores import settings

DATA = Path(__file__).parent / "data"
COMBINED = 150  # names combined of a family and a given name
TYPOS = 3  # for each name
FOLDS = 5
LATIN_RECORDS = "Latin → Latin record, another spelling"
CONFUSED = (("់", ""), ("ិ", "ី"), ("ី", "ិ"), ("ុ", "ូ"), ("ូ", "ុ"), ("ណ", "ន"), ("ន", "ណ"), ("ត", "ដ"), ("ដ", "ត"), ("ឡ", "ល"), ("ល", "ឡ"))  # fmt: skip
SMALL = Scope(area="23", unit="PC-23")  # Kep


def read_names(name):
    with open(DATA / f"{name}.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def combined(chance):
    """Return names of a family and a given name in use that no list combines."""
    parts = {
        kind: [row for row in read_names("name_parts") if row["part"][:3] == kind] for kind in ("fam", "giv")
    }
    for _number in range(COMBINED):
        family, given = chance.choice(parts["fam"]), chance.choice(parts["giv"])
        yield f"{family['khmer']} {given['khmer']}", f"{family['latin']} {given['latin']}"


def mistyped(chance, name):
    """Return the name with one letter less, one more, another one, or two exchanged."""
    letters = [at for at, char in enumerate(name) if char != " "]
    kind, at = chance.choice(("other", "less", "more", "exchanged")), chance.choice(letters)
    letter = chance.choice(string.ascii_lowercase.replace(name[at].lower(), ""))
    if kind == "exchanged":
        pairs = [at for at in letters if at + 1 in letters and name[at] != name[at + 1]]
        at = chance.choice(pairs)
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + {"other": letter, "less": "", "more": letter + name[at]}[kind] + name[at + 1 :]


def misheard(chance, name):
    """Return Khmer in which one letter is replaced by one often confused with it."""
    places = [
        (at, other)
        for usual, other in CONFUSED
        for at, char in enumerate(name)
        if char == usual and name[at - 1 : at] != "\u17d2"
    ]
    if not places:
        return name
    at, other = chance.choice(places)
    return name[:at] + other + name[at + 1 :]


def pairs(name):
    return [(row["khmer"], row["latin"]) for row in read_names(name)]


def questions(real, chance):
    """Return what is measured → [(text, name to find)]."""
    more, apart = list(combined(chance)), pairs("names_apart")
    swapped = [(khmer_name, " ".join(latin.split()[1:] + latin.split()[:1])) for khmer_name, latin in real]
    return {
        "Latin → Khmer record, real names": [(latin, name) for name, latin in real],
        "names of which nothing was learned": [(latin, name) for name, latin in apart],
        "names put together of real parts": [(latin, name) for name, latin in more],
        "one random typing error": [
            (mistyped(chance, latin), name) for name, latin in real for _ in range(TYPOS)
        ],
        "typing error, nothing was learned": [
            (mistyped(chance, latin), name) for name, latin in apart for _ in range(TYPOS)
        ],
        "typing error, names put together": [(mistyped(chance, latin), name) for name, latin in more],
        "given name first": [(latin, name) for name, latin in swapped],
        "without the blank": [(latin.replace(" ", ""), name) for name, latin in real],
        "Khmer with one confusion": [(misheard(chance, name), name) for name, _latin in real],
        LATIN_RECORDS: [(row["other"], row["latin"]) for row in read_names("latin_variants")],
    }


def register(session, names):
    for name in names:
        surname, _blank, given = name.partition(" ")
        script = ("surname_latin", "given_latin") if name.isascii() else ("surname_km", "given_km")
        session.add(Person(**dict(zip(script, (surname, given), strict=True)), sex="M"))
    session.flush()


def place(session, asked, name, **how):
    """Return (position of the name in the results or None, (elapsed seconds, processor seconds))."""
    begun, busy = time.perf_counter(), time.thread_time()
    matches = search_persons(session, khmer.normalize(asked), limit=20, each=1, **how)
    taken = time.perf_counter() - begun, time.thread_time() - busy
    people = {
        p.id: p for p in session.scalars(select(Person).where(Person.id.in_([m.person_id for m in matches])))
    }
    session.expunge_all()
    called = [people[match.person_id] for match in matches]
    names = [p.name_km or f"{p.surname_latin or ''} {p.given_latin or ''}".strip() for p in called]
    name = khmer.normalize(name)
    return (names.index(name) + 1 if name in names else None), taken


def measure(session, tests, **how):
    return summarize([place(session, asked, name, **how) for asked, name in tests])


def summarize(found):
    count = len(found)
    walls, busy = (sorted(taken[which] for _place, taken in found) for which in (0, 1))
    return {
        "n": count,
        "R@1": round(sum(at == 1 for at, _taken in found) / count, 3),
        "R@10": round(sum(at is not None and at <= 10 for at, _taken in found) / count, 3),
        "p50 ms": round(walls[count // 2] * 1000, 1),
        "p95 ms": round(walls[int(count * 0.95)] * 1000, 1),
        "p50 ms of the processor": round(busy[count // 2] * 1000, 1),
        "p95 ms of the processor": round(busy[int(count * 0.95)] * 1000, 1),
    }


ICU = """
const names = JSON.parse(require("fs").readFileSync(0, "utf8")), km = new Intl.Collator("km");
console.log(km.resolvedOptions().locale, names.filter((name, at) => at && km.compare(names[at - 1], name) > 0).length);
"""


def inverted(session):
    """Return the share of neighbours in our order that ICU sorts the other way; None without a Node.js with
    ICU.
    """
    if not shutil.which("node"):
        return "no Node.js"
    names = list(session.scalars(select(Person.name).distinct().where(Person.name > "ក").limit(50_000)))
    names.sort(key=collation.sort_key)
    process = subprocess.run(
        ["node", "-e", ICU], input=json.dumps(names), capture_output=True, text=True, check=True
    )
    locale, wrong = process.stdout.split()
    return {"locale": locale, "neighbours": len(names) - 1, "inverted": int(wrong) / (len(names) - 1)}


def in_folds(session, real):
    """Search the real names, each with a model that has not learned its parts."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for fold in range(FOLDS):
            asked, model = real[fold::FOLDS], Path(folder, "model.json")
            parts = {part for name, _latin in asked for part in khmer.normalize(name).split()}
            training.train_model(lambda _text: None, model, parts)
            aligner.set_model_file(model)
            found += [place(session, latin, name) for name, latin in asked]
    aligner.set_model_file(aligner.MODEL_FILE)
    return summarize(found)


def main(url, folds=False):
    app, chance = create_app(**settings(url, Path("."))), random.Random(1)
    real = pairs("names")
    with app.app_context():
        act_as(db.session, SYSTEM)
        print_result("persons", db.session.scalar(select(func.count(Person.id))))
        asked = questions(real, chance)
        latin_records = asked.pop(LATIN_RECORDS)
        register(db.session, {name for tests in asked.values() for _text, name in tests})
        gc.collect()
        gc.freeze()  # as the server does
        for what, tests in asked.items():
            print_result(what, measure(db.session, tests))
        if folds:
            print_result("real names in folds", in_folds(db.session, real))
        usual = asked["Latin → Khmer record, real names"]
        print_result("the wider answer", measure(db.session, usual, wider=True))
        act_as(db.session, Actor(scope=SMALL))
        print_result("asked from a small province", measure(db.session, usual))
        db.session.rollback()
        act_as(db.session, SYSTEM)
        # Last: some are transliterations of the others and would precede the names written in Khmer.
        register(db.session, {name for _text, name in latin_records})
        print_result(LATIN_RECORDS, measure(db.session, latin_records))
        db.session.rollback()
        act_as(db.session, SYSTEM)
        print_result("sorted against ICU", inverted(db.session))


def print_result(what, found):
    print(json.dumps({what: found}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], folds="folds" in sys.argv[2:])
