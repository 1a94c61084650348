"""The translation catalogues, and the messages that need a Khmer translation.

English messages are the keys. They come from our code (see babel.cfg) and from messages of libraries that users may
see. Setup compiles the catalogues.
"""

import os
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
TRANSLATIONS = ROOT / "translations"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def catalogue_path(language):
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language):
    """Return the catalogue of a language."""
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language)


def write_catalogue(language, catalogue):
    """Write a catalogue in a stable order; the header stays unchanged, without dates and personal names."""
    path = catalogue_path(language)
    header = path.read_bytes().split(b"\n\n", 1)[0].rstrip() + b"\n\n"
    body = BytesIO()
    write_po(
        body, catalogue, 110, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False
    )
    path.write_bytes(header + body.getvalue())


def compile_catalogues(folder=TRANSLATIONS):
    """Compile every catalogue that is newer than its compiled file. Return the compiled languages."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        language = source.parent.parent.name
        # Another process reads either the old file or the new one, also if it compiles at the same time.
        temporary = target.with_suffix(f".{os.getpid()}")
        with source.open("rb") as catalogue, temporary.open("wb") as out:
            write_mo(out, read_po(catalogue, locale=language))
        temporary.replace(target)
        compiled.append(language)
    return compiled


def extract_own_messages():
    """Return a catalogue, without translations, of the messages in our code and templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config)
    catalogue = Catalog()
    for file, _line, message, comments, context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        catalogue.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalogue


def extract_messages():
    """Return all messages that need a Khmer translation: our own and those of the libraries."""
    # Imported here because setup compiles catalogues before all libraries are installed.
    from app.cli.library_messages import extract_library_messages

    catalogue = extract_own_messages()
    for library, message in extract_library_messages():
        catalogue.add(message, locations=[(library, 0)])
    return catalogue


def update_catalogue():
    """Add new messages to the Khmer catalogue and remove obsolete ones. Return the messages without a translation."""
    catalogue = read_catalogue("km")
    catalogue.update(extract_messages(), no_fuzzy_matching=True, update_creation_date=False)
    write_catalogue("km", catalogue)
    return [message for message in catalogue if message.id and not message.string]
