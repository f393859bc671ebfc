"""Renders the specimen documents: `python -m cases.specimens.render`. Needs Debian's Noto fonts; nothing else does."""
