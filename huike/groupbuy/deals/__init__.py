"""What is sold to groups, and under which terms."""
