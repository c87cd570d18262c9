"""People who buy together: joining, seats, forming, failing, leaving."""
