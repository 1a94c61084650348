"""Every message has a complete Khmer translation in official style."""

import csv
import re
from pathlib import Path

import pytest

from app.cli import translations
from tests.house.khmer_checks import faults

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|(?<!\{)\{\w+\}")
# Before these words អ្នក is part of a noun (user, administrator, witness …), not the pronoun «you».
NOUNS = "ប្រើប្រាស់|គ្រប់គ្រង|ពាក់ព័ន្ធ|ស្លាប់|រងរបួស|តំណាង|ផ្តើមគំនិត|សមគំនិត|ទោស|គ្មានទោស|ផ្សេង|ទទួល|ប្រតិបត្តិ|ជិតខាង|ស្គាល់គ្នា|ដែល|បញ្ចូល|រកឃើញ|ចុះហត្ថលេខា|ប្រគល់|កំពុងរក្សាទុក|រាយការណ៍|បើកបរ|ថ្មើរជើង"
YOU = re.compile(f"អ្នក(?!{NOUNS})")
I_OR_WE = re.compile("ខ្ញុំ|យើង")
PASSIVE = re.compile("ត្រូវបាន(?!ឃាត់ខ្លួន|ចាប់ខ្លួន|ឃុំខ្លួន)")
# Words that names.md and the style guide replace: wrong → right.
REPLACED = {
    "ឲ្យ": "ឱ្យ",
    "អោយ": "ឱ្យ",
    "ពត៌មាន": "ព័ត៌មាន",
    "បាទ/ចាស": "មាន, បាន …",
    "ប៉ូលិស": "នគរបាល",
    "គុក": "ពន្ធនាគារ",
}


@pytest.fixture(scope="module")
def khmer():
    return translations.read_catalogue("km")


@pytest.fixture(scope="module")
def extracted():
    """The messages of the code."""
    return translations.extract_messages()


@pytest.fixture(scope="module")
def messages(khmer):
    return [message for message in khmer if message.id and all(forms(message))]


def forms(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def english(message):
    return message.id if isinstance(message.id, str) else message.id[-1]


def format_pairs(pairs):
    return "\n".join(f"{english(message)!r}: {text}" for message, text in pairs)


def test_every_message_has_a_khmer_translation(khmer, extracted):
    missing = []
    for sentence in extracted:
        if sentence.id:
            said = khmer.get(sentence.id, sentence.context)
            if said is None or not all(forms(said)):
                missing.append(sentence)
    assert not missing, format_pairs((sentence, sentence.locations) for sentence in missing)


def test_the_catalogue_has_no_unused_message(messages, extracted):
    orphans = [m for m in messages if extracted.get(m.id, m.context) is None]
    assert not orphans, format_pairs((m, "not in the code") for m in orphans)


def test_no_guess_is_shipped(messages):
    assert not [english(message) for message in messages if message.fuzzy]


def test_placeholders_are_the_same_in_both_languages(messages):
    wrong = []
    for message in messages:
        wanted = sorted(PLACEHOLDER.findall(english(message)))
        wrong += [(message, text) for text in forms(message) if sorted(PLACEHOLDER.findall(text)) != wanted]
    assert not wrong, format_pairs(wrong)


def test_khmer_has_one_form_for_every_number(khmer, messages):
    assert khmer.num_plurals == 1
    assert not [m for m in messages if m.pluralizable and len(forms(m)) != 1]


def test_no_text_has_a_hidden_fault_of_code_points(messages):
    wrong = [(m, fault) for m in messages for text in forms(m) for fault in faults(text)]
    assert not wrong, format_pairs(wrong)


@pytest.mark.parametrize("pronoun", [YOU, I_OR_WE], ids=["you", "I and we"])
def test_the_messages_use_no_pronoun(messages, pronoun):
    wrong = [(m, text) for m in messages for text in forms(m) if pronoun.search(text)]
    assert not wrong, format_pairs(wrong)


def test_only_acts_of_authority_use_the_passive(messages):
    wrong = [(m, text) for m in messages for text in forms(m) if PASSIVE.search(text)]
    assert not wrong, format_pairs(wrong)


def test_words_of_the_glossary_have_its_khmer(messages):
    shown = {}
    for message in messages:
        shown.setdefault(str(message.id).lower(), set()).update(forms(message))
    rows = (line.strip("|\n ").split("|") for line in GLOSSARY.read_text("utf-8").splitlines() if "|" in line)
    terms = {row[0].strip(): row[1].strip() for row in rows}
    wrong = {
        word: (khmer, shown[word.lower()])
        for word, khmer in terms.items()
        if not all(khmer in text or text in khmer for text in shown.get(word.lower(), ()))
    }
    assert not wrong


def test_words_have_one_spelling(messages):
    wrong = [(m, word) for m in messages for text in forms(m) for word in REPLACED if word in text]
    assert not wrong, format_pairs(wrong)


def test_final_punctuation_matches_in_both_languages(messages):
    wrong = []
    for message in messages:
        ending = english(message).rstrip()[-1]
        for text in forms(message):
            if ending == "." and not text.endswith("។"):
                wrong.append((message, text))
            if ending == "?" and len(english(message).split()) > 2 and not text.rstrip().endswith(("?", "។")):
                wrong.append((message, text))
    assert not wrong, format_pairs(wrong)


def test_a_text_begins_and_ends_with_the_same_spaces(messages):
    def edges(text):
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    wrong = [(m, text) for m in messages for text in forms(m) if edges(text) != edges(english(m))]
    assert not wrong, format_pairs(wrong)


def test_digits_in_running_khmer_are_khmer(messages):
    latin_words = re.compile(r"[A-Za-z][A-Za-z0-9 .,:/+-]*")
    wrong = []
    for message in messages:
        for text in forms(message):
            rest = latin_words.sub("", PLACEHOLDER.sub("", text))
            if re.search("[0-9]", rest):
                wrong.append((message, text))
    assert not wrong, format_pairs(wrong)


def test_english_catalogue_has_only_differing_messages(extracted):
    english_catalogue = [message for message in translations.read_catalogue("en") if message.id]
    assert not [m.id for m in english_catalogue if not all(forms(m)) or m.id == m.string]
    assert not [m.id for m in english_catalogue if extracted.get(m.id, m.context) is None]


def test_the_words_of_the_code_lists_obey_the_same_rules():
    with (translations.ROOT / "app/reference/data/codes.tsv").open(encoding="utf-8", newline="") as file:
        words = [row["name_km"] for row in csv.DictReader(file, delimiter="\t")]
    wrong = [f"{word}: {fault}" for word in words for fault in faults(word)]
    wrong += [word for word in words if PASSIVE.search(word) or I_OR_WE.search(word)]
    wrong += [word for word in words for bad in REPLACED if bad in word]
    assert not wrong, "\n".join(wrong)


def test_no_template_appends_latin_punctuation_to_a_message():
    """A full stop or colon after `}}` would follow Khmer; it belongs in the message."""
    glued = []
    for page in sorted((translations.ROOT / "app/templates").rglob("*.html")):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"\}\}(</\w+>)?[.:;!?]( |$|<)", line):
                glued.append(f"{page.name}:{number}")
    assert not glued
