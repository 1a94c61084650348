"""The lookups that choose a place, a unit, a court, a prison, a law or an offence."""

from flask_login import current_user
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.database import versioned_cache
from app.kernel.schema import lookups
from app.kernel.schema.display import language
from app.reference import search
from app.reference.models import Court, Law, Offence, Place, Prison, Unit
from app.reference.place_index import PROVINCE, places


def _getter(model):
    return lambda key: db.session.get(model, key)


def _offence(key):
    """The offence of that key with its law, whose days in force every rule asks for."""
    return db.session.get(Offence, key, options=[joinedload(Offence.law)])


def _names(model):
    """Names of a small table, kept in this process."""

    def load():
        with db.engine.connect() as connection:
            rows = connection.execute(model.__table__.select()).all()
        return {row.code: {"km": row.name_km, "en": row.name_en or row.name_km} for row in rows}

    cached = versioned_cache.Cached("reference", load)

    def words(key):
        names = cached.get().get(key)
        return names[language()] if names else key

    return words


def _find_places(text):
    """Places, those in the area of the asker's unit first."""
    unit = getattr(current_user, "unit", None)
    return search.find_places(text, prefer_area=unit.area_code if unit is not None else None)


def _find_provinces(text):
    return [found for found in search.find_places(text, limit=100) if len(found["id"]) == 2][:8]


def _province(key):
    place = db.session.get(Place, key)
    return place if place is not None and place.level == PROVINCE else None


def _provinces():
    return places().provinces(language())


def _find_laws(text):
    wanted = text.casefold()
    laws = db.session.query(Law).order_by(Law.name_sort).all()
    return [
        {"id": law.code, "text": str(law), "detail": law.royal_kram or "", "mark": None, "icon": "book-open"}
        for law in laws
        if wanted in f"{law.name_km} {law.name_en} {law.code}".casefold()
    ][:8]


def register():
    """Hand the lookups of this feature to the kernel."""
    lookups.register("code", search.find_codes, get=None)  # asked as `code.<list>`
    lookups.register("place", _find_places, _getter(Place), words=search.place_path)
    lookups.register("province", _find_provinces, _province, words=search.place_path, every=_provinces)
    lookups.register("unit", search.find_units, _getter(Unit), words=_names(Unit))
    lookups.register("court", search.find_courts, _getter(Court), words=_names(Court))
    lookups.register("prison", search.find_prisons, _getter(Prison), words=_names(Prison))
    lookups.register("law", _find_laws, _getter(Law), words=_names(Law))
    lookups.register("offence", search.find_offences, _offence, words=_names(Offence))
