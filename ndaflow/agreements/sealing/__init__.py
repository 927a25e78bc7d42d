"""The operator's seal on signed agreements (PAdES): a seal over a simple electronic signature, never called more.

keys, certificates, sealer, timestamping, seal   make it, from bytes to bytes
layout, der, verification                        check it, with the file and published certificates only
custody, authority, files                        the key and certificate in use, earlier ones, and the root above them
registry, progress                               the copies on record, and the ones still being made
"""
