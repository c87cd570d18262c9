"""Value given or taken by hand, above a limit with a second pair of eyes."""
