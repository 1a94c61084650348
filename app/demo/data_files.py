"""The files in `data/`: tables with a heading line, and TOML where a table would not do."""

import csv
import tomllib
from pathlib import Path

from app.kernel.text import khmer

DATA = Path(__file__).parent / "data"


def table(name):
    """The rows of one tab-separated file, as dicts of text in the normal form of `kernel.khmer`."""
    with open(DATA / f"{name}.tsv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [dict(zip(header, map(khmer.normal, line), strict=True)) for line in lines]


def tree(name):
    """The content of one TOML file, every text in normal form."""
    with open(DATA / f"{name}.toml", "rb") as file:
        return _normal(tomllib.load(file))


def _normal(value):
    if isinstance(value, str):
        return khmer.normal(value)
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    return value
