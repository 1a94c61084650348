"""Import profiles: the meaning of each column, the format of codes and dates, and the font of the texts.

Four profiles are shipped, one per earlier generation. They are proposals, because the actual layouts are not
public.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from app.imports import target_fields
from app.imports.readers.csv_rows import ENCODINGS
from app.imports.readers.layout import Layout
from app.kernel.i18n.locale import reader_language

DATES = ("dmy", "mdy", "ymd", "serial", "serial-1904")
COMMON, BUDDHIST = "common", "buddhist"  # calendar eras
ERAS = (COMMON, BUDDHIST)
BUDDHIST_OFFSET = 543  # years between the Buddhist calendar year of spreadsheets and forms and the common era
MAX_SOURCE_LENGTH = 30  # characters of the name of a system, which is part of the origin of each record


@dataclass(frozen=True)
class Profile:
    """A profile.

    `columns` is target → heading, `codes` target → {value in the file: key}, `fixed` target → value of all
    rows. `source` names the system of the rows and of their legacy numbers. `cases_of` names the system of
    case numbers in files of people, if it is another one. `limon` are the targets typed in the font Limon. `layout` says
    where the table is in its file. `pivot` is the last two-digit year of this century; without one, such a year is an
    error. `computed` are the computed columns {name, how, of, argument}, `second` is {sheet, here, there}: the second
    sheet and the headings of the common key.
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
    layout: Layout = Layout()
    pivot: int | None = None
    computed: tuple = ()
    second: dict = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: dict[str, Any]):
        """Return the profile stored as JSON; unknown settings are ignored."""
        values = {
            field_definition.name: settings[field_definition.name]
            for field_definition in fields(cls)
            if field_definition.name in settings
        }
        layout = Layout(*values.get("layout", ()))
        layout = layout._replace(starts=tuple(layout.starts))
        return cls(
            **values
            | {
                "limon": tuple(values.get("limon", ())),
                "layout": layout,
                "computed": tuple(values.get("computed", ())),
            }
        )

    @property
    def title(self):
        return self.name_km if reader_language() == "km" else self.name_en

    @property
    def settings(self):
        layout = [*self.layout[:-1], list(self.layout.starts)]
        return asdict(self) | {"limon": list(self.limon), "layout": layout, "computed": list(self.computed)}

    @property
    def own_name(self):
        """Return the name under which a user saved the profile, or an empty string."""
        return "" if self.key else self.name_km

    def reads_otherwise(self, other):
        """Return whether this profile finds other columns in a file than the other profile."""
        return (self.encoding, self.layout, self.computed, self.second) != (
            other.encoding, other.layout, other.computed, other.second,
        )  # fmt: skip

    @property
    def targets(self):
        return target_fields.get_targets(self.kind)


@cache
def load_shipped():
    """Return key → Profile of the shipped profiles."""
    folder = files(__package__).joinpath("data/profiles")
    settings = (
        json.loads(one.read_text("utf-8")) for one in sorted(folder.iterdir(), key=lambda one: one.name)
    )
    return {one["key"]: Profile.from_settings(one) for one in settings}


def get_source_title(source):
    """Return the title of the source system from its profile, or the name that a user gave it."""
    return next((profile.title for profile in load_shipped().values() if profile.source == source), source)
