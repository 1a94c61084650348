"""People: synthetic, each with a reason to be in the register, some registered twice under another spelling."""

from collections import deque
from datetime import date, timedelta

from app.demo.names import Names, respelt
from app.demo.plan import PROVINCE_WEIGHTS
from app.demo.population import Population
from app.demo.rows import PersonRow

REMEMBERED = 400  # people of a province who may come back in a later case
YEAR = 365.2425  # days


class People:
    """Makes people, and remembers some of each province for later cases."""

    def __init__(self, chance, plan):
        self.chance, self.plan, self.names, self.population = chance, plan, Names(), Population()
        self.remembered = {code: deque(maxlen=REMEMBERED) for code in PROVINCE_WEIGHTS}

    def new(self, case, sex, age, foreign=0.0):
        """A person of that sex and age (years) on the day of `case`; a foreigner in `foreign` of all times."""
        chance = self.chance
        person = PersonRow(
            sex=sex, origin="demo", version=1,
            recorded_at=case.recorded_at, changed_at=case.recorded_at, unit_code=case.unit_code,
        )  # fmt: skip
        born = case.occurred_from.date() - timedelta(days=int(age * YEAR + chance.draw() * (YEAR - 2)) + 1)
        person.truly_born, person.alive = born, True
        if foreign and chance.happens(foreign):
            self._name_foreigner(person, case.province_code)
        else:
            self._name_cambodian(person, case.province_code)
        self._set_birth(person, born, age)
        self._describe(person, age, case.province_code)
        person.derive()
        return person

    def _name_cambodian(self, person, province):
        chance = self.chance
        family, given = self.names.khmer(chance, person.sex)
        person.nationality = "KH"
        person.surname_km, person.given_km = family.km, given.km
        if chance.happens(0.93):
            person.surname_latin, person.given_latin = family.latin, given.latin
        if chance.happens(0.62):
            father = self.names.given["M"].of(chance).km
            person.father_name = (
                f"{family.km} {father}" if chance.happens(0.5) else f"{self._family()} {family.km}"
            )
        if chance.happens(0.55):
            person.mother_name = f"{self._family()} {self.names.given['F'].of(chance).km}"
        if chance.happens(0.7):
            person.ethnicity = self.population.people(chance, province)

    def _family(self):
        return self.names.family.of(self.chance).km

    def _name_foreigner(self, person, province):
        chance = self.chance
        nationality = self.population.country(chance, province)
        if person.sex not in self.names.sexes(nationality):
            nationality = "VN"
        family, given = self.names.foreigner(chance, nationality, person.sex)
        person.nationality, person.surname_latin, person.given_latin = nationality, family.latin, given.latin

    def _set_birth(self, person, born, age):
        chance = self.chance
        # Near the ages that the law asks about a clerk finds out the day; elsewhere not always.
        known_to = self.population.birth_known_to.of(chance) if age > 24 else "day"
        person.birth_precision = known_to
        if known_to == "day":
            person.born_on = born
        elif known_to == "month":
            person.born_on = born.replace(day=1)
        elif known_to == "year":
            person.birth_year = born.year
            person.age_stated = int((person.recorded_at.date() - born).days / YEAR)
        else:
            person.age_from, person.age_to = age - chance.between(1, 4), age + chance.between(1, 6)

    def _describe(self, person, age, province):
        chance, grown = self.chance, age >= 18
        home = self.plan.provinces[province if chance.happens(0.9) else chance.pick(list(PROVINCE_WEIGHTS))]
        if chance.happens(0.88):
            person.home_code = chance.pick(home.villages)
        if person.nationality == "KH" and chance.happens(0.6):
            person.birthplace_code = chance.pick(home.communes)
        if grown:
            person.occupation = self.population.work[person.sex].of(chance)
            person.marital = self.population.marital.of(chance) if age > 21 else "single"
            if person.marital == "married":
                person.children = chance.between(0, 5)
                if person.nationality == "KH" and chance.happens(0.5):
                    other = "F" if person.sex == "M" else "M"
                    person.spouse_name = f"{self._family()} {self.names.given[other].of(chance).km}"
        else:
            person.occupation, person.marital = "pupil" if age > 5 else None, "single"
        if age > 5 and chance.happens(0.7):
            person.education = self.population.schooling.of(chance) if grown else "primary"
        if grown and chance.happens(0.5):
            person.phone = telephone(chance)
        if chance.happens(0.15) and grown:
            person.height_cm = chance.between(155, 178) if person.sex == "M" else chance.between(146, 166)

    def unidentified(self, case, sex, age):
        """A person whom nobody knows: an age range and a sex."""
        person = PersonRow(
            sex=sex, origin="demo", version=1, unidentified=True, nationality="unknown", birth_precision="estimated",
            age_from=age - 4, age_to=age + 6,
            recorded_at=case.recorded_at, changed_at=case.recorded_at, unit_code=case.unit_code,
        )  # fmt: skip
        person.truly_born, person.alive = case.occurred_from.date() - timedelta(days=int(age * YEAR)), False
        person.derive()
        return person

    def again(self, case, original):
        """The same human being registered once more by somebody who did not find the first row."""
        chance = self.chance
        person = PersonRow(**vars(original))
        person.recorded_at = person.changed_at = case.recorded_at
        person.unit_code = case.unit_code
        person.phone = person.height_cm = person.photo_missing = None
        field = chance.pick(
            [name for name in ("surname_km", "given_km", "given_latin") if vars(person).get(name)]
        )
        setattr(
            person,
            field,
            respelt(chance, vars(person)[field], "latin" if field == "given_latin" else "khmer"),
        )
        if (
            chance.happens(0.3)
            and person.born_on
            and person.birth_precision == "day"
            and person.born_on.day <= 12
        ):
            person.born_on = date(person.born_on.year, person.born_on.day, person.born_on.month)
        elif chance.happens(0.2):
            person.father_name = person.mother_name = None
        person.derive()
        return person

    def remember(self, person, province):
        if person.alive and not person.unidentified:
            self.remembered[province].append(person)

    def known(self, case, fits):
        """Somebody of this province whom the register knows and who `fits`, or None."""
        there = self.remembered[case.province_code]
        for _try in range(8 if there else 0):
            person = self.chance.pick(there)
            if person.alive and fits(person):
                return person
        return None


def telephone(chance):
    """A telephone number with 022, an area that no network had given out as far as known."""
    return f"022 {chance.digits(3)} {chance.digits(3)}"
