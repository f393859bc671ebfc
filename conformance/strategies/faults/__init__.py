"""The faults: small functions that break one thing of a valid request, grouped by what they break.

Each module exports `VARIANTS`; the ids before the slash are those of `schemas/errors.toml`.
"""
