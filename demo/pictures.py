"""The pictures of the demo: small coloured blobs as .ppm files, made on first use and read in plain Python."""

import random
import time
from array import array

CLASSES = 10
SIDE = 32
COUNTS = {"train": 26 * 32, "test": 4 * 32}

# Reading a picture takes this long on every machine, fast or slow, so that the demo's figures look alike
# everywhere: after decoding, the time that is left goes into smoothing. A picture that was held up by other
# programs is made up for by the next ones, up to the time here.
SECONDS_PER_PICTURE = 0.005
LONGEST_DELAY = 0.15

_due = 0.0

HEADER = b"P6\n%d %d\n255\n" % (SIDE, SIDE)


def ensure_pictures(folder):
    """Makes folder/train and folder/test unless they are complete."""
    for split, count in COUNTS.items():
        place = folder / split
        place.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            label = number % CLASSES
            path = place / ("%d_%04d.ppm" % (label, number))
            if not path.exists():
                path.write_bytes(HEADER + _blob(label, number))


def _blob(label, number):
    """One colour per class, brightest around a random centre."""
    noise = random.Random(number)
    colour = [(40 + 53 * label * (channel + 1)) % 200 for channel in range(3)]
    row, column = noise.randrange(SIDE), noise.randrange(SIDE)
    pixels = bytearray()
    for y in range(SIDE):
        for x in range(SIDE):
            bright = max(0, 55 - (y - row) ** 2 - (x - column) ** 2)
            pixels.extend(bytes(channel + bright for channel in colour))
    return bytes(pixels)


def decode(data):
    """Bytes of a .ppm file to 3 × 32 × 32 numbers around 0, one colour plane after the other."""
    global _due
    now = time.perf_counter()
    _due = (_due if now - _due < LONGEST_DELAY else now) + SECONDS_PER_PICTURE
    pixels = data[len(HEADER):]
    planes = array("f")
    for channel in range(3):
        planes.extend([value / 127.5 - 1.0 for value in pixels[channel::3]])
    at = 0
    while time.perf_counter() < _due:
        at = at + 64 if at + 130 <= len(planes) else 0
        for here in range(at + 1, at + 65):
            planes[here] = (planes[here - 1] + 2 * planes[here] + planes[here + 1]) / 4
    return planes
