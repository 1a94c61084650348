"""A plugin of pytest that tries mutants: which tests reach each statement, and whether one of them fails with the change.

The application and its database are made once. Each mutant runs in a copy of this process, in which the code of the changed
functions is replaced. A mutant that no test fails for, and that no test reaches, has survived.
"""

import gc
import json
import os
import signal
import sys
import time
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

from tests.mutation.mutants import PROJECT, compile_mutant, compile_with_probes, list_codes

PROBE = "__reached__"
SECONDS, SLOWER = 60, 4  # of the processor for one mutant, and times its tests: an endless loop is noticed
PATIENCE = 10  # times as many seconds may pass, because a mutant can also wait for ever
_CACHE = type(cache(len))
KILLED, SURVIVED, UNREACHED = "killed", "survived", "not reached"


class MutationSession:
    """Tries the mutants of all groups and writes each result at once, so that a stopped run continues."""

    def __init__(self, groups, samples, results):
        self.groups, self.samples, self.results = groups, samples, results
        self.functions, self.caches, self.register, self.durations = {}, [], None, {}

    def pytest_collection_modifyitems(self, items):
        items[:] = [one for one in items if not _is_left_out(one)]

    def pytest_collection_finish(self, session):
        """Find the functions now: later the collector does not list them."""
        paths = {str(PROJECT / path): path for group in self.groups for path in group.list_files()}
        gc.unfreeze()  # the collector does not list what the start of the program has frozen
        for one in gc.get_objects():
            if isinstance(one, _CACHE):
                self.caches.append(one)
            if isinstance(one, FunctionType) and one.__code__.co_filename in paths:
                self.functions.setdefault(paths[one.__code__.co_filename], []).append(one)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        result = yield
        if fixturedef.argname == "register":
            self.register = result
        return result

    def pytest_runtestloop(self, session):
        items = session.items
        first = next(one for one in items if "register" in one.fixturenames)
        _run(first, session)  # then the fixtures of the session are made, and all others are gone
        reached = self._find_reached(items)
        known = {tuple(one["key"]) for one in self.results.read()}
        for group in self.groups:
            for mutant in self.samples[group.name]:
                if (mutant.key, mutant.line) not in known:
                    self._try(group, mutant, reached, items)
        return True

    def _find_reached(self, items):
        """Return (path, line) → the tests that reach the statement: those of the module first, then the shortest."""
        kept = self.results.folder / "reached.json"
        if not kept.exists():
            _fork(lambda: self._measure(items, kept), None)
        found, failed = {}, set()
        for name, test in json.loads(kept.read_text(encoding="utf-8")).items():
            self.durations[name] = test["seconds"]
            if not test["passed"]:
                failed.add(name)
                continue
            for path, line in test["reached"]:
                found.setdefault((path, line), []).append(name)
        if failed:
            print(f"Left out, because they fail without a change: {', '.join(sorted(failed))}", flush=True)
        return {
            (path, line): sorted(
                names, key=lambda name: (*_measure_distance(path, name), self.durations[name])
            )
            for (path, line), names in found.items()
        }

    def _measure(self, items, kept):
        self._begin()
        reached, now = {}, set()
        for path in self.functions:
            self._replace(
                path, compile_with_probes(path, PROBE), lambda line, path=path: now.add((path, line))
            )
        for number, item in enumerate(items):
            now.clear()
            self._clear_caches()
            begun = time.monotonic()
            passed = _run(item, items[number + 1] if number + 1 < len(items) else item.session)
            reached[item.nodeid] = {
                "seconds": round(time.monotonic() - begun, 3), "passed": passed, "reached": sorted(now),
            }  # fmt: skip
        kept.write_text(json.dumps(reached), encoding="utf-8")
        return 0

    def _begin(self):
        """Begin with a fresh database and no connection of the process before."""
        if self.register is not None:
            self.register.app_engine.dispose(close=False)
            self.register.copy_template()

    def _clear_caches(self):
        """Forget what the code has built so far, such as statements: it builds it again."""
        for one in self.caches:
            one.cache_clear()

    def _replace(self, path, code, probe=None):
        codes = {(one.co_qualname, one.co_firstlineno): one for one in list_codes(code)}
        for function in self.functions.get(path, ()):
            old = function.__code__
            new = codes.get((old.co_qualname, old.co_firstlineno))
            if new is not None and new.co_freevars == old.co_freevars:
                function.__code__ = new
                if probe is not None:
                    function.__globals__[PROBE] = probe

    def _try(self, group, mutant, reached, items):
        lines = sorted(
            (line for path, line in reached if path == mutant.path and line <= mutant.line), reverse=True
        )
        names = reached[mutant.path, lines[0]] if lines else []
        by_name = {one.nodeid: one for one in items}
        near = tuple(group.list_tests())
        tests = [by_name[name] for name in names if name in by_name and name.startswith(near)]

        def run():
            self._begin()
            self._replace(mutant.path, compile_mutant(mutant))
            self._clear_caches()
            for number, item in enumerate(tests):
                if not _run(item, tests[number + 1] if number + 1 < len(tests) else item.session):
                    os.write(self.results.pipe, item.nodeid.encode())
                    return 1
            return 0

        begun = time.monotonic()
        most = SECONDS + SLOWER * sum(self.durations[one.nodeid] for one in tests)
        code = _fork(run, most) if tests else None
        state = UNREACHED if code is None else KILLED if code else SURVIVED
        seconds = round(time.monotonic() - begun, 1)
        self.results.write(group.name, mutant, state, len(tests), seconds, self.results.read_pipe())


def _measure_distance(path, test):
    """Return how far a test is from a module: tests of the same name come first, then those of the same folder."""
    module, file = Path(path), Path(test.partition("::")[0])
    is_near = file.parts[1] == module.parts[1]
    return not (is_near and file.stem.endswith(f"_{module.stem}")), not is_near


def _is_left_out(item):
    """Return whether a test is of the other database, or too long for this."""
    names = getattr(getattr(item, "callspec", None), "params", {})
    long = any(item.get_closest_marker(name) for name in ("slow", "machine", "browser"))
    return long or "postgresql" in names.values()


def _run(item, following):
    """Run one test and return whether it passed."""
    from _pytest.runner import runtestprotocol

    reports = runtestprotocol(item, nextitem=following, log=False)
    return not any(one.failed for one in reports)


def _fork(function, seconds):
    """Call the function in a copy of this process and return its exit code, 2 if it takes too long."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if seconds:
        for number in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(number, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)  # on a busy computer a test takes long
        signal.alarm(int(seconds) * PATIENCE)
    code = 3
    try:
        code = function()
    finally:
        sys.stdout.flush()
        os._exit(code)
