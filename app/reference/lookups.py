"""Lookups of places, units, courts, prisons, laws and offences."""

from functools import partial

from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema import lookups
from app.kernel.schema.display import reader_language
from app.reference import search
from app.reference.models import Court, Law, LetterTemplate, Offence, Place, Prison, Unit, mark_ended
from app.reference.periods import is_selectable
from app.reference.place_index import PROVINCE, get_place_index


def _make_getter(model):
    return lambda key: db.session.get(model, key)


def _get_offence(key):
    """Return the offence with its law, because every rule reads the law's validity period."""
    return db.session.get(Offence, key, options=[joinedload(Offence.law)])


def _make_name_lookup(model):
    """Return a function key → name, of a small table cached in this process."""

    def load():
        with db.engine.connect() as connection:
            rows = connection.execute(model.__table__.select()).all()
        return {row.code: {"km": row.name_km, "en": row.name_en or row.name_km} for row in rows}

    cached = versioned_cache.VersionedCache("reference", load)

    def words(key):
        names = cached.get().get(key)
        return names[reader_language()] if names else key

    return words


def _make_ending_lookup(model):
    """Return a function key → name of a unit or court, marked if it has ended."""

    def load():
        with db.engine.connect() as connection:
            return {row.code: row for row in connection.execute(model.__table__.select())}

    cached = versioned_cache.VersionedCache("reference", load)

    def words(key):
        row = cached.get().get(key)
        if row is None:
            return key
        return mark_ended(row.name_en if reader_language() == "en" and row.name_en else row.name_km, row)

    return words


def _explain_unit(unit):
    """Return why a new record cannot name this unit, or None."""
    if is_selectable(unit):
        return None
    if unit.successor is not None:
        return gettext("This unit is closed. Choose %(unit)s.", unit=unit.successor)
    return gettext("This unit does not exist today. Choose another unit.")


def _explain_appeal_court(court):
    """Return why no court can send its appeals to this one, or None."""
    if court.level == "first_instance":
        return gettext(
            "Appeals of a court of first instance go to a court of appeal, and from there to the Supreme Court. Choose another court."
        )
    return None if is_selectable(court) else gettext("This court does not exist today. Choose another court.")


def _find_places(text):
    """Return places, those in the area of the user's unit first."""
    unit = getattr(current_user, "unit", None)
    return search.find_places(text, prefer_area=unit.area_code if unit is not None else None)


def _find_provinces(text):
    return [found for found in search.find_places(text, limit=100) if len(found["id"]) == 2][:8]


def _get_province(key):
    place = db.session.get(Place, key)
    return place if place is not None and place.level == PROVINCE else None


def _list_provinces():
    return get_place_index().list_provinces(reader_language())


def _find_laws(text):
    wanted = text.casefold()
    laws = db.session.query(Law).order_by(Law.name_sort).all()
    return [
        {"id": law.code, "text": str(law), "detail": law.royal_kram or "", "mark": None, "icon": "book-open"}
        for law in laws
        if wanted in f"{law.name_km} {law.name_en} {law.code}".casefold()
    ][:8]


def _load_offences():
    row = Offence.__table__.c
    with db.engine.connect() as connection:
        return connection.execute(select(row.code, row.name_km, row.name_en).order_by(row.name_sort)).all()


_offences = versioned_cache.VersionedCache("reference", _load_offences)


def _list_offences():
    in_english = reader_language() == "en"
    return [(one.code, one.name_en if in_english and one.name_en else one.name_km) for one in _offences.get()]


def _list_templates():
    found = db.session.query(LetterTemplate).order_by(LetterTemplate.name_sort)
    return [(one.code, str(one)) for one in found]


def _find_templates(text):
    """Return the templates of letters that contain the text, and all of them for an empty text."""
    wanted = text.casefold()
    found = db.session.query(LetterTemplate).order_by(LetterTemplate.name_sort)
    return [
        {"id": one.code, "text": str(one), "detail": "", "mark": None, "icon": "file-text"}
        for one in found
        if wanted in f"{one.name_km} {one.name_en} {one.code}".casefold()
    ][:8]


def register():
    """Register the lookups of this package."""
    lookups.register("code", search.find_codes, get=None)  # used as `code.<list>`
    lookups.register("place", _find_places, _make_getter(Place), words=search.format_place_path)
    lookups.register(
        "province", _find_provinces, _get_province, words=search.format_place_path, every=_list_provinces
    )
    unit, court = _make_ending_lookup(Unit), _make_ending_lookup(Court)
    find_all_units = partial(search.find_units, ended=True)
    lookups.register("unit", search.find_units, _make_getter(Unit), words=unit, explain=_explain_unit)
    lookups.register("units", find_all_units, _make_getter(Unit), words=unit)  # also closed ones, for filters
    lookups.register("court", search.find_courts, _make_getter(Court), words=court)
    lookups.register(
        "appeal_court",
        search.find_appeal_courts,
        _make_getter(Court),
        words=court,
        explain=_explain_appeal_court,
    )
    lookups.register("prison", search.find_prisons, _make_getter(Prison), words=_make_name_lookup(Prison))
    lookups.register("law", _find_laws, _make_getter(Law), words=_make_name_lookup(Law))
    lookups.register(
        "letter_template",
        _find_templates,
        _make_getter(LetterTemplate),
        words=_make_name_lookup(LetterTemplate),
        every=_list_templates,
    )
    lookups.register(
        "law_offence",
        search.find_offences,
        _get_offence,
        words=_make_name_lookup(Offence),
        every=_list_offences,
    )
    lookups.register("offence", search.find_offences, _get_offence, words=_make_name_lookup(Offence))
