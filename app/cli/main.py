"""The command line: `python3 run.py COMMAND`."""
# unrestricted: runs commands as the system
# commits: the clean-up command

import argparse
import getpass
import os
import subprocess
import sys

import config
from app.cli import audit, backup, doctor, imports, search, statistics, status, users
from app.kernel.database.transactions import commit

# Two processes; a process that is done takes tests from the other.
TWO_PROCESSES = ("-n", "2", "--dist", "worksteal")
# Python's memory in huge pages of Linux: on a virtual computer with slow page tables, tests take half the time.
HUGE_PAGES = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
# Long run → the numbers of its tests, which have the marker `nightly` with its name.
NIGHTLY = {
    "machines": {"MACHINE_RUNS": "200", "MACHINE_STEPS": "50"},
    "insider": {"INSIDER_RUNS": "200", "INSIDER_STEPS": "50", "MATRIX_STEP": "1"},
    "statuses": {"STATUS_RUNS": "500", "STATUS_STEPS": "60"},
    "statistics": {
        "STATISTICS_QUERIES": "10000",
        "STATISTICS_CASES": "60",
        "STATISTICS_QUESTIONS": "1000",
        "STATISTICS_CUBES": "500",
        "STATISTICS_COUNTRY": "500000",
    },
    "imports": {"IMPORT_FILES": "2000"},
    "races": {"EDIT_RACES": "100"},
    "matrix": {"MATRIX_STEP": "1"},
    "pages": {"MATRIX_STEP": "1"},
    "api": {"API_QUESTIONS": "20", "MATRIX_STEP": "1"},
    "kills": {"IMPORT_KILLS": "20", "SERVER_KILLS": "10", "MATRIX_STEP": "1"},
    "memory": {"MEMORY_ROUNDS": "1500", "MATRIX_STEP": "1"},
}
MUTATION = "mutation"
ELSEWHERE = ("tests/browser", "tests/gates", "tests/house")  # `.ci/run` and `run.py check` run these
DEFAULT_TESTS = (*TWO_PROCESSES, "-m", "not slow", "tests", *(f"--ignore={one}" for one in ELSEWHERE))


def serve(options):
    """Set up what is missing, then serve on http://127.0.0.1:PORT."""
    from app.accounts import actions, demo_users
    from app.cli import server, setup
    from app.demo import sequences, training
    from app.duplicates import full_scan
    from app.extensions import db

    setup.prepare_log()
    app = setup.prepare_app(serves=True, answers=True)
    if config.ENVIRONMENT == "demo":
        with setup.hold_setup_lock(), app.app_context():
            # Data before users: if it fails, the next start generates it again.
            is_new = not demo_users.list_demo_users()
            if is_new:
                fill_demo_data(
                    app,
                    cases=options.demo_cases,
                    persons=options.demo_cases * 2,
                    orders=options.demo_cases // 2,
                    arrested=options.demo_cases,
                    seed=1,
                )
                full_scan.run_full_scan(report=lambda *_text: None)
            demo_users.create_demo_users()
            if is_new:
                sequences.generate_sequences()  # saved by the demo users
            training.generate_training()
            if is_new:
                generate_office_work()
        if is_new:
            # Start again: the threads that figures and PDFs have begun here do not survive the forks of the server.
            sys.stdout.flush()
            os.execv(sys.executable, sys.orig_argv)
        print(demo_users.format_startup_message(options.port))
    else:
        with app.app_context():
            actions.close_dormant_accounts(db.session)
    server.run(app, options.host, options.port)


def practise(options):
    """Start the practice system: invented data, exercises, and a database of its own."""
    from app.cli import practice_system

    practice_system.serve(options.host, options.port, options.fresh)


def generate_demo(options):
    """Fill the database with a synthetic country."""
    from app.accounts import demo_users
    from app.cli import setup
    from app.demo import sequences, training

    if config.ENVIRONMENT != "demo":  # invented people beside real ones, and accounts with a public password
        sys.exit("Not started: only a demo system has demo data and demo users.")
    app = setup.prepare_app(serves=True)
    with app.app_context():
        demo_users.create_demo_users()
        fill_demo_data(app, options.cases, options.persons, options.orders, options.custody, options.seed)
        if options.custody:
            sequences.generate_sequences()
        training.generate_training()
        generate_office_work()


def generate_office_work():
    """Generate letters, investigations, evidence, reports and measures, each saved by the demo users."""
    from app.demo import (
        care,
        evidence,
        indices,
        investigation,
        letters,
        lineups,
        missing,
        official_reports,
        prevention,
        series,
    )  # fmt: skip

    letters.generate_letters()
    investigation.generate_investigations()
    lineups.generate_lineups()
    evidence.generate_evidence()
    indices.generate_indices()
    missing.generate_reports()
    series.generate_series()
    prevention.generate_programmes()
    care.generate_care()
    official_reports.generate_report()


def fill_demo_data(app, cases, persons, orders, arrested, seed):
    """Generate the given numbers of cases, persons, orders and people in custody."""
    from app.demo import court_orders, custody, generate
    from app.extensions import db
    from app.kernel.database import privileges

    with app.app_context():
        engine = privileges.owner_engine(db.engine)
        if cases:
            generate.generate_country(engine, cases=cases, persons=persons, seed=seed, report=print)
        if orders:
            court_orders.generate_orders(engine, orders=orders, seed=seed, report=print)
        if arrested:
            custody.generate_custody(engine, people=arrested, seed=seed, report=print)


def migrate_database(_options):
    """Update the tables and the reference data, and exit."""
    from app.cli import setup

    setup.prepare_app()
    print("The tables and the reference data are up to date.")


def run_jobs(options):
    """Run background jobs one after the other (`serve` starts this itself)."""
    from app.cli import setup
    from app.jobs import worker

    setup.prepare_log()
    has_ended = worker.build_parent_check(options.parent_pid) if options.parent_pid else lambda: False
    worker.run_worker(setup.prepare_app(serves=True), has_ended)


def delete_unused(_options):
    """Delete unreferenced uploads, expired job results and old idempotency keys."""
    from app.cases import drafts
    from app.cli import setup
    from app.extensions import db
    from app.imports import uploads
    from app.jobs import results
    from app.kernel.concurrency import idempotency
    from app.kernel.files import cleanup

    app = setup.prepare_app()
    with app.app_context():
        # Drafts first: if a draft is registered in the meantime, its files are found with the record.
        removed = (
            cleanup.delete_orphans(drafts.find_referenced_files())
            + results.remove_leftovers()
            + uploads.delete_expired()
        )
        deleted = idempotency.delete_old_keys(db.session)
        commit()
    print(f"Files deleted: {removed}. Old idempotency keys deleted: {deleted}")


def find_duplicates(_options):
    """Search all people for likely duplicates; an interrupted run continues."""
    from app.cli import setup
    from app.duplicates import full_scan

    app = setup.prepare_app()
    with app.app_context():
        full_scan.run_full_scan()


def create_user(options):
    """Create one user; the password is prompted for, or read from standard input."""
    from flask_babel import force_locale

    from app.accounts import actions
    from app.cli import setup
    from app.extensions import db
    from app.inbox.staff_messages import announce_account
    from app.kernel.actor import SYSTEM, act_as

    app = setup.prepare_app()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with app.app_context(), force_locale("en"):  # few terminals render Khmer
        act_as(db.session, SYSTEM)
        with db.session.no_autoflush:  # the notice is written with the account, after the checks
            announce_account(db.session(), options.username, options.unit)
            problem = actions.create_user(
                options.username, options.name, options.role, options.unit, password, email=options.email,
                must_change_password=True,
            )  # fmt: skip
    if problem:
        sys.exit(str(problem))
    print(f"{options.username} can sign in.")


def unlock_address(options):
    """Unlock a network address after many failed sign-ins."""
    from app.accounts import lockout
    from app.cli import setup
    from app.extensions import db
    from app.kernel.actor import SYSTEM, act_as
    from app.kernel.audit import recorder

    app = setup.prepare_app()
    with app.app_context():
        act_as(db.session, SYSTEM)
        if not lockout.unlock_address(options.address):
            sys.exit(f"{options.address} is not locked.")
        recorder.record(db.session, "sign_in.unlocked", "address", address=options.address)
        commit()
    print(f"Users at {options.address} can sign in again.")


def disable_inactive_accounts(_options):
    """Disable accounts unused for 90 days (also runs at every start in production)."""
    from app.accounts import actions
    from app.cli import setup
    from app.extensions import db

    app = setup.prepare_app()
    with app.app_context():
        print(f"Accounts disabled: {actions.close_dormant_accounts(db.session)}")


def write_dictionary(options):
    """Write the data dictionary, docs/data-dictionary.md, from the declared fields."""
    from app import create_app
    from app.cli import data_dictionary, translations

    translations.compile_catalogues()
    with create_app(SECRET_KEY="dictionary" * 4).app_context():
        text = data_dictionary.render_dictionary()
    path = config.ROOT / "docs" / "data-dictionary.md"
    if options.check and path.read_text("utf8") != text:
        sys.exit("docs/data-dictionary.md is out of date: python3 run.py dictionary")
    _write(path, text)


def _write(path, text):
    path.write_text(text, "utf8")
    print(path.relative_to(config.ROOT))


def write_statuses(_options):
    """Write the table of statuses, docs/statuses.md, from the code."""
    from app.cli import status_table

    _write(config.ROOT / "docs" / "statuses.md", status_table.render_statuses())


def write_hooks(_options):
    """Write the list of hooks, scheduled jobs and extended classes, docs/hooks.md, from the code."""
    from app.cli import hook_table

    _write(config.ROOT / "docs" / "hooks.md", hook_table.render_hooks())


def print_openapi(_options):
    """Print the description of the REST API (OpenAPI 3.1). Needs no database."""
    import json

    from app import openapi
    from app.cli import migrations

    with migrations.temporary_database():
        print(json.dumps(openapi.build_document(), indent=1, ensure_ascii=False))


def update_translations(_options):
    """Add new messages of the code to the catalogues, and list those without Khmer."""
    from app.cli import translations

    missing = translations.update_catalogue()
    path = translations.catalogue_path("km").relative_to(config.ROOT)
    print(f"{path} needs the Khmer of:" if missing else f"{path} has the Khmer of each message.")
    for message in missing:
        print(f"· {message.id}")


def print_roles(options):
    """Print the roles and their permissions, or write the list of the pages that each role may open."""
    from app import roles

    if options.write:
        test = "tests/house/test_roles.py::test_page_permissions_match_the_committed_matrix"
        environment = {**os.environ, "WRITE_ROLES": options.write}
        _write_by_test(test, environment, "tests/house/roles_golden.txt")
    else:
        print(roles.sheet())


def write_rule_examples(_options):
    """Write the examples of the rules that the help shows, from those of the tests."""
    test = "tests/help/test_help.py::test_examples_of_rules_are_up_to_date"
    environment = {**os.environ, "WRITE_RULE_EXAMPLES": "1"}
    _write_by_test(test, environment, "app/help/rule_examples.json")


def _write_by_test(test, environment, path):
    """Run the test that writes the file, and exit with its result."""
    if code := subprocess.call([sys.executable, "-m", "pytest", "-q", test], env=environment):
        sys.exit(code)
    print(path)


def create_model(options):
    """Write a new model with its fields, and its screens and REST API."""
    from app.cli import new_model

    for path in new_model.write_model(options.name, options.feature, options.of, options.fields):
        print(path.relative_to(config.ROOT))


def create_migration(options):
    """Write the next migration from the models, with record lock and row-level security. Needs no database."""
    from app.cli import migrations

    print(migrations.write_migration(options.what).relative_to(config.ROOT))


def run_tests(options):
    """Run the tests (what is marked slow, its repetition on PostgreSQL and the browser are in .ci/run)."""
    _call_pytest(options.arguments or DEFAULT_TESTS, {})


def _call_pytest(arguments, variables):
    environment = HUGE_PAGES | variables | os.environ
    # Two processes read each module, and pytest rewrites those of the tests: compile them once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", *arguments], env=environment))


def run_nightly(options):
    """Run a long test: `machines` tries 200 sequences of 50 acts, `insider` 200 of 50 acts of one account on each
    database, `statuses` 500 of 60 about two people, in any order. `statistics` compares 10,000 random queries with a recount.
    `imports` reads 2,000 damaged and hostile files on each database, `races` tries 100 pairs of simultaneous edits.
    `matrix` asks each page by each role and each list by each column, `pages` reads each page in both widths and languages
    with a browser, `api` asks 20 questions of each kind about each operation, `kills` kills imports and servers more often,
    `memory` uses a server for 1,500 rounds of pages and saves.
    `mutation` changes the code in small ways and expects that a test fails.
    """
    if options.name == MUTATION:
        sys.exit(subprocess.call([sys.executable, "-m", "tests.mutation", *options.arguments]))
    _call_pytest((*TWO_PROCESSES, "-m", f"nightly(name='{options.name}')", "tests"), NIGHTLY[options.name])


def run_checks(options):
    """Check the code: linters, import contracts, types, and the tests of tests/house. Reports all problems."""
    from app.cli import checks

    sys.exit(bool(checks.run_checks(options.arguments)))


def run_benchmark(options):
    """Compare our pages with stock FAB's in one run."""
    sys.exit(subprocess.call([sys.executable, "-m", "tests.bench", *options.arguments]))


def _add_data_commands(command):
    start = command("serve", serve)
    start.add_argument("--host", default="127.0.0.1")
    start.add_argument("--port", type=int, default=config.PORT)
    start.add_argument("--demo-cases", type=int, default=400, help="cases of the first demo start")
    training = command("practice", practise)
    training.add_argument("--host", default="127.0.0.1")
    training.add_argument("--port", type=int, default=config.PORT)
    training.add_argument("--fresh", action="store_true", help="delete all data of the practice system first")
    country = command("demo", generate_demo)
    country.add_argument("--cases", type=int, default=5000)
    country.add_argument("--persons", type=int, default=10000)
    country.add_argument("--orders", type=int, default=1500)
    country.add_argument("--custody", type=int, default=3000, help="arrested people")
    country.add_argument("--seed", type=int, default=1)
    command("migrate", migrate_database)
    command("worker", run_jobs).add_argument(
        "--parent-pid", type=int, metavar="PID", help="stop when this process ends"
    )
    command("clean-up", delete_unused)
    imports.add_import_arguments(command("import", imports.run_import))
    command("duplicates", find_duplicates).add_argument("what", choices=("find",))


def _add_account_commands(command):
    user = command("create-user", create_user)
    user.add_argument("username")
    user.add_argument("--name", required=True, help="name in Khmer")
    user.add_argument("--role", required=True, help="as printed by `run.py roles`")
    user.add_argument("--unit", required=True, help="code of the unit")
    user.add_argument("--email", default="")
    users.add_users_arguments(command("users", users.run_users))
    command("unlock-address", unlock_address).add_argument("address", help="IP address")
    command("disable-inactive", disable_inactive_accounts)


def _add_operator_commands(command):
    audit.add_audit_arguments(command("audit", audit.run_audit))
    audit.add_records_arguments(command("records", audit.run_records))
    search.add_search_arguments(command("search", search.run_search))
    search.add_find_arguments(command("find", search.find_people))
    status.add_status_arguments(command("status", status.check_status))
    command("doctor", doctor.run_doctor)
    command("deadlines", status.run_deadlines)
    statistics.add_statistics_arguments(command("statistics", statistics.run_statistics))
    backup.add_key_arguments(command("backup-key", backup.create_key))
    backup.add_backup_arguments(command("backup", backup.write_backup))
    backup.add_restore_arguments(command("restore", backup.restore_backup))
    backup.add_drill_arguments(command("drill", backup.drill_restore))


def _add_developer_commands(command):
    command("roles", print_roles).add_argument(
        "--write", nargs="?", const="new", choices=("new", "all"),
        help="write the new pages into tests/house/roles_golden.txt, or all pages again",
    )  # fmt: skip
    model = command("new-model", create_model)
    model.add_argument("name", help="name of the class: WitnessNote")
    model.add_argument("--feature", required=True, help="package in app/")
    model.add_argument(
        "--of", choices=("unit", "case", "person"), default="unit", help="defines who sees the record"
    )
    model.add_argument(
        "fields",
        nargs="+",
        metavar="FIELD:KIND",
        help="kind: date, datetime, text, number, flag, code.LIST or a number of characters; ! means required",
    )
    command("migration", create_migration).add_argument("what", help="what it does, in a few words")
    command("translations", update_translations)
    command("dictionary", write_dictionary).add_argument(
        "--check", action="store_true", help="only check whether it is up to date"
    )
    command("statuses", write_statuses)
    command("hooks", write_hooks)
    command("rule-examples", write_rule_examples)
    command("openapi", print_openapi)
    command("test", run_tests).add_argument("arguments", nargs=argparse.REMAINDER, help="passed to pytest")
    nightly = command("nightly", run_nightly)
    nightly.add_argument("name", choices=(*NIGHTLY, MUTATION))
    nightly.add_argument("arguments", nargs=argparse.REMAINDER, help="passed to the mutation run")
    command("check", run_checks).add_argument("arguments", nargs=argparse.REMAINDER, help="passed to pytest")
    command("bench", run_benchmark).add_argument("arguments", nargs=argparse.REMAINDER)


def main(arguments=None):
    os.umask(0o077)  # only the service's user may read what a command writes
    parser = argparse.ArgumentParser(prog="run.py", description="E-Crime, the criminal-records system.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name, run):
        subparser = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        subparser.set_defaults(run=run)
        return subparser

    for add_commands in (
        _add_data_commands,
        _add_account_commands,
        _add_operator_commands,
        _add_developer_commands,
    ):
        add_commands(command)
    options, rest = parser.parse_known_args(arguments if arguments is not None else sys.argv[1:] or ["serve"])
    if rest and not hasattr(options, "arguments"):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    if rest:  # options of pytest and of the benchmark
        options.arguments = rest + options.arguments
    if not options.command:
        parser.error("a command is needed")
    options.run(options)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run the same command again to continue.")
