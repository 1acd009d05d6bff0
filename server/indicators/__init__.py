"""PURE: what an indicator is and how it is judged.

A definition and figures go in, scores and changes come out. All arithmetic is exact (fractions);
a figure that cannot be had is a typed absence. Nothing here knows a clock, a file, a database or a
request.

| Module         | Answers                                                            |
|----------------|--------------------------------------------------------------------|
| `absence`      | why a figure is not there, and which reason wins                    |
| `rounding`     | how an exact number is rounded and written                          |
| `wording`      | text in both languages, units                                       |
| `formula`      | the language of formulas: parse, check names                        |
| `formula_tree` | the tree of a formula: evaluate, write back                         |
| `curve`        | the shapes of scoring curves                                        |
| `curve_checks` | what makes a curve wrong for its targets                            |
| `curve_form`   | how a curve is written in a definition                              |
| `reading`      | reading written definitions with all mistakes at once               |
| `targets`      | the target in force for a period and an organisation                |
| `definition`   | the indicator, read from and written to its mapping form            |
| `scoring`      | attainment, score, status                                           |
| `trend`        | change against an earlier period                                    |
| `rollup`       | scores of children made into the parent's, with coverage            |
| `scorecard`    | perspectives, objectives and weights, read, written and scored      |
| `contribution` | which members made a figure change                                  |
| `allocation`   | a target split over members so that the parts add up                |
| `receipt`      | the canonical form of a figure that can be replayed                 |
"""
