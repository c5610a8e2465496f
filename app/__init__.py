"""The analysts' door: reads a published release, never a file that somebody writes."""
