"""The window and what stands around every screen: bars, navigation, sign-in, lock."""
