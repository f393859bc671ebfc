"""What a user declares of a target: read once, checked as a whole, and handed on as a value.

`statement` is that value, with what `check` says and a template to begin with. Its text, with the lines of its keys, is
`stated_text`; what is wrong in it `mistakes` finds. Two parts have files of their own: `terms` (waivers, what cannot be
proven, limits) and `sample_images` (pictures of the user's own, also those of a folder).
"""
