"""Work that takes longer than a page may: it runs behind the pages, says how far it is, and can be stopped.

The row of a job is the truth; the queue only carries its number to a worker. So a job outlives a restart of the server
and the death of its worker: it is begun again, by one worker at a time.

    @jobs.kind("export", label=_("Export"), keeps=timedelta(days=7))
    def run(work, **arguments): ...

    jobs.start(session, "export", title=…, **arguments)
"""

from app.jobs.enqueue import start
from app.jobs.job_context import Cancelled, Refused
from app.jobs.registry import kind
from app.jobs.runner import run_here

__all__ = ["Cancelled", "Refused", "kind", "run_here", "start"]
