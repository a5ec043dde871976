"""How fast full-text search is; see `benchmarks.search.__main__`."""

from benchmarks.search.province import Province

__all__ = ["Province"]
