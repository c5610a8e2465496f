"""The workbooks that municipalities fill in: what they ask, what stands in them already, how they look.

``template.write_template`` is the only door. What is asked comes from the delivery contract and the
reference pack, what was answered last time from the home; nothing here reads a delivered file.
"""
