"""The command line: `python3 run.py COMMAND`."""

import argparse
import getpass
import os
import subprocess
import sys

import config


def serve(options):
    """Set up what is missing, then answer on http://127.0.0.1:PORT."""
    from app import server, setup
    from app.accounts import demo_users

    app = setup.prepared_app()
    if config.ENVIRONMENT == "demo":
        with app.app_context():
            # The country before the users: where it fails, the next start begins with it again.
            if not demo_users.present():
                fill(app, cases=options.demo_cases, persons=options.demo_cases * 2, seed=1)
            demo_users.create()
        print(demo_users.told(options.port))
    server.run(app, options.host, options.port)


def demo(options):
    """Fill the register with a synthetic country."""
    from app import setup
    from app.accounts import demo_users

    app = setup.prepared_app()
    with app.app_context():
        demo_users.create()
    fill(app, options.cases, options.persons, options.seed)


def fill(app, cases, persons, seed):
    from app.demo import country
    from app.extensions import db

    with app.app_context():
        country.fill(db.engine, cases=cases, persons=persons, seed=seed, say=print)


def migrate(_options):
    """Bring tables and reference data up to date, and stop."""
    from app import setup

    setup.prepared_app()
    print("The tables and the reference data are up to date.")


def create_user(options):
    """Create one user; the password is asked for, or read from standard input."""
    from app import setup
    from app.accounts import actions

    app = setup.prepared_app()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with app.app_context():
        problem = actions.create_user(
            options.username, options.name, options.role, options.unit, password, email=options.email
        )
    if problem:
        sys.exit(str(problem))
    print(f"{options.username} may sign in.")


def dictionary(options):
    """Write the data dictionary, docs/data-dictionary.md, from the fields."""
    from app import create_app
    from app import dictionary as book

    with create_app(SECRET_KEY="dictionary" * 4).app_context():
        text = book.text()
    path = config.ROOT / "docs" / "data-dictionary.md"
    if options.check and path.read_text("utf8") != text:
        sys.exit("docs/data-dictionary.md is stale: python3 run.py dictionary")
    path.write_text(text, "utf8")


def words(_options):
    """Bring new sentences of the code into the catalogues, and list those without Khmer."""
    from app import catalogue

    for message in catalogue.update():
        print(f"· {message.id}")


def roles(_options):
    """Print who may do what."""
    from app import roles as table

    print(table.sheet())


def run_tests(options):
    """Run the tests (SQLite, PostgreSQL and the code's manners; the browser's are in .ci/run)."""
    sys.exit(
        subprocess.call(
            [
                sys.executable,
                "-m",
                "pytest",
                *(options.words or ["-n", "2", "tests", "--ignore=tests/browser"]),
            ]
        )
    )


def check(_options):
    """Read the code's manners without running it: style, imports, translations."""
    from app import language

    language.compile_catalogues()
    failed = [
        words
        for words in (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"])
        if subprocess.call([os.path.join(os.path.dirname(sys.executable), words[0]), *words[1:]])
    ]
    sys.exit(bool(failed) or subprocess.call([sys.executable, "-m", "pytest", "tests/house"]))


def bench(options):
    """Measure our pages against stock FAB's, in one run."""
    sys.exit(subprocess.call([sys.executable, "-m", "tests.bench", *options.words]))


def main(words=None):
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
    country.add_argument("--seed", type=int, default=1)
    command("migrate", migrate)
    user = command("create-user", create_user)
    user.add_argument("username")
    user.add_argument("--name", required=True, help="name in Khmer")
    user.add_argument("--role", required=True, help="as `run.py roles` prints it")
    user.add_argument("--unit", required=True, help="code of the unit")
    user.add_argument("--email", default="")
    command("roles", roles)
    command("words", words)
    command("dictionary", dictionary).add_argument(
        "--check", action="store_true", help="only say whether it is stale"
    )
    command("test", run_tests).add_argument("words", nargs=argparse.REMAINDER, help="passed on to pytest")
    command("check", check)
    command("bench", bench).add_argument("words", nargs=argparse.REMAINDER)
    options, rest = parser.parse_known_args(words if words is not None else sys.argv[1:] or ["serve"])
    if rest and not hasattr(options, "words"):
        parser.error(f"unknown: {' '.join(rest)}")
    if rest:  # options of pytest and of the benchmark
        options.words = rest + options.words
    if not options.command:
        parser.error("a command is needed")
    options.act(options)


if __name__ == "__main__":
    main()
