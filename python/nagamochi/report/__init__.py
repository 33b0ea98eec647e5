"""Figures of results; needs the extra `report`."""
