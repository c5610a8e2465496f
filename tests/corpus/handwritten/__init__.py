"""Workbooks put together from XML written by hand, as programs other than ours write them."""
