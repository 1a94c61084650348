"""A profile: which column of a file is what, how its codes and dates are written, and in which letters.

Four come with the register, one for each earlier generation; they are proposals, for the true layouts are not public.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from app.imports import target_fields
from app.imports.readers.csv_rows import ENCODINGS
from app.kernel.i18n.locale import language

DATES = ("dmy", "mdy", "ymd", "serial")
COMMON, BUDDHIST = "common", "buddhist"  # how years are counted
ERAS = (COMMON, BUDDHIST)
YEARS_APART = 543  # of the calendar year that spreadsheets and forms write
LONGEST_SOURCE = 30  # characters of the name of a register: it stands in the origin of each record


@dataclass(frozen=True)
class Profile:
    """`columns` is target → heading, `codes` target → {what the file writes: key}, `fixed` target → what all rows are.

    `source` names the register the rows come from: their old numbers are of it, and those of cases that people name of
    `cases_of` where that is another one. `limon` are the targets whose column is
    typed in that font.
    """

    key: str = ""
    name_km: str = ""
    name_en: str = ""
    kind: str = target_fields.PEOPLE
    source: str = ""
    cases_of: str = ""
    encoding: str = ENCODINGS[0]
    dates: str = DATES[0]
    era: str = COMMON
    columns: dict = field(default_factory=dict)
    limon: tuple = ()
    codes: dict = field(default_factory=dict)
    fixed: dict = field(default_factory=dict)

    @classmethod
    def of(cls, settings: dict[str, Any]):
        """The profile that was kept as JSON; what it does not know is left out."""
        known = {one.name: settings[one.name] for one in fields(cls) if one.name in settings}
        return cls(**known | {"limon": tuple(known.get("limon", ()))})

    @property
    def title(self):
        return self.name_km if language() == "km" else self.name_en

    @property
    def settings(self):
        return asdict(self) | {"limon": list(self.limon)}

    @property
    def targets(self):
        return target_fields.of_kind(self.kind)


@cache
def shipped():
    """key → Profile of those that come with the register."""
    folder = files(__package__).joinpath("data/profiles")
    read = (json.loads(one.read_text("utf-8")) for one in sorted(folder.iterdir(), key=lambda one: one.name))
    return {one["key"]: Profile.of(one) for one in read}


def title_of(source):
    """The register of that name as its profile calls it; one that somebody named himself is called so."""
    return next((one.title for one in shipped().values() if one.source == source), source)
