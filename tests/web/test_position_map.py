"""The map on which a clerk chooses a position without a connection."""

import json
import re

import pytest

from app.statistics.charts.outlines import ATTRIBUTION, load_outlines
from app.web import position_map


@pytest.fixture(scope="module")
def drawn():
    return json.loads(position_map.build_map())


def find_degrees(drawn, x, y):
    """Return (latitude, longitude) as the script of the page computes them."""
    return drawn["north"] - y / drawn["perDegree"], drawn["west"] + x / drawn["perDegree"] / drawn["shorten"]


def test_point_on_the_map_is_the_point_of_the_place(drawn):
    code, x, y, khmer, latin = next(point for point in drawn["points"] if point[0] == "02")
    assert (code, khmer, latin) == ("02", "បាត់ដំបង", "Battambang")
    assert find_degrees(drawn, x, y) == pytest.approx((12.92568, 103.23171), abs=0.0001)


def test_map_has_each_province_its_districts_and_communes_and_its_source(drawn):
    lengths = [len(point[0]) for point in drawn["points"]]
    assert lengths.count(2) == 25 and lengths.count(4) > 200 and lengths.count(6) > 1200
    assert drawn["attribution"] == ATTRIBUTION
    assert drawn["outlines"].count("M") == sum(len(one.rings) for one in load_outlines().values())


def test_outlines_are_whole_units_around_the_points(drawn):
    numbers = re.findall(r"M(-?[\d.]+) (-?[\d.]+)l", drawn["outlines"])
    assert all(0 < float(x) < 5600 and 0 < float(y) < 5100 for x, y in numbers)
