"""The questions that the system supplies. An officer enters them, and another officer reviews each as any other question."""

from sqlalchemy import select

from app.extensions import db
from app.reference.load import read_data_file
from app.training.models import Question

FILE = "training_questions"
BETWEEN = " | "  # the choices in the file


def list_missing():
    """Return the supplied questions, unsaved, that are not in the bank."""
    rows = read_data_file(FILE)
    texts = {row["text_km"] for row in rows}
    known = set(db.session.scalars(select(Question.text_km).where(Question.text_km.in_(texts))))
    return [_build_question(row) for row in rows if row["text_km"] not in known]


def _build_question(row):
    choices = {
        name: (row[name] or "").replace(BETWEEN, "\n") or None for name in ("choices_km", "choices_en")
    }
    return Question(**row | choices)
