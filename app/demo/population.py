"""Who the people are: the shares of data/population.toml, ready to be drawn from."""

from app.demo import data_files
from app.demo.seeded_random import Weighted


class Population:
    def __init__(self):
        told = data_files.tree("population")
        self.foreign, self.foreign_elsewhere = told["foreign"]["provinces"], told["foreign"]["elsewhere"]
        self.foreign_among_others = told["foreign"]["among_others"]
        self.countries = _by_province(told["countries"])
        self.ethnicity = _by_province(told["ethnicity"])
        self.suspects_ages, self.others_ages = (_ages(told["ages"][who]) for who in ("suspects", "others"))
        self.work = {sex: Weighted(weights) for sex, weights in told["work"].items()}
        self.birth_known_to, self.schooling, self.marital = (
            Weighted(told[name]) for name in ("birth_known_to", "schooling", "marital")
        )

    def country(self, chance, province):
        """The nationality of a foreigner of that province."""
        return self.countries.get(province, self.countries["usual"]).of(chance)

    def people(self, chance, province):
        """The ethnic group of a Cambodian of that province."""
        return self.ethnicity.get(province, self.ethnicity["usual"]).of(chance)

    def foreign_share(self, province, suspect, factor):
        """How many of the people of a role are foreigners, 0 to 1; `factor` is that of the kind of case."""
        share = self.foreign.get(province)
        if share is None:
            share = self.foreign_elsewhere
        if province != "18":  # there the share is that of all kinds together
            share *= factor
        return min(0.9, share if suspect else share * self.foreign_among_others)

    def age(self, chance, suspect, minors):
        """An age in years: suspects are young adults, others of any age; `minors` of them are below 18."""
        if chance.happens(minors):
            return chance.between(14, 17) if suspect else chance.between(4, 17)
        return (self.suspects_ages if suspect else self.others_ages).of(chance)


def _by_province(weights):
    return {province: Weighted(shares) for province, shares in weights.items()}


def _ages(steps):
    """Each year of age with its weight, from steps [first year, weight]; the last step ends it."""
    ends = [first for first, _weight in steps[1:]]
    spans = zip(steps, ends, strict=False)
    return Weighted([(age, weight) for (first, weight), end in spans for age in range(first, end)])
