"""The display settings of a user: text size, colours and contrast, as classes of the page."""

from flask_babel import lazy_gettext as _

# Setting → class of the style sheet → label. The first choice is the usual one and has no class.
SETTINGS = {
    "size": (_("Text size"), {"": _("Normal"), "large": _("Large"), "larger": _("Very large")}),
    "colours": (_("Colours"), {"": _("Light"), "dark": _("Dark")}),
    "contrast": (_("Contrast"), {"": _("Normal"), "contrast": _("High")}),
}


def list_choices(display):
    """Return (setting, label, [(class, label, whether it is chosen)]) for the classes of a user."""
    chosen = display.split()
    rows = []
    for name, (label, choices) in SETTINGS.items():
        current = next((css for css in choices if css in chosen), "")
        rows.append((name, label, [(css, word, css == current) for css, word in choices.items()]))
    return rows


def read_display(form):
    """Return the classes that a submitted form chooses. Unknown choices are ignored."""
    chosen = (form.get(name, "") for name in SETTINGS)
    known = {css for _label, choices in SETTINGS.values() for css in choices if css}
    return " ".join(dict.fromkeys(css for css in chosen if css in known))
