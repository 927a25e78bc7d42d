"""Leaked files as tests make them."""

import numpy as np

from documents.tracing.pictures import Reading


def fits(reading: Reading, bits: bytes) -> float:
    """By how many standard deviations a reading leans towards these bits."""
    signs = np.unpackbits(np.frombuffer(bits, np.uint8)).astype(np.float32) * 2 - 1
    return float(reading.values @ signs / np.linalg.norm(reading.values))
