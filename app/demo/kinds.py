"""Kinds of incidents, from data/kinds.toml, and which offence of the law table an incident is."""

from datetime import date

from app.demo import data_files
from app.demo.seeded_random import Weighted

QUICK = ("flagrant", "denunciation")


class Kind:
    """One kind of incident. Every weight is ready to be drawn from; what a kind does not name is None or 0."""

    def __init__(self, key, told, hours):
        self.key = key
        self.hours = Weighted(enumerate(hours[told["hours"]]))
        for name in ("suspects", "victims"):
            setattr(self, name, Weighted(enumerate(told[name])))
        for name in ("reports", "places", "ways", "means", "motives", "weapons", "relations", "injuries"):
            setattr(self, name, Weighted(told[name]) if name in told else None)
        self.acts, self.finds, self.things = told["acts"], told["finds"], told["things"]
        self.attempted = told.get("attempted") or [f"ប៉ុនប៉ង{act}" for act in self.acts]
        self.women, self.women_victims = told.get("women", 0.06), told.get("women_victims", 0.42)
        self.minors, self.minor_victims = told.get("minors", 0.03), told.get("minor_victims", 0.06)
        self.victims_below = told.get("victims_below", 18)  # years, of victims who are minors
        self.complainant, self.drink = told.get("complainant", 0), told.get("drink", 0.05)
        self.attempt, self.weekend = told.get("attempt", 0), told.get("weekend", 0)
        self.foreign = told.get("foreign", 1.0)  # times the usual share of foreigners
        self.death = told.get("death", False)
        self.suspects_may_be_unknown = told.get("unknown_suspects", False)
        self.sensitivity = told.get("sensitivity", "normal")
        flagrant = sum(told["reports"].get(name, 0) for name in QUICK)
        self.quickly_reported = flagrant > 60
        self.report_after = (
            8 * 60 if self.finds in ("property", "robbery", "body") else 3 * 24 * 60
        )  # median, minutes


class Choice:
    """A kind together with the offence that it is in one case; says of itself all that the kind does."""

    def __init__(self, kind, offence_code, offence_class):
        self.__dict__.update(vars(kind))
        self.offence_code, self.offence_class = offence_code, offence_class


class Mix:
    """How often each offence happens: the weights of offence_mix.tsv, spread over the offences of each category."""

    def __init__(self, offences):
        told = data_files.tree("kinds")
        hours = told.pop("hours")
        self.kinds = {key: Kind(key, kind, hours) for key, kind in told.items()}
        weights = {row["iccs"]: float(row["weight"]) for row in data_files.table("offence_mix")}
        self.offences = offences
        self.choices = [
            (self._choice(row), weights[row["iccs"]] * float(row["share"]))
            for row in data_files.table("offences_of_kinds")
        ]
        self.by_year = {}

    def _choice(self, row):
        offence_class = row["class"] or self.offences[row["offence_code"]].offence_class
        return Choice(self.kinds[row["kind"]], row["offence_code"], offence_class)

    def of(self, chance, day):
        """An offence that was law on the first day of the year (a law of the year itself waits for the next)."""
        if day.year not in self.by_year:
            first = date(day.year, 1, 1)
            in_force = [
                (choice, weight)
                for choice, weight in self.choices
                if (begun := self.offences[choice.offence_code].valid_from) is None or begun <= first
            ]
            self.by_year[day.year] = Weighted(in_force)
        return self.by_year[day.year].of(chance)
