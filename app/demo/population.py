"""The composition of the population: the shares of data/population.toml, ready to draw from."""

from app.demo import data_files
from app.demo.seeded_random import Weighted


class Population:
    def __init__(self):
        shares = data_files.read_toml("population")
        self.foreign, self.foreign_elsewhere = shares["foreign"]["provinces"], shares["foreign"]["elsewhere"]
        self.foreign_among_others = shares["foreign"]["among_others"]
        self.countries = _weigh_by_province(shares["countries"])
        self.ethnicity = _weigh_by_province(shares["ethnicity"])
        self.suspects_ages, self.others_ages = (
            _weigh_ages(shares["ages"][who]) for who in ("suspects", "others")
        )
        self.work = {sex: Weighted(weights) for sex, weights in shares["work"].items()}
        self.birth_known_to, self.schooling, self.marital = (
            Weighted(shares[name]) for name in ("birth_known_to", "schooling", "marital")
        )

    def draw_nationality(self, rng, province):
        """Return the nationality of a foreigner in that province."""
        return self.countries.get(province, self.countries["usual"]).draw(rng)

    def draw_ethnicity(self, rng, province):
        """Return the ethnic group of a Cambodian in that province."""
        return self.ethnicity.get(province, self.ethnicity["usual"]).draw(rng)

    def foreign_share(self, province, suspect, factor):
        """Return the share of foreigners (0 to 1) in a role; `factor` is that of the kind of case."""
        share = self.foreign.get(province)
        if share is None:
            share = self.foreign_elsewhere
        if province != "18":  # Preah Sihanouk: one share for all kinds of cases
            share *= factor
        return min(0.9, share if suspect else share * self.foreign_among_others)

    def draw_age(self, rng, suspect, minors):
        """Return an age in years: suspects are young adults, others of any age. `minors` is the share below 18."""
        if rng.happens(minors):
            return rng.between(14, 17) if suspect else rng.between(4, 17)
        return (self.suspects_ages if suspect else self.others_ages).draw(rng)


def _weigh_by_province(weights):
    return {province: Weighted(shares) for province, shares in weights.items()}


def _weigh_ages(steps):
    """Return each year of age with its weight, from steps [first year, weight]; the last step is the end."""
    ends = [first for first, _weight in steps[1:]]
    spans = zip(steps, ends, strict=False)
    return Weighted([(age, weight) for (first, weight), end in spans for age in range(first, end)])
