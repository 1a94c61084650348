"""The map on which a clerk chooses a position: outlines of the provinces, and points of districts and communes.

It is a static file, so that a browser keeps it and needs no connection.
"""

import csv
import json
from pathlib import Path

from app.statistics.charts.outlines import ATTRIBUTION, load_outlines

_FEATURES = Path(__file__).parents[1]
_POINTS = _FEATURES / "reference/data/place_points.tsv"
_PLACES = _FEATURES / "reference/data/places.tsv"
SOURCES = (Path(__file__), _POINTS, _PLACES, _FEATURES / "statistics/data/province_outlines.geojson")
# Units of the map: thousandths of a degree east of 102° and south of 15°. A degree of longitude is shorter by the cosine
# of the middle latitude.
WEST, NORTH, PER_DEGREE, SHORTEN = 102, 15, 1000, 0.976


def build_map():
    """Return the map as JSON: the path of the outlines, and (code, x, y, Khmer name, Latin name) of each point."""
    outlines = "".join(_draw_ring(ring) for outline in load_outlines().values() for ring in outline.rings)
    names = {row["code"]: (row["name_km"], row["name_en"]) for row in _read(_PLACES)}
    points = [
        [row["code"], *_place(float(row["longitude"]), float(row["latitude"])), *names[row["code"]]]
        for row in _read(_POINTS)
    ]
    projection = {"west": WEST, "north": NORTH, "perDegree": PER_DEGREE, "shorten": SHORTEN}
    content = {**projection, "attribution": ATTRIBUTION, "outlines": outlines, "points": points}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _draw_ring(ring):
    """Return the path of a ring with whole units, relative to its first point: shorter than absolute numbers."""
    points = [tuple(map(round, _place(*point))) for point in ring]
    steps = ((x - x0, y - y0) for (x0, y0), (x, y) in zip(points, points[1:], strict=False))
    return f"M{points[0][0]} {points[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + "z"


def _place(longitude, latitude):
    return round((longitude - WEST) * PER_DEGREE * SHORTEN, 1), round((NORTH - latitude) * PER_DEGREE, 1)


def _read(path):
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
