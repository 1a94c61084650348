"""Reads the files in `data/`: tables with a heading line, and TOML for nested data."""

import csv
import tomllib
from pathlib import Path

from app.kernel.text import khmer

DATA = Path(__file__).parent / "data"


def read_table(name):
    """Return the rows of a tab-separated file as dicts of normalized text (see `kernel.text.khmer`)."""
    with open(DATA / f"{name}.tsv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [dict(zip(header, map(khmer.normalize, line), strict=True)) for line in lines]


def read_toml(name):
    """Return the content of a TOML file with all texts normalized."""
    with open(DATA / f"{name}.toml", "rb") as file:
        return _normalize(tomllib.load(file))


def _normalize(value):
    if isinstance(value, str):
        return khmer.normalize(value)
    if isinstance(value, list):
        return [_normalize(item) for item in value]
    if isinstance(value, dict):
        return {key: _normalize(item) for key, item in value.items()}
    return value
