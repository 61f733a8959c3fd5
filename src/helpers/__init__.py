"""The client rating: who spent how much, where, and what was given to them.

Five floors, each importing only from those below: errors, period, schema, config · ingest, source, sales, demo ·
the analyses (rating, cross_report, ...) · show · execute, publish and the commands.
"""
