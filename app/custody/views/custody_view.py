"""What all screens of this feature share: their rules are asked with the person and the case in hand, and the form of
a step shows the boxes of that step alone."""

from app.custody import queries
from app.extensions import db
from app.inbox.record_links import page_of
from app.kernel.audit import access_log
from app.kernel.forms.inputs import DateBox, MomentBox
from app.kernel.schema.rules import ask
from app.kernel.screens.record_view import RecordView
from app.kernel.text import dates


class HeldView(RecordView):
    """A record about somebody who is held."""

    needs_purpose = frozenset((access_log.LIST,))

    def facts(self, record):
        return queries.facts(record)

    def heading(self, record):
        return str(record.person or "") or super().heading(record)

    def subtitle(self, record):
        return " · ".join(filter(None, (str(self.show_title), str(record))))

    def problems(self, record):
        record.derive()  # the person and the case, which the rules read
        return ask(record.__rules__, record, self.facts(record))


class StepView(HeldView):
    """A step of a custody, a detention, a judgment, a sentence or a release: one of several kinds.

    `boxes_of` says for a kind which boxes it asks for, beside the ones that each step has (`always`), and `needs`
    without which of them it is refused.
    """

    hangs_on = ""  # the link to the record whose page shows the steps
    always, boxes_of, needs = (), {}, {}

    def page_after(self, pk):
        """To the page of what the step belongs to, which shows all of them."""
        step = db.session.get(self.datamodel.obj, int(pk))
        parent = getattr(step, self.hangs_on)
        return page_of(parent.__tablename__, parent.id)

    def begin(self, form):
        super().begin(form)
        now = dates.now().replace(second=0, microsecond=0)
        for box in form:
            if box.name in self.always and isinstance(box, (DateBox, MomentBox)):
                box.data = now if isinstance(box, MomentBox) else now.date()

    def _get_add_widget(self, form, exclude_cols=None, widgets=None):
        return super()._get_add_widget(form, self._left_out(form, self.add_columns), widgets)

    def _get_edit_widget(self, form, exclude_cols=None, widgets=None):
        return super()._get_edit_widget(form, self._left_out(form, self.edit_columns), widgets)

    def _left_out(self, form, names):
        """The boxes that this kind does not ask for; one at which something is said is shown."""
        if form.kind.data not in self.boxes_of:
            return []
        for name in self.needs.get(form.kind.data, ()):
            form[name].optional = False
        shown = {"kind", "note", *self.always, *self.boxes_of[form.kind.data]}
        return [name for name in names if name not in shown and not form[name].errors]
