"""What purchases and bonus events earn, and what a rule would have cost."""
