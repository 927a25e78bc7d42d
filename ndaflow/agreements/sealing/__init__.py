"""The operator's seal on signed agreements (PAdES), never more than a seal over a simple electronic signature.

keys, certificates, sealer, timestamping, seal   make it, from bytes to bytes
layout, spelling, verification                   check it, with nothing but the file and published certificates
custody                                          which key and certificate are in use, and which ever were
registry, progress                               what is on record, and what still waits
"""
