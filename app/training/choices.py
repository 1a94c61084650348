"""The choices of a question, one in a line with a star before each right one, and the drawing of questions. Pure functions."""

import random
from dataclasses import dataclass

STAR = "*"


@dataclass(frozen=True)
class Choice:
    """One choice of a question."""

    text: str
    is_right: bool


def parse_choices(text):
    """Return the choices of a text, without empty lines."""
    lines = (line.strip() for line in (text or "").splitlines())
    return [Choice(line.removeprefix(STAR).strip(), line.startswith(STAR)) for line in lines if line]


def draw_questions(by_topic, number, seed):
    """Return `number` question ids, taken from the topics in turn. The same seed draws the same questions."""
    draw = random.Random(seed)
    stacks = [draw.sample(sorted(ids), len(ids)) for _topic, ids in sorted(by_topic.items())]
    drawn = []
    while len(drawn) < number and any(stacks):
        for stack in stacks:
            if stack and len(drawn) < number:
                drawn.append(stack.pop())
    return drawn


def order_choices(number, seed, participant_id, question_id):
    """Return the positions of the choices in the order of one participant: the place of a choice says nothing."""
    return random.Random(f"{seed}-{participant_id}-{question_id}").sample(range(number), number)


def order_for(question_ids, seed, participant_id):
    """Return the questions in the order of one participant, so that neighbours see different pages."""
    return random.Random(f"{seed}-{participant_id}").sample(question_ids, len(question_ids))
