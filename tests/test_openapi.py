"""The description of the REST API leaves out no route and no action, and docs/api.md lists the same."""

import json
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


def test_each_operation_has_a_tag_a_summary_and_the_headers_it_needs(described):
    operations = {
        act["operationId"]: act
        for acts in described.values()
        for method, act in acts.items()
        if method != "parameters"
    }
    assert all(act["tags"] and act["summary"] for act in operations.values())
    headers = {
        name: {one.get("$ref", "").split("/")[-1] for one in act["parameters"]}
        for name, act in operations.items()
    }
    assert headers["add-person-names"] >= {"IdempotencyKey", "Purpose", "CaseNumber"}
    assert headers["search-persons"] >= {"Purpose", "CaseNumber"} and "Purpose" not in headers["list-places"]


def test_description_is_served_to_each_user(clerk, app):
    served = clerk.get("/api/v1/openapi/")
    assert served.status_code == 200 and served.json["openapi"].startswith("3.1")
    with app.app_context():
        assert served.json == json.loads(json.dumps(openapi.build_document()))
    assert app.test_client().get("/api/v1/openapi/").status_code == 401


def test_each_reference_of_the_document_has_its_target(app):
    with app.app_context():
        document = openapi.build_document()
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        target = document
        for part in reference.split("/"):
            target = target[part]
        assert target, reference


def test_the_document_names_every_act(described):
    text = (config.ROOT / "docs" / "api.md").read_text("utf-8")
    table = text.partition("| resource | acts |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    told = {(names.strip(" `"), act) for names, acts in rows for act in re.findall(r"`([a-z-]+)`", acts)}
    found = {(path.split("/")[3], path.split("/")[5]) for path in described if path.count("/") == 5}
    assert told == found
