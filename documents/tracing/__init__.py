"""Finds the copy that a leaked file was made from.

`pictures` reads the second mark and `codes` finds copy codes in text. `files` does both with one file, in a sandboxed
child that knows no delivery. `naming` compares what was read with the bits of all deliveries, `answers` concludes.
"""

import os

# Pictures are read one after another; threads of the numeric library would only use up the child's memory limit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
