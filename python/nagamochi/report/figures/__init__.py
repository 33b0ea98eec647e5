"""Figures of tables and arrays, drawn into matplotlib axes; needs the extra `report`."""
