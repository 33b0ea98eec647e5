"""Colours of members and of classes of health, in figures and on pages."""

# Okabe and Ito's colours, told apart by the colour-blind; figures add lines, markers and hatches, told apart in grey.
COLOURS = ("#0072B2", "#E69F00", "#56B4E9", "#D55E00", "#009E73", "#F0E442", "#CC79A7", "#6B5B95", "#8C8C8C", "#B8B8B8")
CLASS_COLOURS = ("#d9ecd3", "#9ccbe2", "#5e9fc7", "#d98032", "#7a1f1f")
MOST_MEMBERS = 8
"""Members with a colour of their own, besides inspections and all others."""
