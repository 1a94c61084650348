"""The example of docs/development.md, followed word by word in a copy of the project."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

import config
from app.cli.new_model import add_code
from app.kernel.database import engine
from tests import nightly
from tests.house.source_files import PROJECT
from tests.house.test_rule_book import find_documented
from tests.started_servers import Started

MOST_LINES, MOST_FILES = 40, 6
NOT_COPIED = shutil.ignore_patterns(".venv", ".git", "var", "*.db*", "node_modules")
BLOCK = re.compile(r"```(sh|diff)\n(.*?)```", re.DOTALL)
OF_THE_MODEL = "tests/cli/lost_item_checks.py"
# The tests that read every model: three days in a row run all of them.
CHECKS = (
    "tests/house/test_rule_levels.py",
    "tests/kernel/access/test_row_level_security.py::test_every_scoped_table_has_row_level_security",
    "tests/house/test_row_filter.py",
    "tests/help/test_help.py",
    "tests/kernel/access/test_row_level_security.py::test_plain_sql_finds_rows_of_own_province_only",
    "tests/house/test_docs.py", "tests/house/test_migrations.py", "tests/house/test_dictionary.py",
    "tests/house/test_field_lists.py", "tests/house/test_record_lock.py", "tests/house/test_rule_book.py",
    "tests/house/test_roles.py", "tests/house/test_api.py",
    "tests/audit_review/test_event_sentences.py::test_every_audited_record_type_has_a_label",
    "tests/test_openapi.py",
)  # fmt: skip


def read_steps():
    """Return (kind, lines) of each block of the section about a new model."""
    text = (PROJECT / "docs/development.md").read_text("utf-8")
    section = text.partition("\n## A model\n")[2].partition("\n## ")[0]
    return [(kind, body.splitlines()) for kind, body in BLOCK.findall(section)]


def read_edit(lines):
    """Return (path, old text, new text) of a block; a block without old text is appended to its file."""
    path = lines[0].removeprefix("# ")
    old = [line[1:] for line in lines[1:] if not line.startswith("+")]
    new = [line[1:] for line in lines[1:] if not line.startswith("-")]
    return path, "\n".join(old), "\n".join(new)


def test_example_fits_into_the_limits_of_lines_and_files():
    lines, files = 0, set()
    for kind, body in read_steps():
        if kind == "sh":
            lines += len(body)
        else:
            lines += sum(line.startswith("+") for line in body)
            files.add(body[0])
    assert lines <= MOST_LINES and len(files) <= MOST_FILES, (lines, files)


def test_rule_of_the_example_has_a_free_number():
    numbers = {number for _kind, body in read_steps() for number in re.findall(r"V\d{3}", "\n".join(body))}
    assert len(numbers) == 1 and numbers.isdisjoint(find_documented()), (
        "docs/development.md: take the next free number"
    )


def test_added_code_imports_no_known_name_again():
    module = '"""Models."""\n\nfrom app.cases.models import Case, Exhibit\n\n\nclass Old:\n    pass\n'
    imports = "from app.cases.models.case import Case\nfrom datetime import date, datetime"
    added = add_code(module, imports, "class New:\n    pass\n")
    assert added.count("Case") == 1 and "from datetime import date, datetime\n" in added
    assert added.endswith("class Old:\n    pass\n\n\nclass New:\n    pass\n")


class Copy:
    """A copy of the project with a database."""

    def __init__(self, folder, database):
        self.root, self.data, self.started = folder / "project", folder / "data", None
        shutil.copytree(PROJECT, self.root, ignore=NOT_COPIED)
        self.data.mkdir(mode=0o700)
        shutil.copyfile(database, self.data / "register.db")
        (self.data / "register.db").chmod(0o600)

    @property
    def settings(self):
        return {
            "ECRIME_DATA_DIR": str(self.data),
            "ECRIME_AUDIT_KEY_FILE": str(config.AUDIT_KEY_FILE),
            "TESTS_HOME": str(self.root.parent),
        }

    def run_tests(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ECRIME_")}
        environment.pop("PYTEST_XDIST_WORKER", None)
        return self.check(
            subprocess.run(
                [sys.executable, "-m", "pytest", *arguments],
                cwd=self.root, env=environment | self.settings, capture_output=True, text=True, check=False,
            )
        )  # fmt: skip

    def run_command(self, *words):
        """Run a command of `run.py`. All commands between two edits are forks of one process, which imports once."""
        self.started = self.started or Started(self.root)
        return self.check(self.started.run(words, "", self.settings))

    def check(self, result):
        assert result.returncode == 0, f"{result.args}: {result.stdout[-6000:]}{result.stderr[-3000:]}"
        return result.stdout

    def run_commands(self, lines):
        for line in "\n".join(lines).replace("\\\n", " ").splitlines():
            self.run_command(*shlex.split(line.removeprefix("python3 run.py ")))

    def close(self):
        """Forget what the commands have imported."""
        if self.started:
            self.started.close()
            self.started = None

    def edit(self, lines):
        self.close()
        path, old, new = read_edit(lines)
        file = self.root / path
        text = file.read_text("utf-8") if file.exists() else ""
        if old:
            assert text.count(old) == 1, f"{path}: {old!r} occurs {text.count(old)} times"
            text = text.replace(old, new)
        else:
            text += new + "\n"
        file.write_text(text, "utf-8")

    def query(self, statement):
        with sqlite3.connect(self.data / "register.db") as connection:
            return connection.execute(statement).fetchone()[0]


@pytest.mark.slow
@pytest.mark.nightly(name="matrix")
def test_documented_model_works_on_a_filled_database(registers, tmp_path):
    with closing(Copy(tmp_path, registers("sqlite").template)) as project:
        project.run_command("demo", "--cases", "20", "--persons", "40", "--orders", "6", "--custody", "6")
        persons = project.query("SELECT count(*) FROM person")
        for kind, lines in read_steps():
            (project.run_commands if kind == "sh" else project.edit)(lines)
        assert "has the Khmer of each message" in project.run_command("translations")
        project.run_command("migrate")
        assert project.query("SELECT count(*) FROM person") == persons > 0
        assert project.query("SELECT count(*) FROM lost_item") == 0
        assert project.query("SELECT count(*) FROM sqlite_master WHERE name LIKE 'lock_lost_item_%'") == 5
        assert project.query("SELECT version_num FROM alembic_version") > engine.head_revision()
        project.run_command("audit", "anchor")
        project.run_command("audit", "verify")
        checks = nightly.some_of(CHECKS, days=3)
        project.run_tests("-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", OF_THE_MODEL, *checks)
