"""What a member has of everything a programme keeps for her, and how each part of it came and went."""
