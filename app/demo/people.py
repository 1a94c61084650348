"""People: synthetic, each with a reason to be in the register, some registered twice under another spelling."""

from collections import deque
from datetime import date, timedelta

from app.demo.chance import Weighted
from app.demo.names import Names, respelt
from app.demo.plan import PROVINCE_WEIGHTS
from app.demo.rows import PersonRow

REMEMBERED = 400  # people of a province who may come back in a later case
YEAR = 365.2425  # days
# Of the suspects; the press reports 29 % for Preah Sihanouk (2018), 2.4-4.3 % for drug suspects and inmates.
FOREIGN = {"18": 0.29, "12": 0.05, "01": 0.05, "20": 0.05}
FOREIGN_ELSEWHERE, FOREIGN_AMONG_OTHERS = 0.022, 0.45
COUNTRIES = Weighted(
    {
        "CN": 34,
        "VN": 30,
        "TH": 9,
        "TW": 5,
        "KR": 3,
        "MY": 4,
        "ID": 4,
        "PH": 2,
        "MM": 2,
        "BD": 2,
        "IN": 1,
        "PK": 1,
    }
    | {"NG": 1.5, "US": 1.5, "GB": 1, "FR": 1.5, "RU": 1, "LA": 2, "JP": 1}
)
CHINESE_COAST = Weighted({"CN": 82, "VN": 8, "TW": 3, "MY": 2, "TH": 1, "ID": 2, "RU": 1, "MM": 1})
ADULT_AGES = Weighted(
    [(age, 9 if age < 26 else 7.5 if age < 35 else 4 if age < 45 else 1.6) for age in range(18, 60)]
)
OLDER = Weighted([(age, 6 if age < 40 else 4 if age < 60 else 1.2) for age in range(18, 82)])
BIRTH_KNOWN_TO = Weighted({"day": 78, "month": 4, "year": 14, "estimated": 4})
WORK_OF_MEN = Weighted(
    {
        "farmer": 24,
        "construction_worker": 16,
        "motodop_driver": 7,
        "tuktuk_driver": 5,
        "truck_driver": 4,
        "mechanic": 4,
    }
    | {
        "factory_worker": 7,
        "vendor": 7,
        "migrant_worker": 5,
        "fisher": 4,
        "security_guard": 4,
        "unemployed": 16,
    }
    | {
        "student": 4,
        "office_worker": 3,
        "soldier": 1,
        "police_officer": 0.5,
        "civil_servant": 1.5,
        "business_owner": 3,
    }
    | {"electrician": 2, "scrap_collector": 2, "cook": 2, "waiter": 2, "unknown": 3}
)
WORK_OF_WOMEN = Weighted(
    {"farmer": 22, "vendor": 22, "garment_worker": 24, "housewife": 14, "factory_worker": 6, "hairdresser": 3}
    | {
        "waiter": 5,
        "cleaner": 4,
        "student": 4,
        "office_worker": 4,
        "teacher": 2,
        "nurse": 1,
        "casino_worker": 2,
    }
    | {"migrant_worker": 3, "unemployed": 8, "tailor": 2, "unknown": 3}
)
SCHOOLING = Weighted(
    {
        "none": 10,
        "primary": 38,
        "lower_secondary": 28,
        "upper_secondary": 15,
        "vocational": 2,
        "university": 5,
        "unknown": 2,
    }
)
MARITAL = Weighted(
    {"married": 58, "single": 26, "cohabiting": 4, "divorced": 6, "separated": 3, "widowed": 3}
)
HILL_PEOPLES = {
    "11": Weighted({"bunong": 48, "khmer": 40, "stieng": 4, "kraol": 3, "cham": 5}),
    "16": Weighted({"jarai": 20, "tampuan": 26, "kreung": 14, "brao": 8, "kavet": 4, "lao": 6, "khmer": 22}),
}
KHMER_OR = Weighted({"khmer": 955, "cham": 22, "vietnamese": 6, "chinese": 6, "kuy": 3, "lao": 2, "other": 6})


class People:
    """Makes people, and remembers some of each province for later cases."""

    def __init__(self, chance, plan):
        self.chance, self.plan, self.names = chance, plan, Names()
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
            person.ethnicity = HILL_PEOPLES.get(province, KHMER_OR).of(chance)

    def _family(self):
        return self.names.family.of(self.chance).km

    def _name_foreigner(self, person, province):
        chance = self.chance
        nationality = (CHINESE_COAST if province == "18" else COUNTRIES).of(chance)
        if person.sex not in self.names.sexes(nationality):
            nationality = "VN"
        family, given = self.names.foreigner(chance, nationality, person.sex)
        person.nationality, person.surname_latin, person.given_latin = nationality, family.latin, given.latin

    def _set_birth(self, person, born, age):
        chance = self.chance
        # Near the ages that the law asks about a clerk finds out the day; elsewhere not always.
        known_to = BIRTH_KNOWN_TO.of(chance) if age > 24 else "day"
        person.birth_precision = known_to
        if known_to == "day":
            person.born_on = born
        elif known_to == "month":
            person.born_on = born.replace(day=1)
        elif known_to == "year":
            person.birth_year, person.age_stated = born.year, age
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
            person.occupation = (WORK_OF_MEN if person.sex == "M" else WORK_OF_WOMEN).of(chance)
            person.marital = MARITAL.of(chance) if age > 21 else "single"
            if person.marital == "married":
                person.children = chance.between(0, 5)
                if person.nationality == "KH" and chance.happens(0.5):
                    other = "F" if person.sex == "M" else "M"
                    person.spouse_name = f"{self._family()} {self.names.given[other].of(chance).km}"
        else:
            person.occupation, person.marital = "pupil" if age > 5 else None, "single"
        if age > 5 and chance.happens(0.7):
            person.education = SCHOOLING.of(chance) if grown else "primary"
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

    def foreign_share(self, province, suspect, factor):
        """How many of the people of a role are foreigners, 0 to 1."""
        share = FOREIGN.get(province, FOREIGN_ELSEWHERE) * (factor if province != "18" else 1)
        return min(0.9, share if suspect else share * FOREIGN_AMONG_OTHERS)


def telephone(chance):
    """A telephone number with 022, an area that no network had given out as far as known."""
    return f"022 {chance.digits(3)} {chance.digits(3)}"


def age_of(chance, suspect, minors):
    """An age in years: suspects are young adults, others of any age; `minors` of them are below 18."""
    if chance.happens(minors):
        return chance.between(14, 17) if suspect else chance.between(4, 17)
    return (ADULT_AGES if suspect else OLDER).of(chance)
