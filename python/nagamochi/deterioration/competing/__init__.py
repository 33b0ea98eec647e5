"""Competing hazards: damage types that move a member to the next rating."""
