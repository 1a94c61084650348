"""The page on which somebody says which column of a file is what, and how its codes and dates are written."""

from dataclasses import replace

from flask_babel import gettext

from app.imports import profiles, targets
from app.imports.reading.texts import ENCODINGS

MOST_CODES = 400
LONGEST_NAME = 120


class Columns:
    """The choices of one file: a row for each of its headings. `profile` is what was chosen, `problems` what is wrong."""

    def __init__(self, profile, headings, form=None):
        self.profile, self.headings, self.problems = profile, headings, []
        self.name = ""
        if form is not None:
            self.form = form
            self.name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
            self._take()

    @property
    def rows(self):
        """(number, heading, chosen target, whether it is Limon, its codes as text)."""
        chosen = {heading: key for key, heading in self.profile.columns.items()}
        for number, heading in enumerate(self.headings):
            key = chosen.get(heading, "")
            codes = self.profile.codes.get(key, {})
            yield number, heading, key, key in self.profile.limon, _codes_said(codes)

    @property
    def fixed(self):
        return "; ".join(f"{key} = {value}" for key, value in self.profile.fixed.items())

    @property
    def choices(self):
        return [(one.key, one.label) for one in self.profile.targets.values()]

    def _take(self):
        columns, limon, codes = {}, [], {}
        for number, heading in enumerate(self.headings):
            key = self.form.get(f"target-{number}", "")
            if key not in self.profile.targets:
                continue
            if key in columns:
                self.problems.append(
                    gettext(
                        "Two columns cannot be the same: «%(name)s».",
                        name=str(self.profile.targets[key].label),
                    )
                )
            columns[key] = heading
            if self.form.get(f"limon-{number}"):
                limon.append(key)
            read = _codes_read(self.form.get(f"codes-{number}", ""))
            if read:
                codes[key] = read
        self.profile = replace(
            self.profile,
            columns=columns, limon=tuple(limon), codes=codes,
            fixed={key: value for key, value in _codes_read(self.form.get("fixed", "")).items() if key in self.profile.targets},
            dates=_one_of(self.form.get("dates"), profiles.DATES),
            era=_one_of(self.form.get("era"), profiles.ERAS),
            encoding=_one_of(self.form.get("encoding"), ENCODINGS),
            source=" ".join(self.form.get("source", "").split())[: profiles.LONGEST_SOURCE],
            cases_of=" ".join(self.form.get("cases_of", "").split())[: profiles.LONGEST_SOURCE],
        )  # fmt: skip

    def hear(self):
        if not self.profile.columns:
            self.problems.append(gettext("Say of at least one column what it is."))
        if not self.profile.source:
            self.problems.append(gettext("Name the register from which the file comes."))
        if self.profile.kind == targets.CASES and "case.old" not in self.profile.columns:
            self.problems.append(gettext("A file of cases needs the column of their old numbers."))
        return not self.problems


def _one_of(value, known):
    return value if value in known else known[0]


def _codes_said(codes):
    return "; ".join(f"{value} = {key}" for value, key in codes.items())


def _codes_read(text):
    """«ប = M; ស = F» → {"ប": "M", "ស": "F"}."""
    pairs = (part.partition("=") for part in text.replace("\n", ";").split(";")[:MOST_CODES])
    return {
        value.strip(): key.strip() for value, equals, key in pairs if equals and value.strip() and key.strip()
    }
