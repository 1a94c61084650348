"""Rules of the place of a case: V007 to V010."""

from math import asin, cos, radians, sin, sqrt

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

CAMBODIA = "KH"
SOUTH, NORTH, WEST, EAST = 9.9, 14.7, 102.3, 107.7
FAR_KM = 15
EARTH_KM = 6371
COMMUNE_DIGITS = 6
CODE_LENGTHS = (2, 4, COMMUNE_DIGITS, 8)


def get_place_code(case):
    return case.place.code if case.place else case.place_code


def is_abroad(case):
    return bool(case.abroad_country) and case.abroad_country != CAMBODIA


def happened_in_one_country(case, facts):
    if get_place_code(case) and is_abroad(case):
        text = _("A case happened in Cambodia or abroad, not in both. Remove the place or the country.")
        yield Problem("abroad_country", text)


def place_exists(case, facts):
    code = get_place_code(case)
    if not code:
        if not is_abroad(case):
            yield Problem(
                "place", _("The place is missing. Choose it, or the country if it happened abroad."), "V007"
            )
    elif not _is_valid_code(case, code) or facts.place_exists is False or not _existed_on_the_day(case):
        text = _("The place %(code)s was not in the list of places on that day. Choose it again.", code=code)
        yield Problem("place", text, "V007")


def _is_valid_code(case, code):
    """Return whether the code has an official form and agrees with the given province, district and commune."""
    levels = (case.province_code, case.district_code, case.commune_code)
    return (
        code.isdigit()
        and len(code) in CODE_LENGTHS
        and all(code.startswith(level) for level in levels if level)
    )


def _existed_on_the_day(case):
    place, day = case.place, case.occurred_from and case.occurred_from.date()
    if not place or not day:
        return True
    return (place.valid_from is None or place.valid_from <= day) and (
        place.valid_to is None or day <= place.valid_to
    )


def unit_covers_the_place(case, facts):
    code = get_place_code(case)
    if code and facts.unit is not None and not facts.unit.covers(code):
        text = _(
            "The place is outside the area of %(unit)s. Choose another place, or choose the reason.",
            unit=facts.unit,
        )
        yield Problem("place", text, "V008", WARNING, "outside_area_reason")


def position_is_in_cambodia(case, facts):
    if (case.latitude is None) != (case.longitude is None):
        missing = "latitude" if case.latitude is None else "longitude"
        yield Problem(missing, _("A position needs latitude and longitude. Enter the missing one."), "V009")
    elif case.latitude is not None and not is_abroad(case):
        if not SOUTH <= case.latitude <= NORTH:
            yield _make_outside_problem("latitude", case.latitude, SOUTH, NORTH)
        if not WEST <= case.longitude <= EAST:
            yield _make_outside_problem("longitude", case.longitude, WEST, EAST)


def _make_outside_problem(field, value, least, most):
    text = _(
        "%(value)s is outside Cambodia. Enter %(least)s to %(most)s, or choose the country if it happened abroad.",
        value=value,
        least=least,
        most=most,
    )
    return Problem(field, text, "V009")


def position_is_near_the_place(case, facts):
    centre = facts.centre or _get_place_centre(case)
    if centre is None or None in (case.latitude, case.longitude) or is_abroad(case):
        return
    away = compute_distance_km((case.latitude, case.longitude), centre)
    if away > FAR_KM:
        text = _(
            "The position is %(away)s km from the centre of the commune, above the usual maximum of %(limit)s km. Check the place and the position.",
            away=round(away),
            limit=FAR_KM,
        )
        yield Problem("latitude", text, "V010", WARNING)


def _get_place_centre(case):
    place = case.place
    if place is None or len(place.code) < COMMUNE_DIGITS or None in (place.latitude, place.longitude):
        return None
    return place.latitude, place.longitude


def compute_distance_km(here, there):
    """Return the great-circle distance between two (latitude, longitude) in degrees."""
    (lat1, lon1), (lat2, lon2) = ([radians(degrees) for degrees in point] for point in (here, there))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
