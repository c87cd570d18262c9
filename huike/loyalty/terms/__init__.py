"""The terms of the programme: one document a version, a file for each part of it."""
