"""The data dictionary is generated from the fields, and the committed copy is current."""

from app.cli import data_dictionary
from tests.house.source_files import PROJECT

WRITTEN = PROJECT / "docs/data-dictionary.md"


def test_the_dictionary_in_the_docs_is_fresh(registers):
    with registers("sqlite").app.app_context():
        found = data_dictionary.render_dictionary()
    assert WRITTEN.read_text("utf-8") == found, "docs/data-dictionary.md is stale: python3 run.py dictionary"


def test_every_table_with_fields_is_in_the_dictionary_once(registers):
    with registers("sqlite").app.app_context():
        found, tables = (
            data_dictionary.render_dictionary(),
            [model.__tablename__ for model in data_dictionary.find_declared_models()],
        )
    assert {"case", "person", "involvement", "place", "unit", "code"} <= set(tables)
    for table in tables:
        assert found.count(f"\n## {table}\n") == 1


def test_dictionary_column_has_labels_list_and_screens(registers):
    with registers("sqlite").app.app_context():
        lines = data_dictionary.render_dictionary().splitlines()
    role = next(line for line in lines if line.startswith("| `role` |"))
    assert (
        "Role in the case" in role and "code of `role`" in role and "| yes |" in role and "list show" in role
    )
    assert any("\u1780" <= letter <= "\u17ff" for letter in role)
    place = next(line for line in lines if line.startswith("| `place_code` |"))
    assert "key of `place`" in place
