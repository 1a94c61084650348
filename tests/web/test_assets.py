"""Static files: built once, named by their content, small, and cached by browsers."""

import gzip
import json
import re

import pytest
from flask import Flask

from app.web import assets

KILOBYTE = 1024


@pytest.fixture(scope="module")
def built():
    return {name: (assets.BUILT / hashed).read_bytes() for name, hashed in assets.build_assets().items()}


def test_second_build_changes_nothing():
    first = assets.build_assets()
    written_at = assets.MANIFEST.stat().st_mtime_ns

    assert assets.build_assets() == first
    assert assets.MANIFEST.stat().st_mtime_ns == written_at


def test_build_restores_missing_file():
    lost = assets.BUILT / assets.build_assets()["emblem.svg"]
    lost.unlink()

    assets.build_assets()

    assert lost.exists()


def test_build_replaces_invalid_manifest():
    files = assets.build_assets()
    assets.MANIFEST.write_text("{", encoding="utf-8")

    assert assets.build_assets() == files
    assert json.loads(assets.MANIFEST.read_text(encoding="utf-8"))["files"] == files


def test_style_uses_built_fonts(built):
    used = re.findall(r"url\(([\w.-]+\.woff2)\)", built["style.css"].decode())

    assert sorted(used) == sorted(
        assets.build_assets()[f"khmer-{weight}.woff2"] for weight in assets.FONT_WEIGHTS
    )


def test_minified_files_lose_only_comments(built):
    style, script = built["style.css"].decode(), built["page.js"].decode()

    assert "/*" not in style
    assert style.count("{") == style.count("}")
    assert "window.ecrime" in script
    assert "/* " not in script


def test_sprite_has_every_icon(built):
    assert set(re.findall(rb'<symbol id="([\w-]+)"', built["icons.svg"])) == {
        name.encode() for name in assets.ICONS
    }


def test_fonts_cover_khmer_and_latin(built):
    from io import BytesIO

    from fontTools.ttLib import TTFont

    for weight in assets.FONT_WEIGHTS:
        drawn = TTFont(BytesIO(built[f"khmer-{weight}.woff2"])).getBestCmap()
        assert all(ord(letter) in drawn for letter in "ក្ខុំ០៩។៖ៗ៕Az09«»–…·×")


@pytest.mark.parametrize(
    ("names", "most"),
    [
        (["style.css"], 11.5),
        (["page.js", "entry.js"], 17),
        (["entry_offline.js"], 2.1),
        (["khmer_keys.js"], 1.2),
        (["position.js"], 2.6),
        (["position_map.json"], 38),
        (["icons.svg"], 6),
        (["khmer-400.woff2", "khmer-600.woff2"], 52),
    ],
)
def test_compressed_files_stay_within_budget(built, names, most):
    assert sum(len(gzip.compress(built[name])) for name in names if name in built) <= most * KILOBYTE


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("folder", "folder"), ("fa-user", "user"), ("fa fa-group", "users"), ("fa-unheard-of", "circle"),
        ("", "circle"), (None, "circle"),
    ],
)  # fmt: skip
def test_font_awesome_name_finds_our_icon(given, drawn):
    assert assets.find_icon_name(given) == drawn


def test_only_built_files_are_cached_for_a_year():
    app = Flask("app", root_path=str(assets.SOURCES.parent))
    assets.init_app(app)
    client = app.test_client()

    built_file = client.get(app.jinja_env.globals["asset"]("style.css"))
    source = client.get("/static/style.css")

    assert built_file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "immutable" not in source.headers.get("Cache-Control", "")
