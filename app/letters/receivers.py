"""Which units a letter goes to, and whether the chief signs it."""

from app.extensions import db
from app.letters.models import FREE, REQUEST
from app.letters.officers import find_present_chief, has_officer
from app.letters.protected_names import has_protected_people
from app.reference.models import Unit
from app.reference.periods import has_ended
from app.reference.search import find_units_below
from app.reference.unit_paths import list_own_units


def list_receivers(letter):
    """Return the codes of the units that the letter goes to, without closed ones and its own."""
    if letter.to_unit is None:
        return []
    codes = find_units_below(letter.to_unit_code) if letter.to_below else [letter.to_unit.code]
    own = list_own_units(letter.unit_code)
    units = [db.session.get(Unit, code) for code in codes if code not in own]
    return [unit.code for unit in units if unit is not None and not has_ended(unit)]


def needs_signature(session, letter, receivers):
    """Return whether the chief signs: the letter leaves the province, its use is limited, or its record protects a person.

    A national unit has the whole country as its area.
    """
    beyond = leaves_province(letter.unit, receivers)
    return letter.handling != FREE or beyond or has_protected_people(session, letter)


def leaves_province(unit, receivers):
    """Return whether a letter of this unit to these units leaves its province; never for a national unit."""
    province = (unit.area_code or "")[:2]
    return bool(province) and any(
        (db.session.get(Unit, code).area_code or "")[:2] != province for code in receivers
    )


def find_receiver(recipient):
    """Return to which unit or chief the task of a letter goes."""
    code = recipient.to_unit_code
    if recipient.letter.kind == REQUEST and not has_officer(code):
        role, unit_code = find_present_chief(code)
        if unit_code is not None:
            return {"to_role": role, "to_unit": unit_code}
    return {"to_unit": code}
