"""Figures of tables and arrays, drawn into matplotlib axes; needs the extra `report`.

Every figure takes these two arguments besides its data, and returns the axes.

ax : matplotlib.axes.Axes, optional
    Axes to draw into; by default those of a new figure.
language : {"en", "ja"}
    Of the labels.
"""
