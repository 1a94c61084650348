"""The description of the REST API leaves out no route and no action, and docs/api.md lists the same."""

import re

import pytest

import config
from app import openapi


@pytest.fixture
def described(app):
    with app.app_context():
        return openapi.build_document()["paths"]


def test_every_route_of_the_api_is_described(app, described):
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and not rule.rule.startswith("/api/v1/menu/")
    }
    told = {
        (path, method.upper())
        for path, acts in described.items()
        for method in acts
        if method != "parameters"
    }
    assert told == there


def test_the_document_lists_read_add_and_change_actions(described):
    text = (config.ROOT / "docs" / "api.md").read_text("utf-8")
    rows = [line.split("|")[1:5] for line in text.splitlines() if line.startswith("| `")]
    told = {
        name: tuple(cell.strip().startswith("yes") for cell in cells)
        for names, *cells in rows
        if len(cells) == 3
        for name in re.findall(r"`([a-z-]+)`", names)
    }
    bases = {path.split("/")[3]: path for path in described if f"{path}{{pk}}" in described}
    found = {
        name: (True, "post" in described[path], "put" in described[f"{path}{{pk}}"])
        for name, path in bases.items()
    }
    assert told == found


def test_the_document_names_every_act(described):
    text = (config.ROOT / "docs" / "api.md").read_text("utf-8")
    table = text.partition("| resource | acts |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    told = {(names.strip(" `"), act) for names, acts in rows for act in re.findall(r"`([a-z-]+)`", acts)}
    found = {(path.split("/")[3], path.split("/")[5]) for path in described if path.count("/") == 5}
    assert told == found
