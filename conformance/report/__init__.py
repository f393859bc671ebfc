"""From the ledger of a run to what people and machines read.

document, shapes        the content of `report.json`; report_file writes, seals and reads it
html, markdown          page and summary, made from that content
terminal, junit         made from the ledger itself, as nothing may have been asked to be written
plan_text, progress     what is seen before a run, and while it goes on
write                   all of them into a folder, with the files that curl lines refer to (evidence_files)
evidence, excerpt, pictures, drawing, curl      a finding: what was sent, the place in the answer, how to repeat it
latency, calibration, recognition               figures over all answers
compare, compare_text   two reports
bundle, bundle_verify, signing                  a run packed for acceptance
requirements, kill_table                        what is checked, and the proof that each check can fail
words, visible          texts in both languages; what a target sent made harmless
"""
