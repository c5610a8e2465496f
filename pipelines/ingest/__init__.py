"""Ingest: from the bytes of one delivered file to typed, masked rows.

Here belong readers, dialects, header recognition, mappings, the delivery contract and masking. Rules
about whole deliveries (repeated keys, references, dates after the period) belong to the gate; nothing
here writes a file.

``parse`` is the door. In the order that a file passes them: ``readers`` (formats, encodings, dialects)
makes tables of text; ``matching`` says which table is which contract sheet (``header_rows``, ``recognise``,
``matrix``, ``survey_headers``, ``survey_tools``); ``body`` which rows are delivered (``surplus``);
``dividing`` masks and types them (``columns``, ``cells``, ``reshape``, ``survey``, ``survey_long``) and says
whose they are (``routing``, ``dating``, ``sharing``, ``place_names``); ``recognised`` is what the sender is
told. ``contract``, ``vocabulary``, ``items``, ``naming`` and ``mapping`` know what may be said;
``propose`` drafts a mapping for a file that nobody has described.
"""
