# Writes the frozen numbers that tests/models/power/ compares with: R's own power of t tests.
#
# Run from this folder:  Rscript make_power.R
# Debian packages: r-base-core r-cran-jsonlite
suppressMessages(library(jsonlite))
two <- lapply(list(c(64, 0.5, 1), c(12, 0.9, 1.3), c(5, 0.1, 1)), function(x) list(
  n = x[1], difference = x[2], sd = x[3],
  power = power.t.test(n = x[1], delta = x[2], sd = x[3], strict = TRUE)$power
))
paired <- lapply(list(c(34, 0.5, 1), c(8, 1, 0.9)), function(x) list(
  n = x[1], difference = x[2], sd = x[3],
  power = power.t.test(n = x[1], delta = x[2], sd = x[3], type = "paired", strict = TRUE)$power
))
write_json(
  list(made_by = "make_power.R", call = "power.t.test(n, delta, sd, strict = TRUE)",
    r = R.version.string, two_sample = two, paired = paired),
  "power.json", digits = NA, auto_unbox = TRUE, pretty = TRUE
)
