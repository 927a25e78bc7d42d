"""Leaked files for the tests."""

import numpy as np

from documents.tracing.pictures import Reading


def fits(reading: Reading, bits: bytes) -> float:
    """The number of standard deviations by which a reading favours these bits."""
    signs = np.unpackbits(np.frombuffer(bits, np.uint8)).astype(np.float32) * 2 - 1
    return float(reading.values @ signs / np.linalg.norm(reading.values))
