"""Outlines of the provinces, and their projection onto a drawing."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"  # required by the licence on every map
_SOURCE = Path(__file__).parents[1] / "data/province_outlines.geojson"


@dataclass(frozen=True)
class Outline:
    """A province: its rings of (longitude, latitude) points, and the point of its label."""

    code: str
    label: tuple
    rings: tuple


@dataclass(frozen=True)
class Projection:
    """A plane projection of a few degrees: a degree of longitude is shortened by the cosine of the middle latitude."""

    west: float
    north: float
    scale: float
    shorten: float

    def place(self, longitude, latitude):
        """Return the pixel of a point."""
        return (longitude - self.west) * self.scale * self.shorten, (self.north - latitude) * self.scale


@cache
def load_outlines():
    """Return province code → outline."""
    features = json.loads(_SOURCE.read_text("utf-8"))["features"]
    return {feature["properties"]["code"]: _read_outline(feature) for feature in features}


def fit_points(points, width, most_height):
    """Return the projection of these (longitude, latitude) points into this width, and the height it takes."""
    longitudes, latitudes = zip(*points, strict=True)
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    shorten = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * shorten, 0.05), max(north - south, 0.05)
    scale = min(width / wide, most_height / high)
    # A narrow area is centred.
    west -= (width / scale - (east - west) * shorten) / shorten / 2
    north += (high - (north - south)) / 2
    return Projection(west, north, scale, shorten), high * scale


def _read_outline(feature):
    geometry, properties = feature["geometry"], feature["properties"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = tuple(tuple(map(tuple, ring)) for polygon in polygons for ring in polygon)
    return Outline(properties["code"], tuple(properties["label"]), rings)
