"""Which copy a leaked file came from."""
