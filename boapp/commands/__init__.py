"""The commands of the headless door, a file for each group of them."""
