"""The rules of the exchange in plain Python: no Flask, no SQLAlchemy, only the standard library."""
