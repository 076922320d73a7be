"""The entry point: with a command it is the headless door and loads no screen; without one, windows."""

import sys

from boapp.hardening import keep_memory_private


def main() -> None:
    """Run boapp."""
    keep_memory_private()
    words = sys.argv[1:]
    if words and words[0] != "demo":
        from boapp.cli import main as command

        command()
        return
    if words:
        from ui.demo import demo

        demo(words[1:])
        return
    from ui.app import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
