"""What customers will want, from what they did: when goods should be used up."""
