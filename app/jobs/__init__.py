"""Work that takes longer than a page may: it runs behind the pages, says how far it is, and can be stopped.

The row of a job is the truth; the queue only carries its number to a worker. So a job outlives a restart of the server
and the death of its worker: it is begun again, by one worker at a time.

    @jobs.kind("export", label=_("Export"), keeps=timedelta(days=7))
    def run(work, **arguments): ...

    jobs.start(session, "export", title=…, **arguments)
"""

from app.jobs.kinds import kind
from app.jobs.running import run_here
from app.jobs.starting import start
from app.jobs.work import Cancelled, Refused

__all__ = ["Cancelled", "Refused", "kind", "run_here", "start"]
