"""The locale and the language of the reader. Each cell of a list asks for them, so they must be cheap."""

from app.kernel.i18n.flask_babel_patches import cached_locale as reader_locale

__all__ = ["reader_language", "reader_locale"]


def reader_language():
    """Return the reader's language, "km" or "en"."""
    locale = reader_locale()
    return "en" if locale is not None and locale.language == "en" else "km"
