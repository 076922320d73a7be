"""python -m boapp."""

from boapp.cli import main

if __name__ == "__main__":
    main()
