"""The static files for browsers: fonts, icons, style sheets and scripts, each under a name with its hash.

`build_assets` writes them to `app/static/built/` at setup. A name changes with its content, so browsers cache each file
for a year and load it again only after an update.
"""

import hashlib
import io
import json
import os
import re
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from zipfile import ZipFile

from flask import request
from markupsafe import Markup

from app.web import position_map

SOURCES = Path(__file__).parent.parent / "static"
BUILT = SOURCES / "built"
MANIFEST = BUILT / "manifest.json"
CACHE_ONE_YEAR = "public, max-age=31536000, immutable"
SECONDS_PER_DAY = 86400
# A service worker has one address in all versions. Its scope, the entry page, is above its own folder.
WORKER = "worker/offline.js"

SCRIPT_PARTS = (
    "page",
    "ask",
    "fields",
    "dates",
    "lookup",
    "lists",
    "answers",
    "keys",
    "saved_forms",
    "idle",
    "offline",
)

# Latin with accents, Khmer and its lunar symbols, joiners, dashes, quotes, bullet, ellipsis, guillemets.
FONT_CHARACTERS = (
    "20-7E,A0-FF,1780-17FF,19E0-19FF,200B-200D,2010-2015,2018-201E,2022,2026,2039,203A,2212,25CC"
)
FONT_WEIGHTS = (400, 600)

ICONS = (
    "activity", "arrow-down-up", "arrow-left", "arrow-right", "banknote", "bell", "book-open", "box",
    "building-2", "calendar", "camera", "car", "chart-column", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "chevrons-left", "chevrons-right", "chevrons-up-down", "circle",
    "calendar-check", "calendar-clock", "circle-check", "circle-dot", "circle-question-mark", "clock", "cloud", "copy", "database", "door-closed", "door-open",
    "download", "ellipsis", "ellipsis-vertical", "external-link", "eye", "eye-off", "file-clock",
    "file-plus", "file-text", "fingerprint-pattern", "flag", "folder", "folder-open", "footprints", "gavel", "globe",
    "hash", "hand", "history", "hourglass", "house", "id-card", "inbox", "info", "key", "keyboard", "landmark",
    "layers", "link", "list", "list-checks", "list-filter", "lock", "log-in", "log-out", "map", "map-pin",
    "menu", "message-square", "octagon-alert", "package", "paperclip", "pencil", "pencil-line", "phone",
    "pill", "plus", "printer", "refresh-cw", "save", "scale", "scroll-text", "search", "settings", "shield",
    "shield-check", "siren", "smartphone", "square", "star", "swords", "tag", "target", "timer", "trash-2",
    "triangle-alert", "undo-2", "upload", "user", "user-cog", "user-plus", "users", "wifi-off", "x",
)  # fmt: skip

# Flask-AppBuilder names its icons after Font Awesome.
FONT_AWESOME = {
    "bar-chart": "chart-column", "bar-chart-o": "chart-column", "bars": "menu", "book": "book-open",
    "briefcase": "folder", "building": "building-2", "chain": "link", "chain-broken": "link", "cog": "settings",
    "cogs": "settings", "dashboard": "activity", "edit": "pencil", "envelope": "inbox", "gear": "settings",
    "group": "users", "home": "house", "list-alt": "list-checks", "power-off": "log-out", "print": "printer",
    "remove": "x", "rocket": "trash-2", "sign-in": "log-in", "sign-out": "log-out", "table": "list", "times": "x",
    "trash": "trash-2", "user-circle": "user", "user-gear": "user-cog", "wrench": "settings",
}  # fmt: skip


def build_assets(report=None):
    """Write every file that is missing or out of date. Return the manifest: plain name → name with hash.

    `report` is called with a text before the one slow step. Returns at once if no source has changed.
    """
    stamp = _hash_sources()
    manifest = _read_manifest()
    if manifest.get("stamp") == stamp and all((BUILT / name).exists() for name in manifest["files"].values()):
        return manifest["files"]
    BUILT.mkdir(parents=True, exist_ok=True)
    files = {f"khmer-{weight}.woff2": _build_font(weight, report) for weight in FONT_WEIGHTS}
    files["icons.svg"] = _write_hashed("icons.svg", _draw_sprite())
    for source in sorted(SOURCES.glob("*.css")):
        files[source.name] = _write_hashed(
            source.name, _minify_style(source.read_text(encoding="utf-8"), files)
        )
    files["page.js"] = _write_hashed("page.js", _bundle_script())
    for source in sorted(SOURCES.glob("*.js")):
        files[source.name] = _write_hashed(source.name, _minify_script(source.read_text(encoding="utf-8")))
    files["emblem.svg"] = _write_hashed("emblem.svg", (SOURCES / "emblem.svg").read_bytes())
    files["position_map.json"] = _write_hashed("position_map.json", position_map.build_map())
    _write_file(MANIFEST, json.dumps({"stamp": stamp, "files": files}, indent=1).encode())
    _delete_unused(files.values())
    return files


def init_app(app):
    """Build the files if needed, let browsers cache them, and add the template globals.

    `asset(name)` returns the URL of a built file; `worker` is that of the service worker; `parts/icon.html` documents `drawn_icon(name, size)`.
    """
    files = build_assets()
    prefix, worker = f"{app.static_url_path}/built/", f"{app.static_url_path}/{WORKER}"

    @cache
    def drawn_icon(name, size=""):
        css, sprite = f"i {size}" if size else "i", prefix + files["icons.svg"]
        drawing = Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>')
        return drawing.format(css, sprite, find_icon_name(name))

    app.jinja_env.globals.update(
        asset=lambda name: prefix + files[name], drawn_icon=drawn_icon, worker=worker
    )

    @app.after_request
    def _cache_built_files(response):
        if request.path.startswith(prefix) and response.status_code in (200, 304):
            response.headers["Cache-Control"] = CACHE_ONE_YEAR
        if request.path == worker:
            response.headers["Service-Worker-Allowed"] = "/entry/"
        return response


def find_icon_name(name):
    """Return the symbol for one of our icon names or a Font Awesome name (`fa-user`); a circle for an unknown name."""
    name = (name or "").rpartition(" ")[2].removeprefix("fa-")
    return name if name in _ICON_NAMES else FONT_AWESOME.get(name, "circle")


_ICON_NAMES = frozenset(ICONS)


def _hash_sources():
    """Return a hash of everything the built files depend on: this file, the sources, the font and icon packages."""
    digest = hashlib.sha256()
    for package in ("fontpkg-noto-sans-khmer", "fonttools", "lucide"):
        digest.update(metadata.version(package).encode())
    sources = [
        path
        for path in SOURCES.rglob("*")
        if path.suffix in (".css", ".js", ".svg") and BUILT not in path.parents
    ]
    for source in (Path(__file__), *position_map.SOURCES, *sorted(sources)):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()


def _read_manifest():
    try:
        return json.loads(MANIFEST.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _build_font(weight, report):
    """Write Noto Sans Khmer (OFL 1.1) in one weight, normal width, with only the characters that E-Crime uses."""
    version = (
        f"{metadata.version('fontpkg-noto-sans-khmer')} {metadata.version('fonttools')} {FONT_CHARACTERS}"
    )
    name = _hashed_name(f"khmer-{weight}.woff2", version.encode())
    if not (BUILT / name).exists():
        if report:
            report(f"font {weight}")
        _write_file(BUILT / name, _subset_font(weight))
    return name


def _subset_font(weight):
    # Importing fontTools takes a third of a second, and only setup needs it.
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    source = resources.files("fontpkg_noto_sans_khmer") / "files" / "NotoSansKhmer[wdth,wght].ttf"
    with resources.as_file(source) as path:
        font = TTFont(path, recalcTimestamp=False)
    font = instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100})
    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False, name_IDs=[0, 1, 2, 13, 14])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(FONT_CHARACTERS))
    subsetter.subset(font)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _draw_sprite():
    """Return one SVG file with a symbol for each icon, from Lucide (ISC licence)."""
    symbols = []
    with ZipFile(io.BytesIO((resources.files("lucide") / "lucide.zip").read_bytes())) as drawings:
        for name in ICONS:
            drawing = drawings.read(f"{name}.svg").decode()
            lines = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL).group(1)
            strokes = "".join(line.strip() for line in lines.splitlines())
            symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{strokes}</symbol>')
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence -->{"".join(symbols)}</svg>'
    return sprite.encode()


def _minify_style(text, files):
    """Replace `url(name)` by the built file of that name, and remove comments and unnecessary whitespace."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"url\(([\w.-]+)\)", lambda match: f"url({files[match.group(1)]})", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text).replace(": ", ":").replace(";}", "}")
    return text.strip().encode()


def _bundle_script():
    """Return the scripts of `page/` as one file, in the order of their dependencies."""
    parts = [(SOURCES / "page" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    return b'"use strict";' + _minify_script("".join(parts))


def _minify_script(script):
    """Return a script without comments, indentation and unnecessary line breaks."""
    script = re.sub(r" */\* .*? \*/", "", script, flags=re.DOTALL)
    lines = (re.sub("(?<=[;,{]) // .*", "", line.strip()) for line in script.splitlines())
    text = "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
    return re.sub(r"(?<=[{;,([])\n|\n(?=[})\].?:])", "", text).encode()


def _hashed_name(name, content):
    stem, _dot, extension = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{extension}"


def _write_hashed(name, content):
    name = _hashed_name(name, content)
    if not (BUILT / name).exists():
        _write_file(BUILT / name, content)
    return name


def _write_file(path, content):
    """Write a file atomically, so that two processes may build at the same time."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def _delete_unused(in_use):
    """Delete unused files. Earlier builds stay for a day, for pages that were open during an update."""
    in_use = {MANIFEST.name, *in_use}
    newest = MANIFEST.stat().st_mtime
    for path in BUILT.iterdir():
        if path.name not in in_use and newest - path.stat().st_mtime > SECONDS_PER_DAY:
            path.unlink(missing_ok=True)
