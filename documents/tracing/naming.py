"""Compares what a picture says with the bits of all deliveries, and bounds the probability of error.

The bits of a delivery are random. For a delivery that has no part in a picture, the sum of the readings, each with the
sign of its bit, is a sum of random signs, whatever the picture holds: it exceeds `t` times the length of the readings
with a probability of at most exp(-t*t/2) (Hoeffding 1963, theorem 2). The threshold follows from this. It assumes
nothing about pages, cameras or printers.
"""

import base64
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from documents.marks.second_mark import BITS

# The highest probability with which one trace names, by its pictures, any delivery that has no part in them.
WRONG = 1e-9


@dataclass(frozen=True)
class Fit:
    """A delivery that fits a picture: by how many standard deviations, and how likely that is by chance."""

    delivery: str
    score: float
    chance: float


def unpacked(text: str) -> NDArray[np.float32]:
    """One of `files.Said.readings` as numbers; zeros if it holds anything else."""
    values = np.frombuffer(base64.b64decode(text), np.float16).astype(np.float32)
    return values if len(values) == BITS and bool(np.isfinite(values).all()) else np.zeros(BITS, np.float32)


def threshold(deliveries: int, readings: int) -> float:
    """The score from which a delivery is named, so that WRONG holds for all deliveries and readings together."""
    return math.sqrt(2 * math.log(max(1, deliveries) * max(1, readings) / WRONG))


def fits(readings: list[NDArray[np.float32]], batches: Iterable[list[tuple[str, bytes]]]) -> list[Fit]:
    """The deliveries over the threshold, best first. `batches` hold the ids and bits of all deliveries."""
    lengths = [float(np.linalg.norm(reading)) for reading in readings]
    units = [reading / length for reading, length in zip(readings, lengths, strict=True) if length > 0]
    if not units:
        return []
    said = np.stack(units).astype(np.float32).T
    best: list[tuple[float, str]] = []
    deliveries = 0
    for batch in batches:
        bits = np.frombuffer(b"".join(bits for _id, bits in batch), np.uint8).reshape(len(batch), BITS // 8)
        scores = ((np.unpackbits(bits, axis=1).astype(np.float32) * 2 - 1) @ said).max(axis=1)
        deliveries += len(batch)
        floor = threshold(1, 1)
        best += [(float(scores[place]), batch[place][0]) for place in np.flatnonzero(scores >= floor)]
    limit = threshold(deliveries, len(units))
    trials = deliveries * len(units)
    return [
        Fit(delivery, score, min(1.0, trials * math.exp(-score * score / 2)))
        for score, delivery in sorted(best, reverse=True)
        if score >= limit
    ]
