"""Background jobs for work that takes longer than a page may. They report progress and can be cancelled.

The database row of a job holds its state; the queue only passes its id to a worker. So a job survives a restart of the
server and the end of its worker: it starts again, with one worker at a time.

    @jobs.register_kind("export", label=_("Export"), result_lifetime=timedelta(days=7))
    def run(work, **arguments): ...

    jobs.start_job(session, "export", title=…, **arguments)
"""

from app.jobs.enqueue import start_job
from app.jobs.job_context import JobCancelled, JobRefused
from app.jobs.registry import register_kind
from app.jobs.runner import run_job

__all__ = ["JobCancelled", "JobRefused", "register_kind", "run_job", "start_job"]
