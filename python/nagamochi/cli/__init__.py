"""The command line: its commands are in `commands`, one file each; `nagamochi_start` runs it."""
