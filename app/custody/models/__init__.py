"""Models of custody records. Each fact is a row of its own, which locks 48 hours after its entry."""

from app.custody.models.arrests import Arrest, Custody, CustodyStep
from app.custody.models.deadlines import ActiveDeadline, SentAlert
from app.custody.models.detentions import Detention, DetentionStep
from app.custody.models.judgments import Judgment, JudgmentStep, Sentence, SentenceChange
from app.custody.models.releases import Release, SupervisionStep
from app.custody.models.scanned_documents import CustodyDocument

__all__ = [
    "Arrest",
    "Custody",
    "CustodyStep",
    "Detention",
    "DetentionStep",
    "CustodyDocument",
    "Judgment",
    "JudgmentStep",
    "ActiveDeadline",
    "Release",
    "Sentence",
    "SentenceChange",
    "SentAlert",
    "SupervisionStep",
]
