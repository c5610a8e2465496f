"""Damaged copies of real files: ``python -m tests.fuzz`` reads thousands and tells what went wrong."""
