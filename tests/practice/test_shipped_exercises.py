"""The model answer of each exercise of E-Crime obeys the rules: a trainee can enter it, and has the full score."""

import json
import re

import pytest
from sqlalchemy import select

from app.kernel.text import dates
from app.practice import answers, exercises
from app.practice.models import Attempt, Exercise
from app.reference.models import Offence, Place
from tests.html_pages import Page
from tests.practice.test_comparison import SHIPPED, give

ENTERED = [path for path in SHIPPED if "prepared" not in json.loads(path.read_text("utf-8"))]
PARTS = ("document_", "alias_")
OF_THE_CASE = {
    "role",
    "participation",
    "photo_missing",
    "relation",
    "injury",
    "intoxication",
    "state",
    "note",
}
COMMUNE = 6  # digits of its code
SUMMARY = "ជនរងគ្រោះបានរាយការណ៍អំពីហេតុការណ៍នេះដល់នគរបាល"


def describe_box(section, number, name):
    """Return the name of the field on the entry page."""
    if section == "case":
        return f"case-{name}"
    for part in PARTS if section == "people" else ():
        if name.startswith(part):
            return f"{section}-{number}-{part[:-1]}-{name.removeprefix(part)}"
    is_identity = section == "people" and name not in OF_THE_CASE
    return f"{section}-{number}-{'person-' if is_identity else ''}{name}"


def type_value(section, name, expected, session):
    """Return what a trainee types."""
    text = give(expected)
    if name == "place":
        found = select(Place.code).where(Place.code.startswith(text)).order_by(Place.code)
        return next(code for code in session.scalars(found) if len(code) == COMMUNE)
    if name == "born_on":
        return f"01-01-{text}"  # the year alone is known
    if name == "summary":
        return f"{SUMMARY} {text}"
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d))?", text):
        year, month, day, time = found.groups()
        return f"{day}-{month}-{year}" + (f" {time}" if time else "")
    return text


def type_model(model, session):
    form = {"case-photo_missing": "not_available"}
    for section, rows in model.items():
        for number, row in enumerate(rows):
            for name, expected in row.items():
                if name != "late_reason":
                    form[describe_box(section, number, name)] = type_value(section, name, expected, session)
            if section == "offences":
                of_table = session.get(Offence, form[f"offences-{number}-offence"]).offence_class
                form.setdefault(f"offences-{number}-offence_class", of_table or "misdemeanour")
            if section == "people":
                form.setdefault(f"people-{number}-photo_missing", "not_available")
    return form


def give_reasons(form, page, model):
    """Choose a reason for each warning of the page."""
    late = model["case"][0].get("late_reason")
    for box in page.all("select"):
        name = box.get("name") or ""
        if name.endswith("__reason"):
            keys = [one.get("value") for one in box.all("option") if one.get("value")]
            form[name] = late if late in keys else keys[0]


@pytest.mark.slow
@pytest.mark.parametrize("path", ENTERED, ids=lambda path: path.stem)
def test_model_answer_is_entered_with_the_full_score(client_as, app, db_session, monkeypatch, path):
    monkeypatch.setitem(app.config, "IS_PRACTICE", True)
    exercises.load_shipped_exercises()
    trainee = client_as("clerk.pp", "en")
    exercise = db_session.scalar(select(Exercise).where(Exercise.key == path.stem))
    entry = trainee.send(f"/exercises/{exercise.id}/begin").location
    model = answers.fill_days(exercise.model, dates.now().date())
    form = type_model(model, db_session)
    answer = trainee.send(entry, form)
    if answer.status_code == 422:
        give_reasons(form, Page.from_response(answer, 422), model)
        answer = trainee.send(entry, form)
    if answer.status_code == 422:
        Page.from_response(answer, 302)  # shows the messages
    result = trainee.page(f"/exercises/result/{entry.rsplit('/', 1)[1]}").text
    assert db_session.scalar(select(Attempt.score)) == 100, result[result.find("Score") :]
