"""Charts are parsed as SVG: their shapes, labels, links and sizes, at both widths."""

import csv
import gzip
import re
from datetime import date
from xml.etree import ElementTree

import pytest

from app.reference.load import DATA
from app.statistics.charts import drawing
from app.statistics.charts.bar_charts import Bar, draw_bars
from app.statistics.charts.drawing import NARROW, WIDE, draw_at_both_widths, measure, wrap
from app.statistics.charts.heat_grids import draw_grid, draw_week
from app.statistics.charts.line_charts import Point, draw_line
from app.statistics.charts.map_charts import Area, Circle, draw_map, find_step
from app.statistics.charts.outlines import ATTRIBUTION, load_outlines
from tests.house.style_sheet import SOURCE as STYLE

SVG = "{http://www.w3.org/2000/svg}"
PRESENTATION = {
    "viewBox",
    "width",
    "height",
    "class",
    "role",
    "font-family",
    "x",
    "y",
    "cx",
    "cy",
    "r",
    "d",
    "fill",
}
PRESENTATION |= {
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linejoin",
    "paint-order",
    "fill-opacity",
}
PRESENTATION |= {"font-size", "font-weight", "text-anchor", "href", "tabindex", "aria-label"}


def parse(chart):
    """Return the SVG of a chart after the checks that hold for all of them."""
    root = ElementTree.fromstring(chart.__html__())
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == chart.title
    assert root.findtext(f"{SVG}desc") == chart.description
    for element in root.iter():
        assert set(element.attrib) <= PRESENTATION
        assert element.tag.removeprefix(SVG) in {
            "svg",
            "title",
            "desc",
            "rect",
            "path",
            "circle",
            "text",
            "a",
        }
    for label in chart.labels:
        width = measure(label.text, label.size)
        left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
        assert left >= -1, label
        assert left + width <= chart.width * 1.02 + 2, label
        assert label.size >= 13
    return root


def read_texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def read_places(digits):
    """Return (code, Khmer name, latitude, longitude) of the places of this level that have a point."""
    with (DATA / "places.tsv").open(encoding="utf-8") as file:
        names = {row["code"]: row["name_km"] for row in csv.DictReader(file, delimiter="\t")}
    with (DATA / "place_points.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if len(row["code"]) == digits]
    return [
        (row["code"], names[row["code"]], float(row["latitude"]), float(row["longitude"])) for row in rows
    ]


def draw_nation(**options):
    areas = [
        Area(one[0], one[1], 300 + number * 10, f"/p/{one[0]}") for number, one in enumerate(read_places(2))
    ]
    circles = [
        Circle(north, east, number % 40 + 1, name)
        for number, (_c, name, north, east) in enumerate(read_places(6))
    ]
    return draw_at_both_widths(draw_map, areas, circles, "ផែនទី", "អត្រា", "km", average=322, **options)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_long_labels_of_bars_are_not_cut(width):
    name = "ការរក្សាទុក ដឹកជញ្ជូន និងជួញដូរដោយខុសច្បាប់នូវសារធាតុញៀន ដោយក្រុមឧក្រិដ្ឋកម្មមានអង្គការចាត់តាំង"
    chart = draw_bars([Bar(name, 8969, url="/cases"), Bar("ខ្លី", 0)], "ចំណងជើង", "ពន្យល់", "km", width)
    texts = read_texts(parse(chart))

    assert "៨.៩៦៩" in texts
    assert "".join(texts).replace(" ", "").startswith(name.replace(" ", ""))


def test_short_labels_are_beside_their_bars_on_a_screen():
    bars = [Bar("លួច", 10), Bar("ប្លន់", 5)]
    wide, narrow = draw_at_both_widths(draw_bars, bars, "t", "d", "km")

    assert wide.height < narrow.height
    lengths = [one.attributes["width"] for one in wide.shapes if one.attributes["fill"] == drawing.NAVY]
    assert lengths[0] == pytest.approx(2 * lengths[1])


def test_a_hidden_number_has_no_bar():
    chart = draw_bars([Bar("លួច", None), Bar("ប្លន់", 9)], "t", "d", "km")

    assert drawing.HIDDEN in read_texts(parse(chart))
    assert sum(one.attributes["fill"] == drawing.NAVY for one in chart.shapes) == 1


def test_charts_of_nothing_are_drawn():
    parse(draw_bars([], "t", "d", "km"))
    parse(draw_line([], "t", "d", "km"))
    parse(draw_line([Point(date(2026, 1, 1), 0)], "t", "d", "en"))
    parse(draw_grid([], [], [], "t", "d", "km"))
    parse(draw_week([[0] * 8] * 7, "t", "d", "km"))
    parse(draw_map([], [], "t", "d", "km"))
    parse(draw_map([Area("23", "កែប", None)], [], "t", "d", "km", average=0, focus="23"))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_line_marks_unusual_months_with_their_number(width):
    months = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(36)]
    points = [
        Point(month, 827 if number == 28 else 500 + number % 7, 500, 440, 580, url="/cases")
        for number, month in enumerate(months)
    ]
    root = parse(draw_line(points, "t", "d", "km", width))

    texts = read_texts(root)
    assert [text for text in texts if text in ("៨២៧", "៥០០")] == ["៥០០", "៨២៧"]  # one is of the axis
    assert {"មករា ២០២៤", "មករា ២០២៥", "មករា ២០២៦"} <= set(texts)
    assert [link.attrib["href"] for link in root.iter(f"{SVG}a")] == ["/cases", "/cases"]


def test_line_is_interrupted_by_a_month_without_a_number():
    points = [Point(date(2026, month, 1), None if month == 5 else month) for month in range(1, 10)]
    lines = [
        one for one in draw_line(points, "t", "d", "km").shapes if one.attributes.get("stroke_width") == 2.5
    ]

    assert len(lines) == 2


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_week_shows_each_number_and_a_darker_cell_for_more(width):
    counts = [[day * 100 + band for band in range(8)] for day in range(7)]
    chart = draw_week(counts, "t", "d", "km", width)
    root = parse(chart)

    assert {"៦០៧", "០", "០–៣", "២១–២៤"} <= set(read_texts(root))
    fills = {one.title.rpartition(" · ")[2]: one.attributes["fill"] for one in chart.shapes}
    assert (fills["៦០៧"], fills["០"]) == (drawing.SHADES[-1], drawing.SHADES[0])


@pytest.mark.parametrize("width", [0, 1])
def test_map_of_the_nation_has_all_provinces_legend_and_attribution(width):
    chart = draw_nation(notes=["ប្រជាជន៖ ជំរឿនឆ្នាំ ២០១៩"])[width]
    root = parse(chart)
    texts = read_texts(root)

    assert len([one for one in chart.shapes if one.tag == "path"]) == len(load_outlines()) == 25
    assert sum(one.tag == "circle" for one in chart.shapes) == len(read_places(6))
    assert {ATTRIBUTION, "ប្រជាជន៖ ជំរឿនឆ្នាំ ២០១៩", "< ១៩៣", "≥ ៥៨០"} <= set(texts)
    assert {f"/p/{code}" for code in load_outlines()} == {
        link.attrib["href"] for link in root.iter(f"{SVG}a")
    }


def test_map_of_the_nation_is_small():
    page = "".join(chart.__html__() for chart in draw_nation())

    assert len(gzip.compress(page.encode())) <= 120_000


def test_provinces_are_named_on_a_screen_and_numbered_on_a_telephone():
    wide, narrow = draw_nation()

    assert sum(one.halo and not one.bold for one in wide.labels) > 20
    assert not any(one.halo and not one.bold for one in narrow.labels)
    assert sum(one.halo for one in narrow.labels) > 20


def test_map_of_a_province_shows_its_outline_alone_and_its_places():
    places = [one for one in read_places(6) if one[0].startswith("02")]
    circles = [Circle(north, east, 5, name, f"/{code}", False, name) for code, name, north, east in places]
    chart = draw_map([Area("02", "បាត់ដំបង", None), Area("01", "x", 1)], circles, "t", "d", "km", focus="02")

    parse(chart)
    assert sum(one.tag == "path" for one in chart.shapes) == 1
    for one in chart.shapes:
        if one.tag == "circle":
            assert 0 <= one.attributes["cx"] <= WIDE
            assert 0 <= one.attributes["cy"] <= chart.height


def test_closeup_of_one_place_shows_the_province():
    """Without it, a dot is on an empty square."""
    dots = [Circle(13.1, 103.2, 1, str(number), f"/{number}", is_case=True) for number in range(5)]
    areas = [Area("02", "បាត់ដំបង", None)]
    charts = [draw_map(areas, dots, "t", "d", "km", focus="02", closeup=one) for one in (True, False)]
    assert charts[0] == charts[1]
    apart = [*dots, Circle(13.2, 103.3, 1, "6", "/6", is_case=True)]
    assert draw_map(areas, apart, "t", "d", "km", focus="02", closeup=True) != charts[0]


def test_steps_are_fixed_around_the_rate_of_the_nation():
    assert [find_step(rate, 100) for rate in (0, 59, 60, 84, 85, 114, 115, 179, 180, 900)] == [
        0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
    ]  # fmt: skip


def test_without_a_rate_no_province_is_shaded():
    chart = draw_map([Area("12", "ភ្នំពេញ", 900), Area("23", "កែប", 3)], [], "t", "d", "km")

    assert {one.attributes["fill"] for one in chart.shapes} == {drawing.SUNK}


def test_shades_differ_in_grey_and_text_on_them_can_be_read():
    def lightness(colour):
        digits = colour.removeprefix("#")
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    greys = [lightness(shade) for shade in drawing.SHADES]
    assert all((light + 0.05) / (dark + 0.05) >= 1.25 for light, dark in zip(greys, greys[1:], strict=False))
    for number, grey in enumerate(greys):
        contrast = 1.05 / (grey + 0.05) if number >= 3 else (grey + 0.05) / (lightness(drawing.INK) + 0.05)
        assert contrast >= 4.5


def test_colours_are_those_of_the_style_sheet():
    found = re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", STYLE)
    tokens = dict(reversed(found))  # the first ones; those of dark pages follow
    names = {"ink": "INK", "ink-2": "INK_2", "edge": "EDGE", "line": "LINE", "sunk": "SUNK", "card": "WHITE"}
    names |= {"navy": "NAVY", "tint": "TINT", "gold": "GOLD"}

    assert {name: tokens[name] for name in names} == {
        name: getattr(drawing, constant) for name, constant in names.items()
    }


def test_text_of_a_record_is_escaped():
    name = '<script>alert("x")</script>&'
    chart = draw_bars([Bar(name, 3, url='/x?a=1&b="2"')], name, name, "en")

    assert "<script" not in chart.__html__()
    assert name in read_texts(parse(chart))


def test_chart_for_paper_has_neither_text_nor_links():
    paper = ElementTree.fromstring(draw_nation()[0].without_text())

    assert not list(paper.iter(f"{SVG}text"))
    assert not list(paper.iter(f"{SVG}a"))


def test_wrapped_text_is_complete_and_keeps_clusters_together():
    name = "ព្រះរាជាណាចក្រកម្ពុជាព្រះរាជាណាចក្រកម្ពុជា"
    lines = wrap(name, 100)

    assert "".join(lines) == name
    assert len(lines) > 2
    assert all(measure(line) <= 100 for line in lines)
    assert not any(line.startswith(("្", "ា", "ះ")) or line.endswith("្") for line in lines)


@pytest.mark.parametrize(
    ("number", "top"),
    [(0.5, 4), (1, 4), (5, 8), (17, 20), (21, 40), (99, 100), (101, 200), (980, 1000), (12345, 20000)],
)
def test_axis_has_whole_steps(number, top):
    """Five cases had the steps 1.25, 2.5 and 3.75."""
    assert drawing.round_up(number) == top and top % 4 == 0
