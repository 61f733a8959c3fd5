"""The client rating: who spent how much, where, and what was given to them.

Five floors, each importing only from those below: errors, period, schema, config · ingest, source, sales, demo ·
the analyses (rating, cross_report, ...) · show · execute, publish and the commands.
"""

import os

# Fits are of ten numbers: the threads of a linear algebra library would only wait for each other, seconds a page.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
