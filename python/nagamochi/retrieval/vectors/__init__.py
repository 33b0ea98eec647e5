"""Vectors and their nearest neighbours."""
