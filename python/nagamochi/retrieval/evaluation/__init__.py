"""How well similar photos are found."""
