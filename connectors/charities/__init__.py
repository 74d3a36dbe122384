"""Charities: referrals as a spreadsheet saves them, one mapping for each."""
