"""Models: a case with its offences, people, exhibits, files and supplements. Import them together."""

from app.cases.models.case import Case
from app.cases.models.dispositions import CaseDisposition
from app.cases.models.exhibits import CaseFile, Exhibit, ExhibitMovement
from app.cases.models.offences import CaseOffence
from app.cases.models.people import Involvement
from app.cases.models.supplements import Supplement

__all__ = [
    "Case",
    "CaseDisposition",
    "CaseFile",
    "CaseOffence",
    "Exhibit",
    "ExhibitMovement",
    "Involvement",
    "Supplement",
]
