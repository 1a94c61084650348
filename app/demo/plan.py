"""The data of the database that a run needs: places, units, courts, offences, next ids."""

from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.cases.numbering import CaseCounter
from app.demo.rows import MODELS
from app.reference.models import Court, Offence, Place, Unit

# Shares of the cases by province, per cent (domain report, proposal: Phnom Penh 28 %, Preah Sihanouk 3.5 % by the
# press, the others by population). Remote provinces have more late entries.
PROVINCE_WEIGHTS = {
    "01": 4.6, "02": 5.3, "03": 4.8, "04": 2.8, "05": 4.6, "06": 3.6, "07": 3.1, "08": 6.4, "09": 0.7, "10": 2.0,
    "11": 0.5, "12": 28.0, "13": 1.3, "14": 5.6, "15": 2.2, "16": 1.1, "17": 5.4, "18": 3.5, "19": 0.9, "20": 2.8,
    "21": 4.8, "22": 1.5, "23": 0.2, "24": 0.4, "25": 4.1,
}  # fmt: skip
REMOTE_PROVINCES = ("09", "11", "13", "16", "19", "22")


@dataclass
class Province:
    """One province with its villages and communes, its police units and its court."""

    code: str
    villages: list = field(default_factory=list)
    communes: list = field(default_factory=list)
    unit: str | None = None
    inspectorates: dict = field(default_factory=dict)  # {district code: unit code}
    court: str | None = None


@dataclass(frozen=True)
class OffenceFacts:
    """The columns of an offence that the cases need. The rules read it like the model."""

    code: str
    offence_class: str | None
    family: str
    causes_death: bool
    involuntary: bool
    protects_victim: bool
    valid_from: object


@dataclass
class Plan:
    """All data that a run depends on, as plain data that can be sent to another process."""

    cases: int
    persons: int
    seed: int
    until: object  # the last moment, Cambodian civil time
    provinces: dict
    names: dict  # {place code: (Khmer name with its type word, latitude, longitude)}
    offences: dict
    next_ids: dict  # {table: id of its next row}
    counters: dict  # {(province, year): last case number}


TYPE_WORDS = {
    "province": "ខេត្ត", "capital": "រាជធានី", "district": "ស្រុក", "municipality": "ក្រុង", "khan": "ខណ្ឌ",
    "commune": "ឃុំ", "sangkat": "សង្កាត់", "village": "ភូមិ",
}  # fmt: skip


def read_plan(connection, cases, persons, seed, until):
    """Return the plan of a run on this database. Raises ValueError if the reference data is missing."""
    provinces, names = _read_places(connection)
    _read_units_and_courts(connection, provinces)
    laws = select(*(getattr(Offence, name) for name in OffenceFacts.__dataclass_fields__))
    return Plan(
        cases=cases, persons=persons, seed=seed, until=until, provinces=provinces, names=names,
        offences={row.code: OffenceFacts(*row) for row in connection.execute(laws)},
        next_ids=_next_ids(connection),
        counters={(row.province_code, row.year): row.last for row in connection.execute(select(CaseCounter.__table__))},
    )  # fmt: skip


def read_units(connection):
    """Return {province: (its police unit, its court of first instance)}."""
    provinces = {code: Province(code) for code in PROVINCE_WEIGHTS}
    _read_units_and_courts(connection, provinces)
    return {code: (one.unit, one.court) for code, one in provinces.items()}


def _read_units_and_courts(connection, provinces):
    for unit in connection.execute(select(Unit.code, Unit.area_code).where(Unit.area_code.is_not(None))):
        province = provinces[unit.area_code[:2]]
        if len(unit.area_code) == 2:
            province.unit = unit.code
        else:
            province.inspectorates[unit.area_code] = unit.code
    for court in connection.execute(select(Court.code, Court.area).where(Court.level == "first_instance")):
        for code in court.area.split(","):
            provinces[code].court = court.code


def _read_places(connection):
    provinces = {code: Province(code) for code in PROVINCE_WEIGHTS}
    names = {}
    for place in connection.execute(select(Place.__table__).order_by(Place.code)):
        word = "" if place.name_km.startswith(TYPE_WORDS[place.kind]) else TYPE_WORDS[place.kind]
        names[place.code] = (word + place.name_km, place.latitude, place.longitude)
        if place.level == 4:
            provinces[place.code[:2]].villages.append(place.code)
        elif place.level == 3:
            provinces[place.code[:2]].communes.append(place.code)
    if not all(province.villages for province in provinces.values()):
        raise ValueError("The list of places is not loaded: python3 run.py migrate")
    return provinces, names


def _next_ids(connection):
    return {
        model.__table__.name: (connection.scalar(select(func.max(model.__table__.c.id))) or 0) + 1
        for model in MODELS
    }
