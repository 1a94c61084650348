"""A bar in the terminal, or a line for each tenth where nobody watches."""

import sys
import time

WIDTH = 30  # characters of the bar


class Progress:
    """`done` of `total` cases, or whatever `things` are made; `say(text)` prints a whole line."""

    def __init__(self, total, say, things="cases"):
        self.total, self.say, self.things = total, say, things
        self.begun, self.done, self.rows, self.tenths = time.monotonic(), 0, 0, 0
        self.watched = sys.stdout.isatty()

    def add(self, cases, rows):
        self.done, self.rows = self.done + cases, self.rows + rows
        words = f"{self.done:,} of {self.total:,} {self.things} · {self.rows:,} rows · {self.rows / self._seconds():,.0f} rows/s"
        if self.watched:
            filled = WIDTH * self.done // self.total
            self._over(f"{'█' * filled}{'░' * (WIDTH - filled)} {words}")
        elif self.done * 10 // self.total > self.tenths:
            self.tenths = self.done * 10 // self.total
            self.say(f"  {self.tenths * 10:3d} % · {words}")

    def doing(self, words, number, count):
        """What is done beside the rows, the `number`th of `count` steps."""
        if self.watched:
            self._over(f"{words} ({number} of {count})")
        elif number == 1:
            self.say(f"  {words}")

    def end(self, words):
        if self.watched:
            self._over("")
        self.say(f"{words} in {self._seconds():,.0f} s")

    def _seconds(self):
        return max(time.monotonic() - self.begun, 0.001)

    def _over(self, text):
        sys.stdout.write(f"\r\033[K{text}")
        sys.stdout.flush()
