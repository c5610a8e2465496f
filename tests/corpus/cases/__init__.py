"""Every case of the corpus, grouped by what of the contract it shows."""
