"""Reproducible measurements; each module prints a table and, on request, writes it as JSON."""
