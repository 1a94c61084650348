"""The project's English: standard words in code, docs and messages, and standard names for modules and functions."""

import ast
import io
import re
import tokenize
from functools import cache

from app.cli.translations import extract_own_messages
from tests.house.source_files import MODULES, PROJECT, named, tree

ARCHAIC = re.compile(
    r"\b(whom|whose|whoever|whosoever|anew|beside|thereof|thereby|told|tells?|stands?|stood|lies|lest|heed|shut|somebody"
    r"|nobody|everybody|hangs?|hung|mend(?:s|ed|ing)?|borne|parted|so far|of before|the own|struck out)\b",
    re.IGNORECASE,
)
ALLOWED = re.compile(r"\bstands? trial\b", re.IGNORECASE)
MOST_PER_THOUSAND = 1
MOST_WORDS = 20

# A module or public function that bears one of these alone says nothing to a reader.
VAGUE_NAMES = re.compile(
    r"of|told|tell|said|say|kept|keep|held|hold|made|make|given|give|asked|ask|read|hear|hang|parts?|walks?|walls?|doors?"
    r"|slips?|leaf|leaves|eye|hands?|looks?|looking|once|meanwhile|passed|doubles|wholes|marked|homing|ticking|garbage"
    r"|unclaimed|openings|telling|seeing|following|comparing|running|executing|belonging|called|decided|everywhere|many"
    r"|lines|reach|gates"
)


def comments_and_docstrings(path):
    """Return the comments and docstrings of a Python file as one text."""
    source = path.read_text("utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(node) or "" for node in ast.walk(tree(path)) if isinstance(node, documented)]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return "\n".join([*texts, *(token.string for token in tokens if token.type == tokenize.COMMENT)])


def prose():
    """Yield (place, text) of every English text that an engineer or a user reads."""
    code = [
        *MODULES,
        *sorted((PROJECT / "tests").rglob("*.py")),
        *sorted((PROJECT / "migrations").rglob("*.py")),
    ]
    for path in (*code, PROJECT / "run.py", PROJECT / "config.py"):
        yield named(path), comments_and_docstrings(path)
    documents = [one for one in sorted((PROJECT / "docs").rglob("*.md")) if not one.name.endswith(".km.md")]
    for path in (PROJECT / "README.md", *documents):
        yield named(path), path.read_text("utf-8")
    yield from (("message", text) for text in read_messages())


@cache
def read_messages():
    """Return the English text of every message, with both forms of a plural."""
    ids = (message.id for message in extract_own_messages())
    return [text for one in ids for text in ([one] if isinstance(one, str) else one)]


def test_sentences_of_messages_have_at_most_twenty_words():
    sentences = (one for text in read_messages() for one in re.split(r"(?<=[.?:;])\s", text))
    long = [one for one in sentences if len(re.findall(r"%\(\w+\)s|[\w’'-]+", one)) > MOST_WORDS]
    assert not long, f"{long}: write two sentences"


def test_prose_archaic_words_are_rare():
    found, words = [], 0
    for place, text in prose():
        words += len(text.split())
        found += [f"{place}: {match[0]}" for match in ARCHAIC.finditer(ALLOWED.sub("", text))]
    assert len(found) * 1000 <= MOST_PER_THOUSAND * words, f"{len(found)} in {words} words: {sorted(found)}"


def test_modules_and_functions_have_telling_names():
    vague = [named(path) for path in MODULES if VAGUE_NAMES.fullmatch(path.stem)]
    for path in MODULES:
        defined = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]
        vague += [
            f"{named(path)}:{node.lineno}: {node.name}"
            for node in defined
            if VAGUE_NAMES.fullmatch(node.name)
        ]
    assert not vague, f"Name a module by what it holds, a function by verb and object: {vague}"
