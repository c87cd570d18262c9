"""What a formed group gets: codes that are redeemed at a store, in parts, or given back."""
