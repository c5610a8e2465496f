"""Kommunebench's pipelines: deliveries in, a tested and atomically published release out."""
