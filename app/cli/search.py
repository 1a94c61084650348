"""Commands of the name search: `python3 run.py search …`, `python3 run.py find …`."""
# unrestricted: searches the whole country, without protected people and suspects below 18

import json
import os
import sys
from contextlib import contextmanager

from app.kernel.database.transactions import rollback

MAX_MATCHES = 20  # maximum number of matches of one name


def add_search_arguments(parser):
    """Add the arguments of `run.py search`."""
    parser.add_argument(
        "what",
        choices=("rebuild", "check", "train"),
        help="rebuild the name index · count missing and stale entries · train the transliteration model again",
    )


def add_find_arguments(parser):
    """Add the arguments of `run.py find`."""
    parser.add_argument(
        "name", help="a name in Khmer or Latin letters; - reads one name per line from standard input"
    )
    parser.add_argument("--limit", type=int, default=MAX_MATCHES, help="maximum number of matches")


def run_search(options):
    """Maintain the name index; `check` exits 1 if the index is out of date."""
    if options.what == "train":
        from app.name_search import training

        return training.train_model(_print_line)
    from app.cli import setup
    from app.extensions import db
    from app.kernel.database import privileges
    from app.name_search import index_rebuild

    with setup.prepare_app().app_context():
        engine = privileges.owner_engine(db.engine)
        if options.what == "rebuild":
            return index_rebuild.rebuild_index(engine, _print_line)
        with engine.connect() as connection:
            missing, stale = index_rebuild.count_faults(connection)
    if missing or stale:
        sys.exit(
            f"The index has {missing:,} missing and {stale:,} stale entries: python3 run.py search rebuild"
        )
    print("The index matches the records.")


def find_people(options):
    """Find people by name; prints one JSON object per match, best first.

    Protected people and suspects below 18 are not found: one operator gives no reason and is no second officer.
    """
    from app.cli import setup
    from app.extensions import db
    from app.kernel.actor import Actor, Scope, act_as
    from app.name_search import cli_search
    from app.search.query import SearchQuery

    app = setup.prepare_app()
    names = sys.stdin if options.name == "-" else [options.name]
    with app.app_context(), ignore_broken_pipe():
        act_as(db.session, Actor(scope=Scope(sees_minors=False)))
        for name in filter(None, map(str.strip, names)):
            query = SearchQuery(text=name).with_birth_year
            fields = {"query": name} | ({"born": query.born_from} if query.born_from else {})
            for match in cli_search.search_by_name(db.session, query.text, options.limit, query.born_from):
                _print_line(json.dumps(fields | match, ensure_ascii=False))
            rollback()  # nothing was written; the next name must see current data


@contextmanager
def ignore_broken_pipe():
    """Stop printing when the reader of the output has closed it (`find … | head`)."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit


def _print_line(text):
    print(text, flush=True)
