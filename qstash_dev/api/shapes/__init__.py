"""The JSON that the API takes and answers, as typed structs: nothing but shapes, and what is known of each field.

Code fills them, mypy checks that, and the OpenAPI document is derived from them.
"""
