"""The catalogue of tags: their colours and meanings, and how many files carry each.

Promises: renaming, merging and deleting reach every file, in batches and to the end whatever is killed; what a person
said of a tag counts more than what a rule did. Refuses: deciding who deserves a tag by rule (segments
does, and puts it through here).
"""
