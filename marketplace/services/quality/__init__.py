"""Watching the matcher: what curators and parties said of its suggestions, and whom it serves.

Everything is counted from matches and their histories each time; nothing here is typed in, and
nothing is kept but the map of unmet needs (landscape), which is derived data like an index.
"""

from marketplace.services.quality import coverage, landscape, measures, pace, verdicts

__all__ = ["coverage", "landscape", "measures", "pace", "verdicts"]
