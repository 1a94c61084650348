"""A progress bar in the terminal, or a line for each tenth if the output is not a terminal."""

import sys
import time

WIDTH = 30  # characters of the bar


class Progress:
    """Reports `done` of `total` cases or other `units`. `report(text)` prints a line."""

    def __init__(self, total, report, units="cases"):
        self.total, self.report, self.units = total, report, units
        self.started, self.done, self.rows, self.tenths = time.monotonic(), 0, 0, 0
        self.is_terminal = sys.stdout.isatty()

    def add(self, cases, rows):
        self.done, self.rows = self.done + cases, self.rows + rows
        words = f"{self.done:,} of {self.total:,} {self.units} · {self.rows:,} rows · {self.rows / self._seconds():,.0f} rows/s"
        if self.is_terminal:
            filled = WIDTH * self.done // self.total
            self._replace_line(f"{'█' * filled}{'░' * (WIDTH - filled)} {words}")
        elif self.done * 10 // self.total > self.tenths:
            self.tenths = self.done * 10 // self.total
            self.report(f"  {self.tenths * 10:3d} % · {words}")

    def report_step(self, words, number, count):
        """Report a step other than rows, the `number`th of `count` steps."""
        if self.is_terminal:
            self._replace_line(f"{words} ({number} of {count})")
        elif number == 1:
            self.report(f"  {words}")

    def finish(self, text):
        if self.is_terminal:
            self._replace_line("")
        self.report(f"{text} in {self._seconds():,.0f} s")

    def _seconds(self):
        return max(time.monotonic() - self.started, 0.001)

    def _replace_line(self, text):
        sys.stdout.write(f"\r\033[K{text}")
        sys.stdout.flush()
