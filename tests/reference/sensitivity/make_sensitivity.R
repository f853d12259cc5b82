# Writes the frozen numbers that tests/models/sensitivity/ compares with: Rubin's rules as mice pools
# scalars. The estimates are drawn here.
#
# Run from this folder:  Rscript make_sensitivity.R
# Debian packages: r-base-core r-cran-mice r-cran-jsonlite
suppressMessages({ library(mice); library(jsonlite) })
set.seed(20250701)
cases <- lapply(list(c(5, 12, 0.3), c(20, 45.5, 0.1), c(3, 8, 2), c(50, 1000, 0.5)), function(x) {
  m <- x[1]; df <- x[2]
  q <- rnorm(m, 0.4, x[3]); u <- runif(m, 0.02, 0.05)
  # mice takes the complete-data df as n - k.
  p <- pool.scalar(q, u, n = df + 1, k = 1)
  list(estimates = q, variances = u, complete_df = df, estimate = p$qbar, variance = p$t, df = p$df,
    fraction_missing = p$fmi)
})
write_json(
  list(made_by = "make_sensitivity.R", call = "mice::pool.scalar(q, u, n = df + 1, k = 1)",
    r = R.version.string, versions = list(mice = as.character(packageVersion("mice"))), cases = cases),
  "sensitivity.json", digits = NA, auto_unbox = TRUE, pretty = TRUE
)
