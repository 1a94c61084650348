"""The bands of results, and the analysis of the questions of a test. Pure functions."""

from dataclasses import dataclass

GOOD, AVERAGE, NOT_YET = "good", "average", "not_yet"
BANDS = (GOOD, AVERAGE, NOT_YET)
LEAST_ANSWERS = 30  # an analysis of fewer says nothing
GROUP_SHARE = 0.27  # of the best and of the weakest participants


def find_band(percent, good_percent, average_percent):
    """Return the band of a result, or None without a result."""
    if percent is None:
        return None
    return GOOD if percent >= good_percent else AVERAGE if percent >= average_percent else NOT_YET


@dataclass(frozen=True)
class Item:
    """The analysis of one question: the shares of right answers in percent, of all, of the best and of the weakest."""

    question_id: int
    answers: int
    right: int
    best: int
    weakest: int

    @property
    def discrimination(self):
        """Return the difference of the two groups in percentage points."""
        return self.best - self.weakest


def analyse_items(question_ids, results):
    """Return an Item for each question. `results` are (percent, ids of questions with a right answer) by participant.

    Return nothing for fewer than 30 participants.
    """
    if len(results) < LEAST_ANSWERS:
        return []
    ranked = sorted(results, key=lambda one: one[0], reverse=True)
    size = max(1, round(len(ranked) * GROUP_SHARE))
    groups = ranked, ranked[:size], ranked[-size:]
    items = []
    for question_id in question_ids:
        shares = [
            round(100 * sum(question_id in right for _p, right in group) / len(group)) for group in groups
        ]
        items.append(Item(question_id, len(ranked), *shares))
    return items
