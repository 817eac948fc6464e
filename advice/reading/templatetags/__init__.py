"""What templates of public pages call."""
