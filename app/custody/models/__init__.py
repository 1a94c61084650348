"""The records of whoever is held or was: each fact a row of its own, with its own 48 hours."""

from app.custody.models.arrests import Arrest, Custody, CustodyStep
from app.custody.models.deadlines import OpenClock, ToldClock
from app.custody.models.detentions import Detention, DetentionStep
from app.custody.models.judgments import Judgment, JudgmentStep, Sentence, SentenceChange
from app.custody.models.releases import Release, TrackingStep
from app.custody.models.scanned_documents import HeldFile

__all__ = [
    "Arrest",
    "Custody",
    "CustodyStep",
    "Detention",
    "DetentionStep",
    "HeldFile",
    "Judgment",
    "JudgmentStep",
    "OpenClock",
    "Release",
    "Sentence",
    "SentenceChange",
    "ToldClock",
    "TrackingStep",
]
