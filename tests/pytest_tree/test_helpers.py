"""Helpers, and no test."""
