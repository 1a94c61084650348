"""The documents describe what exists: files, commands, settings, UI texts and quoted code."""

import csv
import re
from functools import cache

import pytest

from app.cli import translations
from tests.house.khmer_checks import faults

ROOT = translations.ROOT
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISION = re.compile(r"# Decision (\d+): .+\n\nStatus: accepted\nDate: 20\d\d-\d\d-\d\d\n\n## Context\n")
GUIDES = sorted((ROOT / "docs/guide").glob("*.md"))
KHMER_GUIDES = [guide for guide in GUIDES if guide.name.endswith(".km.md")]
LARGEST = 120 * 1024  # bytes of a picture
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|^ {4,}\S.*?$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
QUOTED = re.compile("«([^»]+)»")
VARIABLE = re.compile(r"ECRIME_[A-Z_]+")
PRONOUN = re.compile("ខ្ញុំ|យើង|ត្រូវបាន(?!ឃាត់ខ្លួន|ចាប់ខ្លួន|ឃុំខ្លួន)")
OWN_NAMES = {"ខ្មែរ", "EN", "…"}  # from the language switch, and the quotation marks themselves

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text(path):
    return path.read_text("utf-8")


def commands():
    return set(re.findall(r'\bcommand\("([a-z-]+)", [a-z]', text(ROOT / "app/cli/main.py")))


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@documents
def test_every_link_and_picture_leads_somewhere(document):
    for found in LINK.findall(CODE.sub("", text(document))):
        target, _hash, part = (found[0] or found[1]).partition("#")
        if re.match("[a-z]+:", target):
            continue
        aim = (document.parent / target).resolve() if target else document
        assert aim.exists(), target
        if part:
            assert part in {anchor(line) for line in re.findall("^#+ (.+)$", text(aim), re.MULTILINE)}, part


def test_every_picture_is_shown_and_small():
    pictures = set((ROOT / "docs/pictures").glob("*.png"))
    shown = {
        (document.parent / (link[0] or link[1])).resolve()
        for document in DOCUMENTS
        for link in LINK.findall(text(document))
    }
    assert pictures and pictures <= shown
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST] == []


def test_every_decision_has_context_decision_and_consequences():
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert decisions
    for path in decisions:
        begin = DECISION.match(text(path))
        assert begin and int(begin[1]) == int(path.name[:4]), path.name
        sections = re.findall("^## (.+)$", text(path), re.MULTILINE)
        assert sections == ["Context", "Decision", "Consequences"], path.name


@documents
def test_every_command_named_is_a_command(document):
    named = set(re.findall(r"run\.py ([a-z][a-z-]*)", " ".join(CODE.findall(text(document)))))
    assert named <= commands()


def test_the_readme_names_every_command_and_every_setting():
    readme, settings = text(ROOT / "README.md"), set(VARIABLE.findall(text(ROOT / "config.py")))
    assert commands() == set(re.findall(r"^\| `([a-z-]+)` \|", readme, re.MULTILINE))
    assert settings == set(re.findall(r"^\| `(ECRIME_[A-Z_]+)` \|", readme, re.MULTILINE))


@documents
def test_every_setting_named_exists(document):
    assert set(VARIABLE.findall(text(document))) <= set(VARIABLE.findall(text(ROOT / "config.py")))


def test_quotes_of_the_documents_are_in_the_code():
    code = [text(path) for path in (ROOT / "app").rglob("*.py")]
    for document in DOCUMENTS:
        for quoted in PYTHON.findall(text(document)):
            assert any(quoted.strip() in module for module in code), quoted


def _in_english(message):
    replaced = translations.read_catalogue("en").get(message.id) if isinstance(message.id, str) else None
    return replaced.string if replaced and replaced.string else message.id


@cache
def on_screen(language):
    """Return every text that a screen may show in a language."""
    said = []
    for message in translations.read_catalogue("km"):
        words = message.string if language == "km" else _in_english(message)
        said += [words] if isinstance(words, str) else list(words)
    with (ROOT / "app/reference/data/codes.tsv").open(encoding="utf-8", newline="") as file:
        said += [row[f"name_{language}"] for row in csv.DictReader(file, delimiter="\t")]
    return said


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_quotes_of_a_guide_are_on_the_screen(guide):
    """Each guide quotes the screens in its own language; only quotes use «…»."""
    said = on_screen(guide.suffixes[0].removeprefix("."))
    quoted = {" ".join(words.split()) for words in QUOTED.findall(text(guide))} - OWN_NAMES
    assert sorted(words for words in quoted if not any(words in sentence for sentence in said)) == []


@pytest.mark.parametrize("guide", KHMER_GUIDES, ids=lambda path: path.name)
def test_the_khmer_of_a_guide_is_written_as_the_screens_are(guide):
    lines = [re.sub(r"[ |]{2,}", " ", CODE.sub("x", line)).strip() for line in text(guide).splitlines()]
    assert [(line, fault) for line in lines for fault in faults(line)] == []
    assert PRONOUN.findall(text(guide)) == []


def test_guides_have_equal_sections_in_both_languages():
    for guide in KHMER_GUIDES:
        english = guide.with_name(guide.name.replace(".km.", ".en."))
        assert len(re.findall("^## ", text(guide), re.MULTILINE)) == len(
            re.findall("^## ", text(english), re.MULTILINE)
        ), guide.name


def test_the_tests_that_security_names_are_there():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/.]+?)(?:::(\w+))?`", text)
    assert len(named) > 60
    for path, function in named:
        place = ROOT / path
        assert place.exists(), path
        assert not function or f"def {function}(" in place.read_text("utf-8"), f"{path}::{function}"


def test_security_document_answers_every_requirement():
    """Each row names a module and a test that exist, or states what is missing."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = re.findall(r"^\| ([SAR]\d\d) \| .+ \| (.+) \| (.+) \|$", text, re.MULTILINE)
    numbers = [
        f"{letter}{n:02d}" for letter, last in (("S", 36), ("A", 13), ("R", 20)) for n in range(1, last + 1)
    ]
    assert [number for number, _module, _tests in rows] == numbers
    for number, module, tests in rows:
        assert "`tests/" in tests or "*" in module + tests, f"{number} has no test and no reason"
        for path in re.findall(r"`((?:app|tests|migrations)[\w/.]*)`", module):
            assert (ROOT / path).exists(), f"{number}: {path}"
