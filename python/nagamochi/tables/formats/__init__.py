"""The forms in which tables arrive: each module reads one, every cell as text."""
