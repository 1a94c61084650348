"""Loading the reference tables: first load, second load, and after changes in the files."""

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.kernel.actor import SYSTEM, act_as, actor_of
from app.kernel.database.versioned_cache import CacheVersion
from app.kernel.schema.code_lists import Code
from app.kernel.text import dates, khmer
from app.reference import load as loader
from app.reference.models import Court, Law, Offence, Place, Prison, Unit


@pytest.fixture(scope="module")
def register(empty_tables, tmp_path_factory):
    """The tables with the shipped data, of the places with those of one province and all districts."""
    data = tmp_path_factory.mktemp("shipped") / "data"
    shutil.copytree(loader.DATA, data)
    for name in ("places.tsv", "place_points.tsv"):
        header, *lines = read_lines(data, name)
        kept = [line for line in lines if len(line.partition("\t")[0]) <= 4 or line.startswith("02")]
        write_lines(data, name, [header, *kept])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "DATA", data)
        loader.load_reference_data(db.session)
        db.session.commit()
        yield empty_tables


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A copy of the data files that a test may change."""
    copy = tmp_path / "data"
    shutil.copytree(loader.DATA, copy)
    monkeypatch.setattr(loader, "DATA", copy)
    return copy


@pytest.fixture
def session(register):
    """A session of the system that is rolled back after the test."""
    before = actor_of(db.session)
    act_as(db.session, SYSTEM)
    yield db.session
    db.session.rollback()
    act_as(db.session, before)


def read_lines(files, name):
    return (files / name).read_text(encoding="utf-8").splitlines(keepends=True)


def write_lines(files, name, lines):
    (files / name).write_text("".join(lines), encoding="utf-8")


def replace_text(files, name, old, new):
    write_lines(files, name, [line.replace(old, new) for line in read_lines(files, name)])


def load_version_counts(session):
    return dict(session.execute(select(CacheVersion.name, CacheVersion.count)).all())


def test_tables_have_all_rows_of_their_files(session):
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
        assert session.scalar(select(func.count()).select_from(model)) == len(loader.read_data_file(name)) > 0


def test_village_has_parents_sort_key_and_search_text(session):
    village = session.get(Place, "02031001")
    assert village.level == 4
    assert village.parent.parent.parent.name_en == "Battambang"
    assert village.name_sort == khmer.sort_key(village.name_km)
    assert village.search_text.count("|") == 3
    assert village.valid_to is None


def test_commune_has_a_point_and_village_has_none(session):
    assert 12 < session.get(Place, "020310").latitude < 14
    assert session.get(Place, "02031001").latitude is None


def test_unconfirmed_word_is_marked_to_be_confirmed(session):
    marked = select(Code.to_confirm).where(Code.list == "participation", Code.key == "instigator")
    assert session.scalar(marked) is True


def test_second_load_of_same_files_writes_nothing(session):
    before = load_version_counts(session)
    assert loader.load_reference_data(session) == {}
    assert load_version_counts(session) == before


def test_load_accepts_a_connection(register):
    with db.engine.begin() as connection:
        assert loader.load_reference_data(connection) == {}


def test_changed_file_updates_row_and_invalidates_cache(session, files):
    before = load_version_counts(session)
    replace_text(files, "codes.tsv", "role\tsuspect\tជនសង្ស័យ\t", "role\tsuspect\tជនត្រូវសង្ស័យ\t")
    written = loader.load_reference_data(session)
    assert {name: rows for name, rows in written.items() if rows} == {"code": 1}
    assert (
        session.scalar(select(Code.name_km).where(Code.list == "role", Code.key == "suspect")) == "ជនត្រូវសង្ស័យ"
    )
    after = load_version_counts(session)
    assert after["codes"] == before["codes"] + 1
    assert len([name for name in after if name.startswith(loader.STAMP)]) == 1


def test_loaded_text_is_stored_in_normal_form(session, files):
    replace_text(files, "places.tsv", "08\tកណ្តាល\t", "08\tកណ្\u178aាល\u200b\t")
    loader.load_reference_data(session)
    assert session.get(Place, "08").name_km == "កណ្តាល"


def test_removed_row_is_retired_not_deleted(session, files):
    write_lines(
        files,
        "places.tsv",
        [line for line in read_lines(files, "places.tsv") if not line.startswith("02031001\t")],
    )
    loader.load_reference_data(session)
    assert session.get(Place, "02031001").valid_to == dates.now().date() - timedelta(days=1)


def test_returned_row_is_in_force_again(session, files):
    whole = read_lines(files, "places.tsv")
    write_lines(files, "places.tsv", [line for line in whole if not line.startswith("02031001\t")])
    loader.load_reference_data(session)
    write_lines(files, "places.tsv", whole)
    loader.load_reference_data(session)
    assert session.get(Place, "02031001").valid_to is None


def test_unit_removed_from_its_file_is_kept(session, files):
    write_lines(
        files,
        "units.tsv",
        [line for line in read_lines(files, "units.tsv") if not line.startswith("D-TECH\t")],
    )
    loader.load_reference_data(session)
    assert session.get(Unit, "D-TECH") is not None


def test_manual_corrections_and_additions_survive_a_load(session, files):
    corrected = session.scalars(select(Code).where(Code.list == "weapon", Code.key == "gun")).one()
    corrected.name_km, corrected.to_confirm = "អាវុធកាំភ្លើង", False
    session.add(Code(list="weapon", key="harpoon", name_km="ច្បូក", name_en="Harpoon", position=999))
    session.flush()
    replace_text(files, "codes.tsv", "role\twitness\tសាក្សី\tWitness", "role\twitness\tសាក្សី\tA witness")
    loader.load_reference_data(session)
    assert corrected.name_km == "អាវុធកាំភ្លើង"
    assert (
        session.scalars(select(Code.valid_to).where(Code.list == "weapon", Code.key == "harpoon")).one()
        is None
    )


def test_load_reports_progress_after_each_table(session, files):
    replace_text(files, "laws.tsv", "NS/RKM/1109/022", "NS/RKM/1109/022 ")
    told = []
    loader.load_reference_data(session, progress=lambda table, rows: told.append(table))
    assert told == [
        "code",
        "place",
        "unit",
        "court",
        "prison",
        "law",
        "time_limit",
        "retention_period",
        "offence",
        "letter_template",
    ]
