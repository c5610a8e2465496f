"""The reference pack: what is known before anybody has delivered anything.

Here belong the schema of each reference table, the loader that types and checks a pack, and the
small vocabulary that other rooms share (names made comparable, periods). Nothing about
deliveries, storage or publication belongs here.
"""
