"""The command line: `nagamochi`.

Nothing is imported here before Ctrl-C is answered; the commands are in `commands`, one file each.
"""

from __future__ import annotations

from nagamochi.cli import interrupts


def main() -> None:
    """Run the command line."""
    interrupts.leave_at_once()

    from nagamochi.cli.commands import run

    run()
