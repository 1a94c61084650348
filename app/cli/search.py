"""The commands of the search by name: `python3 run.py search …`, `python3 run.py find …`."""

import json
import os
import sys
from contextlib import contextmanager

MOST = 20  # answers to one name


def search_words(parser):
    """What `run.py search` understands."""
    parser.add_argument(
        "what",
        choices=("rebuild", "check", "train"),
        help="make the index of names anew · find what it lacks or holds too much · learn the spellings anew",
    )


def find_words(parser):
    """What `run.py find` understands."""
    parser.add_argument(
        "name", help="a name in Khmer or Latin letters; - reads one a line from standard input"
    )
    parser.add_argument("--limit", type=int, default=MOST, help="names that are answered, at most")


def search(options):
    """Look after the index of names: `check` ends with 1 where it is not what the records say."""
    if options.what == "train":
        from app.name_search import training

        return training.train(_say)
    from app.cli import setup
    from app.extensions import db
    from app.kernel.database import privileges as rights
    from app.name_search import index_rebuild as rebuild

    with setup.prepared_app().app_context():
        engine = rights.owners_engine(db.engine)
        if options.what == "rebuild":
            return rebuild.rebuild(engine, _say)
        with engine.connect() as connection:
            missing, stale = rebuild.faults(connection)
    if missing or stale:
        sys.exit(
            f"The index lacks {missing:,} entries and holds {stale:,} too many: python3 run.py search rebuild"
        )
    print("The index is what the records say.")


def find(options):
    """Find people by name; prints one JSON object a line for each name found, best first."""
    from app.cli import setup
    from app.extensions import db
    from app.kernel.actor import THE_REGISTER, act_as
    from app.name_search import cli_search as asking
    from app.search.query import Question

    app = setup.prepared_app()
    names = sys.stdin if options.name == "-" else [options.name]
    with app.app_context(), as_long_as_somebody_reads():
        act_as(db.session, THE_REGISTER)
        for name in filter(None, map(str.strip, names)):
            question = Question(text=name).with_the_year_said
            asked = {"query": name} | ({"born": question.born_from} if question.born_from else {})
            for answer in asking.answers(db.session, question.text, options.limit, question.born_from):
                _say(json.dumps(asked | answer, ensure_ascii=False))
            db.session.rollback()  # nothing was written by it; the next name reads what is there then


@contextmanager
def as_long_as_somebody_reads():
    """What comes after is not told where the reader left (`find … | head`)."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end


def _say(text):
    print(text, flush=True)
