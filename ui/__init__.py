"""The screens: Qt only, no rule of the trade."""
