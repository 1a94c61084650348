"""Loading the reference tables: once, again, and after the files have changed."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.kernel.database.versioned_cache import Version
from app.kernel.schema.code_lists import Code
from app.kernel.text import dates, khmer
from app.reference import load as loader
from app.reference.models import Court, Law, Offence, Place, Prison, Unit


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A copy of the data files that a test may change."""
    copy = tmp_path / "data"
    shutil.copytree(loader.DATA, copy)
    monkeypatch.setattr(loader, "DATA", copy)
    return copy


@pytest.fixture
def session(register):
    """What a test writes is taken back."""
    yield db.session
    db.session.rollback()


def lines_of(files, name):
    return (files / name).read_text(encoding="utf-8").splitlines(keepends=True)


def write(files, name, lines):
    (files / name).write_text("".join(lines), encoding="utf-8")


def change(files, name, old, new):
    write(files, name, [line.replace(old, new) for line in lines_of(files, name)])


def counts(session):
    return dict(session.execute(select(Version.name, Version.count)).all())


def test_every_table_holds_all_rows_of_its_file(session):
    files = {
        Code: "codes",
        Place: "places",
        Unit: "units",
        Court: "courts",
        Prison: "prisons",
        Law: "laws",
        Offence: "offences",
    }
    for model, name in files.items():
        assert session.scalar(select(func.count()).select_from(model)) == len(loader.read(name)) > 0


def test_a_village_knows_what_it_lies_in_and_how_it_sorts(session):
    village = session.get(Place, "02031001")
    assert village.level == 4
    assert village.parent.parent.parent.name_en == "Battambang"
    assert village.name_sort == khmer.sort_key(village.name_km)
    assert village.search_text.count("|") == 3
    assert village.valid_to is None


def test_a_commune_has_its_point_and_a_village_none(session):
    assert 12 < session.get(Place, "020310").latitude < 14
    assert session.get(Place, "02031001").latitude is None


def test_a_word_that_is_not_sure_is_marked_as_to_be_confirmed(session):
    marked = select(Code.to_confirm).where(Code.list == "participation", Code.key == "instigator")
    assert session.scalar(marked) is True


def test_a_second_load_of_the_same_files_writes_nothing(session):
    before = counts(session)
    assert loader.load(session) == {}
    assert counts(session) == before


def test_a_load_through_a_connection_does_the_same(register):
    with db.engine.begin() as connection:
        assert loader.load(connection) == {}


def test_a_changed_file_writes_only_the_changed_row_and_tells_the_caches(session, files):
    before = counts(session)
    change(files, "codes.tsv", "role\tsuspect\tជនសង្ស័យ\t", "role\tsuspect\tជនត្រូវសង្ស័យ\t")
    written = loader.load(session)
    assert {name: rows for name, rows in written.items() if rows} == {"code": 1}
    assert (
        session.scalar(select(Code.name_km).where(Code.list == "role", Code.key == "suspect")) == "ជនត្រូវសង្ស័យ"
    )
    after = counts(session)
    assert after["codes"] == before["codes"] + 1
    assert len([name for name in after if name.startswith(loader.STAMP)]) == 1


def test_text_that_is_typed_otherwise_in_a_file_is_stored_in_normal_form(session, files):
    change(files, "places.tsv", "08\tកណ្តាល\t", "08\tកណ្\u178aាល\u200b\t")
    loader.load(session)
    assert session.get(Place, "08").name_km == "កណ្តាល"


def test_a_row_that_left_its_file_is_retired_and_never_deleted(session, files):
    write(
        files,
        "places.tsv",
        [line for line in lines_of(files, "places.tsv") if not line.startswith("02031001\t")],
    )
    loader.load(session)
    assert session.get(Place, "02031001").valid_to == dates.now().date() - timedelta(days=1)


def test_a_row_that_came_back_to_its_file_is_in_force_again(session, files):
    whole = lines_of(files, "places.tsv")
    write(files, "places.tsv", [line for line in whole if not line.startswith("02031001\t")])
    loader.load(session)
    write(files, "places.tsv", whole)
    loader.load(session)
    assert session.get(Place, "02031001").valid_to is None


def test_a_row_that_left_a_file_without_days_in_force_stays_as_it_is(session, files):
    write(
        files, "units.tsv", [line for line in lines_of(files, "units.tsv") if not line.startswith("D-TECH\t")]
    )
    loader.load(session)
    assert session.get(Unit, "D-TECH") is not None


def test_what_was_corrected_or_added_in_the_register_outlives_a_load(session, files):
    corrected = session.scalars(select(Code).where(Code.list == "weapon", Code.key == "gun")).one()
    corrected.name_km, corrected.to_confirm = "អាវុធកាំភ្លើង", False
    session.add(Code(list="weapon", key="harpoon", name_km="ច្បូក", name_en="Harpoon", position=999))
    session.flush()
    change(files, "codes.tsv", "role\twitness\tសាក្សី\tWitness", "role\twitness\tសាក្សី\tA witness")
    loader.load(session)
    assert corrected.name_km == "អាវុធកាំភ្លើង"
    assert (
        session.scalars(select(Code.valid_to).where(Code.list == "weapon", Code.key == "harpoon")).one()
        is None
    )


def test_a_load_says_after_each_table_how_far_it_is(session, files):
    change(files, "laws.tsv", "NS/RKM/1109/022", "NS/RKM/1109/022 ")
    told = []
    loader.load(session, progress=lambda table, rows: told.append(table))
    assert told == ["code", "place", "unit", "court", "prison", "law", "time_limit", "offence"]
