"""What must be said in Khmer, and the catalogues that say it.

English sentences are the keys. They come from our own code (babel.cfg says where to look) and from the libraries
whose sentences reach a reader. Set-up compiles the catalogues.
"""

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


def po_file(language):
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language):
    """The catalogue of a language as Babel reads it."""
    with po_file(language).open("rb") as source:
        return read_po(source, locale=language)


def write(language, catalogue):
    """Write the sentences in a stable order; the header stays as it is, without dates and names of people."""
    path = po_file(language)
    header = path.read_bytes().split(b"\n\n", 1)[0].rstrip() + b"\n\n"
    body = BytesIO()
    write_po(
        body, catalogue, 110, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False
    )
    path.write_bytes(header + body.getvalue())


def compile_catalogues(folder=TRANSLATIONS):
    """Compile every catalogue that is newer than its compiled file; answers the languages that were compiled."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        language = source.parent.parent.name
        part = target.with_suffix(".part")  # another process reads either the old file or the new one
        with source.open("rb") as sentences_of_language, part.open("wb") as out:
            write_mo(out, read_po(sentences_of_language, locale=language))
        part.replace(target)
        compiled.append(language)
    return compiled


def own_sentences():
    """A catalogue, without translations, of the sentences of our code and templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config)
    found = Catalog()
    for file, _line, sentence, comments, context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        found.add(sentence, locations=[(file, 0)], auto_comments=comments, context=context)
    return found


def sentences():
    """Everything that must have a Khmer sentence: our own and the libraries'."""
    from app.cli.library_messages import library_sentences  # set-up compiles before all libraries are there

    found = own_sentences()
    for library, sentence in library_sentences():
        found.add(sentence, locations=[(library, 0)])
    return found


def update(language="km"):
    """Bring a catalogue up to the code: new sentences come in empty, vanished ones go. Answers the empty ones."""
    catalogue = read(language)
    catalogue.update(sentences(), no_fuzzy_matching=True, update_creation_date=False)
    write(language, catalogue)
    return [message for message in catalogue if message.id and not message.string]
