"""The files of the look: built once, named by their content, small, and kept by browsers."""

import gzip
import json
import re

import pytest
from flask import Flask

from app.web import assets

KILOBYTE = 1024


@pytest.fixture(scope="module")
def built():
    return {name: (assets.BUILT / hashed).read_bytes() for name, hashed in assets.build().items()}


def test_a_second_build_changes_nothing():
    first = assets.build()
    written_at = assets.MANIFEST.stat().st_mtime_ns

    assert assets.build() == first
    assert assets.MANIFEST.stat().st_mtime_ns == written_at


def test_a_file_that_was_lost_is_built_again():
    lost = assets.BUILT / assets.build()["mark.svg"]
    lost.unlink()

    assets.build()

    assert lost.exists()


def test_a_manifest_that_is_no_json_is_written_anew():
    files = assets.build()
    assets.MANIFEST.write_text("{", encoding="utf-8")

    assert assets.build() == files
    assert json.loads(assets.MANIFEST.read_text(encoding="utf-8"))["files"] == files


def test_the_style_asks_for_the_fonts_that_were_built(built):
    asked = re.findall(r"url\(([\w.-]+\.woff2)\)", built["look.css"].decode())

    assert sorted(asked) == sorted(assets.build()[f"khmer-{weight}.woff2"] for weight in assets.FONT_WEIGHTS)


def test_the_style_and_the_script_lose_their_comments_only(built):
    style, script = built["look.css"].decode(), built["look.js"].decode()

    assert "/*" not in style
    assert style.count("{") == style.count("}")
    assert "window.ecrime" in script
    assert "/* " not in script


def test_the_sprite_has_every_icon(built):
    assert set(re.findall(rb'<symbol id="([\w-]+)"', built["icons.svg"])) == {
        name.encode() for name in assets.ICONS
    }


def test_the_fonts_draw_khmer_and_latin(built):
    from io import BytesIO

    from fontTools.ttLib import TTFont

    for weight in assets.FONT_WEIGHTS:
        drawn = TTFont(BytesIO(built[f"khmer-{weight}.woff2"])).getBestCmap()
        assert all(ord(letter) in drawn for letter in "ក្ខុំ០៩។៖ៗ៕Az09«»–…·×")


@pytest.mark.parametrize(
    ("names", "most"),
    [
        (["look.css"], 10),
        (["look.js", "entry.js"], 12),
        (["icons.svg"], 6),
        (["khmer-400.woff2", "khmer-600.woff2"], 52),
    ],
)
def test_the_files_keep_to_their_budget(built, names, most):
    assert sum(len(gzip.compress(built[name])) for name in names if name in built) <= most * KILOBYTE


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("folder", "folder"), ("fa-user", "user"), ("fa fa-group", "users"), ("fa-unheard-of", "circle"),
        ("", "circle"), (None, "circle"),
    ],
)  # fmt: skip
def test_an_icon_of_flask_appbuilder_finds_our_symbol(given, drawn):
    assert assets.icon_name(given) == drawn


def test_a_browser_keeps_what_is_built_for_a_year_and_nothing_else():
    app = Flask("app", root_path=str(assets.SOURCES.parent))
    assets.init_app(app)
    client = app.test_client()

    kept = client.get(app.jinja_env.globals["asset"]("look.css"))
    source = client.get("/static/look.css")

    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in source.headers.get("Cache-Control", "")
