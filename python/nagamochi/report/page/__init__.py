"""A plan on one self-contained HTML page."""
