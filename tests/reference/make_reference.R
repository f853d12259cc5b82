# Writes the frozen numbers that tests/models/ compares with, and the small generated data they come
# from. Nobody real is in the data: all of it is drawn here, from fixed seeds.
#
# Run from this folder:  Rscript make_reference.R
# Debian packages: r-base-core r-cran-lme4 r-cran-lmertest r-cran-geepack r-cran-survival r-cran-jsonlite
suppressMessages({
  library(lme4); library(lmerTest); library(geepack); library(survival); library(jsonlite)
})

tight <- lmerControl(
  optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-9, maxfun = 1e5)
)

describe <- function(fit, call) {
  table <- coef(summary(fit))
  random <- as.data.frame(VarCorr(fit))
  list(
    call = call, n = nobs(fit), converged = fit@optinfo$conv$opt == 0,
    singular = isSingular(fit), loglik = as.numeric(logLik(fit)),
    term = rownames(table), estimate = unname(table[, "Estimate"]),
    se = unname(table[, "Std. Error"]), satterthwaite_df = unname(table[, "df"]),
    random = data.frame(
      group = random$grp, term1 = random$var1, term2 = random$var2, vcov = random$vcov
    )
  )
}

# --- alliance of 40 participants on 8 occasions, two features, two arms, rows missing ------------
set.seed(20250501)
n <- 40; weeks <- c(1, 2, 3, 4, 6, 8, 10, 12)
panel <- expand.grid(k = seq_along(weeks), participant = seq_len(n))
panel$weeks <- weeks[panel$k]
panel$arm <- ifelse(panel$participant %% 2 == 0, "b", "a")
usual <- matrix(rgamma(2 * n, 3, 1), n)
panel$praise <- rpois(nrow(panel), usual[panel$participant, 1])
panel$reminder <- rpois(nrow(panel), usual[panel$participant, 2])
level <- rnorm(n, 0, 0.8); trend <- 0.3 * level * 0.1 + rnorm(n, 0, 0.08)
panel$score <- round(
  4 + 0.05 * panel$weeks + 0.12 * (panel$praise - usual[panel$participant, 1]) -
    0.04 * usual[panel$participant, 2] + 0.3 * (panel$arm == "b") +
    level[panel$participant] + trend[panel$participant] * panel$weeks +
    rnorm(nrow(panel), 0, 0.4), 6
)
panel <- panel[runif(nrow(panel)) > 0.12, ]
panel <- panel[, c("participant", "k", "weeks", "arm", "praise", "reminder", "score")]
write.csv(panel, "alliance.csv", row.names = FALSE, quote = FALSE)
own <- function(x) ave(x, panel$participant)
panel <- transform(panel,
  week = weeks - mean(weeks),
  w_praise = praise - own(praise), b_praise = own(praise) - mean(praise),
  w_reminder = reminder - own(reminder), b_reminder = own(reminder) - mean(reminder)
)
fixed <- "score ~ week + arm + w_praise + w_reminder + b_praise + b_reminder"
fits <- list()
for (random in c("(week | participant)", "(1 | participant)")) {
  formula <- paste(fixed, "+", random)
  fit <- lmer(as.formula(formula), panel, REML = TRUE, control = tight)
  fits[[random]] <- describe(fit, paste0("lmer(", formula, ", REML = TRUE)"))
}

# --- singular: no participant has a trend of their own ---------------------------------------------
set.seed(1)
flat <- expand.grid(k = 1:6, participant = 1:40)
flat$weeks <- flat$k
flat$score <- round(3 + 0.1 * flat$weeks + rnorm(40, 0, 0.7)[flat$participant] + rnorm(240), 6)
write.csv(flat, "singular.csv", row.names = FALSE, quote = FALSE)
flat$week <- flat$weeks - mean(flat$weeks)
fit <- suppressMessages(lmer(score ~ week + (week | participant), flat, control = tight))
fits[["singular"]] <- describe(fit, "lmer(score ~ week + (week | participant), REML = TRUE)")

# --- weekly adherence: done of due, 60 participants, exchangeable -----------------------------------
set.seed(20250502)
n <- 60
weekly <- expand.grid(week = 0:9, participant = seq_len(n))
usual <- rgamma(n, 3, 1)
weekly$praise <- rpois(nrow(weekly), usual[weekly$participant])
weekly$due <- ifelse(weekly$participant %% 3 == 0, 2, 1)
chance <- plogis(
  0.4 - 0.08 * weekly$week + 0.2 * (weekly$praise - usual[weekly$participant]) +
    rnorm(n)[weekly$participant]
)
weekly$done <- rbinom(nrow(weekly), weekly$due, chance)
write.csv(weekly, "adherence.csv", row.names = FALSE, quote = FALSE)
own <- function(x) ave(x, weekly$participant)
weekly <- transform(weekly,
  time = week - mean(week), w_praise = praise - own(praise), b_praise = own(praise) - mean(praise)
)
trials <- weekly[rep(seq_len(nrow(weekly)), weekly$due), ]
trials$done <- as.numeric(sequence(weekly$due) <= rep(weekly$done, weekly$due))
# geepack counts clusters wrongly where the id is text: `participant` is a number.
gee <- geeglm(done ~ time + w_praise + b_praise,
  id = participant, data = trials, family = binomial, corstr = "exchangeable", scale.fix = TRUE,
  control = geese.control(epsilon = 1e-10, maxit = 100)
)
gee <- list(
  call = "geeglm(done ~ time + w_praise + b_praise, id = participant, exchangeable, scale.fix)",
  converged = gee$geese$error == 0, term = names(coef(gee)), estimate = unname(coef(gee)),
  se = coef(summary(gee))[, "Std.err"], correlation = unname(gee$geese$alpha)
)

# --- survival: with ties, with a curve level at one half, without half reached ---------------------
curves <- list(
  ties = list(days = c(3, 5, 5, 8, 8, 8, 12, 15, 15, 20, 22, 30), event = c(1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0)),
  level = list(days = c(1, 2, 3, 4), event = c(1, 1, 1, 1)),
  unreached = list(days = c(4, 6, 9, 9, 14, 14), event = c(1, 0, 1, 0, 0, 0))
)
km <- lapply(curves, function(given) {
  fit <- survfit(Surv(days, event) ~ 1, data = given, conf.type = "log-log")
  middle <- unname(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")])
  c(given, list(
    call = 'survfit(Surv(days, event) ~ 1, conf.type = "log-log")', time = fit$time,
    survival = fit$surv, low = fit$lower, high = fit$upper, at_risk = fit$n.risk, median = middle
  ))
})

p <- c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.2, 1)
adjusted <- list(
  call = "p.adjust(p, method)", p = p, bh = p.adjust(p, "BH"), holm = p.adjust(p, "holm")
)

versions <- sapply(c("lme4", "lmerTest", "geepack", "survival"), function(name) {
  as.character(packageVersion(name))
})
write_json(
  list(
    made_by = "make_reference.R", r = R.version.string, versions = as.list(versions),
    lmer = fits, gee = gee, km = km, adjusted = adjusted
  ),
  "reference.json", digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE
)
