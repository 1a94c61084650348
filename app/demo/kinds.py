"""Kinds of incidents from data/kinds.toml, and the offence of each incident."""

from datetime import date

from app.demo import data_files
from app.demo.seeded_random import Weighted

QUICK_REPORTS = ("flagrant", "denunciation")


class IncidentKind:
    """One kind of incident with its weighted choices. A missing entry is None or 0."""

    def __init__(self, key, settings, hours):
        self.key = key
        self.hours = Weighted(enumerate(hours[settings["hours"]]))
        for name in ("suspects", "victims"):
            setattr(self, name, Weighted(enumerate(settings[name])))
        for name in ("reports", "places", "ways", "means", "motives", "weapons", "relations", "injuries"):
            setattr(self, name, Weighted(settings[name]) if name in settings else None)
        self.acts, self.finds, self.things = settings["acts"], settings["finds"], settings["things"]
        self.attempted = settings.get("attempted") or [f"ប៉ុនប៉ង{act}" for act in self.acts]
        self.women, self.women_victims = settings.get("women", 0.06), settings.get("women_victims", 0.42)
        self.minors, self.minor_victims = settings.get("minors", 0.03), settings.get("minor_victims", 0.06)
        self.victims_below = settings.get("victims_below", 18)  # years, of victims who are minors
        self.complainant, self.drink = settings.get("complainant", 0), settings.get("drink", 0.05)
        self.attempt, self.weekend = settings.get("attempt", 0), settings.get("weekend", 0)
        self.foreign = settings.get("foreign", 1.0)  # times the usual share of foreigners
        self.death = settings.get("death", False)
        self.suspects_may_be_unknown = settings.get("unknown_suspects", False)
        self.sensitivity = settings.get("sensitivity", "normal")
        flagrant = sum(settings["reports"].get(name, 0) for name in QUICK_REPORTS)
        self.quickly_reported = flagrant > 60
        self.report_after = (
            8 * 60 if self.finds in ("property", "robbery", "body") else 3 * 24 * 60
        )  # median, minutes


class KindWithOffence:
    """A kind with its offence in one case. It has all attributes of the kind."""

    def __init__(self, kind, offence_code, offence_class):
        self.__dict__.update(vars(kind))
        self.offence_code, self.offence_class = offence_code, offence_class


class OffenceMix:
    """The frequency of each offence: the weights of offence_mix.tsv, divided among the offences of a category."""

    def __init__(self, offences):
        settings = data_files.read_toml("kinds")
        hours = settings.pop("hours")
        self.kinds = {key: IncidentKind(key, kind, hours) for key, kind in settings.items()}
        weights = {row["iccs"]: float(row["weight"]) for row in data_files.read_table("offence_mix")}
        self.offences = offences
        self.choices = [
            (self._choice(row), weights[row["iccs"]] * float(row["share"]))
            for row in data_files.read_table("offences_of_kinds")
        ]
        self.by_year = {}

    def _choice(self, row):
        offence_class = row["class"] or self.offences[row["offence_code"]].offence_class
        return KindWithOffence(self.kinds[row["kind"]], row["offence_code"], offence_class)

    def draw(self, rng, day):
        """Return an offence that was in force on the first day of the year."""
        if day.year not in self.by_year:
            first = date(day.year, 1, 1)
            in_force = [
                (choice, weight)
                for choice, weight in self.choices
                if (since := self.offences[choice.offence_code].valid_from) is None or since <= first
            ]
            self.by_year[day.year] = Weighted(in_force)
        return self.by_year[day.year].draw(rng)
