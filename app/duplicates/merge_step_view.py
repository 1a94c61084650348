"""The base view of a merge step: it commits the step, or rolls back and shows the message with the user's entries."""
# commits: each step of a merge is one unit of work

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.corrections.errors import ActionRefused, NotAllowed
from app.duplicates.actions import MIN_REASON_LENGTH
from app.kernel.audit import recorder
from app.kernel.concurrency.database_errors import CONFLICT
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.schema.display import format_value
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.screens.record_view import RecordView
from app.kernel.text import khmer


def read_reason(name):
    """Return the reason in the form field `name`. Raises RuleViolation if it is too short or cannot be saved."""
    try:
        text = khmer.normalize(request.form.get(name, ""), multiline=True).strip()
    except khmer.InvalidText:
        raise RuleViolation(
            [Problem(name, _("This text contains characters that cannot be saved."))]
        ) from None
    if len(text) < MIN_REASON_LENGTH:
        number = format_value(MIN_REASON_LENGTH)
        raise RuleViolation([Problem(name, _("Give a reason of at least %(n)s characters.", n=number))])
    return text


class MergeStepView(RecordView):
    """A view with steps that two officers take."""

    def _run_step(self, action, on_success, on_refusal, on_repeat=lambda: None):
        """Run `action`, commit and return the response.

        The response is `on_success(result of the action)` or `on_refusal(status, message)`. `on_repeat()` is tried
        first if the same step may have been taken at the same moment; it returns None if no such step is found.
        """
        entity, pk = self.datamodel.obj.__tablename__, request.view_args["pk"]
        try:
            with unit_of_work(where=type(self).__name__):
                result = action()
        except NotAllowed as refusal:
            recorder.record_now(
                "request.denied", entity, pk, outcome="refused", step=request.endpoint.rpartition(".")[2]
            )
            return on_refusal(403, refusal.text)
        except ActionRefused as refusal:
            return on_repeat() or on_refusal(CONFLICT, refusal.text)
        except SaveRejected as rejection:
            if rejection.is_lost_race:
                text = gettext("Another officer took this step at the same moment. Check the result.")
                return on_refusal(rejection.status, text)
            repeated = on_repeat() if rejection.is_conflict else None
            g.action_problems = rejection.problems
            return repeated or on_refusal(rejection.status, rejection.message)
        return on_success(result)
