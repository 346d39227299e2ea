"""The sections of a scenario, one file each: declarations only, no behaviour."""
