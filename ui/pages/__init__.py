"""The screens, a folder for each step: page.py shows, presenter.py decides what."""
