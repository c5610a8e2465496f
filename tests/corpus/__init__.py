"""Files as municipalities send them, each with what must become of it according to the delivery contract."""
