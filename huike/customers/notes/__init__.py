"""What colleagues wrote down about a person, newest first, each with author and moment.

Promises: a note is never edited; its author may take it back. Refuses: being a field of the file.
"""
