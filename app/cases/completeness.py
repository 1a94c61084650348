"""Completeness of a registered case: what could still be added."""

from flask_babel import gettext

from app.cases.rules.facts import exclude_voided


def find_missing_items(case):
    """Yield what a registered case still lacks, as text. These gaps are no errors."""
    if not exclude_voided(case.files):
        yield gettext("A photo of the scene or a scanned document")
    if not exclude_voided(case.exhibits):
        yield gettext("Exhibits, if anything was seized")
    if case.place_code and len(case.place_code) < 8:
        yield gettext("Village of the incident")
    for involvement in exclude_voided(case.involvements):
        if (
            involvement.person is None
        ):  # protected: a user who cannot see the person cannot add what is missing
            continue
        if involvement.role in ("suspect", "charged", "accused") and not involvement.person.documents:
            yield gettext("An identity document of %(name)s", name=str(involvement.person))
        excused = involvement.photo_missing or involvement.person.photo_missing
        if involvement.role in ("suspect", "victim") and not (involvement.person.photos or excused):
            yield gettext("A photo of %(name)s", name=str(involvement.person))
