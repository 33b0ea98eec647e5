"""Ways to choose one plan for every bridge."""
