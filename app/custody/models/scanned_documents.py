"""Model of scanned documents of custody records."""

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.custody.models.arrests import Arrest, Custody
from app.custody.models.custody_record import CustodyRecord
from app.custody.models.detentions import Detention
from app.custody.models.judgments import Judgment
from app.custody.models.releases import Release
from app.kernel.files.store import FileRecord
from app.kernel.schema.fields import field, link
from app.kernel.schema.record import Record

SCANNED_MODELS = {
    "arrest": Arrest,
    "custody": Custody,
    "detention": Detention,
    "judgment": Judgment,
    "release": Release,
}


class CustodyDocument(CustodyRecord, FileRecord, Record):
    """One scan of exactly one record. It can be added at any time and does not change the record."""

    __tablename__ = "custody_document"
    __voided_with__ = ("arrest", "custody", "detention", "judgment", "release")
    __editable_after_lock__ = ()

    arrest_id: Mapped[int | None] = mapped_column(ForeignKey("arrest.id"), index=True)
    custody_id: Mapped[int | None] = mapped_column(ForeignKey("custody.id"), index=True)
    detention_id: Mapped[int | None] = mapped_column(ForeignKey("detention.id"), index=True)
    judgment_id: Mapped[int | None] = mapped_column(ForeignKey("judgment.id"), index=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"), index=True)
    note: Mapped[str | None] = field(String(200), label=_("Note"), on="list show", width=8)

    arrest: Mapped[Arrest | None] = link(arrest_id, lookup="arrest", label=_("Arrest"), on="show")
    custody: Mapped[Custody | None] = link(custody_id, lookup="custody", label=_("Custody"), on="show")
    detention: Mapped[Detention | None] = link(
        detention_id, lookup="detention", label=_("Detention"), on="show"
    )
    judgment: Mapped[Judgment | None] = link(judgment_id, lookup="judgment", label=_("Judgment"), on="show")
    release: Mapped[Release | None] = link(release_id, lookup="release", label=_("Release"), on="show")

    @property
    def parent(self):
        """Return the record that the document belongs to, or None."""
        return next((one for name in SCANNED_MODELS if (one := getattr(self, name)) is not None), None)

    def update_derived(self):
        self.inherit_from(self.parent)

    def __str__(self):
        return str(self.parent or "")
