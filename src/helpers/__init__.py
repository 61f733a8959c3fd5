"""The client rating: who spent how much, where, and what was given to them.

Six folders, each importing only from those below it: publishing, page, analysis, sales, source, settings.
"""

import os

# Fits are of ten numbers: the threads of a linear algebra library would only wait for each other, seconds a page.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
