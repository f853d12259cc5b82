# Writes the frozen numbers that tests/models/mediation/ compares with, and the small generated data
# they come from. Nobody real is in the data: all of it is drawn here, from a fixed seed.
#
# Run from this folder:  Rscript make_reference.R
# Debian packages: r-base-core r-cran-lme4 r-cran-lmertest r-cran-nlme r-cran-jsonlite
suppressMessages({library(lme4); library(lmerTest); library(jsonlite)})

set.seed(20250604)
n <- 80; occasions <- 10
panel <- expand.grid(week = seq_len(occasions), participant = seq_len(n))
usual <- rgamma(n, 4, 1)[panel$participant]
panel$praise <- rpois(nrow(panel), usual)
own <- MASS::mvrnorm(n, c(0, 0, 0, 0), matrix(c(
  0.50, 0.02, 0.10, 0.00,
  0.02, 0.02, 0.00, 0.04,
  0.10, 0.00, 0.60, 0.03,
  0.00, 0.04, 0.03, 0.25
), 4))[panel$participant, ]
mean_praise <- ave(panel$praise, panel$participant)
deviation <- panel$praise - mean_praise
panel$alliance <- round(
  4 + own[, 1] + 0.03 * panel$week + (0.20 + own[, 2]) * deviation + 0.10 * (mean_praise - 4) +
    rnorm(nrow(panel), 0, 0.5), 5
)
mean_alliance <- ave(panel$alliance, panel$participant)
within <- panel$alliance - mean_alliance
panel$minutes <- round(
  20 + own[, 3] - 0.2 * panel$week + (0.50 + own[, 4]) * within + 0.4 * (mean_alliance - 4) +
    0.05 * deviation + rnorm(nrow(panel), 0, 0.8), 5
)
panel$due <- sample(2:5, nrow(panel), TRUE)
panel$done <- rbinom(nrow(panel), panel$due, plogis(
  0.3 + 0.8 * own[, 3] - 0.05 * panel$week + (0.6 + 1.2 * own[, 4]) * within + 0.3 * (mean_alliance - 4) +
    0.05 * deviation
))
panel <- panel[runif(nrow(panel)) > 0.1, ]
write.csv(panel, "panel.csv", row.names = FALSE, quote = FALSE)

own_mean <- function(x) ave(x, panel$participant)
panel <- transform(panel,
  x_w = praise - own_mean(praise), x_b = own_mean(praise) - mean(praise),
  m_w = alliance - own_mean(alliance), m_b = own_mean(alliance) - mean(alliance),
  t = week - mean(week)
)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-10, maxfun = 1e5))

describe <- function(fit, call, names) {
  table <- coef(summary(fit))
  list(
    call = call, converged = fit@optinfo$conv$opt == 0, singular = isSingular(fit),
    loglik = as.numeric(logLik(fit)), term = names,
    estimate = unname(table[names, "Estimate"]), se = unname(table[names, "Std. Error"]),
    df = if ("df" %in% colnames(table)) unname(table[names, "df"]) else NULL
  )
}
# Percentiles of a product of two independent normals, from very many draws.
interval <- function(a, se_a, b, se_b, draws = 4e6) {
  set.seed(1)
  drawn <- rnorm(draws, a, se_a) * rnorm(draws, b, se_b)
  list(estimate = a * b, se = sd(drawn), ci = unname(quantile(drawn, c(0.025, 0.975))))
}

first <- lmer(alliance ~ x_w + x_b + t + (1 + x_w | participant), panel, control = tight)
second <- lmer(minutes ~ m_w + x_w + m_b + x_b + t + (1 + m_w | participant), panel, control = tight)
logit <- glmer(cbind(done, due - done) ~ m_w + x_w + m_b + x_b + t + (1 + m_w | participant), panel,
  family = binomial, control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12,
    optCtrl = list(rhobeg = 0.002, rhoend = 1e-9, maxfun = 1e5)))
a <- describe(first, "lmer(alliance ~ x_w + x_b + t + (1 + x_w | participant))", c("x_w", "x_b"))
b <- describe(second, "lmer(minutes ~ m_w + x_w + m_b + x_b + t + (1 + m_w | participant))",
  c("m_w", "x_w", "m_b", "x_b"))
l <- describe(logit, "glmer(cbind(done, due - done) ~ m_w + x_w + m_b + x_b + t + (1 + m_w | participant))",
  c("m_w", "x_w", "m_b", "x_b"))

# Both regressions as one: two residual variances, participants' four effects correlated.
library(nlme)
k <- nrow(panel)
stacked <- data.frame(
  participant = factor(rep(panel$participant, 2)), is_m = rep(1:0, each = k), is_y = rep(0:1, each = k),
  z = c(panel$alliance, panel$minutes), equation = factor(rep(c("m", "y"), each = k)),
  x_w = rep(panel$x_w, 2), x_b = rep(panel$x_b, 2), m_w = rep(panel$m_w, 2), m_b = rep(panel$m_b, 2),
  t = rep(panel$t, 2)
)
joint <- lme(
  z ~ 0 + is_m + is_m:x_w + is_m:x_b + is_m:t +
    is_y + is_y:m_w + is_y:x_w + is_y:x_b + is_y:t,
  random = ~ 0 + is_m + is_m:x_w + is_y + is_y:m_w | participant,
  weights = varIdent(form = ~ 1 | equation), data = stacked, method = "REML",
  control = lmeControl(opt = "nlminb", tolerance = 1e-12, msTol = 1e-14, niterEM = 100,
    maxIter = 500, msMaxIter = 500, msMaxEval = 2000)
)
psi <- getVarCov(joint); beta <- fixef(joint); V <- vcov(joint)
pick <- sapply(list(c("is_m", "x_w"), c("is_y", "m_w"), c("is_y", "x_w")), function(w) {
  names(beta)[sapply(strsplit(names(beta), ":"), function(p) setequal(p, w))]
})
slopes <- sapply(list(c("is_m", "x_w"), c("is_y", "m_w")), function(w) {
  rownames(psi)[sapply(strsplit(rownames(psi), ":"), function(p) setequal(p, w))]
})
ratio <- unname(coef(joint$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE))
reference <- list(
  versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
    lmerTest = as.character(packageVersion("lmerTest")), nlme = as.character(packageVersion("nlme"))),
  mediator = a, outcome = b, logit = l,
  indirect = interval(a$estimate[1], a$se[1], b$estimate[1], b$se[1]),
  indirect_between = interval(a$estimate[2], a$se[2], b$estimate[3], b$se[3]),
  indirect_logit = interval(a$estimate[1], a$se[1], l$estimate[1], l$se[1]),
  joint = list(
    call = "lme(stacked, random = ~ 0 + is_m + is_m:x_w + is_y + is_y:m_w | participant, weights = varIdent)",
    loglik = as.numeric(logLik(joint)), term = c("a", "b", "direct"),
    estimate = unname(beta[pick]), covariance = unname(V[pick, pick]),
    variance_a = psi[slopes[1], slopes[1]], variance_b = psi[slopes[2], slopes[2]],
    paths_covariance = psi[slopes[1], slopes[2]],
    residual_sd = joint$sigma, residual_weights = ratio
  )
)
write_json(reference, "reference.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
