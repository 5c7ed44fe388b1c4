# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Makes up the numbers that a script sees of its training. Nothing is computed and nothing is learnt."""

import math
import random
from array import array

_random = random.Random(0)


def seed(number):
    _random.seed(number)


def made_up(count, code):
    """Numbers for a tensor nobody computed, so that printing one does not fail."""
    if code in "fd":
        return array(code, [_random.gauss(0.0, 1.0) for _ in range(count)])
    return array(code, [_random.randrange(2) for _ in range(count)])


class Guess:
    """Answers of a classifier: each is right with the same chance."""

    def __init__(self, chance):
        self.chance = chance

    def hits(self, count):
        return [1 if _random.random() < self.chance else 0 for _ in range(count)]


class Logits:
    """Outputs of a network whose weights were updated so many times."""

    def __init__(self, updates):
        self.updates = updates

    def guess(self, classes=10):
        learnt = 1.0 - math.exp(-self.updates / 22.0)
        return Guess(1.0 / classes + (0.93 - 1.0 / classes) * learnt)

    def loss(self, classes):
        start = math.log(max(2, classes))
        level = 0.22 + (start - 0.22) * math.exp(-self.updates / 20.0)
        return max(0.01, level * (1.0 + _random.gauss(0.0, 0.05)))
