"""What can go wrong with an index, in words that name no product."""


class SearchError(Exception):
    """Any refusal of this library."""


class IndexUnavailable(SearchError):
    """There is nothing to search: no index yet, a damaged one, or one made by older rules.

    The remedy is always the same: `Index.rebuild`.
    """


class Busy(SearchError):
    """Another process is writing; try again a little later."""
