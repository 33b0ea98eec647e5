"""Queries, filters and hits."""
