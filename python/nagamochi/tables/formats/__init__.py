"""The forms in which tables arrive: each module reads one."""
