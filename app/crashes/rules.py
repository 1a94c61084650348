"""Rules of the facts of a crash: V174 and V175."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

PEDESTRIAN, ANIMAL = "pedestrian", "animal"
LOWEST_LIMIT, HIGHEST_LIMIT = 5, 130  # km/h
MOST_PEOPLE, MOST_ALCOHOL = 100, 5


def causes_differ(crash, facts):
    if crash.cause is not None and crash.cause == crash.second_cause:
        yield Problem("second_cause", _("Choose another cause, or leave it empty."), "V174")


def speed_limit_is_possible(crash, facts):
    limit = crash.speed_limit
    if limit is not None and not LOWEST_LIMIT <= limit <= HIGHEST_LIMIT:
        yield Problem("speed_limit", _("Enter 5 to 130 km/h, or leave it empty."), "V174")


def person_is_of_the_case(user, facts):
    row = user.involvement
    if row is not None and user.case is not None and row.case is not user.case:
        text = _("This person is in another case. Choose a person of this case.")
        yield Problem("involvement", text, "V175")


def pedestrian_has_no_vehicle(user, facts):
    if user.kind not in (PEDESTRIAN, ANIMAL):
        return
    for name in ("plate", "protection", "licence"):
        if getattr(user, name):
            yield Problem(name, _("This belongs to a driver. Leave it empty."), "V175")


def numbers_are_possible(user, facts):
    if user.people is not None and not 0 <= user.people <= MOST_PEOPLE:
        yield Problem("people", _("Enter 0 to 100 people."), "V175")
    if user.breath_alcohol is not None and not 0 <= user.breath_alcohol <= MOST_ALCOHOL:
        yield Problem("breath_alcohol", _("Enter 0 to 5 mg per litre."), "V175")


CRASH = (causes_differ, speed_limit_is_possible)
ROAD_USER = (person_is_of_the_case, pedestrian_has_no_vehicle, numbers_are_possible)
