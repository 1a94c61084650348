"""The command line: `python3 run.py COMMAND`."""

import argparse
import getpass
import os
import subprocess
import sys

import config
from app.cli import audit, search, status

# Two processes, which take tests from each other where one has done its own.
ON_TWO = ("-n", "2", "--dist", "worksteal")
PLAIN = (*ON_TWO, "-m", "not slow", "tests", "--ignore=tests/browser", "--ignore=tests/gates")


def serve(options):
    """Set up what is missing, then answer on http://127.0.0.1:PORT."""
    from app.accounts import actions, demo_users
    from app.cli import server, setup
    from app.duplicates import full_scan as sweep
    from app.extensions import db

    app = setup.prepared_app()
    if config.ENVIRONMENT == "demo":
        with setup.alone(), app.app_context():
            # The country before the users: where it fails, the next start begins with it again.
            if not demo_users.present():
                fill(
                    app,
                    cases=options.demo_cases,
                    persons=options.demo_cases * 2,
                    orders=options.demo_cases // 2,
                    held=options.demo_cases,
                    seed=1,
                )
                sweep.run(say=lambda *_words: None)
            demo_users.create()
        print(demo_users.told(options.port))
    else:
        with app.app_context():
            actions.close_unused(db.session)
    server.run(app, options.host, options.port)


def demo(options):
    """Fill the register with a synthetic country."""
    from app.accounts import demo_users
    from app.cli import setup

    app = setup.prepared_app()
    with app.app_context():
        demo_users.create()
    fill(app, options.cases, options.persons, options.orders, options.held, options.seed)


def fill(app, cases, persons, orders, held, seed):
    from app.demo import court_orders as courts
    from app.demo import custody as held_people
    from app.demo import generate as country
    from app.extensions import db
    from app.kernel.database import privileges as rights

    with app.app_context():
        engine = rights.owners_engine(db.engine)
        if cases:
            country.fill(engine, cases=cases, persons=persons, seed=seed, say=print)
        if orders:
            courts.fill(engine, orders=orders, seed=seed, say=print)
        if held:
            held_people.fill(engine, people=held, seed=seed, say=print)


def migrate(_options):
    """Bring tables and reference data up to date, and stop."""
    from app.cli import setup

    setup.prepared_app()
    print("The tables and the reference data are up to date.")


def work(options):
    """Run what was asked for in the background, one job after the other (a served register starts this itself)."""
    from app.cli import setup
    from app.jobs import worker

    ends = worker.until_it_ends(options.watched_by) if options.watched_by else lambda: False
    worker.work(setup.prepared_app(), ends)


def sweep(_options):
    """Remove what nobody needs: uploads without a record, draft or import, results past their time, keys of old forms."""
    from app.cases import drafts
    from app.cli import setup
    from app.extensions import db
    from app.imports import uploads
    from app.jobs import results
    from app.kernel.concurrency import idempotency as once
    from app.kernel.files import cleanup as unclaimed

    app = setup.prepared_app()
    with app.app_context():
        # The drafts first: what is registered meanwhile is found with its record.
        removed = unclaimed.sweep(drafts.held_files()) + results.sweep() + uploads.sweep()
        forgotten = once.forget_old(db.session)
        db.session.commit()
    print(f"Files removed: {removed}. Keys of old forms: {forgotten}")


def duplicates(_options):
    """Look through the register for records that may be one person; a run that was stopped goes on."""
    from app.cli import setup
    from app.duplicates import full_scan as sweep

    app = setup.prepared_app()
    with app.app_context():
        sweep.run()


def create_user(options):
    """Create one user; the password is asked for, or read from standard input."""
    from flask_babel import force_locale

    from app.accounts import actions
    from app.cli import setup
    from app.extensions import db
    from app.kernel.actor import THE_REGISTER, act_as

    app = setup.prepared_app()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with app.app_context(), force_locale("en"):  # a terminal seldom draws Khmer
        act_as(db.session, THE_REGISTER)
        problem = actions.create_user(
            options.username, options.name, options.role, options.unit, password, email=options.email,
            must_change_password=True,
        )  # fmt: skip
    if problem:
        sys.exit(str(problem))
    print(f"{options.username} may sign in.")


def close_unused(_options):
    """Close the accounts that nobody used for ninety days (every start does it too)."""
    from app.accounts import actions
    from app.cli import setup
    from app.extensions import db

    app = setup.prepared_app()
    with app.app_context():
        print(f"Accounts closed: {actions.close_unused(db.session)}")


def dictionary(options):
    """Write the data dictionary, docs/data-dictionary.md, from the fields."""
    from app import create_app
    from app.cli import data_dictionary as book

    with create_app(SECRET_KEY="dictionary" * 4).app_context():
        text = book.text()
    path = config.ROOT / "docs" / "data-dictionary.md"
    if options.check and path.read_text("utf8") != text:
        sys.exit("docs/data-dictionary.md is stale: python3 run.py dictionary")
    path.write_text(text, "utf8")


def openapi(_options):
    """Print how programs ask the REST API (OpenAPI 3.1)."""
    import json

    from app import create_app
    from app import openapi as description

    with create_app(SECRET_KEY="description" * 4).app_context():
        print(json.dumps(description.document(), indent=1, ensure_ascii=False))


def words(_options):
    """Bring new sentences of the code into the catalogues, and list those without Khmer."""
    from app.cli import translations as catalogue

    for message in catalogue.update():
        print(f"· {message.id}")


def roles(_options):
    """Print who may do what."""
    from app import roles as table

    print(table.sheet())


def run_tests(options):
    """Run the tests (SQLite, PostgreSQL and the code's manners; the browser's and the slower ones are in .ci/run)."""
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", *(options.words or PLAIN)]))


def check(options):
    """Read the code's manners without running it: style, imports, translations."""
    from app.web import language

    language.compile_catalogues()
    failed = [
        words
        for words in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"])
        if subprocess.call([os.path.join(os.path.dirname(sys.executable), words[0]), *words[1:]])
    ]
    sys.exit(
        bool(failed)
        or subprocess.call([sys.executable, "-m", "pytest", *ON_TWO, *options.words, "tests/house"])
    )


def bench(options):
    """Measure our pages against stock FAB's, in one run."""
    sys.exit(subprocess.call([sys.executable, "-m", "tests.bench", *options.words]))


def main(typed=None):
    parser = argparse.ArgumentParser(prog="run.py", description="E-Crime, the criminal-records register.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name, act):
        made = commands.add_parser(name, help=act.__doc__, description=act.__doc__)
        made.set_defaults(act=act)
        return made

    start = command("serve", serve)
    start.add_argument("--host", default="127.0.0.1")
    start.add_argument("--port", type=int, default=config.PORT)
    start.add_argument("--demo-cases", type=int, default=400, help="cases of the first demo start")
    country = command("demo", demo)
    country.add_argument("--cases", type=int, default=5000)
    country.add_argument("--persons", type=int, default=10000)
    country.add_argument("--orders", type=int, default=1500)
    country.add_argument("--held", type=int, default=3000, help="people who were arrested")
    country.add_argument("--seed", type=int, default=1)
    command("migrate", migrate)
    command("work", work).add_argument(
        "--watched-by", type=int, metavar="PID", help="end with the process that started it"
    )
    command("sweep", sweep)
    command("duplicates", duplicates).add_argument("what", choices=("find",))
    user = command("create-user", create_user)
    user.add_argument("username")
    user.add_argument("--name", required=True, help="name in Khmer")
    user.add_argument("--role", required=True, help="as `run.py roles` prints it")
    user.add_argument("--unit", required=True, help="code of the unit")
    user.add_argument("--email", default="")
    command("close-unused", close_unused)
    command("roles", roles)
    audit.audit_words(command("audit", audit.audit))
    audit.records_words(command("records", audit.records))
    search.search_words(command("search", search.search))
    search.find_words(command("find", search.find))
    status.status_words(command("status", status.status))
    command("clocks", status.clocks)
    command("words", words)
    command("dictionary", dictionary).add_argument(
        "--check", action="store_true", help="only say whether it is stale"
    )
    command("openapi", openapi)
    command("test", run_tests).add_argument("words", nargs=argparse.REMAINDER, help="passed on to pytest")
    command("check", check).add_argument("words", nargs=argparse.REMAINDER, help="passed on to pytest")
    command("bench", bench).add_argument("words", nargs=argparse.REMAINDER)
    options, rest = parser.parse_known_args(typed if typed is not None else sys.argv[1:] or ["serve"])
    if rest and not hasattr(options, "words"):
        parser.error(f"unknown: {' '.join(rest)}")
    if rest:  # options of pytest and of the benchmark
        options.words = rest + options.words
    if not options.command:
        parser.error("a command is needed")
    options.act(options)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. The same command begins again with what was not done.")
