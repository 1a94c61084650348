"""The look's files as browsers get them: fonts, icons, style and script, each under a name with its hash.

`build` writes them to `app/static/built/` at set-up. A name changes with its content, so a browser keeps each
file for a year and asks again only after an update.
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

SOURCES = Path(__file__).parent.parent / "static"
BUILT = SOURCES / "built"
MANIFEST = BUILT / "manifest.json"
A_YEAR = "public, max-age=31536000, immutable"
A_DAY = 86400  # seconds

SCRIPT_PARTS = ("page", "ask", "fields", "dates", "lookup", "lists", "answers", "keys")

# Latin with the accents of western names, Khmer and its lunar symbols, joiners, dashes, quotes, bullet, ellipsis, guillemets.
FONT_CHARACTERS = (
    "20-7E,A0-FF,1780-17FF,19E0-19FF,200B-200D,2010-2015,2018-201E,2022,2026,2039,203A,2212,25CC"
)
FONT_WEIGHTS = (400, 600)

ICONS = (
    "activity", "arrow-down-up", "arrow-left", "arrow-right", "banknote", "bell", "book-open", "box",
    "building-2", "calendar", "camera", "car", "chart-column", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "chevrons-left", "chevrons-right", "chevrons-up-down", "circle",
    "calendar-clock", "circle-check", "circle-dot", "clock", "cloud", "copy", "database", "door-closed", "door-open",
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


def build(say=None):
    """Write every file that is missing or out of date; `say` is told of the one slow step.

    Returns the manifest: plain name → name with hash. Answers at once when nothing has changed.
    """
    stamp = _stamp()
    known = _read_manifest()
    if known.get("stamp") == stamp and all((BUILT / name).exists() for name in known["files"].values()):
        return known["files"]
    BUILT.mkdir(parents=True, exist_ok=True)
    files = {f"khmer-{weight}.woff2": _font(weight, say) for weight in FONT_WEIGHTS}
    files["icons.svg"] = _keep("icons.svg", _sprite())
    for source in sorted(SOURCES.glob("*.css")):
        files[source.name] = _keep(source.name, _style(source.read_text(encoding="utf-8"), files))
    files["look.js"] = _keep("look.js", _script())
    for source in sorted(SOURCES.glob("*.js")):
        files[source.name] = _keep(source.name, _bare(source.read_text(encoding="utf-8")))
    files["mark.svg"] = _keep("mark.svg", (SOURCES / "mark.svg").read_bytes())
    _write(MANIFEST, json.dumps({"stamp": stamp, "files": files}, indent=1).encode())
    _sweep(files.values())
    return files


def init_app(app):
    """Make the files if need be, let browsers keep them, and give the templates `asset(name)`, the URL of a built
    file, and `drawn_icon(name, size)`, which `parts/icon.html` tells of."""
    files = build()
    prefix = f"{app.static_url_path}/built/"

    @cache
    def drawn_icon(name, size=""):
        css, place = f"i {size}" if size else "i", prefix + files["icons.svg"]
        drawing = Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>')
        return drawing.format(css, place, icon_name(name))

    app.jinja_env.globals.update(asset=lambda name: prefix + files[name], drawn_icon=drawn_icon)

    @app.after_request
    def _let_browsers_keep_what_is_built(response):
        if request.path.startswith(prefix) and response.status_code in (200, 304):
            response.headers["Cache-Control"] = A_YEAR
        return response


def icon_name(name):
    """The symbol of the sprite for one of our names or for Font Awesome's (`fa-user`); a ring for what we do not draw."""
    name = (name or "").rpartition(" ")[2].removeprefix("fa-")
    return name if name in _DRAWN else FONT_AWESOME.get(name, "circle")


_DRAWN = frozenset(ICONS)


def _stamp():
    """What the built files depend on: this file, the sources, and the packages that fonts and icons come from."""
    found = hashlib.sha256()
    for package in ("fontpkg-noto-sans-khmer", "fonttools", "lucide"):
        found.update(metadata.version(package).encode())
    sources = [
        path
        for path in SOURCES.rglob("*")
        if path.suffix in (".css", ".js", ".svg") and BUILT not in path.parents
    ]
    for source in (Path(__file__), *sorted(sources)):
        found.update(source.name.encode() + source.read_bytes())
    return found.hexdigest()


def _read_manifest():
    try:
        return json.loads(MANIFEST.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _font(weight, say):
    """Noto Sans Khmer at one weight, full width, with only the characters the register writes (OFL 1.1)."""
    made_from = (
        f"{metadata.version('fontpkg-noto-sans-khmer')} {metadata.version('fonttools')} {FONT_CHARACTERS}"
    )
    name = _hashed(f"khmer-{weight}.woff2", made_from.encode())
    if not (BUILT / name).exists():
        if say:
            say(f"font {weight}")
        _write(BUILT / name, _instance(weight))
    return name


def _instance(weight):
    # fontTools takes a third of a second to import and only set-up needs it.
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    source = resources.files("fontpkg_noto_sans_khmer") / "files" / "NotoSansKhmer[wdth,wght].ttf"
    with resources.as_file(source) as path:
        font = TTFont(path, recalcTimestamp=False)
    font = instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100})
    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False, name_IDs=[0, 1, 2, 13, 14])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(FONT_CHARACTERS))
    cutter.subset(font)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _sprite():
    """One file with a symbol per icon, drawn from Lucide (ISC licence)."""
    symbols = []
    with ZipFile(io.BytesIO((resources.files("lucide") / "lucide.zip").read_bytes())) as drawings:
        for name in ICONS:
            drawing = drawings.read(f"{name}.svg").decode()
            lines = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL).group(1)
            strokes = "".join(line.strip() for line in lines.splitlines())
            symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{strokes}</symbol>')
    sheet = f'<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence -->{"".join(symbols)}</svg>'
    return sheet.encode()


def _style(text, files):
    """Point `url(name)` at the built file of that name, and leave out comments and needless blanks."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"url\(([\w.-]+)\)", lambda found: f"url({files[found.group(1)]})", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text).replace(": ", ":").replace(";}", "}")
    return text.strip().encode()


def _script():
    """The parts of `look/` as one file, in the order in which they need one another."""
    parts = [(SOURCES / "look" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    return b'"use strict";' + _bare("".join(parts))


def _bare(script):
    """A script without comments, without its indentation, and without the ends of lines that mean nothing."""
    script = re.sub(r" */\* .*? \*/", "", script, flags=re.DOTALL)
    lines = (re.sub("(?<=[;,{]) // .*", "", line.strip()) for line in script.splitlines())
    text = "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
    return re.sub(r"(?<=[{;,([])\n|\n(?=[})\].?:])", "", text).encode()


def _hashed(name, content):
    stem, _dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}"


def _keep(name, content):
    name = _hashed(name, content)
    if not (BUILT / name).exists():
        _write(BUILT / name, content)
    return name


def _write(path, content):
    """All or nothing, so that two processes may build at the same time."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


def _sweep(in_use):
    """Remove what nobody asks for. Earlier builds stay a day, for pages that were open during an update."""
    in_use = {MANIFEST.name, *in_use}
    newest = MANIFEST.stat().st_mtime
    for path in BUILT.iterdir():
        if path.name not in in_use and newest - path.stat().st_mtime > A_DAY:
            path.unlink(missing_ok=True)
