"""Who lives in the industry: labs, users, data centres, regulators, and how they decide."""
