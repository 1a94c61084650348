"""Results as tables: printed during the run, and written as docs/figures.md."""

import re
from statistics import median

from tests.bench import browsers, filters

HEAD = """# Figures

`python3 run.py bench --write` writes this section, and the tables of pages at the end. All other sections are written by
hand.

{day}, {cores} cores, Python {python}, {packages}. Each page was requested {times} times; medians, in
milliseconds.{without}

**Stock** is Flask-AppBuilder 5.3 without changes, over the same tables, with the same columns and the same menu, in its
own process; only `search_columns` are named. Its forms have no links to persons, cases and places, because stock would
render whole tables into the page; our forms have them. Both processes are asked in turn and measure themselves: `cpu`
is the processor time of that process (on SQLite with the work of the database), `wall` the elapsed time. Each request
is complete: session, user, permissions, page, compression (stock compresses nothing).
"""


HAND_WRITTEN = re.compile(r"^## .*?(?=^## (?:sqlite|postgresql), )", re.DOTALL | re.MULTILINE)


def page(about, texts, before):
    """Return the page: how it was measured, the hand-written sections of the page `before`, and the tables."""
    packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    head = HEAD.format(**{**about, "packages": packages})
    return "\n".join((head, HAND_WRITTEN.search(before)[0].rstrip("\n") + "\n", *texts))


def mark(reached):
    return "yes" if reached else "**no**"


def table(names, rows):
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


class ResultTables:
    """Prints each table when it is complete, and keeps the text."""

    def __init__(self, kind, persons):
        self.text = ""
        self._print(f"## {kind}, {persons:,} persons\n")

    def _print(self, text):
        print(text, flush=True)
        self.text += text + "\n"

    def _table(self, title, names, rows):
        self._print(f"\n### {title}\n\n{table(names, rows)}\n")

    def calibration(self, found):
        rows = [
            (words, f"{found[name]['cpu']:.2f}", f"{found[name]['wall']:.2f}")
            for name, words in (("bare", "a bare Flask page"), ("lookup", "one record by its primary key"))
        ]
        self._table("Calibration", ("what", "cpu", "wall"), rows)
        return found

    def pages(self, found):
        rows = []
        for one in found:
            fits = one["statements_target"] is None or one["statements"] <= one["statements_target"]
            limit = f" (≤ {one['statements_target']})" if one["statements_target"] else ""
            rows.append(
                (
                    one["page"],
                    f"{one['statements']}{limit}",
                    one["statements_stock"],
                    f"{one['ours_cpu']:.1f} / {one['stock_cpu']:.1f}",
                    f"{one['ours_wall']:.1f} / {one['stock_wall']:.1f}",
                    f"{one['ratio_cpu']:.2f}",
                    f"{one['ratio_wall']:.2f}",
                    one["target"] or "",
                    mark(fits and (one["target"] is None or one["ratio_cpu"] <= one["target"])),
                )
            )
        names = (
            "page",
            "statements",
            "stock",
            "cpu ours / stock",
            "wall ours / stock",
            "cpu ratio",
            "wall ratio",
            "to reach",
            "reached",
        )
        self._table("Our pages against stock", names, rows)
        return found

    def compared(self, title, found):
        rows = [
            (
                one["page"],
                f"{one['cpu']:.1f} / {one['cpu_other']:.1f}",
                f"{one['wall']:.1f} / {one['wall_other']:.1f}",
                f"{one['ratio_cpu']:.2f}",
                f"{one['ratio_wall']:.2f}",
                one["target"],
                mark(max(one["ratio_cpu"], one["ratio_wall"]) <= one["target"]),
            )
            for one in found
        ]
        self._table(
            title.capitalize(),
            ("page", "cpu", "wall", "cpu ratio", "wall ratio", "to reach", "reached"),
            rows,
        )
        return found

    def filters(self, found):
        slowest = sorted(found, key=lambda one: -median(one["walls"]))[:10]
        rows = [
            (
                one["list"],
                ", ".join(f"{key} = {value}" for key, value in one["arguments"].items()),
                f"{median(one['walls']):.0f} / {median(one['cpus']):.0f}",
                filters.P95,
                "narrowed" if one["narrowed"] else mark(median(one["walls"]) <= filters.P95),
            )
            for one in slowest
        ]
        title = filters.summarize("Filters alone, in pairs and ordered", found)
        self._table(title, ("list", "arguments", "wall / cpu", "limit", "reached"), rows)
        return found

    def start(self, found):
        reached = (
            found["create_app"] <= found["seconds_target"]
            and found["statements"] <= found["statements_target"]
            and not found["writes"]
        )
        row = (
            f"{found['create_app']:.2f} s (≤ {found['seconds_target']})",
            f"{found['statements']} (≤ {found['statements_target']})",
            found["writes"],
            mark(reached),
        )
        self._table("create_app() in a fresh process", ("time", "statements", "writes", "reached"), [row])
        return found

    def browser(self, found):
        rows = []
        for side, measured in found.items():
            for number, visit in enumerate(measured["visits"]):
                limit = browsers.AFTER if number else browsers.FIRST
                fits = visit["kilobytes"] <= limit["kilobytes"] and visit["requests"] <= limit["requests"]
                rows.append(
                    (
                        f"{side}: {'each page after' if number else 'first visit'}, {visit['page']}",
                        f"{visit['kilobytes']:.1f} KB in {visit['requests']}",
                        f"{limit['kilobytes']} KB in {limit['requests']}",
                        mark(fits) if side == "ours" else "",
                    )
                )
        self._table(
            "Bytes and requests, as Chromium counts them", ("page", "measured", "to reach", "reached"), rows
        )
        rows = []
        for side, measured in found.items():
            work = measured["work"]
            fits = work["TaskDuration"] <= browsers.TASK and work["ScriptDuration"] <= browsers.SCRIPT
            rows.append(
                (
                    side,
                    f"{work['TaskDuration']:.0f} ms",
                    f"{work['ScriptDuration']:.0f} ms",
                    f"{browsers.TASK}, {browsers.SCRIPT} ms",
                    mark(fits) if side == "ours" else "",
                )
            )
        title = f"Main thread, list of 25, processor slowed {browsers.SLOWER} ×"
        self._table(title, ("side", "tasks", "script", "to reach", "reached"), rows)
        return found

    def save(self, found):
        fits = found["statements"] <= found["statements_target"] and found["p95"] <= found["p95_target"]
        row = (
            found["saves"],
            f"{found['statements']} (≤ {found['statements_target']})",
            f"{found['p50']:.0f}",
            f"{found['p95']:.0f} (≤ {found['p95_target']})",
            mark(fits),
        )
        self._table(
            "Saving a case: 4 people, 2 offences, 2 exhibits, 1 photo",
            ("saves", "statements", "p50", "p95", "reached"),
            [row],
        )
        return found

    def search(self, found):
        words = {
            "quick": "quick search by a name",
            "stock": "the same in stock, «contains»",
            "wider": "similar names, after it",
            "suggested": "suggestions while typing",
            "known": "suggestion of a registered person at entry",
            "text": "free text, 2 to 14 letters",
        }
        rows = []
        for name, told in words.items():
            one, target = found[name], found[name]["target"]
            shares = [
                f"{one[part]:.0f}" + (f" (≤ {target[part]})" if part in target else "")
                for part in ("p50", "p95")
            ]
            reached = all(one[part] <= target[part] for part in ("p50", "p95") if part in target)
            rows.append((told, one["asked"], *shares, mark(reached) if target else ""))
        times = found["quick"]["target"]["times"]
        rows.append(
            (
                f"quicker than stock, {found['ratio']:.0f} × (≥ {times} ×)",
                "",
                "",
                "",
                mark(found["ratio"] >= times),
            )
        )
        self._table("Search: complete requests", ("what", "asked", "p50", "p95", "reached"), rows)
        return found

    def exports(self, found):
        rows = []
        for kind, one in found.items():
            fits = one["ratio"] >= one["ratio_target"] and one["memory"] <= one["memory_target"]
            speeds = (
                f"{one['raw']:,.0f}",
                f"{one['ours']:,.0f}",
                f"{one['ratio']:.0%} (≥ {one['ratio_target']:.0%})",
            )
            memory = f"{one['memory']:.0f} MB (≤ {one['memory_target']} MB)"
            rows.append((f".{kind}", f"{one['rows']:,}", *speeds, memory, mark(fits)))
        names = ("file", "rows", "raw, rows/s", "ours, rows/s", "ours / raw", "memory +", "reached")
        self._table("An export beside a raw cursor", names, rows)
        return found

    def log(self, found):
        words = {
            "appended": "rows added to the log",
            "proved": "rows of the log proved, with what they say of people",
            "sealed": "records verified against their hashes",
        }
        rows = [
            (
                told,
                f"{found[name]:,.0f} (≥ {found['targets'][name]:,.0f})",
                mark(found[name] >= found["targets"][name]),
            )
            for name, told in words.items()
        ]
        self._table("The audit log", ("what", "in a second", "reached"), rows)
        return found

    def case_sheets(self, found):
        row = (
            f"{found['sheets']} case sheets in one PDF",
            f"{found['seconds']:.1f} s (≤ {found['target']} s), of the processor {found['processor']:.1f} s",
            mark(found["seconds"] <= found["target"]),
        )
        self._table("Papers", ("what", "time", "reached"), [row])
        return found

    def background_jobs(self, found):
        rows = [
            (
                kind,
                f"{one['rest']:.0f} ms",
                f"{one['work']:.0f} ms",
                f"{one['ratio']:.2f} × (≤ {one['target']:.0f} ×)",
                mark(one["ratio"] <= one["target"]),
            )
            for kind, one in found.items()
        ]
        self._table(
            "The list of people while a job runs, p95",
            ("job", "at rest", "background_load", "ratio", "reached"),
            rows,
        )
        return found

    def promises(self, found):
        rows = []
        for one in found:
            limit = (
                f"{one['ratio_target']:.2f} ×" if one["ratio_target"] else f"{one['more_target']:.1f} ms more"
            )
            fits = one["ratio"] <= (one["ratio_target"] or one["ratio"])
            fits = fits and one["more"] <= (one["more_target"] or one["more"])
            rows.append(
                (
                    one["page"],
                    f"{one['statements']} / {one['statements_bare']}",
                    f"{one['cpu']:.1f} / {one['cpu_bare']:.1f}",
                    f"{one['wall']:.1f} / {one['wall_bare']:.1f}",
                    f"{one['ratio']:.2f}",
                    f"{one['more']:.1f}",
                    limit,
                    mark(fits),
                )
            )
        self._table(
            "Cost of scope, audit log and lock: with / without them, in the small database",
            ("page", "statements", "cpu", "wall", "cpu ratio", "cpu more", "to reach", "reached"),
            rows,
        )
        return found

    def clerks(self, found):
        row = (
            found["saves"],
            f"{found['saves'] / found['seconds']:.0f}",
            found["refused"],
            found["lost"],
            *(f"{found[name]:.0f}" for name in ("p50", "p99")),
            f"{found['p95']:.0f} (≤ {found['p95_target']})",
            mark(not found["lost"] and not found["refused"] and found["p95"] <= found["p95_target"]),
        )
        title = (
            f"{found['clerks']} clerks save for {found['seconds']} s, a second between two saves, on"
            " gunicorn with 2 processes of 8 threads"
        )
        self._table(title, ("saves", "in a second", "refused", "lost", "p50", "p99", "p95", "reached"), [row])
        return found
