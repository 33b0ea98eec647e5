"""Colours of members and of classes of health, in figures and on pages."""

# Okabe and Ito's colours, told apart by the colour-blind, in an order in which neighbours differ in grey; figures add
# lines, markers and hatches.
COLOURS = ("#0072B2", "#E69F00", "#D55E00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", "#6B5B95", "#B8B8B8", "#8C8C8C")
CLASS_COLOURS = ("#d9ecd3", "#9ccbe2", "#6fb0d6", "#c8630f", "#7a1f1f")
YEAR_COLOURS = ("#3b0a45", "#93203f", "#d9542b", "#f0a030", "#fbe08c")
"""Of works in the first five years: the sooner, the darker, in grey too."""
MOST_MEMBERS = 8
"""Members with a colour of their own, besides inspections and all others."""
