# Reference fits of linear mixed models, and the generated data they are fits of.
# Run in this folder: Rscript make_linear.R   (writes *.csv and linear.json)
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(jsonlite)})

tight <- lmerControl(
  optimizer = "nloptwrap",
  optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-12, xtol_rel = 1e-12, ftol_rel = 1e-15, maxeval = 1e5),
  check.conv.singular = "ignore", check.conv.grad = "ignore", check.conv.hess = "ignore"
)

save_rows <- function(rows, name) {
  rows$y <- round(rows$y, 4)
  write.csv(rows, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
  rows
}

# The same rows lost for everybody's reasons: at random.
keep <- function(rows, share) rows[runif(nrow(rows)) > share, ]

participants <- function(n, weeks, seed, sd_intercept, sd_slope, correlation) {
  set.seed(seed)
  rows <- expand.grid(week = weeks, participant = seq_len(n))
  a <- rnorm(n); b <- correlation * a + sqrt(1 - correlation^2) * rnorm(n)
  rows$x <- round(rnorm(nrow(rows)), 3)
  rows$y <- 50 + 2 * rows$week + rows$x +
    sd_intercept * a[rows$participant] + sd_slope * b[rows$participant] * rows$week +
    rnorm(nrow(rows), sd = 4)
  rows
}

slope <- save_rows(participants(18, 0:9, 11, 6, 1.2, 0.2), "slope")
unbalanced <- save_rows(keep(participants(40, 0:5, 12, 5, 1, -0.4), 0.3), "unbalanced")
flat <- save_rows(keep(participants(20, 0:4, 29, 5, 0, 0), 0.1), "flat")

set.seed(14)
batches <- data.frame(batch = rep(1:6, each = 5), y = rnorm(30, 5, 3))
batches$y <- batches$y - ave(batches$y, batches$batch) + rep(c(5, 5.1, 4.9, 5.2, 5, 4.8), each = 5)
batches <- save_rows(batches, "batches")

set.seed(15)
trial <- keep(participants(90, 0:4, 15, 4, 0.8, 0.3), 0.15)
trial$site <- (trial$participant - 1) %% 9 + 1
trial$arm <- c("control", "app", "coach")[(trial$participant + (trial$participant - 1) %/% 9) %% 3 + 1]
trial$y <- trial$y + rnorm(9, sd = 3)[trial$site] + 0.8 * (trial$arm == "coach") * trial$week
trial <- save_rows(trial, "trial")

set.seed(16)
waves <- keep(participants(60, 0:1, 16, 5, 0, 0), 0.2)
waves$group <- waves$participant %% 2
waves <- save_rows(waves, "waves")

set.seed(17)
crossed <- keep(expand.grid(item = 1:8, participant = 1:30, week = 0:1), 0.35)
crossed$y <- 20 + 1.5 * crossed$week + rnorm(8, sd = 2)[crossed$item] +
  rnorm(30, sd = 3)[crossed$participant] + rnorm(nrow(crossed), sd = 2)
crossed <- save_rows(crossed, "crossed")

fits <- list()
record <- function(id, data, formula, reml = TRUE, tests = list()) {
  rows <- get(data)
  m <- lmerTest::lmer(as.formula(formula), rows, REML = reml, control = tight)
  p <- length(fixef(m))
  joint <- lapply(tests, function(L) {
    f <- contestMD(m, matrix(unlist(L), ncol = p, byrow = TRUE))
    list(L = L, F = f[["F value"]], df1 = f$NumDF, df2 = f$DenDF, p = f[["Pr(>F)"]])
  })
  devfun <- update(as(m, "lmerMod"), devFunOnly = TRUE)
  at <- rep_len(c(0.7, 0.1, 0.4), length(getME(m, "theta")))
  fits[[id]] <<- list(
    data = data, formula = formula, reml = reml, n = nobs(m), names = names(fixef(m)),
    log_likelihood = as.numeric(logLik(m)), beta = unname(fixef(m)),
    cov_beta = unname(as.matrix(vcov(m))), residual_variance = sigma(m)^2,
    random = lapply(VarCorr(m), function(v) unname(matrix(v, nrow = nrow(v)))),
    df = unname(coef(summary(m))[, "df"]), joint = joint, singular = isSingular(m),
    deviance_at = list(theta = at, deviance = devfun(at)),
    modes = lapply(ranef(m, condVar = FALSE), function(r) head(unname(as.matrix(r)), 3))
  )
}

record("slope", "slope", "y ~ week + x + (1 + week | participant)")
record("slope_ml", "slope", "y ~ week + x + (1 + week | participant)", FALSE)
record("diagonal", "slope", "y ~ week + x + (1 + week || participant)")
record("intercept", "slope", "y ~ week + x + (1 | participant)")
record("unbalanced", "unbalanced", "y ~ week + x + (1 + week | participant)",
       tests = list(list(c(0, 1, 0), c(0, 0, 1))))
record("three_effects", "slope", "y ~ week + x + (1 + week + x | participant)")
record("two_bars", "slope", "y ~ week + x + (1 + week | participant) + (0 + x | participant)")
record("flat", "flat", "y ~ week + x + (1 + week | participant)",
       tests = list(list(c(0, 1, 0), c(0, 0, 1))))
record("batches", "batches", "y ~ 1 + (1 | batch)")
trial$coach <- as.numeric(trial$arm == "coach")
trial$app <- as.numeric(trial$arm == "app")
record("trial", "trial",
       "y ~ week + app + coach + week:app + week:coach + (1 + week | participant) + (1 | site)",
       tests = list(list(c(0, 0, 0, 0, 1, 0), c(0, 0, 0, 0, 0, 1)),
                    list(c(0, 0, 1, 0, 0, 0), c(0, 0, 0, 1, 0, 0))))
record("trial_slopes", "trial", "y ~ week + (1 | participant) + (1 + week | site)")
record("waves", "waves", "y ~ week * group + (1 | participant)")
record("crossed", "crossed", "y ~ week + (1 | participant) + (1 | item)")
record("crossed_slope", "crossed", "y ~ week + (1 + week | participant) + (1 | item)")

writeLines(toJSON(list(
  R = R.version.string,
  packages = list(lme4 = as.character(packageVersion("lme4")),
                  lmerTest = as.character(packageVersion("lmerTest"))),
  fits = fits
), digits = 15, auto_unbox = TRUE, matrix = "rowmajor", pretty = FALSE), "linear.json")
