"""Which copy a leaked file came from.

`pictures` reads the second mark, `codes` finds copy codes in text, `files` does both to one file in a sandboxed child
without knowing any delivery, `naming` compares what was read with the deliveries' bits, `answers` judges.
"""

import os

# One picture after another: threads of the numeric library would only take memory from the child's limit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
