"""A process that answers for one application: it gets calls over a pipe and measures itself (`answering`)."""

import multiprocessing
import os

from tests.bench import screens  # noqa: F401  (it remembers)


def _work(pipe, kind, url, folder, reader):
    # All on one core, because they answer in turn: one of two cores may be slower by half, due to other load.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from tests.bench.answering import Answering

    answering = Answering(kind, url, folder, reader)
    pipe.send(None)
    while True:
        name, arguments, named = pipe.recv()
        if name is None:
            return
        pipe.send(getattr(answering, name)(*arguments, **named))


class Worker:
    """The client end: it forwards every method of `Answering` by name."""

    def __init__(self, kind, url, folder, reader=""):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, kind, url, folder, reader), daemon=True)
        self.process.start()
        theirs.close()
        self.pipe.recv()

    def __getattr__(self, name):
        def call(*arguments, **named):
            self.pipe.send((name, arguments, named))
            return self.pipe.recv()

        return call

    def close(self):
        self.pipe.send((None, (), {}))
        self.process.join()
