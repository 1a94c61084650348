"""Generates the exhibits of a case, and their description for the summary."""

from app.demo.people import make_phone_number
from app.demo.rows import ExhibitRow
from app.demo.seeded_random import Weighted
from app.kernel.text.dates import format_number

SUBSTANCES = Weighted(
    {"ice": 78, "yama": 9, "cannabis": 5, "heroin": 2, "ketamine": 3, "ecstasy": 2, "cocaine": 1}
)
COLOURS = ("ខ្មៅ", "ក្រហម", "ស", "ខៀវ", "ប្រផេះ", "ទឹកប្រាក់")
STOLEN = Weighted({"motorcycle": 34, "phone": 34, "cash": 14, "jewellery": 8, "goods": 10})
GOODS = (
    "ទូរទស្សន៍មួយគ្រឿង",
    "ម៉ាស៊ីនបូមទឹកមួយគ្រឿង",
    "កង់មួយគ្រឿង",
    "កុំព្យូទ័រមួយគ្រឿង",
    "ថ្មរថយន្តមួយ",
    "ខ្សែភ្លើងមួយដុំ",
    "គោមួយក្បាល",
    "ឧបករណ៍ជាងមួយប្រអប់",
)
JEWELLERY = ("ខ្សែកមាស", "ខ្សែដៃមាស", "ចិញ្ចៀនមាស", "ក្រវិលមាស")
WEAPONS = {
    "knife": "កាំបិត", "sword": "ដាវ", "axe": "ពូថៅ", "stick": "ដំបងឈើ", "stone": "ដុំថ្ម", "gun": "កាំភ្លើងខ្លី",
    "homemade_gun": "កាំភ្លើងកែច្នៃ", "grenade": "គ្រាប់បែកដៃ",
}  # fmt: skip
DOCUMENTS = ("កិច្ចសន្យាខ្ចីប្រាក់", "លិខិតស្នាម", "ឯកសារសម្គាល់អត្តសញ្ញាណ", "ប័ណ្ណសម្គាល់យានយន្ត", "វិក្កយបត្រ", "បង្កាន់ដៃ")
FELONY_GRAMS = 80


class ExhibitGenerator:
    """Adds the exhibits of a case. It sets `case.thing` (what was taken) and `case.grams` (weight of drugs)."""

    def __init__(self, rng, add):
        self.rng, self.add = rng, add

    def add_exhibits(self, case, choice, attempt, weapon):
        case.thing, case.grams = "ទ្រព្យសម្បត្តិ", 0.0
        for name in choice.things:
            if name == "stolen":
                if not attempt:
                    self._add_stolen(case)
            elif name in ("weapon", "weapon_seized"):
                self._weapon(case, weapon, certain=name == "weapon_seized")
            else:
                getattr(self, f"_{name}")(case, choice)

    def _row(self, case, kind, role, **values):
        row = ExhibitRow(
            case=case, case_id=case.id, kind=kind, property_role=role, version=1, unit_code=case.unit_code,
            recorded_at=case.recorded_at, changed_at=case.changed_at, **values,
        )  # fmt: skip
        row.update_derived()
        self.add(row)
        return row

    def _drugs(self, case, choice):
        rng = self.rng
        for number in range(1 if rng.happens(0.86) else 2):
            substance = SUBSTANCES.draw(rng) if number == 0 else rng.pick(("yama", "ketamine", "cannabis"))
            if substance in ("yama", "ecstasy"):
                quantity, measure = rng.between(1, 12 if choice.key == "drug_use" else 900), "pill"
            elif choice.key == "drug_use":
                quantity, measure = rng.around(0.6, 1.0, 12), "gram"
            else:
                quantity, measure = rng.around(14, 1.9, 40_000), "gram"
                if quantity > 1500 and rng.happens(0.6):
                    quantity, measure = quantity / 1000, "kilogram"
            grams = {"gram": 1, "kilogram": 1000}.get(measure, 0) * float(quantity)
            case.grams += grams if substance in ("ice", "heroin", "yama") else 0
            self._row(
                case, "drug", "seized", substance=substance, quantity=f"{max(0.01, quantity):.3f}", measure=measure,
            )  # fmt: skip

    def _phone(self, case, choice):
        if self.rng.happens(0.4):
            self._row(
                case,
                "phone",
                "seized",
                description=self._phone_words(),
                phone=make_phone_number(self.rng),
                **self._one_unit("piece"),
            )

    def _phone_words(self):
        return f"ទូរស័ព្ទដៃពណ៌{self.rng.pick(COLOURS)}"

    def _motorcycle(self, case, choice):
        if self.rng.happens(0.3):
            self._row(
                case,
                "vehicle",
                "used",
                description=f"ម៉ូតូពណ៌{self.rng.pick(COLOURS)}",
                plate=self._plate(),
                **self._one_unit("vehicle"),
            )

    def _vehicle_used(self, case, choice):
        kind = self.rng.pick(("ម៉ូតូ", "ម៉ូតូ", "រថយន្ត", "រថយន្តដឹកទំនិញ"))
        self._row(
            case,
            "vehicle",
            "used",
            description=f"{kind}ពណ៌{self.rng.pick(COLOURS)}",
            plate=self._plate(),
            **self._one_unit("vehicle"),
        )

    def _cash(self, case, choice):
        if self.rng.happens(0.28 if choice.key == "drug_trade" else 0.9):
            riel = self.rng.between(2, 900) * 10_000
            self._row(
                case,
                "cash",
                "seized",
                description=f"ប្រាក់ {format_number(riel, 'km')} រៀល",
                quantity=f"{riel}.000",
                currency="KHR",
                value_khr=riel,
            )

    def _cards(self, case, choice):
        self._row(
            case,
            "other",
            "seized",
            description=self.rng.pick(("បៀមួយហ៊ូ", "បៀពីរហ៊ូ", "ឧបករណ៍ល្បែងអាប៉ោង")),
            **self._one_unit("piece"),
        )

    def _tool(self, case, choice):
        if self.rng.happens(0.16):
            self._row(
                case,
                "other",
                "used",
                description=self.rng.pick(("ដែកគាស់", "ដង្កាប់", "ទួណឺវីស")),
                **self._one_unit("piece"),
            )

    def _document(self, case, choice):
        if self.rng.happens(0.7):
            number = f"{self.rng.digits(4)}/{case.occurred_from.year % 100:02d}"
            self._row(
                case,
                "document",
                "seized",
                description=self.rng.pick(DOCUMENTS),
                document_no=number,
                **self._one_unit("sheet"),
            )

    def _computer(self, case, choice):
        if self.rng.happens(0.3):
            number = self.rng.between(1, 12)
            self._row(case, "other", "used", description="កុំព្យូទ័រ", quantity=f"{number}.000", measure="piece")

    def _wood(self, case, choice):
        self._row(
            case, "other", "seized", description=self.rng.pick(("ឈើអារ", "ឈើហ៊ុប", "ឈើប្រភេទលេខមួយ")),
            quantity=f"{self.rng.around(2.2, 0.9, 60):.3f}", measure="cubic_metre",
        )  # fmt: skip
        if self.rng.happens(0.6):
            self._row(
                case,
                "vehicle",
                "used",
                description="រថយន្តដឹកទំនិញ",
                plate=self._plate(),
                **self._one_unit("vehicle"),
            )

    def _weapon(self, case, weapon, certain):
        if weapon in WEAPONS and (certain or self.rng.happens(0.3)):
            role, measure = ("seized" if certain else "used"), "gun" if "gun" in weapon else "piece"
            self._row(
                case, "weapon", role, weapon=weapon, description=WEAPONS[weapon], **self._one_unit(measure)
            )
            if certain and "gun" in weapon and self.rng.happens(0.5):
                rounds = self.rng.between(1, 30)
                self._row(
                    case,
                    "weapon",
                    "seized",
                    weapon="ammunition",
                    description="គ្រាប់កាំភ្លើង",
                    quantity=f"{rounds}.000",
                    measure="round",
                )

    def _add_stolen(self, case):
        """Add what was taken. In solved cases a share was recovered."""
        rng, what = self.rng, STOLEN.draw(self.rng)
        if what == "motorcycle":
            values = {
                "description": f"ម៉ូតូពណ៌{rng.pick(COLOURS)}",
                "plate": self._plate(),
                "value_khr": rng.between(8, 90) * 100_000,
            }
            kind, case.thing = "vehicle", "ម៉ូតូមួយគ្រឿង"
            if rng.happens(0.5):
                values["frame_no"] = f"DEMO{rng.digits(9)}"
            values |= self._one_unit("vehicle")
        elif what == "phone":
            # IMEI numbers with 00 are test numbers, which no sold telephone has.
            values = {
                "description": self._phone_words(),
                "serial": f"00{rng.digits(13)}",
                "value_khr": rng.between(2, 40) * 100_000,
            }
            kind, case.thing = "phone", "ទូរស័ព្ទដៃមួយគ្រឿង"
            values |= self._one_unit("piece")
        elif what == "cash":
            riel = rng.between(4, 900) * 20_000
            kind, case.thing = "cash", f"ប្រាក់ {format_number(riel, 'km')} រៀល"
            values = {
                "description": case.thing,
                "quantity": f"{riel}.000",
                "currency": "KHR",
                "value_khr": riel,
            }
        else:
            case.thing = rng.pick(JEWELLERY if what == "jewellery" else GOODS)
            kind = "other"
            values = {"description": case.thing, "value_khr": rng.between(1, 80) * 100_000} | self._one_unit(
                "piece"
            )
        back = case.solved and rng.happens(0.42)
        self._row(case, kind, "stolen", **values)
        if back:
            self._row(case, kind, "recovered", **values)

    def _one_unit(self, measure):
        return {"quantity": "1.000", "measure": measure}

    def _plate(self):
        return f"{self.rng.between(1, 2)}{self.rng.pick('ABCDEFGHJKLMNPQ')}{self.rng.pick('ABCDEFGHJKLMNPQ')}-{self.rng.digits(4)}"


def format_loss(rng):
    """Return an amount of loss as text, in riel or dollars."""
    if rng.happens(0.5):
        return f"{format_number(rng.between(5, 900) * 100_000, 'km')} រៀល"
    return f"{format_number(rng.between(2, 400) * 100, 'km')} ដុល្លារអាមេរិក"
