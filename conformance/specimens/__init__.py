"""Invented documents of every type, as pictures with their truth: those of the kit's own, and any number of others.

canvas, codes                    what a document is drawn with: text that fits, seals, the two 2-D codes
identity_papers, travel_papers, vehicle_papers, invoices, southeast_asian_papers     the 25 documents
wear                             how the kit's own become worn copies
build                            writes `cases/specimens`: `python -m conformance.specimens`

Drawing needs the extra `specimens` (numpy, segno) and the Noto typefaces; nothing else of the kit imports this room.
"""
