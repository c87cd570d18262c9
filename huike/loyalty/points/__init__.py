"""What sales earn, are paid with and give back in points: each sale as it should stand, against where it stands."""
