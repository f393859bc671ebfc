"""From the ledger of a run to what people and machines read.

document, shapes        the content of `report.json`: how it is made, what its members are
figures, paired         what it says of all answers; what two runs on the same pictures come to
evidence, transcript    a finding: what was sent and answered, its picture, how to send it again
story                   the report told once, which html, markdown, junit and terminal render
wording, phrases        words in both languages, and the sentences that the forms share
curves                  recognition for spreadsheets and as pictures
folder                  all of this written at the end of a run, and read again
compare                 what changed between two reports
bundle, bundle_verify   a run packed for acceptance
requirements, tables    what is checked, the proof that each check can fail, the plan of a run
"""
