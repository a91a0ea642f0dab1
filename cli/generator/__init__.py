"""A made-up school district that looks like a real one, for demonstrations, tests and benches.

`names` draws people's names, `district` lays out a district of any size zone by zone (a zone is a
few elementary schools with the middle and high schools their children go on to), `people` and
`classes` fill a zone, `weeks` changes it as a week does, and `sheet` writes it as an import sheet.
Everything follows from the number of students, the seed and today's date: the same three give
the same district. Nobody in it exists.
"""
