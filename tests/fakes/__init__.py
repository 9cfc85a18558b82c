"""Doubles that are products: hand-written, behaving like the real thing on the outside."""
