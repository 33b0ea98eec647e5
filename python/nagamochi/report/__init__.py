"""Figures and studies of results; needs the extra `report`."""
