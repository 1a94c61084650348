"""Saved profiles: their versions, names and files.

Every officer with the right to import uses them. Each change is a version, and an earlier one can be restored.
"""

import json

from sqlalchemy import delete, func, select

from app.extensions import db
from app.imports import target_fields
from app.imports.computed_columns import LABELS, MAX_COMPUTED
from app.imports.models import ImportProfile, ImportProfileVersion
from app.imports.profiles import DATES, ERAS, Profile
from app.imports.readers.csv_rows import ENCODINGS
from app.kernel.audit import recorder
from app.kernel.i18n.lazy_message import _
from app.kernel.text import dates

FORMAT = "e-crime import profile 1"
MAX_FILE_BYTES = 1024 * 1024
MAX_NAME_LENGTH = 120
NO_PROFILE = _("This file is not an import profile.")
NAME_TAKEN = _("Another profile has this name. Choose another name.")
NAME_MISSING = _("Enter a name.")


class ProfileRefused(Exception):
    """The change is not possible; the text is a message for the user."""


def list_all():
    """Return the saved profiles by name."""
    return db.session.scalars(select(ImportProfile).order_by(ImportProfile.name)).all()


def list_versions(profile):
    """Return the versions of a profile, the newest first."""
    version = ImportProfileVersion
    query = select(version).where(version.profile_id == profile.id).order_by(version.number.desc())
    return db.session.scalars(query).all()


def save(profile, name, user_id):
    """Save the profile under the name, as a new version if its settings changed."""
    stored = _find(name)
    if stored is None:
        stored = ImportProfile(name=name, kind=profile.kind, settings=profile.settings, made_by_id=user_id)
        db.session.add(stored)
        db.session.flush()
    elif stored.settings == profile.settings:
        return stored
    stored.kind, stored.settings, stored.made_at = profile.kind, profile.settings, dates.now()
    _add_version(stored, user_id)
    return stored


def _find(name):
    return db.session.scalar(select(ImportProfile).where(ImportProfile.name == name))


def _add_version(stored, user_id):
    version = ImportProfileVersion
    last = db.session.scalar(select(func.max(version.number)).where(version.profile_id == stored.id))
    db.session.add(
        version(profile_id=stored.id, number=(last or 0) + 1, settings=stored.settings, made_by_id=user_id)
    )
    db.session.flush()


def restore(stored, number, user_id):
    """Make an earlier version the newest one. Raise ProfileRefused if there is none with the number."""
    versions = {one.number: one for one in list_versions(stored)}
    if number not in versions:
        raise ProfileRefused(NO_PROFILE)
    profile = Profile.from_settings(versions[number].settings)
    stored.kind, stored.settings, stored.made_at = profile.kind, profile.settings, dates.now()
    _add_version(stored, user_id)
    recorder.record(db.session, "import.profile_restored", "import_profile", stored.id, number=number)


def rename(stored, name):
    """Give the profile another name. Raise ProfileRefused."""
    name = _clean(name)
    if name != stored.name and _find(name) is not None:
        raise ProfileRefused(NAME_TAKEN)
    stored.name = name
    stored.settings = stored.settings | {"key": "", "name_km": name, "name_en": name}
    recorder.record(db.session, "import.profile_renamed", "import_profile", stored.id)


def _clean(name):
    name = " ".join(name.split())[:MAX_NAME_LENGTH]
    if not name:
        raise ProfileRefused(NAME_MISSING)
    return name


def remove(stored):
    """Delete the profile with its versions. Imports keep the settings with which they were read."""
    recorder.record(db.session, "import.profile_deleted", "import_profile", stored.id)
    db.session.execute(delete(ImportProfileVersion).where(ImportProfileVersion.profile_id == stored.id))
    db.session.execute(delete(ImportProfile).where(ImportProfile.id == stored.id))


def write_file(stored):
    """Return the profile as the text of a file that another system reads."""
    return json.dumps(
        {"format": FORMAT, "name": stored.name, "profile": stored.settings}, ensure_ascii=False, indent=2
    )


def read_file(content, user_id):
    """Save the profile of such a file, and return it. Raise ProfileRefused."""
    try:
        data = json.loads(content)
        if data["format"] != FORMAT:
            raise ValueError
        profile, name = Profile.from_settings(data["profile"]), _clean(str(data["name"]))
        _check(profile)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ProfileRefused(NO_PROFILE) from None
    if _find(name) is not None:
        raise ProfileRefused(NAME_TAKEN)
    return save(profile, name, user_id)


def _check(profile):
    """Raise ValueError for settings that no form of this system writes."""
    if profile.kind not in target_fields.KINDS or profile.dates not in DATES or profile.era not in ERAS:
        raise ValueError
    unknown = {*profile.columns, *profile.codes, *profile.fixed, *profile.limon} - profile.targets.keys()
    texts = [*profile.columns.values(), *profile.fixed.values(), *profile.second.values(), profile.source]
    texts += [profile.cases_of, profile.layout.sheet, profile.encoding]
    for meanings in profile.codes.values():
        texts += [*meanings, *meanings.values()]
    for one in profile.computed:
        texts += [one["name"], one["argument"], *one["of"]]
        unknown |= {one["how"]} - LABELS.keys()
    layout = profile.layout
    numbers = [layout.heading_row, layout.heading_rows, layout.last_row, profile.pivot or 0, *layout.starts]
    if unknown or profile.encoding not in ENCODINGS or len(profile.computed) > MAX_COMPUTED:
        raise ValueError
    if not all(isinstance(text, str) for text in texts) or not all(type(number) is int for number in numbers):
        raise ValueError
    if profile.second and set(profile.second) != {"sheet", "here", "there"}:
        raise ValueError
